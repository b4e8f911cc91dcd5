#include "pavlov/agents/cuda/ppo.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <string>
#include <utility>

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

constexpr float kAdvantageEpsilon = 1e-8f;    // SB3, CleanRL
constexpr double kKlTolerance = 1.5;          // times target_kl (SB3)
constexpr std::size_t kValueRows = 1u << 14;  // that the critic sees at once

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

// The actions of some rows: one of the two has elements.
struct DeviceActions {
  TensorOf<std::int32_t> discrete;
  Tensor continuous;

  DeviceActions(std::size_t rows, std::size_t dimensions, bool is_continuous)
      : discrete({is_continuous ? 0 : rows}, Device::cuda),
        continuous({is_continuous ? rows : 0, dimensions}, Device::cuda) {}
};

}  // namespace

struct Ppo::Acting {
  Acting(const nets::cuda::ActorCritic& network, std::size_t count, bool is_continuous)
      : rows(count),
        inputs(network.config().inputs),
        randoms(is_continuous ? count * network.config().outputs : count),
        given(count * inputs + randoms),
        arrived({count * inputs + randoms}, Device::cuda),
        outputs({count, network.config().outputs}, Device::cuda),
        log_p({count, network.config().outputs}, Device::cuda),
        log_prob({count}, Device::cuda),
        entropy({count}, Device::cuda),
        action(count, network.config().outputs, is_continuous),
        discrete_back(action.discrete.size()),
        continuous_back(action.continuous.size()),
        log_prob_back(count),
        tape(network.make_tape(count, false)) {}

  float* given_random() { return given.data() + rows * inputs; }
  ConstMatrixView observation() const { return {arrived.data(), rows, inputs}; }
  std::span<const float> random() const { return {arrived.data() + rows * inputs, randoms}; }

  std::size_t rows, inputs;
  std::size_t randoms;       // uniform numbers (N), or normal ones (N,A)
  PinnedArray<float> given;  // observation (N,O), then the random numbers
  Tensor arrived;            // the same
  Tensor outputs, log_p;     // (N,A)
  Tensor log_prob, entropy;  // (N)
  DeviceActions action;      // (N) or (N,A)
  PinnedArray<std::int32_t> discrete_back;
  PinnedArray<float> continuous_back, log_prob_back;
  nets::cuda::ActorCriticTape tape;
  Repeated work;
};

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
        observation({samples + envs, network.config().inputs}, Device::cuda),
        value({samples + envs}, Device::cuda),
        log_prob({samples}, Device::cuda),
        returns({samples}, Device::cuda),
        advantage({samples}, Device::cuda),
        action(samples, network.config().outputs, is_continuous),
        final_observation({std::min(kValueRows, samples), network.config().inputs}, Device::cuda),
        final_value({std::min(kValueRows, samples)}, Device::cuda),
        order_given(steps * batch),
        order({steps, batch}, Device::cuda),
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
        tape(network.make_tape(batch)),
        value_tape(network.make_tape(std::min(kValueRows, samples + envs), false)) {}

  const std::size_t samples;  // of a whole rollout
  const std::size_t batch;    // samples of a minibatch but the last of an epoch
  const std::size_t steps;    // minibatches of a whole round

  // The rollout: S samples in T steps of N environments.
  Tensor observation;                   // (S+N,O)
  Tensor value;                         // (S+N)
  Tensor log_prob, returns, advantage;  // (S)
  DeviceActions action;                 // (S) or (S,A)
  Tensor final_observation;             // a part of the final observations
  Tensor final_value;
  PinnedArray<std::uint32_t> order_given;
  TensorOf<std::uint32_t> order;  // (steps, B) samples of each minibatch

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
  nets::cuda::ActorCriticTape tape, value_tape;
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

void Ppo::enqueue_acting(Acting& a) {
  stream_.copy(a.arrived.data(), a.given.data(), a.given.bytes());
  const MatrixView outputs = a.outputs.matrix();
  network_.forward(stream_, a.observation(), outputs, {}, a.tape);
  if (continuous_) {
    const MatrixView action = a.action.continuous.matrix();
    const ConstMatrixView noise(a.random().data(), outputs.rows, outputs.cols);
    kernels::cuda::gaussian_sample(stream_, outputs, network_.log_std(), noise, action);
    kernels::cuda::gaussian_forward(stream_, outputs, network_.log_std(), action, a.log_prob.span(),
                                    a.entropy.span());
    stream_.copy(a.continuous_back.data(), action.data, a.continuous_back.bytes());
  } else {
    const std::span<std::int32_t> action = a.action.discrete.span();
    kernels::cuda::categorical_sample(stream_, outputs, a.random(), action);
    kernels::cuda::categorical_forward(stream_, outputs, action, a.log_p.matrix(),
                                       a.log_prob.span(), a.entropy.span());
    stream_.copy(a.discrete_back.data(), action.data(), a.discrete_back.bytes());
  }
  stream_.copy(a.log_prob_back.data(), a.log_prob.data(), a.log_prob_back.bytes());
}

