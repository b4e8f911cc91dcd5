#include "pavlov/agents/dqn.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <string_view>

#include "pavlov/agents/schedule.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/denormals.h"
#include "pavlov/kernels/loss.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/update.h"

namespace pavlov::agents {
namespace {

constexpr float kHuberKappa = 1.0f;

template <class Number>
void require(bool holds, std::string_view field, Number value, std::string_view rule) {
  kernels::require(holds, "dqn", field, value, rule);
}

bool in_unit(double x) { return x >= 0.0 && x <= 1.0; }

std::unique_ptr<nets::Network> make_network(const DqnConfig& config, std::size_t inputs,
                                            std::size_t outputs, std::uint64_t seed) {
  validate(config);
  const nets::MlpConfig mlp = {.inputs = inputs,
                               .hidden = config.hidden,
                               .outputs = outputs,
                               .activation = config.activation};
  std::unique_ptr<nets::Network> network = nets::make_mlp(config.backend, mlp);
  kernels::RandomStream init(seed, "init");
  nets::initialize_mlp(mlp, network->parameters(), nets::Init::uniform, init);
  return network;
}

std::unique_ptr<nets::Network> checked(std::unique_ptr<nets::Network> network) {
  if (network == nullptr) kernels::throw_argument("dqn", "network: must not be null");
  return network;
}

}  // namespace

void validate(const DqnConfig& c) {
  require(c.learning_rate > 0.0 && c.learning_rate <= 1.0, "learning_rate", c.learning_rate,
          "in (0, 1]");
  require(c.learning_rate_final <= 1.0, "learning_rate_final", c.learning_rate_final,
          "at most 1 (negative: constant)");
  require(c.adam_epsilon > 0.0 && c.adam_epsilon <= 1.0, "adam_epsilon", c.adam_epsilon,
          "in (0, 1]");
  require(in_unit(c.gamma), "gamma", c.gamma, "in [0, 1]");
  require(c.max_grad_norm >= 0.0 && std::isfinite(c.max_grad_norm), "max_grad_norm",
          c.max_grad_norm, "finite and at least 0 (0: no limit)");
  require(c.tau > 0.0 && c.tau <= 1.0, "tau", c.tau, "in (0, 1]");
  require(c.target_update_interval >= 0, "target_update_interval", c.target_update_interval,
          "at least 0 (0: every update)");
  require(in_unit(c.exploration_initial_eps), "exploration_initial_eps", c.exploration_initial_eps,
          "in [0, 1]");
  require(in_unit(c.exploration_final_eps), "exploration_final_eps", c.exploration_final_eps,
          "in [0, 1]");
  require(in_unit(c.exploration_fraction), "exploration_fraction", c.exploration_fraction,
          "in [0, 1]");
}

Dqn::Workspace::Workspace(std::size_t batch, std::size_t actions)
    : q({batch, actions}),
      q_next_online({batch, actions}),
      q_next_target({batch, actions}),
      dq({batch, actions}),
      prediction(batch),
      target(batch),
      bootstrap(batch),
      dprediction(batch),
      next_action(batch) {}

Dqn::Dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
         std::uint64_t seed)
    : Dqn(config, make_network(config, observation_size, actions, seed), seed) {}

Dqn::Dqn(const DqnConfig& config, std::unique_ptr<nets::Network> network, std::uint64_t seed)
    : config_((validate(config), config)),
      online_(checked(std::move(network))),
      target_(online_->clone()),
      optimizer_({.epsilon = config.adam_epsilon}, online_->parameters().values().size()),
      random_(seed, "exploration") {}

double Dqn::exploration(const Progress& progress) const {
  return linear_schedule(config_.exploration_initial_eps, config_.exploration_final_eps,
                         config_.exploration_fraction, progress.fraction());
}

double Dqn::learning_rate(const Progress& progress) const {
  if (config_.learning_rate_final < 0.0) return config_.learning_rate;
  return linear_schedule(config_.learning_rate, config_.learning_rate_final, 1.0,
                         progress.fraction());
}

void Dqn::act(ConstMatrixView observation, const Progress& progress,
              std::span<std::int32_t> action) {
  const std::size_t count = observation.rows;
  if (act_values_.empty() || act_values_.dim(0) < count) {
    act_values_ = kernels::Tensor({count, online_->outputs()});
  }
  const MatrixView values = act_values_.matrix().rows_from(0, count);
  online_->forward(observation, values, act_tape_);
  kernels::argmax_rows(values, action);
  // Two draws per row whether it explores or not: the stream's position depends on steps alone.
  const auto epsilon = static_cast<float>(exploration(progress));
  for (std::int32_t& a : action) {
    const bool explore = random_.uniform() < epsilon;
    const auto random_action =
        static_cast<std::int32_t>(random_.below(static_cast<std::uint32_t>(online_->outputs())));
    if (explore) a = random_action;
  }
}

void Dqn::compute_target(const replay::ReplayBatch& batch) {
  Workspace& w = *work_;
  target_->forward(batch.next_observation.matrix(), w.q_next_target.matrix(), next_tape_);
  if (config_.double_q) {
    online_->forward(batch.next_observation.matrix(), w.q_next_online.matrix(), next_tape_);
    kernels::argmax_rows(w.q_next_online.matrix(), w.next_action);
    kernels::select_columns(w.q_next_target.matrix(), w.next_action, w.bootstrap);
  } else {
    kernels::max_rows(w.q_next_target.matrix(), w.bootstrap);
  }
  for (std::size_t i = 0; i < batch.size(); ++i) {
    w.target[i] = batch.reward[i] + batch.discount[i] * w.bootstrap[i];
  }
}

void Dqn::update_target(const Progress& progress) {
  if (progress.env_steps - last_target_update_ < config_.target_update_interval) return;
  last_target_update_ = progress.env_steps;
  kernels::polyak_update(target_->parameters().values(),
                         std::as_const(*online_).parameters().values(),
                         static_cast<float>(config_.tau));
}

LearnStats Dqn::learn(const replay::ReplayBatch& batch, const Progress& progress) {
  const kernels::FlushDenormals flush;
  if (work_ == nullptr || work_->prediction.size() != batch.size()) {
    work_ = std::make_unique<Workspace>(batch.size(), online_->outputs());
  }
  Workspace& w = *work_;
  compute_target(batch);

  online_->forward(batch.observation.matrix(), w.q.matrix(), tape_);
  kernels::select_columns(w.q.matrix(), batch.action, w.prediction);
  LearnStats stats;
  stats.loss = static_cast<double>(
      config_.loss == Loss::huber
          ? kernels::huber_loss(w.prediction, w.target, {}, kHuberKappa, w.dprediction)
          : kernels::mse_loss(w.prediction, w.target, {}, w.dprediction));
  if (!std::isfinite(stats.loss)) {
    kernels::throw_runtime("dqn", "loss " + std::to_string(stats.loss) + " at update " +
                                      std::to_string(progress.updates) + ", step " +
                                      std::to_string(progress.env_steps) +
                                      ": must be finite; lower learning_rate or check the rewards");
  }
  stats.mean_value = std::accumulate(w.prediction.begin(), w.prediction.end(), 0.0) /
                     static_cast<double>(batch.size());

  kernels::scatter_columns(w.dprediction, batch.action, w.dq.matrix());
  online_->backward(w.dq.matrix(), tape_);
  stats.gradient_norm =
      optimizer_.step(online_->parameters(), learning_rate(progress), config_.max_grad_norm);
  update_target(progress);
  return stats;
}

}  // namespace pavlov::agents
