// Runs the program inside the test and catches what it prints.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "pavlov/apps/program.h"

namespace pavlov::apps {

struct Printed {
  int status = 0;
  std::string out;
  std::string error;
};

inline Printed run(const std::vector<std::string>& arguments) {
  ::testing::internal::CaptureStdout();
  ::testing::internal::CaptureStderr();
  Printed printed;
  printed.status = run_program(arguments);
  printed.out = ::testing::internal::GetCapturedStdout();
  printed.error = ::testing::internal::GetCapturedStderr();
  return printed;
}

// One line, on standard error, that starts like every error of ours.
inline void expect_one_line(const Printed& printed, int status, const std::string& part) {
  EXPECT_EQ(printed.status, status) << printed.error;
  EXPECT_TRUE(printed.error.starts_with("pavlov: error: ")) << printed.error;
  EXPECT_EQ(std::count(printed.error.begin(), printed.error.end(), '\n'), 1) << printed.error;
  EXPECT_NE(printed.error.find(part), std::string::npos) << printed.error;
  EXPECT_EQ(printed.out, "");
}

// A folder of its own for each test, removed afterwards.
class InFolder : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = std::filesystem::temp_directory_path() /
              ("pavlov_app_" + std::to_string(::getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

}  // namespace pavlov::apps
