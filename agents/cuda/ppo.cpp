#include "pavlov/agents/cuda/ppo.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

#include "pavlov/agents/cuda/device_actions.h"
#include "pavlov/agents/cuda/device_rollout.h"
#include "pavlov/agents/cuda/policy_acting.h"
#include "pavlov/agents/cuda/repeated.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/arithmetic.h"
#include "pavlov/kernels/cuda/categorical.h"
#include "pavlov/kernels/cuda/cursor.h"
#include "pavlov/kernels/cuda/gaussian.h"
#include "pavlov/kernels/cuda/loss.h"
#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/kernels/cuda/policy_loss.h"
#include "pavlov/kernels/cuda/rows.h"
#include "pavlov/kernels/cuda/statistics.h"

namespace pavlov::agents::cuda {
namespace {

using kernels::Device;
using kernels::Tensor;
using kernels::TensorOf;
using kernels::cuda::Cursor;
using kernels::cuda::Operation;
using kernels::cuda::PinnedArray;

constexpr float kAdvantageEpsilon = 1e-8f;  // SB3, CleanRL
constexpr double kKlTolerance = 1.5;        // times target_kl (SB3)

std::size_t divide_up(std::size_t a, std::size_t b) { return (a + b - 1) / b; }

// Where what a minibatch saw stands in a row of records.
enum Record : std::size_t { kPolicy, kKl, kClipped, kValue, kEntropy, kNorm, kRecordSize };

std::size_t samples_of(const PpoConfig& config, std::size_t envs) { return config.n_steps * envs; }

std::size_t steps_of(const PpoConfig& config, std::size_t envs) {
  return config.n_epochs * divide_up(samples_of(config, envs), config.batch_size);
}

PpoConfig as_ppo(const A2cConfig& c, std::size_t envs) {
  validate(c);
  kernels::require(envs >= 1, "a2c", "envs", envs, "at least 1");
  return {.network = c.network,
          .n_steps = c.n_steps,
          .batch_size = c.n_steps * envs,
          .n_epochs = 1,
          .learning_rate = c.learning_rate,
          .learning_rate_schedule = c.learning_rate_schedule,
          .gamma = c.gamma,
          .gae_lambda = c.gae_lambda,
          .clip_range = std::numeric_limits<double>::infinity(),
          .normalize_advantage = c.normalize_advantage,
          .ent_coef = c.ent_coef,
          .vf_coef = c.vf_coef,
          .max_grad_norm = c.max_grad_norm};
}

// A column on the device, all or its first values.
std::span<float> first(Tensor& column, std::size_t size) { return column.span().first(size); }

}  // namespace

// What is captured of the minibatches of one size.
struct Ppo::Minibatch {
  Repeated whole, judging, descent;
};

struct Ppo::Learning {
  Learning(const nets::cuda::ActorCritic& network, const PpoConfig& config, std::size_t envs,
           bool is_continuous)
      : samples(samples_of(config, envs)),
        batch(config.batch_size),
        steps(steps_of(config, envs)),
        rollout(network, samples, envs, is_continuous, steps, batch),
        index({batch}, Device::cuda),
        b_observation({batch, network.config().inputs}, Device::cuda),
        b_action(batch, network.config().outputs, is_continuous),
        b_log_prob({batch}, Device::cuda),
        b_value({batch}, Device::cuda),
        b_returns({batch}, Device::cuda),
        b_advantage({batch}, Device::cuda),
        outputs({batch, network.config().outputs}, Device::cuda),
        d_outputs({batch, network.config().outputs}, Device::cuda),
        log_p({is_continuous ? 0 : batch, network.config().outputs}, Device::cuda),
        new_log_prob({batch}, Device::cuda),
        new_value({batch}, Device::cuda),
        entropy({batch}, Device::cuda),
        d_log_prob({batch}, Device::cuda),
        d_value({batch}, Device::cuda),
        d_entropy({batch}, Device::cuda),
        moments({2}, Device::cuda),
        cursor({1}, Device::cuda),
        health({1}, Device::cuda),
        record({kRecordSize}, Device::cuda),
        records({steps, kRecordSize}, Device::cuda),
        record_back(kRecordSize),
        records_back(steps * kRecordSize),
        tape(network.make_tape(batch)) {}

