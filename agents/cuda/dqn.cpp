#include "pavlov/agents/cuda/dqn.h"

#include <algorithm>
#include <string>
#include <utility>

#include "pavlov/agents/cuda/repeated.h"
#include "pavlov/agents/cuda/value_loss.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/arithmetic.h"
#include "pavlov/kernels/cuda/loss.h"
#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/kernels/cuda/rows.h"
#include "pavlov/kernels/cuda/update.h"

namespace pavlov::agents::cuda {
namespace {

using kernels::Device;
using kernels::cuda::Operation;
using kernels::cuda::PinnedArray;
using nets::cuda::NetworkTape;

const DqnConfig& checked(const DqnConfig& config) {
  validate(config);
  const std::string missing = missing_option(config);
  if (!missing.empty()) kernels::throw_argument("dqn", missing);
  return config;
}

void copy_rows(ConstMatrixView from, float* to) {
  for (std::size_t r = 0; r < from.rows; ++r) {
    std::copy_n(from.data + r * from.stride, from.cols, to + r * from.cols);
  }
}

}  // namespace

struct Dqn::Acting {
  Acting(const nets::cuda::Network& network, std::size_t actions, std::size_t count)
      : given(count * network.inputs()),
        observation({count, network.inputs()}, Device::cuda),
        output({count, network.outputs()}, Device::cuda),
        score({count, actions}, Device::cuda),
        action({count}, Device::cuda),
        chosen(count),
        tape(network.make_tape(count, false)) {}

  PinnedArray<float> given;
  kernels::Tensor observation, output, score;
  kernels::TensorOf<std::int32_t> action;
  PinnedArray<std::int32_t> chosen;
  NetworkTape tape;
  Repeated work;
};

struct Dqn::Learning {
  // Of the batch on its way to the device: both observations, rewards, discounts, weights.
  static std::size_t floats(std::size_t batch, std::size_t inputs) {
    return batch * (2 * inputs + 3);
  }

  Learning(const DqnConfig& config, const nets::cuda::Network& network, std::size_t actions,
           std::size_t batch)
      : size(batch),
        inputs(network.inputs()),
        given(floats(batch, inputs)),
        given_action(batch),
        arrived({floats(batch, inputs)}, Device::cuda),
        output({batch, network.outputs()}, Device::cuda),
        next_online({config.double_q ? batch : 0, network.outputs()}, Device::cuda),
        next_target({batch, network.outputs()}, Device::cuda),
        doutput({batch, network.outputs()}, Device::cuda),
        score({batch, actions}, Device::cuda),
        value({batch}, Device::cuda),
        priority({batch}, Device::cuda),
        means({2}, Device::cuda),
        action({batch}, Device::cuda),
        next_action({batch}, Device::cuda),
        priority_back(batch),
        means_back(2),
        norm_back(1),
        loss(make_value_loss(config, batch)),
        tape(network.make_tape(batch)),
        next_target_tape(network.make_tape(batch, false)),
        next_online_tape(network.make_tape(config.double_q ? batch : 0, false)) {}

  float* given_observation() { return given.data(); }
  float* given_next() { return given.data() + size * inputs; }
  float* given_reward() { return given.data() + 2 * size * inputs; }
  float* given_discount() { return given_reward() + size; }
  float* given_weight() { return given_discount() + size; }

  ConstMatrixView observation() const { return {arrived.data(), size, inputs}; }
  ConstMatrixView next() const { return {arrived.data() + size * inputs, size, inputs}; }
  std::span<const float> reward() const { return {arrived.data() + 2 * size * inputs, size}; }
  std::span<const float> discount() const { return {reward().data() + size, size}; }
  std::span<const float> weight() const { return {discount().data() + size, size}; }
  float* loss_value() { return means.data(); }
  float* mean_value() { return means.data() + 1; }

