// The program: parses the command line, runs one command, turns errors into one line.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

namespace pavlov::apps {

// Runs `pavlov <arguments>` and returns its exit status: 0, 1 (failure), 2 (usage), 130
// (interrupted). Errors go to standard error, one line each. `name` is how the user called the
// program, for the commands it suggests.
int run_program(const std::vector<std::string>& arguments, const std::string& name = "pavlov");

// Each adds one command to the program. The command's exit status is stored in `status`.
void add_train_command(CLI::App& program, int& status);
void add_evaluate_command(CLI::App& program, int& status);
void add_trace_command(CLI::App& program, int& status);
void add_watch_command(CLI::App& program, int& status);
void add_list_command(CLI::App& program, int& status);
void add_bench_command(CLI::App& program, int& status);
void add_info_command(CLI::App& program, int& status);

// The version of this build.
std::string_view version();

}  // namespace pavlov::apps