  const std::size_t samples;  // of a whole rollout
  const std::size_t batch;    // samples of a minibatch but the last of an epoch
  const std::size_t steps;    // minibatches of a whole round

  DeviceRollout rollout;

  // The running minibatch.
  TensorOf<std::uint32_t> index;                       // (B)
  Tensor b_observation;                                // (B,O)
  DeviceActions b_action;                              // (B) or (B,A)
  Tensor b_log_prob, b_value, b_returns, b_advantage;  // (B)
  Tensor outputs, d_outputs, log_p;                    // (B,A)
  Tensor new_log_prob, new_value, entropy;             // (B)
  Tensor d_log_prob, d_value, d_entropy;               // (B)
  TensorOf<double> moments;

  TensorOf<Cursor> cursor;  // number of the minibatch in the round
  Tensor health;            // NaN from the first loss or norm on that is not finite
  Tensor record, records;   // of a minibatch, of all of the round
  PinnedArray<float> record_back, records_back;
  nets::cuda::ActorCriticTape tape;
  std::map<std::size_t, Minibatch> minibatches;  // by their size: at most two per rollout
  double clip_range = 0.0;                       // with which they are captured
};

Ppo::Ppo(const PpoConfig& config, std::size_t observation_size, const envs::Space& action_space,
         std::size_t envs, std::uint64_t seed)
    : Ppo("ppo", (validate(config, envs), config), nets::AdamConfig{.epsilon = config.adam_epsilon},
          observation_size, action_space, envs, seed) {}

Ppo::Ppo(const A2cConfig& config, std::size_t observation_size, const envs::Space& action_space,
         std::size_t envs, std::uint64_t seed)
    : Ppo("a2c", as_ppo(config, envs), optimizer_config(config), observation_size, action_space,
          envs, seed) {}

Ppo::Ppo(std::string_view name, const PpoConfig& config, const nets::OptimizerConfig& optimizer,
         std::size_t observation_size, const envs::Space& action_space, std::size_t envs,
         std::uint64_t seed)
    : OnPolicyAgent(name, config.network, optimizer, observation_size, action_space, seed),
      config_(config),
      continuous_(action_head().continuous()),
      host_(own_model()),
      network_(host_),
      optimizer_(nets::cuda::make_optimizer(optimizer, host_.parameters().values().size(),
                                            steps_of(config, envs))) {}

Ppo::~Ppo() = default;

const nets::ActorCritic& Ppo::model() const {
  if (!host_is_current_) network_.parameters().copy_to(host_.parameters());
  host_is_current_ = true;
  return host_;
}

void Ppo::draw_actions(const replay::RolloutSlot& slot) {
  const std::size_t rows = slot.observation.rows;
  if (acting_ == nullptr || acting_->rows() != rows) {
    const Operation operation{"policy acting",
                              {rows, network_.config().inputs, network_.config().outputs}};
    acting_ = named(operation,
                    [&] { return std::make_unique<PolicyActing>(network_, rows, continuous_); });
  }
  acting_->draw(stream_, action_random(), slot);
}

Ppo::Learning& Ppo::learning_of(const replay::RolloutBuffer& rollout) {
  const replay::RolloutShape& shape = rollout.shape();
  if (learning_ == nullptr) {
    const std::size_t samples = samples_of(config_, shape.envs);
    const Operation operation{"policy update",
                              {samples, config_.batch_size, shape.observation_size}};
    learning_ = named(operation, [&] {
      return std::make_unique<Learning>(network_, config_, shape.envs, continuous_);
    });
  }
  const std::size_t rows = rollout.steps() * shape.envs;
  if (rollout.samples() != rows || rows > learning_->samples) {
    kernels::throw_argument(name(), "rollout of " + std::to_string(rollout.samples()) +
                                        " samples in " + std::to_string(rows) +
                                        " rows: all must be samples, and at most " +
                                        std::to_string(learning_->samples) + " on a CUDA device");
  }
  return *learning_;
}

void Ppo::enqueue_judging(std::size_t size, const Objective& objective, Learning& w) {
  using namespace kernels::cuda;  // NOLINT: launchers
  const std::span<std::uint32_t> index = w.index.span().first(size);
  const std::span<float> advantage = first(w.b_advantage, size), returns = first(w.b_returns, size);
  const std::span<float> log_prob = first(w.new_log_prob, size), value = first(w.new_value, size);
  const std::span<float> entropy = first(w.entropy, size), d_value = first(w.d_value, size);
  const MatrixView observation = w.b_observation.matrix().rows_from(0, size);
  const MatrixView outputs = w.outputs.matrix().rows_from(0, size);
  read_row(stream_, std::as_const(w.rollout.order).matrix(), w.cursor.data(), index);
  gather_rows(stream_, w.rollout.observation.matrix(), index, observation);
  gather_values(stream_, std::as_const(w.rollout.log_prob).span(), index,
                first(w.b_log_prob, size));
  gather_values(stream_, std::as_const(w.rollout.returns).span(), index, returns);
  gather_values(stream_, std::as_const(w.rollout.advantage).span(), index, advantage);

  network_.forward(stream_, observation, outputs, value, w.tape);
  if (continuous_) {
    const MatrixView action = w.b_action.continuous.matrix().rows_from(0, size);
    gather_rows(stream_, w.rollout.action.continuous.matrix(), index, action);
    gaussian_forward(stream_, outputs, network_.log_std(), action, log_prob, entropy);
  } else {
    const std::span<std::int32_t> action = w.b_action.discrete.span().first(size);
    gather_values(stream_, std::as_const(w.rollout.action.discrete).span(), index, action);
    categorical_forward(stream_, outputs, action, w.log_p.matrix().rows_from(0, size), log_prob,
                        entropy);
  }
  if (objective.normalize_advantage) {
    standardize(stream_, advantage, kernels::Variance::sample, kAdvantageEpsilon, w.moments.span());
  }
  ppo_policy_loss(stream_, log_prob, first(w.b_log_prob, size), advantage,
                  static_cast<float>(objective.clip_range), first(w.d_log_prob, size),
                  w.record.span().subspan(kPolicy, 3));
  float* const value_loss = w.record.data() + kValue;
  if (objective.clip_range_vf > 0.0) {
    gather_values(stream_, std::as_const(w.rollout.value).span(), index, first(w.b_value, size));
    clipped_value_loss(stream_, value, first(w.b_value, size), returns,
                       static_cast<float>(objective.clip_range_vf), d_value, value_loss);
  } else {
    mse_loss(stream_, value, returns, {}, d_value, value_loss);
  }
  mean(stream_, entropy, w.record.data() + kEntropy);
  scale(stream_, d_value, static_cast<float>(objective.vf_coef));
  fill(stream_, first(w.d_entropy, size),
       static_cast<float>(-objective.ent_coef / static_cast<double>(size)));
  // approx_kl and clip_fraction say nothing of the losses
  kernels::cuda::check_finite(stream_, w.record.span().subspan(kPolicy, 1), w.health.data());
  kernels::cuda::check_finite(stream_, w.record.span().subspan(kValue, 2), w.health.data());
}

void Ppo::enqueue_descent(std::size_t size, Learning& w) {
  using namespace kernels::cuda;  // NOLINT: launchers
  const MatrixView outputs = w.outputs.matrix().rows_from(0, size);
  const MatrixView d_outputs = w.d_outputs.matrix().rows_from(0, size);
  const std::span<float> d_log_prob = first(w.d_log_prob, size),
                         d_entropy = first(w.d_entropy, size);
  if (continuous_) {
    gaussian_backward(stream_, outputs, network_.log_std(),
                      w.b_action.continuous.matrix().rows_from(0, size), d_log_prob, d_entropy,
                      d_outputs, network_.log_std_gradient());
  } else {
    categorical_backward(stream_, w.log_p.matrix().rows_from(0, size),
                         w.b_action.discrete.span().first(size), first(w.entropy, size), d_log_prob,
                         d_entropy, d_outputs);
  }
  network_.backward(stream_, d_outputs, first(w.d_value, size), w.tape);
  optimizer_->enqueue(stream_, network_.parameters().values(), network_.parameters().gradient(),
                      config_.max_grad_norm, w.health.data(), w.cursor.data());
  const std::span<float> norm = w.record.span().subspan(kNorm, 1);
  narrow(stream_, {optimizer_->norm(), 1}, norm);
  kernels::cuda::check_finite(stream_, norm, w.health.data());
  write_row(stream_, w.record.span(), w.cursor.data(), w.records.matrix());
  advance(stream_, w.cursor.data());
}

bool Ppo::learn_minibatch(std::size_t size, const Objective& objective, Learning& w) {
  const Operation operation{"policy minibatch",
                            {size, network_.config().inputs, network_.config().outputs}};
  Minibatch& m = w.minibatches[size];
  if (config_.target_kl <= 0.0) {
    m.whole.run(stream_, operation, [&] {
      enqueue_judging(size, objective, w);
      enqueue_descent(size, w);
    });
    return true;
  }
  m.judging.run(stream_, operation, [&] {
    enqueue_judging(size, objective, w);
    stream_.copy(w.record_back.data(), w.record.data(), w.record_back.bytes());
  });
  stream_.synchronize();
  if (static_cast<double>(w.record_back[kKl]) > kKlTolerance * config_.target_kl) return false;
  m.descent.run(stream_, operation, [&] { enqueue_descent(size, w); });
  return true;
}

void Ppo::read_records(const Learning& w, std::size_t count, const Progress& progress,
                       StatsMeans& means) const {
  for (std::size_t k = 0; k < count; ++k) {
    const auto value = [&](Record field) {
      return static_cast<double>(w.records_back[k * kRecordSize + field]);
    };
    const Losses losses{.policy = value(kPolicy),
                        .value = value(kValue),
                        .entropy = value(kEntropy),
                        .approx_kl = value(kKl),
                        .clip_fraction = value(kClipped)};
    check_finite(losses, progress);
    if (!std::isfinite(value(kNorm))) {
      kernels::throw_runtime(name(), "gradient norm " + std::to_string(value(kNorm)) +
                                         ": must be finite; lower learning_rate or check the "
                                         "rewards");
    }
    means.add(losses, value(kNorm));
  }
}

PolicyGradientStats Ppo::learn(replay::RolloutBuffer& rollout, const Progress& progress) {
  Learning& w = learning_of(rollout);
  w.rollout.fill_values(stream_, network_, rollout);
  rollout.estimate_advantages(config_.gamma, config_.gae_lambda);
  w.rollout.send_samples(stream_, rollout);

  const double spent = fraction_before(rollout, progress);
  const Objective objective{
      .clip_range = scheduled(config_.clip_range_schedule, config_.clip_range, 0.0, spent),
      .clip_range_vf = config_.clip_range_vf,
      .ent_coef = config_.ent_coef,
      .vf_coef = config_.vf_coef,
      .normalize_advantage = config_.normalize_advantage};
  if (objective.clip_range != w.clip_range) w.minibatches.clear();  // it is captured
  w.clip_range = objective.clip_range;
  const double learning_rate =
      scheduled(config_.learning_rate_schedule, config_.learning_rate, 0.0, spent);
  StatsMeans means(rollout.explained_variance(), learning_rate);

  const std::size_t samples = rollout.samples(), per_epoch = divide_up(samples, w.batch);
  const std::size_t steps = config_.n_epochs * per_epoch;
  optimizer_->prepare(learning_rate, steps);
  optimizer_->enqueue_prepared(stream_);
  stream_.zero(w.cursor.data(), sizeof(Cursor));
  stream_.zero(w.health.data(), sizeof(float));
  std::size_t done = 0;
  bool near = true;
  for (std::size_t epoch = 0; epoch < config_.n_epochs && near; ++epoch) {
    rollout.shuffle(minibatch_random());
    w.rollout.send_order(stream_, rollout, epoch * per_epoch);
    for (std::size_t begin = 0; begin < samples && near; begin += w.batch) {
      near = learn_minibatch(std::min(w.batch, samples - begin), objective, w);
      if (near) ++done;
    }
  }
  optimizer_->take_back(steps - done);
  stream_.copy(w.records_back.data(), w.records.data(), done * kRecordSize * sizeof(float));
  stream_.synchronize();
  host_is_current_ = false;
  read_records(w, done, progress, means);
  return means.take();
}

}  // namespace pavlov::agents::cuda
