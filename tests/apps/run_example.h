// Runs an example as a process and reads what it says it learned.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace pavlov::examples {

struct ExampleOutput {
  int status = -1;
  std::string out;
  // Mean returns of the greedy policy.
  double before = 0.0;
  double after = 0.0;
};

// `command`: a program of the examples and its arguments.
inline ExampleOutput run_example(const std::string& command) {
  ExampleOutput result;
  const std::string line = std::string(PAVLOV_EXAMPLES) + "/" + command + " 2>&1";
  std::FILE* pipe = ::popen(line.c_str(), "r");
  if (pipe == nullptr) return result;
  char text[512];
  while (std::fgets(text, sizeof(text), pipe) != nullptr) result.out += text;
  const int status = ::pclose(pipe);
  result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
  std::sscanf(result.out.c_str(),
              "mean return before training: %lf\nmean return after training: %lf", &result.before,
              &result.after);
  return result;
}

// With a budget of a second.
inline void expect_runs_shortly(const std::string& program) {
  const ExampleOutput shortly = run_example(program + " 1200 3");
  EXPECT_EQ(shortly.status, 0) << shortly.out;
  EXPECT_NE(shortly.out.find("(1200 steps, "), std::string::npos) << shortly.out;
  EXPECT_GT(shortly.before, 0.0) << shortly.out;
  EXPECT_GT(shortly.after, 0.0) << shortly.out;
}

// That, and with arguments that mean nothing.
inline void expect_runs(const std::string& program) {
  expect_runs_shortly(program);
  for (const char* arguments : {"zero", "0", "100 -1", "100 1 1", "1e3", "''", "1 ''",
                                "99999999999999999999", "100 99999999999999999999"}) {
    const ExampleOutput refused = run_example(program + " " + arguments);
    EXPECT_EQ(refused.status, 2) << arguments;
    EXPECT_NE(refused.out.find("[steps] [seed]"), std::string::npos) << refused.out;
  }
}

}  // namespace pavlov::examples
