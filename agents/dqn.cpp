#include "pavlov/agents/dqn.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/denormals.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/scratch_rows.h"
#include "pavlov/kernels/update.h"
#include "pavlov/nets/mixed_mlp.h"
#include "pavlov/nets/value_network.h"

namespace pavlov::agents {
namespace {

std::unique_ptr<nets::Network> checked(std::unique_ptr<nets::Network> network) {
  if (network == nullptr) kernels::throw_argument("dqn", "network: must not be null");
  return network;
}

// Of a network with these outputs.
ActionHead head_of(const ValueLoss& loss, std::size_t outputs) {
  const std::size_t per_action = loss.head(1).outputs();
  if (outputs % per_action != 0) {
    kernels::throw_argument("dqn", "network of " + std::to_string(outputs) +
                                       " outputs: must have " + std::to_string(per_action) +
                                       " per action");
  }
  return loss.head(outputs / per_action);
}

}  // namespace

std::unique_ptr<nets::Network> initial_network(const DqnConfig& config,
                                               std::size_t observation_size, std::size_t actions,
                                               std::uint64_t seed) {
  validate(config);
  const std::size_t outputs = make_value_loss(config)->head(actions).outputs();
  kernels::RandomStream init(seed, "init");
  if (config.dueling || config.noisy || config.layer_norm) {
    auto network = std::make_unique<nets::ValueNetwork>(
        nets::ValueNetworkConfig{.inputs = observation_size,
                                 .hidden = config.hidden,
                                 .actions = actions,
                                 .atoms = actions == 0 ? 1 : outputs / actions,
                                 .activation = config.activation,
                                 .dueling = config.dueling,
                                 .noisy = config.noisy,
                                 .noisy_sigma = config.noisy_sigma,
                                 .layer_norm = config.layer_norm});
    network->initialize(init);
    return network;
  }
  const nets::MlpConfig mlp = {.inputs = observation_size,
                               .hidden = config.hidden,
                               .outputs = outputs,
                               .activation = config.activation};
  std::unique_ptr<nets::Network> network =
      config.bf16 ? std::make_unique<nets::MixedMlp>(mlp) : nets::make_mlp(config.backend, mlp);
  nets::initialize_mlp(mlp, network->parameters(), nets::Init::uniform, init);
  return network;
}

double exploration_share(const DqnConfig& config, const Progress& progress) {
  if (config.noisy) return 0.0;  // the noise of the network explores
  return linear_schedule(config.exploration_initial_eps, config.exploration_final_eps,
                         config.exploration_fraction, progress.fraction());
}

double learning_rate(const DqnConfig& config, const Progress& progress) {
  if (config.learning_rate_final < 0.0) return config.learning_rate;
  return scheduled(config.learning_rate_schedule, config.learning_rate, config.learning_rate_final,
                   progress.fraction());
}

void explore(double epsilon, std::size_t actions, kernels::RandomStream& random,
             std::span<std::int32_t> action) {
  const auto share = static_cast<float>(epsilon);
  for (std::int32_t& a : action) {
    const bool explores = random.uniform() < share;
    const auto random_action =
        static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(actions)));
    if (explores) a = random_action;
  }
}

void check_finite(const LearnStats& stats, const Progress& progress) {
  const bool loss_is_finite = std::isfinite(stats.loss);
  if (loss_is_finite && std::isfinite(stats.gradient_norm)) return;
  const std::string what = loss_is_finite ? "gradient norm " + std::to_string(stats.gradient_norm)
                                          : "loss " + std::to_string(stats.loss);
  kernels::throw_runtime("dqn", what + " at update " + std::to_string(progress.updates) +
                                    ", step " + std::to_string(progress.env_steps) +
                                    ": must be finite; lower learning_rate or check the rewards");
}

Dqn::Workspace::Workspace(std::size_t batch, std::size_t outputs, std::size_t actions)
    : output({batch, outputs / actions}),
      doutput({batch, outputs / actions}),
      next_target({batch, outputs / actions}),
      next_outputs({batch, outputs}),
      score({batch, actions}),
      next_action(batch),
      only(batch),
      value(batch) {}

Dqn::Dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
         std::uint64_t seed)
    : Dqn(config, initial_network(config, observation_size, actions, seed), seed) {}

