#include "pavlov/nets/atomic_file.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <span>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace pavlov::nets {
namespace {

namespace fs = std::filesystem;

// A fresh folder for each test.
class AtomicFiles : public testing::Test {
 protected:
  void SetUp() override {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = fs::temp_directory_path() /
              ("pavlov_atomic_file_" + std::to_string(::getpid()) + "_" + test->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  // The names in the folder: what a failed write must not leave behind shows here.
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }

  fs::path folder_;
};

using Names = std::vector<std::string>;

template <class Function>
std::string message_of(Function&& function) {
  try {
    function();
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(AtomicFiles, WritesAndReadsBytes) {
  const std::string bytes("a\0b\n\xFF", 5);
  write_file_atomically(folder_ / "x", bytes);
  EXPECT_EQ(read_file(folder_ / "x", 5), bytes);
  write_file_atomically(folder_ / "x", "");
  EXPECT_EQ(read_file(folder_ / "x", 0), "");
  const std::string large(3'000'000, 'x');
  write_file_atomically(folder_ / "x", std::as_bytes(std::span(large)));
  EXPECT_EQ(read_file(folder_ / "x", large.size()), large);
  EXPECT_EQ(names(), Names{"x"});
}

TEST_F(AtomicFiles, ARelativeNameNeedsNoFolder) {
  const fs::path before = fs::current_path();
  fs::current_path(folder_);
  write_file_atomically("plain", "text");
  fs::current_path(before);
  EXPECT_EQ(read_file(folder_ / "plain", 100), "text");
}

TEST_F(AtomicFiles, AFullDiskLeavesTheEarlierFile) {
  const fs::path path = folder_ / "x";
  write_file_atomically(path, "earlier");
  // A limit on the size of files fails like a full disk: the write comes up short, then fails.
  struct rlimit before {};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit small = before;
  small.rlim_cur = 10'000;
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string message =
      message_of([&] { write_file_atomically(path, std::string(20'000, 'n')); });
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handler);

  EXPECT_EQ(message, "[file] " + path.string() + ": write: File too large");
  EXPECT_EQ(read_file(path, 100), "earlier");
  EXPECT_EQ(names(), Names{"x"});
}

TEST_F(AtomicFiles, AFolderIsNotReplaced) {
  fs::create_directory(folder_ / "taken");
  EXPECT_EQ(message_of([&] { write_file_atomically(folder_ / "taken", "text"); }),
            "[file] " + (folder_ / "taken").string() + ": write: is not a regular file");
  EXPECT_EQ(names(), Names{"taken"});
}

TEST_F(AtomicFiles, AFolderThatIsAFileOrMissingSaysSo) {
  write_file_atomically(folder_ / "file", "text");
  EXPECT_EQ(message_of([&] { write_file_atomically(folder_ / "file" / "x", "text"); }),
            "[file] " + (folder_ / "file" / "x").string() + ": create: Not a directory");
  EXPECT_EQ(
      message_of([&] { write_file_atomically(folder_ / "missing" / "x", "text"); }),
      "[file] " + (folder_ / "missing" / "x").string() + ": create: No such file or directory");
  EXPECT_EQ(read_file(folder_ / "file", 100), "text");
}

TEST_F(AtomicFiles, DevicesAreNotReplaced) {
  EXPECT_EQ(message_of([] { write_file_atomically("/dev/null", "text"); }),
            "[file] /dev/null: write: is not a regular file");
  struct stat status {};
  ASSERT_EQ(::stat("/dev/null", &status), 0);
  EXPECT_TRUE(S_ISCHR(status.st_mode));
}

TEST_F(AtomicFiles, PermissionsAndLinksStay) {
  const fs::path real = folder_ / "real", link = folder_ / "link";
  write_file_atomically(real, "earlier");
  fs::permissions(real, fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  fs::create_symlink("real", link);
  write_file_atomically(link, "new");
  EXPECT_TRUE(fs::is_symlink(link));
  EXPECT_EQ(read_file(real, 100), "new");
  EXPECT_EQ(fs::status(real).permissions(),
            fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
}

TEST_F(AtomicFiles, DanglingLinksStayAndTheirFileIsMade) {
  fs::create_directory(folder_ / "there");
  fs::create_symlink("there/second", folder_ / "first");
  fs::create_symlink(folder_ / "real", folder_ / "there" / "second");
  write_file_atomically(folder_ / "first", "text");
  EXPECT_TRUE(fs::is_symlink(folder_ / "first"));
  EXPECT_TRUE(fs::is_symlink(folder_ / "there" / "second"));
  EXPECT_EQ(read_file(folder_ / "real", 100), "text");
  fs::create_symlink("loop", folder_ / "loop");
  EXPECT_EQ(
      message_of([&] { write_file_atomically(folder_ / "loop", "text"); }),
      "[file] " + (folder_ / "loop").string() + ": resolve: Too many levels of symbolic links");
}

// A reader beside a writer sees one whole version, never a mixture or a part.
TEST_F(AtomicFiles, AReaderNeverSeesHalfAFile) {
  const fs::path path = folder_ / "x";
  constexpr std::size_t kSize = 100'000;
  write_file_atomically(path, std::string(kSize, 'a'));
  std::thread writer([&] {
    for (int i = 0; i < 20; ++i) {
      write_file_atomically(path, std::string(kSize, static_cast<char>('a' + i)));
    }
  });
  for (int i = 0; i < 200; ++i) {
    const std::string seen = read_file(path, kSize);
    ASSERT_EQ(seen, std::string(kSize, seen.at(0)));
  }
  writer.join();
}

TEST_F(AtomicFiles, AppearsWhenCommittedAndOnlyThen) {
  write_file_atomically(folder_ / "kept", std::string_view("earlier"));
  const auto piece = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  {
    AtomicFile dropped(folder_ / "kept");
    dropped.write(piece("half of"));
  }
  EXPECT_EQ(read_file(folder_ / "kept", 100), "earlier");
  EXPECT_EQ(names().size(), 1u);
  AtomicFile file(folder_ / "new");
  file.write(piece("in two "));
  file.write(piece("pieces"));
  EXPECT_FALSE(fs::exists(folder_ / "new"));
  file.commit();
  EXPECT_EQ(read_file(folder_ / "new", 100), "in two pieces");
  EXPECT_EQ(names().size(), 2u);
}

TEST_F(AtomicFiles, WritersOfOneNameDoNotCollide) {
  const fs::path path = folder_ / "x";
  std::vector<std::thread> writers;
  writers.reserve(4);
  for (int t = 0; t < 4; ++t) {
    writers.emplace_back([&path, t] {
      for (int i = 0; i < 10; ++i)
        write_file_atomically(path, std::string(1000, static_cast<char>('a' + t)));
    });
  }
  for (std::thread& writer : writers) writer.join();
  const std::string seen = read_file(path, 1000);
  EXPECT_EQ(seen, std::string(1000, seen.at(0)));
  EXPECT_EQ(names(), Names{"x"});
}

TEST_F(AtomicFiles, ReadingHasALimit) {
  write_file_atomically(folder_ / "x", "12345");
  EXPECT_EQ(message_of([&] { read_file(folder_ / "x", 4); }),
            "[file] " + (folder_ / "x").string() + ": read: 5 bytes: must be at most 4");
  // A device has no size, and this one no end.
  EXPECT_EQ(message_of([] { read_file("/dev/zero", 100'000); }),
            "[file] /dev/zero: read: more than 100000 bytes: must be at most 100000");
}

TEST_F(AtomicFiles, WhatCannotBeReadSaysWhy) {
  EXPECT_EQ(message_of([&] { read_file(folder_, 100); }),
            "[file] " + folder_.string() + ": read: Is a directory");
  EXPECT_EQ(message_of([&] { read_file(folder_ / "missing", 100); }),
            "[file] " + (folder_ / "missing").string() + ": open: No such file or directory");
}

}  // namespace
}  // namespace pavlov::nets
