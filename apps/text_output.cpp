#include "pavlov/apps/text_output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <optional>
#include <span>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/nets/atomic_file.h"

namespace pavlov::apps {

struct TextOutput::Impl {
  std::string name;  // for messages
  std::optional<nets::AtomicFile> file;
  std::FILE* stream = nullptr;  // in place of the file
  bool owned = false;

  ~Impl() {
    if (owned && stream != nullptr) std::fclose(stream);
  }
  [[noreturn]] void fail() const {
    kernels::throw_runtime("output", name + ": write: " + std::strerror(errno));
  }
};

TextOutput::TextOutput(std::string path) : impl_(std::make_unique<Impl>()) {
  impl_->name = path == "-" ? "standard output" : path;
  std::error_code ignored;  // the one who opens it says what is wrong
  const std::filesystem::file_status status = std::filesystem::status(path, ignored);
  if (path == "-") {
    impl_->stream = stdout;
  } else if (std::filesystem::is_other(status)) {
    impl_->stream = std::fopen(path.c_str(), "w");
    if (impl_->stream == nullptr) impl_->fail();
    impl_->owned = true;
  } else {
    impl_->file.emplace(std::move(path));
  }
}

TextOutput::~TextOutput() = default;

void TextOutput::write(std::string_view text) {
  if (impl_->file) {
    impl_->file->write(std::as_bytes(std::span(text)));
  } else if (std::fwrite(text.data(), 1, text.size(), impl_->stream) != text.size()) {
    impl_->fail();
  }
}

void TextOutput::flush() {
  if (impl_->file) {
    impl_->file->flush();
  } else if (std::fflush(impl_->stream) != 0) {
    impl_->fail();
  }
}

void TextOutput::finish() {
  flush();
  if (impl_->file) impl_->file->commit();
}

}  // namespace pavlov::apps
