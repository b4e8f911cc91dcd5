#include "pavlov/apps/options.h"

#include <CLI/CLI.hpp>
#include <array>
#include <string_view>
#include <utility>

#include "pavlov/apps/option_binding.h"
#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

void add_backend(CLI::App& command, nets::Backend& backend) {
  add_named(command, "backend", backend,
            std::to_array<std::pair<std::string_view, nets::Backend>>(
                {{"native", nets::Backend::native}, {"torch", nets::Backend::torch}}),
            "Who computes the network; `pavlov info` says whether there is a LibTorch");
}

// The parts of Rainbow that a network and its loss have, in the current group.
void bind_rainbow(CLI::App& command, agents::DqnConfig& c) {
  using agents::Distribution;
  add_switch(command, "dueling", c.dueling, "Streams for the state's value and for advantages");
  add_switch(command, "noisy", c.noisy,
             "Noise that the network learns, in place of random actions (NoisyNet)");
  add(command, "noisy_sigma", c.noisy_sigma, "Scale of that noise at the start, in [0, 10]");
  add(command, "noise_interval", c.noise_interval,
      "Environment steps for which acting keeps a draw of it, at least 1");
  add_switch(command, "layer_norm", c.layer_norm, "Layer normalization in hidden layers");
  add_named(command, "distribution", c.distribution,
            std::to_array<std::pair<std::string_view, Distribution>>(
                {{"none", Distribution::none},
                 {"c51", Distribution::c51},
                 {"quantile", Distribution::quantile}}),
            "Of returns, which the network estimates in place of their mean");
  add(command, "atoms", c.atoms, "Of c51: returns that have a probability, in [2, 4096]");
  add(command, "v_min", c.v_min, "Of c51: the least of them; smaller returns count as it");
  add(command, "v_max", c.v_max, "Of c51: the largest of them; larger returns count as it");
  add(command, "quantiles", c.quantiles, "Of quantile: how many, in [1, 4096]");
  add(command, "kappa", c.kappa, "Of quantile: where the Huber loss turns linear; 0: never Huber");
}

// Options of replay, in the current group.
void bind(CLI::App& command, replay::ReplayConfig& c) {
  using replay::Draws, replay::MaxPriority, replay::ObservationType, replay::WeightNorm;
  add(command, "buffer_size", c.buffer_size, "Transitions that replay holds");
  add_named(command, "observation_type", c.observation_type,
            std::to_array<std::pair<std::string_view, ObservationType>>(
                {{"float32", ObservationType::float32}, {"uint8", ObservationType::uint8}}),
            "Of observations in replay; uint8 holds whole numbers in [0, 255], as of pixels");
  add(command, "n_step", c.n_step, "Steps of reward before the bootstrap, at least 1");
  add_switch(command, "prioritized", c.prioritized,
             "Draw transitions by their last error (prioritized replay)");
  add(command, "alpha", c.priority.alpha, "Exponent of priorities, in [0, 1]; 0: uniform chances");
  add(command, "beta", c.priority.beta, "Exponent of importance weights at the start, in [0, 1]");
  add(command, "beta_final", c.priority.beta_final, "The same at the end, reached linearly");
  add(command, "priority_epsilon", c.priority.priority_epsilon,
      "Added to every priority, in [1e-30, 1]");
  add_named(command, "draws", c.priority.draws,
            std::to_array<std::pair<std::string_view, Draws>>(
                {{"stratified", Draws::stratified}, {"independent", Draws::independent}}),
            "Of a prioritized batch: one from each part of equal mass, or free");
  add_named(command, "max_priority", c.priority.max_priority,
            std::to_array<std::pair<std::string_view, MaxPriority>>(
                {{"ever", MaxPriority::ever},
                 {"in_buffer", MaxPriority::in_buffer},
                 {"decayed", MaxPriority::decayed}}),
            "What new transitions get: the largest priority of all, of those in replay, or fading");
  add(command, "max_priority_decay", c.priority.max_priority_decay,
      "How it fades per update, in [0, 1]");
  add_named(command, "weight_norm", c.priority.weight_norm,
            std::to_array<std::pair<std::string_view, WeightNorm>>(
                {{"batch_max", WeightNorm::batch_max}, {"global_min", WeightNorm::global_min}}),
            "Importance weights are divided by the batch's largest, or replay's largest");
}

}  // namespace

void bind(CLI::App& command, agents::DqnConfig& c) {
  command.option_defaults()->group("Algorithm");
  add_hidden_layers(command, c.hidden, c.activation, "Widths of the hidden layers, as 64,64");
  add_backend(command, c.backend);
  add_switch(command, "bf16", c.bf16,
             "Compute with bfloat16 weights, learn float32 ones; plain native networks");
  add(command, "learning_rate", c.learning_rate, "Adam's step size, in (0, 1]");
  add(command, "learning_rate_final", c.learning_rate_final,
      "Learning rate at the end of the run; negative: constant");
  add_schedule(command, "learning_rate_schedule", c.learning_rate_schedule,
               "Way to the final learning rate");
  add(command, "adam_epsilon", c.adam_epsilon, "Adam's epsilon, in (0, 1]");
  add(command, "gradient_accumulation", c.gradient_accumulation,
      "Batches whose mean gradient makes one step, at least 1");
  add(command, "gamma", c.gamma, "Discount per step, in [0, 1]");
  add_named(command, "loss", c.loss,
            std::to_array<std::pair<std::string_view, agents::Loss>>(
                {{"huber", agents::Loss::huber}, {"mse", agents::Loss::mse}}),
            "Of the temporal difference, without a distribution");
  add(command, "max_grad_norm", c.max_grad_norm, "Global norm of the gradient; 0: no limit");
  add_switch(command, "double_q", c.double_q,
             "Choose the next action with the online network (double DQN)");
  add(command, "tau", c.tau, "Weight of the online network in a target update, in (0, 1]");
  add(command, "target_update_interval", c.target_update_interval,
      "Environment steps between target updates; 0: after every gradient update");
  add(command, "exploration_initial_eps", c.exploration_initial_eps,
      "Share of random actions at the start, in [0, 1]");
  add(command, "exploration_final_eps", c.exploration_final_eps,
      "Share of random actions after exploration_fraction, in [0, 1]");
  add(command, "exploration_fraction", c.exploration_fraction,
      "Share of the run over which exploration falls linearly, in [0, 1]");
  bind_rainbow(command, c);
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
  add_switch(
      command, "prefetch", c.prefetch,
      "Draw the next batch of a round on a second thread; the same results, not prioritized");
  bind(command, c.replay);
  command.option_defaults()->group("Options");
}

void bind_device(CLI::App& command, agents::DeviceChoice& choice) {
  command.option_defaults()->group("Training");
  add_named(command, "device", choice,
            std::to_array<std::pair<std::string_view, agents::DeviceChoice>>(
                {{"cpu", agents::DeviceChoice::cpu},
                 {"cuda", agents::DeviceChoice::cuda},
                 {"auto", agents::DeviceChoice::automatic}}),
            "Where networks act and learn; auto times both at the sizes of the run");
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
