#include "pavlov/apps/options.h"

#include <CLI/CLI.hpp>
#include <array>
#include <string_view>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::apps {
namespace {

// An option whose values are names: parsed once, here at the edge.
template <class Enum, std::size_t N>
void add_named(CLI::App& command, const std::string& name, Enum& value,
               const std::array<std::pair<std::string_view, Enum>, N>& names,
               const std::string& description) {
  std::string current;
  std::string choices;
  for (const auto& [text, choice] : names) {
    if (choice == value) current = text;
    choices += (choices.empty() ? "" : ", ") + std::string(text);
  }
  const auto parse = [name, names, &value](const std::string& text) {
    std::vector<std::string_view> known;
    for (const auto& [candidate, choice] : names) {
      known.push_back(candidate);
      if (candidate == text) {
        value = choice;
        return;
      }
    }
    kernels::throw_argument("options", kernels::unknown_name_message(name, text, known));
  };
  command.add_option_function<std::string>("--" + name, parse, description + ": " + choices)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->default_str(current);
}

template <class T>
CLI::Option* add(CLI::App& command, const std::string& name, T& value,
                 const std::string& description) {
  return command.add_option("--" + name, value, description)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->capture_default_str();
}

void add_backend(CLI::App& command, nets::Backend& backend) {
  add_named(command, "backend", backend,
            std::to_array<std::pair<std::string_view, nets::Backend>>(
                {{"native", nets::Backend::native}, {"torch", nets::Backend::torch}}),
            "Who computes the network; `pavlov info` says whether there is a LibTorch");
}

}  // namespace

void bind(CLI::App& command, agents::DqnConfig& c) {
  command.option_defaults()->group("Algorithm");
  command.add_option("--hidden", c.hidden, "Widths of the hidden layers, as 64,64")
      ->delimiter(',')
      ->capture_default_str();
  add_named(command, "activation", c.activation,
            std::to_array<std::pair<std::string_view, kernels::Activation>>(
                {{"relu", kernels::Activation::relu}, {"tanh", kernels::Activation::tanh}}),
            "Of the hidden layers");
  add_backend(command, c.backend);
  add(command, "learning_rate", c.learning_rate, "Adam's step size, in (0, 1]");
  add(command, "learning_rate_final", c.learning_rate_final,
      "Learning rate at the end of the run, reached linearly; negative: constant");
  add(command, "adam_epsilon", c.adam_epsilon, "Adam's epsilon, in (0, 1]");
  add(command, "gamma", c.gamma, "Discount per step, in [0, 1]");
  add_named(command, "loss", c.loss,
            std::to_array<std::pair<std::string_view, agents::Loss>>(
                {{"huber", agents::Loss::huber}, {"mse", agents::Loss::mse}}),
            "Of the temporal difference");
  add(command, "max_grad_norm", c.max_grad_norm, "Global norm of the gradient; 0: no limit");
  command
      .add_flag("--double_q,!--no_double_q", c.double_q,
                "Choose the next action with the online network (double DQN)")
      ->default_str(c.double_q ? "true" : "false");
  add(command, "tau", c.tau, "Weight of the online network in a target update, in (0, 1]");
  add(command, "target_update_interval", c.target_update_interval,
      "Environment steps between target updates; 0: after every gradient update");
  add(command, "exploration_initial_eps", c.exploration_initial_eps,
      "Share of random actions at the start, in [0, 1]");
  add(command, "exploration_final_eps", c.exploration_final_eps,
      "Share of random actions after exploration_fraction, in [0, 1]");
  add(command, "exploration_fraction", c.exploration_fraction,
      "Share of the run over which exploration falls linearly, in [0, 1]");
  command.option_defaults()->group("Options");
}

void bind(CLI::App& command, agents::OffPolicyConfig& c) {
  command.option_defaults()->group("Training");
  add(command, "steps", c.total_steps, "Environment steps to train for, at least 1");
  add(command, "learning_starts", c.learning_starts,
      "Steps with random actions before the first update");
  add(command, "train_freq", c.train_freq, "Environment steps between rounds of updates");
  add(command, "gradient_steps", c.gradient_steps,
      "Updates per round; -1: as many as environment steps since the last");
  add(command, "batch_size", c.batch_size, "Transitions per update, in [1, buffer_size]");
  add(command, "buffer_size", c.buffer_size, "Transitions that replay holds");
  command.option_defaults()->group("Options");
}

void bind_env_options(CLI::App& command, std::vector<std::string>& assignments) {
  command
      .add_option("--set", assignments,
                  "Option of the environment, as name=value; see `pavlov list envs`")
      ->expected(1)
      ->take_all();
}

std::vector<envs::EnvOption> parse_env_options(const std::vector<std::string>& assignments) {
  std::vector<envs::EnvOption> options;
  for (const std::string& assignment : assignments) {
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
      kernels::throw_argument("options", "--set " + assignment + ": must be name=value");
    }
    options.push_back({assignment.substr(0, equals), assignment.substr(equals + 1)});
  }
  return options;
}

void bind_seed(CLI::App& command, std::int64_t& seed) {
  add(command, "seed", seed, "Seed of every random stream, in [0, 2^32)");
}

std::uint64_t checked_seed(std::int64_t seed) {
  if (seed < 0 || seed >= (std::int64_t{1} << 32)) {
    kernels::throw_argument("options", "seed " + std::to_string(seed) + ": must be in [0, 2^32)");
  }
  return static_cast<std::uint64_t>(seed);
}

}  // namespace pavlov::apps