Dqn::Dqn(const DqnConfig& config, std::unique_ptr<nets::Network> network, std::uint64_t seed)
    : config_((validate(config), config)),
      loss_(make_value_loss(config_)),
      online_(checked(std::move(network))),
      target_(online_->clone()),
      head_(head_of(*loss_, online_->outputs())),
      one_action_(loss_->head(1)),
      optimizer_({.epsilon = config.adam_epsilon}, online_->parameters().values().size()),
      random_(seed, "exploration"),
      noise_(seed, "noise"),
      acting_noise_(config_.noise_interval) {}

void Dqn::act(ConstMatrixView observation, const Progress& progress,
              std::span<std::int32_t> action) {
  const MatrixView outputs =
      kernels::scratch_rows(act_outputs_, observation.rows, online_->outputs());
  const MatrixView score = kernels::scratch_rows(act_scores_, observation.rows, head_.actions);
  draw_acting_noise(observation.rows);
  online_->forward(observation, outputs, act_tape_);
  greedy_actions(head_, outputs, score, action);
  explore(exploration(progress), head_.actions, random_, action);
}

void Dqn::draw_acting_noise(std::size_t envs) {
  const std::uint64_t next = noise_.position();
  noise_.set_position(acting_noise_.place(next, envs));
  online_->resample_noise(noise_);
  noise_.set_position(std::max(next, noise_.position()));
}

void Dqn::set_target(const replay::ReplayBatch& batch) {
  Workspace& w = *work_;
  const ConstMatrixView next = batch.next_observation.matrix();
  target_->resample_noise(noise_);
  const MatrixView outputs = w.next_outputs.matrix();
  if (config_.double_q) {
    online_->resample_noise(noise_);
    online_->forward(next, outputs, next_tape_);
    greedy_actions(head_, outputs, w.score.matrix(), w.next_action);
    target_->forward_action(next, w.next_action, w.next_target.matrix(), next_tape_);
    loss_->set_target({w.next_target.matrix(), w.only, batch.reward, batch.discount});
    return;
  }
  target_->forward(next, outputs, next_tape_);
  greedy_actions(head_, outputs, w.score.matrix(), w.next_action);
  loss_->set_target({outputs, w.next_action, batch.reward, batch.discount});
}

double Dqn::mean_value() {
  Workspace& w = *work_;
  action_scores(one_action_, w.output.matrix(), {w.value.data(), w.value.size(), 1});
  return std::accumulate(w.value.begin(), w.value.end(), 0.0) / static_cast<double>(w.value.size());
}

void Dqn::step(const Progress& progress) {
  if (++accumulated_ < config_.gradient_accumulation) return;
  accumulated_ = 0;
  gradient_norm_ = optimizer_.step(online_->parameters(), learning_rate(config_, progress),
                                   config_.max_grad_norm);
  update_target(progress);
}

void Dqn::update_target(const Progress& progress) {
  if (progress.env_steps - last_target_update_ < config_.target_update_interval) return;
  last_target_update_ = progress.env_steps;
  kernels::polyak_update(target_->parameters().values(),
                         std::as_const(*online_).parameters().values(),
                         static_cast<float>(config_.tau));
}

LearnStats Dqn::learn(replay::ReplayBatch& batch, const Progress& progress) {
  const kernels::FlushDenormals flush;
  work_ = &workspaces_.get(batch.size(), [&] {
    return std::make_unique<Workspace>(batch.size(), online_->outputs(), head_.actions);
  });
  Workspace& w = *work_;
  set_target(batch);

  online_->resample_noise(noise_);
  online_->forward_action(batch.observation.matrix(), batch.action, w.output.matrix(), tape_);
  const double loss =
      loss_->compute(w.output.matrix(), w.only, batch.weight, w.doutput.matrix(), batch.priority);
  check_finite({.loss = loss}, progress);
  if (config_.gradient_accumulation > 1) {
    const float share = 1.0f / static_cast<float>(config_.gradient_accumulation);
    for (float& g : w.doutput.span()) g *= share;
  }
  online_->backward_action(batch.action, w.doutput.matrix(), tape_);
  step(progress);
  return {.loss = loss, .mean_value = mean_value(), .gradient_norm = gradient_norm_};
}

}  // namespace pavlov::agents
