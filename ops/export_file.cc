#include "ops/export_file.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <utility>
#include <vector>

namespace subledger::ops {
namespace {

constexpr std::size_t pending_max = 1 << 20;
constexpr uint64_t save_each = uint64_t{16} << 20;

}  // namespace

Attempt<ExportFile> ExportFile::begin(const std::string& path, ExportManifest manifest) {
  auto made = File::open_to_write(path);
  if (!made) return tl::unexpected<Failure>(made.error());
  ExportFile file(path, *std::move(made), std::move(manifest));
  if (auto alone = file.lock(); !alone) return tl::unexpected<Failure>(alone.error());
  // An empty one may be of an export that was killed before it had a manifest.
  if (file.file_.size() > 0) {
    return failure(ExitCode::failed, path +
                                         ": is there already, without the manifest of an export; delete it "
                                         "or name another file");
  }
  file.manifest_.sums.assign(summed_members(file.manifest_.what).size(), 0);
  const auto begun = file.write(export_head(file.manifest_.what, file.manifest_.format));
  if (!begun) return tl::unexpected<Failure>(begun.error());
  if (auto saved = file.save(); !saved) return tl::unexpected<Failure>(saved.error());
  return file;
}

Attempt<ExportFile> ExportFile::open(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) {
    return failure(ExitCode::failed, path +
                                         ": is not there, though its manifest is; put it back, or delete " +
                                         manifest_path(path) + " to begin anew");
  }
  auto opened = File::open_to_write(path);
  if (!opened) return tl::unexpected<Failure>(opened.error());
  ExportFile file(path, *std::move(opened), {});
  if (auto alone = file.lock(); !alone) return tl::unexpected<Failure>(alone.error());
  auto manifest = read_manifest(manifest_path(path));
  if (!manifest) return tl::unexpected<Failure>(manifest.error());
  if (!*manifest) return failure(ExitCode::failed, path + ": its manifest has gone; delete it to begin anew");
  file.manifest_ = **std::move(manifest);
  return file;
}

Attempt<void> ExportFile::lock() {
  if (file_.lock()) return {};
  return failure(ExitCode::failed, path_ + ": another export is writing it; wait until that one has ended");
}

Attempt<void> ExportFile::go_on() {
  auto input = File::open_to_read(path_);
  if (!input) return tl::unexpected<Failure>(input.error());
  std::vector<char> bytes(pending_max);
  uint64_t left = manifest_.bytes;
  while (left > 0) {
    const auto count = input->read(std::span(bytes).first(std::min<uint64_t>(left, bytes.size())));
    if (!count) return tl::unexpected<Failure>(count.error());
    if (*count == 0) break;
    hash_.add({bytes.data(), *count});
    left -= *count;
  }
  if (left == 0 && hash_.text() == manifest_.sha256) return file_.cut(manifest_.bytes);
  return failure(ExitCode::failed, path_ + ": is not what its manifest says; delete both to begin anew");
}

Attempt<void> ExportFile::add(const std::string& json) {
  const ExportLine line = export_line(manifest_.what, manifest_.format, json);
  for (std::size_t i = 0; i < line.sums.size(); ++i) manifest_.sums[i] += line.sums[i];
  ++manifest_.records;
  return write(line.text);
}

Attempt<void> ExportFile::write(std::string_view bytes) {
  pending_ += bytes;
  manifest_.bytes += bytes.size();
  unsaved_ += bytes.size();
  if (pending_.size() < pending_max) return {};
  hash_.add(pending_);
  auto written = file_.write(pending_);
  pending_.clear();
  return written;
}

Attempt<void> ExportFile::advance(ExportPart& part, int64_t next) {
  part.next = next;
  return unsaved_ < save_each ? Attempt<void>() : save();
}

Attempt<void> ExportFile::save() {
  hash_.add(pending_);
  if (auto written = file_.write(pending_); !written) return written;
  pending_.clear();
  if (auto synced = file_.sync(); !synced) return synced;
  manifest_.sha256 = hash_.text();
  unsaved_ = 0;
  return write_manifest(manifest_path(path_), manifest_);
}

}  // namespace subledger::ops
