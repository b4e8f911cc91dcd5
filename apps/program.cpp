#include "pavlov/apps/program.h"

#include <CLI/CLI.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string_view>

#include "pavlov/apps/config_file.h"
#include "pavlov/kernels/memory.h"
#include "pavlov/kernels/names.h"

namespace pavlov::apps {
namespace {

constexpr int kFailure = 1;
constexpr int kUsage = 2;
constexpr const char* kLessMemory =
    "fewer environments, or smaller buffers, batches or layers, may fit";

// "--learning-rate=1" is "--learning_rate=1": options have one spelling, the config file's, and the
// command line takes dashes as well.
std::string normalized(std::string argument) {
  if (!argument.starts_with("--")) return argument;
  const std::size_t end = std::min(argument.find('='), argument.size());
  std::replace(argument.begin() + 2, argument.begin() + static_cast<std::ptrdiff_t>(end), '-', '_');
  return argument;
}

// The innermost command that was named: where an unknown word belongs.
const CLI::App& named_command(const CLI::App& program) {
  const CLI::App* command = &program;
  while (!command->get_subcommands().empty()) command = command->get_subcommands().front();
  return *command;
}

// The message for a word that the parser did not expect.
std::string unexpected_word(const CLI::App& program) {
  const CLI::App& command = named_command(program);
  const std::vector<std::string> words = program.remaining(true);
  const std::string word = words.empty() ? "" : words.front();
  std::vector<std::string> known;
  std::string kind = "argument";
  if (word.starts_with("-")) {
    kind = "option";
    for (const std::string& name : option_names(command)) known.push_back("--" + name);
  } else {
    const auto commands = command.get_subcommands([](const CLI::App*) { return true; });
    if (!commands.empty()) kind = command.get_name() == "train" ? "algorithm" : "command";
    for (const CLI::App* sub : commands) known.push_back(sub->get_name());
  }
  if (known.empty()) {
    constexpr std::size_t kShown = 200;  // bytes
    return "unexpected argument '" + kernels::one_line(word, kShown) + "'; see " +
           program.get_name() + " " + command.get_name() + " --help";
  }
  const std::vector<std::string_view> views(known.begin(), known.end());
  return kernels::unknown_name_message(kind, word.substr(0, word.find('=')), views);
}

// One line, whatever the message holds: parts of it may come from hostile files.
int report(int status, std::string_view message) {
  constexpr std::size_t kLongest = 1000;  // bytes
  const std::string line =
      kernels::one_line("pavlov: error: " + std::string(message), kLongest) + "\n";
  std::fputs(line.c_str(), stderr);
  return status;
}

void start_logging() {
  auto logger = std::make_shared<spdlog::logger>(
      "pavlov", std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
  logger->set_pattern("%v");
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

std::string_view version() { return PAVLOV_VERSION; }

int run_program(const std::vector<std::string>& arguments, const std::string& name) {
  start_logging();
  int status = 0;
  CLI::App program(
      "Pavlov trains, evaluates and compares reinforcement-learning agents on native "
      "environments.\n"
      "\n"
      "  pavlov train dqn --env CartPole-v1      train an agent; ends with an evaluation\n"
      "  pavlov evaluate runs/cartpole-v1_dqn    play a trained policy\n"
      "  pavlov watch runs/cartpole-v1_dqn       see it play\n"
      "  pavlov list envs                        what there is to learn\n",
      name);
  program.set_version_flag("--version", std::string(version()));
  program.require_subcommand(1);
  add_train_command(program, status);
  add_evaluate_command(program, status);
  add_trace_command(program, status);
  add_watch_command(program, status);
  add_list_command(program, status);
  add_bench_command(program, status);
  add_info_command(program, status);

  std::vector<std::string> reversed;  // CLI11 takes the arguments from the back
  for (auto it = arguments.rbegin(); it != arguments.rend(); ++it) {
    reversed.push_back(normalized(*it));
  }
  try {
    program.parse(reversed);
  } catch (const CLI::Success& asked) {  // --help, --version
    return program.exit(asked);
  } catch (const CLI::ExtrasError&) {
    return report(kUsage, unexpected_word(program));
  } catch (const CLI::RequiredError& error) {
    const std::vector<std::string> words = program.remaining(true);
    if (!words.empty()) return report(kUsage, unexpected_word(program));
    const CLI::App& command = named_command(program);
    const std::string path = command.get_parent() == nullptr ? "" : command.get_name() + " ";
    return report(kUsage, std::string(error.what()) + "; see " + name + " " + path + "--help");
  } catch (const CLI::ParseError& error) {
    return report(kUsage, error.what());
  } catch (const std::invalid_argument& error) {
    return report(kUsage, error.what());
  } catch (const kernels::OutOfMemory& error) {
    return report(kFailure, error.what() + std::string("; ") + kLessMemory);
  } catch (const std::bad_alloc&) {
    return report(kFailure, std::string("out of memory: ") + kLessMemory);
  } catch (const std::exception& error) {
    return report(kFailure, error.what());
  }
  return status;
}

}  // namespace pavlov::apps
