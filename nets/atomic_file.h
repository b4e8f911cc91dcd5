// Whole files: written so that after a crash or on a full disk nobody sees half of one, and read
// with a limit.
//
// Failures throw std::runtime_error("[file] <path>: <operation>: <reason of the system>").
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace pavlov::nets {

// A file that appears under its name when it is complete. It grows under a temporary name in the
// same folder; commit() flushes it to the disk and renames it. Without a commit the temporary file
// is removed, and an earlier file at `path` is left as it was. Keeps the permissions of an earlier
// file; where `path` is a symbolic link, the file that it names is replaced, or made where the link
// dangles. The folder must exist.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  // Appends; unbuffered, so write large pieces.
  void write(std::span<const std::byte> bytes);
  // Sends to the disk what was written; commit() does it too.
  void flush();
  // Call once, last.
  void commit();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One AtomicFile with all of `bytes`.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

// The bytes of a file; throws for a file of more than `max_bytes`, a folder, or a file that cannot
// be read.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace pavlov::nets
