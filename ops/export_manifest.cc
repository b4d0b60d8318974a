#include "ops/export_manifest.h"

#include <cstdio>
#include <filesystem>

#include "engine/wide_money.h"
#include "events/json_value.h"
#include "events/json_writer.h"
#include "ops/files.h"

namespace subledger::ops {
namespace {

constexpr std::size_t manifest_size_max = 64 * 1024 * 1024;

std::string text_of(const JsonValue& document, std::string_view name) {
  const JsonValue* member = document.member(name);
  return member != nullptr && member->string() != nullptr ? *member->string() : std::string();
}

int64_t number_of(const JsonValue& document, std::string_view name) {
  const JsonValue* member = document.member(name);
  const JsonInteger* number = member == nullptr ? nullptr : member->integer();
  return number == nullptr ? 0 : static_cast<int64_t>(number->magnitude);
}

bool flag_of(const JsonValue& document, std::string_view name) {
  const JsonValue* member = document.member(name);
  return member != nullptr && member->boolean() != nullptr && *member->boolean();
}

std::optional<ExportManifest> manifest_of(const JsonValue& document) {
  const auto what = parse_what(text_of(document, "what"));
  const auto format = parse_export_format(text_of(document, "format"));
  const JsonValue* partitions = document.member("partitions");
  if (!what || !format || partitions == nullptr || partitions->array() == nullptr) return std::nullopt;
  ExportManifest manifest;
  manifest.what = *what;
  manifest.format = *format;
  manifest.from = text_of(document, "from");
  manifest.until = text_of(document, "until");
  manifest.log = text_of(document, "log");
  manifest.complete = flag_of(document, "complete");
  manifest.records = static_cast<uint64_t>(number_of(document, "records"));
  for (const std::string_view name : summed_members(*what)) {
    const JsonValue* sums = document.member("sums");
    const auto sum = sums == nullptr ? std::nullopt : parse_wide_money(text_of(*sums, name));
    if (!sum) return std::nullopt;
    manifest.sums.push_back(*sum);
  }
  manifest.bytes = static_cast<uint64_t>(number_of(document, "bytes"));
  manifest.sha256 = text_of(document, "sha256");
  for (const JsonValue& part : *partitions->array()) {
    manifest.partitions.push_back({static_cast<int32_t>(number_of(part, "partition")),
                                   number_of(part, "next"), number_of(part, "end"), flag_of(part, "done")});
  }
  return manifest;
}

}  // namespace

std::string manifest_json(const ExportManifest& manifest) {
  std::string json;
  ObjectWriter object(json);
  object.text("what", what_name(manifest.what));
  object.text("format", format_name(manifest.format));
  object.text_unless_empty("from", manifest.from);
  object.text_unless_empty("until", manifest.until);
  object.text("log", manifest.log);
  object.boolean("complete", manifest.complete);
  object.integer("records", manifest.records);
  ObjectWriter sums(object.member("sums"));
  for (std::size_t i = 0; i < manifest.sums.size(); ++i) {
    sums.text(summed_members(manifest.what)[i], format_wide_money(manifest.sums[i]));
  }
  sums.close();
  object.integer("bytes", manifest.bytes);
  object.text("sha256", manifest.sha256);
  std::string& list = object.member("partitions") += '[';
  const char* separator = "";
  for (const ExportPart& each : manifest.partitions) {
    list += separator;
    ObjectWriter part(list);
    part.integer("partition", each.partition);
    part.integer("next", each.next);
    part.integer("end", each.end);
    part.boolean("done", each.done);
    part.close();
    separator = ",";
  }
  list += ']';
  object.close();
  return json;
}

std::string manifest_path(const std::string& file) { return file + ".manifest.json"; }

Attempt<std::optional<ExportManifest>> read_manifest(const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::optional<ExportManifest>();
  const auto text = read_whole_file(path, manifest_size_max);
  if (!text) return tl::unexpected<Failure>(text.error());
  const auto document = parse_json(*text);
  std::optional<ExportManifest> manifest;
  if (document) manifest = manifest_of(*document);
  if (manifest) return manifest;
  return failure(ExitCode::failed,
                 path + ": is no manifest of an export; delete it and the export to begin anew");
}

Attempt<void> write_manifest(const std::string& path, const ExportManifest& manifest) {
  const std::string temporary = path + ".new";
  {
    auto file = File::create(temporary);
    if (!file) return tl::unexpected<Failure>(file.error());
    if (auto written = file->write(manifest_json(manifest) + '\n'); !written) return written;
    if (auto synced = file->sync(); !synced) return synced;
  }
  if (std::rename(temporary.c_str(), path.c_str()) == 0) return {};
  return failure(ExitCode::failed, path + ": cannot be written");
}

}  // namespace subledger::ops
