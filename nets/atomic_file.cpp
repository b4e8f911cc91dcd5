#include "pavlov/nets/atomic_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <system_error>

#include "pavlov/kernels/check.h"

namespace pavlov::nets {

namespace {

namespace fs = std::filesystem;

// Throws with the reason that the system gave for `error`, an errno value.
[[noreturn]] void fail(const fs::path& path, std::string_view operation, int error) {
  kernels::throw_runtime("file", path.string() + ": " + std::string(operation) + ": " +
                                     std::generic_category().message(error));
}

// A file descriptor that is closed when it goes out of scope.
class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }

  int number() const { return number_; }
  // Closes now; returns false with errno set where the system reports a late write error.
  bool close() {
    const int number = number_;
    number_ = -1;
    return ::close(number) == 0;
  }

 private:
  int number_;
};

// Removes a file when it goes out of scope, unless kept.
class TemporaryName {
 public:
  explicit TemporaryName(fs::path path) : path_(std::move(path)) {}
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  ~TemporaryName() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }

  const fs::path& path() const { return path_; }
  void keep() { path_.clear(); }

 private:
  fs::path path_;
};

// Creates a new file beside `target` and returns its descriptor, or -1 with errno set. The name
// holds the process id and a counter, so neither another thread nor another process, nor what a
// crash left behind, is in the way.
int create_beside(const fs::path& target, fs::path& name) {
  static std::atomic<std::uint64_t> counter{0};
  for (;;) {
    name = target;
    name += ".tmp-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
    const int number = ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (number >= 0) return number;
    if (errno != EEXIST && errno != EINTR) return -1;
  }
}

// The file that `path` names through symbolic links, whether it exists or not.
fs::path through_links(const fs::path& path) {
  fs::path target = path;
  std::error_code error;
  constexpr int kMostLinks = 40;  // as the kernel
  for (int k = 0; fs::is_symlink(fs::symlink_status(target, error)); ++k) {
    if (k == kMostLinks) fail(path, "resolve", ELOOP);
    const fs::path next = fs::read_symlink(target, error);
    if (error) fail(path, "resolve", error.value());
    target = target.parent_path() / next;
  }
  return target;
}

// Makes a rename durable. Some file systems cannot flush a folder; they have accepted the rename
// all the same, so this reports nothing.
void flush_folder(const fs::path& folder) {
  const Descriptor file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.number() >= 0) ::fsync(file.number());
}

}  // namespace

struct AtomicFile::Impl {
  fs::path path;    // as given, for messages
  fs::path target;  // where the rename goes
  Descriptor file;
  TemporaryName temporary;
};

AtomicFile::AtomicFile(fs::path path) {
  struct stat earlier {};
  const bool exists = ::stat(path.c_str(), &earlier) == 0;
  // A rename would put a plain file in the place of a device such as /dev/null.
  if (exists && !S_ISREG(earlier.st_mode)) {
    kernels::throw_runtime("file", path.string() + ": write: is not a regular file");
  }
  fs::path target = through_links(path);
  fs::path name;
  const int number = create_beside(target, name);
  if (number < 0) fail(path, "create", errno);
  impl_.reset(new Impl{std::move(path), std::move(target), Descriptor(number),
                       TemporaryName(std::move(name))});
  if (exists && ::fchmod(number, earlier.st_mode & 07777) != 0) {
    fail(impl_->path, "set permissions", errno);
  }
}

AtomicFile::~AtomicFile() = default;

void AtomicFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(impl_->file.number(), bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail(impl_->path, "write", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
}

void AtomicFile::flush() {
  if (::fsync(impl_->file.number()) != 0) fail(impl_->path, "flush", errno);
}

void AtomicFile::commit() {
  flush();  // a disk may report that it is full only when it is flushed or closed
  if (!impl_->file.close()) fail(impl_->path, "close", errno);
  const fs::path& target = impl_->target;
  if (::rename(impl_->temporary.path().c_str(), target.c_str()) != 0) {
    fail(impl_->path, "rename", errno);
  }
  impl_->temporary.keep();
  flush_folder(target.has_parent_path() ? target.parent_path() : fs::path("."));
}

void write_file_atomically(const fs::path& path, std::span<const std::byte> bytes) {
  AtomicFile file(path);
  file.write(bytes);
  file.commit();
}

void write_file_atomically(const fs::path& path, std::string_view text) {
  write_file_atomically(path, std::as_bytes(std::span(text)));
}

std::string read_file(const fs::path& path, std::size_t max_bytes) {
  const auto throw_too_large = [&](std::string_view size) {
    kernels::throw_runtime("file", path.string() + ": read: " + std::string(size) +
                                       " bytes: must be at most " + std::to_string(max_bytes));
  };
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.number() < 0) fail(path, "open", errno);
  struct stat status {};
  if (::fstat(file.number(), &status) != 0) fail(path, "read", errno);
  if (S_ISDIR(status.st_mode)) fail(path, "read", EISDIR);

  // The size is a hint: a pipe has none, and a file may grow while it is read.
  const auto hint = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0));
  if (hint > max_bytes) throw_too_large(std::to_string(hint));
  std::string bytes(hint + 1, '\0');  // one more, so that the end is seen without growing
  std::size_t count = 0;
  for (;;) {
    const ssize_t got = ::read(file.number(), bytes.data() + count, bytes.size() - count);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail(path, "read", errno);
    if (got == 0) break;
    count += static_cast<std::size_t>(got);
    if (count > max_bytes) throw_too_large("more than " + std::to_string(max_bytes));
    constexpr std::size_t kLeastGrowth = 64 * 1024;
    if (count == bytes.size()) bytes.resize(count + std::max(count, kLeastGrowth));
  }
  bytes.resize(count);
  return bytes;
}

}  // namespace pavlov::nets
