// pavlov train ALGORITHM: one command for each algorithm.
#include <CLI/CLI.hpp>
#include <string>

#include "pavlov/apps/algorithms.h"
#include "pavlov/apps/program.h"
#include "pavlov/apps/training_run.h"

namespace pavlov::apps {
namespace {

void add_options(CLI::App& command, const Algorithm& algorithm, int& status) {
  const std::string name(algorithm.name);
  switch (algorithm.method) {
    case Method::dqn:
      return add_dqn_options(command, name, status);
    case Method::ppo:
      return add_ppo_options(command, name, status);
    case Method::a2c:
      return add_a2c_options(command, name, status);
    case Method::reinforce:
      return add_reinforce_options(command, name, status);
  }
}

}  // namespace

void add_train_command(CLI::App& program, int& status) {
  CLI::App* train = program.add_subcommand("train", "Train an agent: pavlov train dqn --env ID");
  train->require_subcommand(1);
  for (const Algorithm& algorithm : algorithms()) {
    CLI::App* command =
        train->add_subcommand(std::string(algorithm.name), std::string(algorithm.summary));
    add_options(*command, algorithm, status);
  }
}

}  // namespace pavlov::apps
