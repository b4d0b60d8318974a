// The file of an export with its manifest: lines in, and every now and then both made durable, so that the
// export goes on from there after any interruption.
#pragma once

#include <string>
#include <string_view>

#include "ops/export_manifest.h"
#include "ops/files.h"
#include "ops/sha256.h"

namespace subledger::ops {

class ExportFile {
 public:
  /// Makes the file, which must not be there, or be empty.
  static Attempt<ExportFile> begin(const std::string& path, ExportManifest manifest);
  /// The file that was begun, which nobody else may be writing, with its manifest. Changes nothing yet.
  static Attempt<ExportFile> open(const std::string& path);
  /// After `open`, before anything else: cuts off what was written after the manifest. What is before has to
  /// be what the manifest says; if it is not, the file stays as it is.
  Attempt<void> go_on();

  Attempt<void> add(const std::string& json);
  /// `part` has come to `next`; saves when much has been written since the last time.
  Attempt<void> advance(ExportPart& part, int64_t next);
  Attempt<void> save();

  ExportManifest& manifest() { return manifest_; }

 private:
  ExportFile(std::string path, File file, ExportManifest manifest)
      : path_(std::move(path)), file_(std::move(file)), manifest_(std::move(manifest)) {}

  Attempt<void> lock();
  Attempt<void> write(std::string_view bytes);

  std::string path_;
  File file_;
  ExportManifest manifest_;
  Sha256 hash_;
  std::string pending_;
  uint64_t unsaved_ = 0;  ///< bytes
};

}  // namespace subledger::ops