  std::size_t size, inputs;
  PinnedArray<float> given;
  PinnedArray<std::int32_t> given_action;
  kernels::Tensor arrived;
  kernels::Tensor output, next_online, next_target, doutput;  // (B, outputs)
  kernels::Tensor score;                                      // (B, actions)
  kernels::Tensor value, priority;                            // (B)
  kernels::Tensor means;                                      // loss, mean value
  kernels::TensorOf<std::int32_t> action, next_action;        // (B)
  PinnedArray<float> priority_back;                           // (B)
  PinnedArray<float> means_back;
  PinnedArray<double> norm_back;
  std::unique_ptr<ValueLoss> loss;
  NetworkTape tape;              // of the online network at s
  NetworkTape next_target_tape;  // of the target network at s'
  NetworkTape next_online_tape;  // of the online network at s'
  Repeated adding, stepping;     // a batch of several to a step, and the last or only one
};

std::string missing_option(const DqnConfig& config) {
  if (config.backend != nets::Backend::native) {
    return "backend torch: must be native on a CUDA device";
  }
  if (config.bf16) return "bf16: must be off on a CUDA device";
  return {};
}

Dqn::Dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
         std::uint64_t seed)
    : config_(checked(config)),
      head_(agents::make_value_loss(config_)->head(actions)),
      host_(initial_network(config, observation_size, actions, seed)),
      online_(*host_),
      target_(*host_),
      optimizer_(nets::cuda::make_optimizer(nets::AdamConfig{.epsilon = config.adam_epsilon},
                                            host_->parameters().values().size())),
      random_(seed, "exploration"),
      noise_(seed, "noise"),
      acting_noise_(config_.noise_interval) {}

Dqn::~Dqn() = default;

double Dqn::exploration(const Progress& progress) const {
  return exploration_share(config_, progress);
}

const nets::Network& Dqn::network() const {
  if (!host_is_current_) online_.parameters().copy_to(host_->parameters());
  host_is_current_ = true;
  return *host_;
}

void Dqn::enqueue_acting(Acting& a) {
  stream_.copy(a.observation.data(), a.given.data(), a.given.bytes());
  noise_.enqueue(stream_);
  online_.draw_noise(stream_, noise_.place(0), a.tape);
  online_.forward(stream_, a.observation.matrix(), a.output.matrix(), a.tape);
  kernels::cuda::argmax_rows(stream_,
                             enqueue_scores(stream_, head_, a.output.matrix(), a.score.matrix()),
                             a.action.span());
  stream_.copy(a.chosen.data(), a.action.data(), a.chosen.bytes());
}

void Dqn::act(ConstMatrixView observation, const Progress& progress,
              std::span<std::int32_t> action) {
  const Operation operation{"dqn acting", {observation.rows, online_.inputs(), head_.actions}};
  if (acting_ == nullptr || acting_->chosen.size() != observation.rows) {
    acting_ = named(operation, [&] {
      return std::make_unique<Acting>(online_, head_.actions, observation.rows);
    });
  }
  Acting& a = *acting_;
  copy_rows(observation, a.given.data());
  noise_.prepare(acting_noise_.place(noise_.position(), observation.rows), online_.noise_words());
  a.work.run(stream_, operation, [&] { enqueue_acting(a); });
  stream_.synchronize();
  std::copy_n(a.chosen.data(), action.size(), action.data());
  explore(exploration(progress), head_.actions, random_, action);
}

void Dqn::enqueue_target(Learning& w) {
  const std::uint64_t words = online_.noise_words();
  target_.draw_noise(stream_, noise_.place(0), w.next_target_tape);
  target_.forward(stream_, w.next(), w.next_target.matrix(), w.next_target_tape);
  if (config_.double_q) {
    online_.draw_noise(stream_, noise_.place(words), w.next_online_tape);
    online_.forward(stream_, w.next(), w.next_online.matrix(), w.next_online_tape);
  }
  const kernels::Tensor& chooses = config_.double_q ? w.next_online : w.next_target;
  kernels::cuda::argmax_rows(stream_,
                             enqueue_scores(stream_, head_, chooses.matrix(), w.score.matrix()),
                             w.next_action.span());
  w.loss->enqueue_target(stream_,
                         {w.next_target.matrix(), w.next_action.span(), w.reward(), w.discount()});
}