void Ppo::draw_actions(const replay::RolloutSlot& slot) {
  const ConstMatrixView observation = slot.observation;
  const std::size_t actions = network_.config().outputs;
  const Operation operation{"policy acting", {observation.rows, observation.cols, actions}};
  if (acting_ == nullptr || acting_->rows != observation.rows) {
    acting_ = named(operation, [&] {
      return std::make_unique<Acting>(network_, observation.rows, continuous_);
    });
  }
  Acting& a = *acting_;
  for (std::size_t n = 0; n < observation.rows; ++n) {
    std::ranges::copy(observation.row(n), a.given.data() + n * observation.cols);
  }
  for (float& x : std::span(a.given_random(), a.randoms)) {
    x = continuous_ ? static_cast<float>(action_random().normal()) : action_random().uniform();
  }
  a.work.run(stream_, operation, [&] { enqueue_acting(a); });
  stream_.synchronize();
  std::ranges::copy(a.log_prob_back.span(), slot.log_prob.begin());
  std::ranges::copy(a.discrete_back.span(), slot.discrete.begin());
  for (std::size_t n = 0; continuous_ && n < observation.rows; ++n) {
    std::copy_n(a.continuous_back.data() + n * actions, actions, slot.continuous.row(n).begin());
  }
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

// Values of the rollout by the critic on the device, then advantages on the host.
void Ppo::estimate(replay::RolloutBuffer& rollout, Learning& w) {
  const ConstMatrixView observations = rollout.observations();
  const std::span<float> values = rollout.values();
  stream_.copy(w.observation.data(), observations.data,
               observations.rows * observations.cols * sizeof(float));
  const auto forward = [&](ConstMatrixView x, std::span<float> value) {
    network_.forward(stream_, x, {}, value, w.value_tape);
  };
  for (std::size_t begin = 0; begin < values.size(); begin += kValueRows) {
    const std::size_t rows = std::min(kValueRows, values.size() - begin);
    forward(w.observation.matrix().rows_from(begin, rows), w.value.span().subspan(begin, rows));
  }
  stream_.copy(values.data(), w.value.data(), values.size_bytes());

  const ConstMatrixView finals = rollout.final_observations();
  const std::span<float> final_values = rollout.final_values();
  const std::size_t most = w.final_value.size();
  for (std::size_t begin = 0; begin < finals.rows; begin += most) {
    const std::size_t rows = std::min(most, finals.rows - begin);
    stream_.copy(w.final_observation.data(), finals.data + begin * finals.cols,
                 rows * finals.cols * sizeof(float));
    forward(w.final_observation.matrix().rows_from(0, rows), first(w.final_value, rows));
    stream_.copy(final_values.data() + begin, w.final_value.data(), rows * sizeof(float));
  }
  stream_.synchronize();
  rollout.estimate_advantages(config_.gamma, config_.gae_lambda);
}

void Ppo::send_samples(const replay::RolloutBuffer& rollout, Learning& w) {
  const auto send = [&](auto& to, const auto* from, std::size_t count) {
    stream_.copy(to.data(), from, count * sizeof(*from));
  };
  const std::size_t samples = rollout.samples();
  send(w.log_prob, rollout.log_probs().data(), samples);
  send(w.returns, rollout.returns().data, samples);
  send(w.advantage, rollout.advantages().data, samples);
  const ConstMatrixView continuous = rollout.continuous_actions();
  if (continuous_) send(w.action.continuous, continuous.data, samples * continuous.cols);
  if (!continuous_) send(w.action.discrete, rollout.discrete_actions().data(), samples);
}

// The minibatches of one epoch are rows of `order` from first_row on: samples side by side.
void Ppo::send_order(const replay::RolloutBuffer& rollout, std::size_t first_row, Learning& w) {
  const std::span<const std::uint32_t> order = rollout.order();
  const std::size_t begin = first_row * w.batch;
  std::ranges::copy(order, w.order_given.data() + begin);
  stream_.copy(w.order.data() + begin, w.order_given.data() + begin, order.size_bytes());
}

void Ppo::enqueue_judging(std::size_t size, const Objective& objective, Learning& w) {
  using namespace kernels::cuda;  // NOLINT: launchers
  const std::span<std::uint32_t> index = w.index.span().first(size);
  const std::span<float> advantage = first(w.b_advantage, size), returns = first(w.b_returns, size);
  const std::span<float> log_prob = first(w.new_log_prob, size), value = first(w.new_value, size);
  const std::span<float> entropy = first(w.entropy, size), d_value = first(w.d_value, size);
  const MatrixView observation = w.b_observation.matrix().rows_from(0, size);
  const MatrixView outputs = w.outputs.matrix().rows_from(0, size);
  read_row(stream_, std::as_const(w.order).matrix(), w.cursor.data(), index);
  gather_rows(stream_, w.observation.matrix(), index, observation);
  gather_values(stream_, std::as_const(w.log_prob).span(), index, first(w.b_log_prob, size));
  gather_values(stream_, std::as_const(w.returns).span(), index, returns);
  gather_values(stream_, std::as_const(w.advantage).span(), index, advantage);

  network_.forward(stream_, observation, outputs, value, w.tape);
  if (continuous_) {
    const MatrixView action = w.b_action.continuous.matrix().rows_from(0, size);
    gather_rows(stream_, w.action.continuous.matrix(), index, action);
    gaussian_forward(stream_, outputs, network_.log_std(), action, log_prob, entropy);
  } else {
    const std::span<std::int32_t> action = w.b_action.discrete.span().first(size);
    gather_values(stream_, std::as_const(w.action.discrete).span(), index, action);
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
    gather_values(stream_, std::as_const(w.value).span(), index, first(w.b_value, size));
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
  estimate(rollout, w);
  send_samples(rollout, w);

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
    send_order(rollout, epoch * per_epoch, w);
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
