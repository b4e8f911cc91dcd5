// TextOutput: where a command writes a table, standard output or a file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace pavlov::apps {

// A plain file appears under its name when finish() returns, complete or not at all. "-" is
// standard output; it and devices and pipes take the text as it comes.
class TextOutput {
 public:
  // Throws std::runtime_error where `path` cannot be written.
  explicit TextOutput(std::string path);
  ~TextOutput();
  TextOutput(const TextOutput&) = delete;
  TextOutput& operator=(const TextOutput&) = delete;

  // Appends; throws std::runtime_error, on a full disk for example.
  void write(std::string_view text);
  // Throws what finish() would, but for the file's last rename: flush all outputs, then finish
  // them.
  void flush();
  // Call once, last.
  void finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pavlov::apps