void Dqn::enqueue_gradient(Learning& w) {
  stream_.copy(w.arrived.data(), w.given.data(), w.given.bytes());
  stream_.copy(w.action.data(), w.given_action.data(), w.given_action.bytes());
  noise_.enqueue(stream_);
  enqueue_target(w);

  const std::uint64_t words = online_.noise_words();
  online_.draw_noise(stream_, noise_.place((draws() - 1) * words), w.tape);
  online_.forward(stream_, w.observation(), w.output.matrix(), w.tape);
  w.loss->enqueue(stream_, w.output.matrix(), w.action.span(), w.weight(), w.doutput.matrix(),
                  w.priority.span(), w.loss_value());
  kernels::cuda::select_columns(stream_,
                                enqueue_scores(stream_, head_, w.output.matrix(), w.score.matrix()),
                                w.action.span(), w.value.span());
  kernels::cuda::mean(stream_, w.value.span(), w.mean_value());
  if (config_.gradient_accumulation > 1) {
    kernels::cuda::scale(stream_, w.doutput.span(),
                         1.0f / static_cast<float>(config_.gradient_accumulation));
  }
  online_.backward(stream_, w.doutput.matrix(), w.tape);
  stream_.copy(w.priority_back.data(), w.priority.data(), w.priority_back.bytes());
  stream_.copy(w.means_back.data(), w.means.data(), w.means_back.bytes());
}

void Dqn::enqueue_step(Learning& w) {
  optimizer_->enqueue_prepared(stream_);
  optimizer_->enqueue(stream_, online_.parameters().values(), online_.parameters().gradient(),
                      config_.max_grad_norm, w.loss_value());
  stream_.copy(w.norm_back.data(), optimizer_->norm(), w.norm_back.bytes());
}

void Dqn::update_target(const Progress& progress) {
  if (progress.env_steps - last_target_update_ < config_.target_update_interval) return;
  last_target_update_ = progress.env_steps;
  kernels::cuda::polyak_update(stream_, target_.parameters().values(),
                               std::as_const(online_).parameters().values(),
                               static_cast<float>(config_.tau));
}

LearnStats Dqn::learn(replay::ReplayBatch& batch, const Progress& progress) {
  const Operation operation{"dqn update", {batch.size(), online_.inputs(), head_.actions}};
  if (learning_ == nullptr || learning_->size != batch.size()) {
    learning_ = named(operation, [&] {
      return std::make_unique<Learning>(config_, online_, head_.actions, batch.size());
    });
  }
  Learning& w = *learning_;
  copy_rows(batch.observation.matrix(), w.given_observation());
  copy_rows(batch.next_observation.matrix(), w.given_next());
  std::ranges::copy(batch.reward, w.given_reward());
  std::ranges::copy(batch.discount, w.given_discount());
  std::ranges::copy(batch.weight, w.given_weight());
  std::ranges::copy(batch.action, w.given_action.data());
  noise_.prepare(draws() * online_.noise_words());
  const bool steps = ++accumulated_ >= config_.gradient_accumulation;
  if (steps) optimizer_->prepare(learning_rate(config_, progress));
  (steps ? w.stepping : w.adding).run(stream_, operation, [&] {
    enqueue_gradient(w);
    if (steps) enqueue_step(w);
  });
  stream_.synchronize();

  if (steps) gradient_norm_ = w.norm_back[0];
  const LearnStats stats{.loss = static_cast<double>(w.means_back[0]),
                         .mean_value = static_cast<double>(w.means_back[1]),
                         .gradient_norm = gradient_norm_};
  if (steps) accumulated_ = 0;
  try {
    check_finite(stats, progress);
  } catch (...) {
    std::span<float> gradient = online_.parameters().gradient();
    stream_.zero(gradient.data(), gradient.size_bytes());
    accumulated_ = 0;
    gradient_norm_ = 0.0;
    throw;
  }
  std::copy_n(w.priority_back.data(), w.size, batch.priority.data());
  if (!steps) return stats;
  host_is_current_ = false;
  update_target(progress);
  return stats;
}

}  // namespace pavlov::agents::cuda
