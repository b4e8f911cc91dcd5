#include "pavlov/apps/on_policy_options.h"

#include <CLI/CLI.hpp>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "pavlov/apps/option_binding.h"

namespace pavlov::apps {
namespace {

void bind_network(CLI::App& command, agents::PolicyNetworkConfig& c) {
  add_hidden_layers(command, c.hidden, c.activation,
                    "Widths of the hidden layers of each trunk, as 64,64");
  add_switch(command, "shared_trunk", c.shared_trunk, "One trunk for policy and value");
  add(command, "log_std_init", c.log_std_init,
      "Initial log of the deviation of continuous actions, in [-20, 2]");
  add_switch(command, "squash_actions", c.squash_actions,
             "Continuous actions go through tanh into their bounds; else they are clipped");
}

void bind_learning_rate(CLI::App& command, double& learning_rate, agents::Schedule& schedule) {
  add(command, "learning_rate", learning_rate, "Step size of the optimizer, in (0, 1]");
  add_schedule(command, "learning_rate_schedule", schedule, "Way of the learning rate to 0");
}

// What the loss of all of them has.
template <class Config>
void bind_loss(CLI::App& command, Config& c) {
  add_switch(command, "normalize_advantage", c.normalize_advantage,
             "Advantages of a minibatch with mean 0 and deviation 1");
  add(command, "ent_coef", c.ent_coef, "Weight of the entropy, at least 0");
  add(command, "vf_coef", c.vf_coef, "Weight of the value loss, at least 0");
  add(command, "max_grad_norm", c.max_grad_norm, "Global norm of the gradient; 0: no limit");
}

}  // namespace

void bind(CLI::App& command, agents::OnPolicyConfig& c) {
  command.option_defaults()->group("Training");
  add(command, "steps", c.total_steps, "Environment steps to train for, at least 1");
  command.option_defaults()->group("Options");
}

void bind(CLI::App& command, agents::PpoConfig& c) {
  command.option_defaults()->group("Algorithm");
  bind_network(command, c.network);
  add(command, "n_steps", c.n_steps, "Steps of every environment per round, at least 1");
  add(command, "batch_size", c.batch_size, "Samples per minibatch, in [1, n_steps * num_envs]");
  add(command, "n_epochs", c.n_epochs, "Times a round uses its samples, at least 1");
  bind_learning_rate(command, c.learning_rate, c.learning_rate_schedule);
  add(command, "adam_epsilon", c.adam_epsilon, "Adam's epsilon, in (0, 1]");
  add(command, "gamma", c.gamma, "Discount per step, in [0, 1]");
  add(command, "gae_lambda", c.gae_lambda, "Of generalized advantage estimation, in [0, 1]");
  add(command, "clip_range", c.clip_range, "Of the ratio of probabilities around 1, positive");
  add_schedule(command, "clip_range_schedule", c.clip_range_schedule, "Way of the clip range to 0");
  add(command, "clip_range_vf", c.clip_range_vf,
      "Of values around those of the round; 0: not clipped");
  bind_loss(command, c);
  add(command, "target_kl", c.target_kl,
      "Ends a round where approx_kl exceeds 1.5 times this; 0: no limit");
  command.option_defaults()->group("Options");
}

void bind(CLI::App& command, agents::A2cConfig& c) {
  command.option_defaults()->group("Algorithm");
  bind_network(command, c.network);
  add(command, "n_steps", c.n_steps, "Steps of every environment per round, at least 1");
  add_named(command, "optimizer", c.optimizer,
            std::to_array<std::pair<std::string_view, agents::PolicyOptimizer>>(
                {{"adam", agents::PolicyOptimizer::adam},
                 {"rmsprop", agents::PolicyOptimizer::rmsprop},
                 {"rmsprop_tf", agents::PolicyOptimizer::rmsprop_tf}}),
            "Optimizer; rmsprop_tf is TensorFlow's");
  bind_learning_rate(command, c.learning_rate, c.learning_rate_schedule);
  add(command, "optimizer_epsilon", c.optimizer_epsilon, "Epsilon of the optimizer, in (0, 1]");
  add(command, "rmsprop_alpha", c.rmsprop_alpha,
      "What RMSprop's mean of squares keeps per step, in [0, 1)");
  add(command, "gamma", c.gamma, "Discount per step, in [0, 1]");
  add(command, "gae_lambda", c.gae_lambda, "Of generalized advantage estimation, in [0, 1]");
  bind_loss(command, c);
  command.option_defaults()->group("Options");
}

void bind(CLI::App& command, agents::ReinforceConfig& c) {
  command.option_defaults()->group("Algorithm");
  bind_network(command, c.network);
  add_switch(command, "baseline", c.baseline, "Learn a value and subtract it from the returns");
  bind_learning_rate(command, c.learning_rate, c.learning_rate_schedule);
  add(command, "adam_epsilon", c.adam_epsilon, "Adam's epsilon, in (0, 1]");
  add(command, "gamma", c.gamma, "Discount per step, in [0, 1]");
  bind_loss(command, c);
  command.option_defaults()->group("Options");
}

}  // namespace pavlov::apps
