// Whole files: written so that a crash, a full disk or a second reader never sees half of one, and
// read with a limit.
//
// Failures throw std::runtime_error("[file] <path>: <operation>: <reason of the system>").
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

namespace pavlov::nets {

// Writes `bytes` to a temporary name in the folder of `path`, flushes it to the disk and renames it
// to `path`. On any failure the temporary file is removed and an earlier file at `path` is left as
// it was. Keeps the permissions of an earlier file; where `path` is a symbolic link, the file that
// it names is replaced. The folder must exist.
void write_file_atomically(const std::filesystem::path& path, std::span<const std::byte> bytes);
void write_file_atomically(const std::filesystem::path& path, std::string_view text);

// The bytes of a file; throws for a file of more than `max_bytes`, a folder, or a file that cannot
// be read.
std::string read_file(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace pavlov::nets
