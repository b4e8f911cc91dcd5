#include "pavlov/agents/cuda/dqn.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/loss.h"
#include "pavlov/kernels/cuda/pinned.h"
#include "pavlov/kernels/cuda/rows.h"
#include "pavlov/kernels/cuda/update.h"

namespace pavlov::agents::cuda {
namespace {

using kernels::Device;
using kernels::cuda::Graph;
using kernels::cuda::Operation;
using kernels::cuda::PinnedArray;
using kernels::cuda::Stream;

constexpr float kHuberKappa = 1.0f;

// Work that is done over and over: enqueued the first time, so that what it needs is loaded and
// allocated, then captured, from then on replayed.
class Repeated {
 public:
  template <class Enqueue>
  void run(Stream& stream, const Operation& operation, const Enqueue& enqueue) {
    if (!warm_) {
      enqueue();
      warm_ = true;
      return;
    }
    if (graph_.empty()) graph_ = Graph::capture(stream, operation, enqueue);
    graph_.launch(stream);
  }

 private:
  bool warm_ = false;
  Graph graph_;
};

const DqnConfig& checked(const DqnConfig& config) {
  const std::string missing = missing_option(config);
  if (!missing.empty()) kernels::throw_argument("dqn", missing);
  return config;
}

// The network on the host; missing_option has left no other kind than this.
nets::Mlp host_network(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
                       std::uint64_t seed) {
  nets::Mlp network({.inputs = observation_size,
                     .hidden = config.hidden,
                     .outputs = actions,
                     .activation = config.activation});
  network.parameters().copy_values_from(
      initial_network(config, observation_size, actions, seed)->parameters());
  return network;
}

void copy_rows(ConstMatrixView from, float* to) {
  for (std::size_t r = 0; r < from.rows; ++r) {
    std::copy_n(from.data + r * from.stride, from.cols, to + r * from.cols);
  }
}

}  // namespace

struct Dqn::Acting {
  Acting(const nets::MlpConfig& network, std::size_t count)
      : given(count * network.inputs),
        observation({count, network.inputs}, Device::cuda),
        q({count, network.outputs}, Device::cuda),
        action({count}, Device::cuda),
        chosen(count),
        tape(network, count) {}

  PinnedArray<float> given;
  kernels::Tensor observation, q;
  kernels::TensorOf<std::int32_t> action;
  PinnedArray<std::int32_t> chosen;
  nets::cuda::Tape tape;
  Repeated work;
};

struct Dqn::Learning {
  // Of the batch on its way to the device: both observations, rewards, discounts, weights.
  static std::size_t floats(std::size_t batch, std::size_t inputs) {
    return batch * (2 * inputs + 3);
  }

  Learning(const nets::MlpConfig& network, std::size_t batch)
      : size(batch),
        inputs(network.inputs),
        given(floats(batch, inputs)),
        given_action(batch),
        arrived({floats(batch, inputs)}, Device::cuda),
        q({batch, network.outputs}, Device::cuda),
        q_next_online({batch, network.outputs}, Device::cuda),
        q_next_target({batch, network.outputs}, Device::cuda),
        dq({batch, network.outputs}, Device::cuda),
        prediction({batch}, Device::cuda),
        target({batch}, Device::cuda),
        bootstrap({batch}, Device::cuda),
        dprediction({batch}, Device::cuda),
        means({2}, Device::cuda),
        action({batch}, Device::cuda),
        next_action({batch}, Device::cuda),
        prediction_back(batch),
        target_back(batch),
        means_back(2),
        norm_back(1),
        tape(network, batch),
        next_tape(network, batch) {}

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
  float* loss() { return means.data(); }
  float* mean_value() { return means.data() + 1; }

  std::size_t size, inputs;
  PinnedArray<float> given;
  PinnedArray<std::int32_t> given_action;
  kernels::Tensor arrived;
  kernels::Tensor q, q_next_online, q_next_target, dq;         // (B, actions)
  kernels::Tensor prediction, target, bootstrap, dprediction;  // (B)
  kernels::Tensor means;                                       // loss, mean value
  kernels::TensorOf<std::int32_t> action, next_action;         // (B)
  PinnedArray<float> prediction_back, target_back;             // (B) their distance is the priority
  PinnedArray<float> means_back;
  PinnedArray<double> norm_back;
  nets::cuda::Tape tape;       // of the online network at s
  nets::cuda::Tape next_tape;  // of either network at s', which needs no gradient
  Repeated work;
};

std::string missing_option(const DqnConfig& config) {
  const std::pair<bool, const char*> options[] = {
      {config.backend != nets::Backend::native, "backend torch: must be native"},
      {config.bf16, "bf16: must be off"},
      {config.dueling, "dueling: must be off"},
      {config.noisy, "noisy: must be off"},
      {config.layer_norm, "layer_norm: must be off"},
      {config.distribution != Distribution::none, "distribution: must be none"},
      {config.gradient_accumulation > 1, "gradient_accumulation: must be 1"}};
  for (const auto& [set, rule] : options) {
    if (set) return std::string(rule) + " on a CUDA device";
  }
  return {};
}

Dqn::Dqn(const DqnConfig& config, std::size_t observation_size, std::size_t actions,
         std::uint64_t seed)
    : config_(checked(config)),
      host_(host_network(config, observation_size, actions, seed)),
      online_(host_),
      target_(host_),
      optimizer_({.epsilon = config.adam_epsilon}, host_.parameters().values().size()),
      random_(seed, "exploration") {}

Dqn::~Dqn() = default;

double Dqn::exploration(const Progress& progress) const {
  return exploration_share(config_, progress);
}

const nets::Network& Dqn::network() const {
  if (!host_is_current_) online_.copy_values_to(host_);
  host_is_current_ = true;
  return host_;
}

void Dqn::enqueue_acting(Acting& a) {
  stream_.copy(a.observation.data(), a.given.data(), a.given.bytes());
  online_.forward(stream_, a.observation.matrix(), a.q.matrix(), a.tape);
  kernels::cuda::argmax_rows(stream_, a.q.matrix(), a.action.span());
  stream_.copy(a.chosen.data(), a.action.data(), a.chosen.bytes());
}

void Dqn::act(ConstMatrixView observation, const Progress& progress,
              std::span<std::int32_t> action) {
  const nets::MlpConfig& network = online_.config();
  const Operation operation{"dqn acting", {observation.rows, network.inputs, network.outputs}};
  if (acting_ == nullptr || acting_->chosen.size() != observation.rows) {
    acting_ = named(operation, [&] { return std::make_unique<Acting>(network, observation.rows); });
  }
  Acting& a = *acting_;
  copy_rows(observation, a.given.data());
  a.work.run(stream_, operation, [&] { enqueue_acting(a); });
  stream_.synchronize();
  std::copy_n(a.chosen.data(), action.size(), action.data());
  explore(exploration(progress), network.outputs, random_, action);
}

void Dqn::enqueue_update(Learning& w) {
  using namespace kernels::cuda;  // NOLINT: launchers
  stream_.copy(w.arrived.data(), w.given.data(), w.given.bytes());
  stream_.copy(w.action.data(), w.given_action.data(), w.given_action.bytes());

  target_.forward(stream_, w.next(), w.q_next_target.matrix(), w.next_tape);
  if (config_.double_q) {
    online_.forward(stream_, w.next(), w.q_next_online.matrix(), w.next_tape);
    argmax_rows(stream_, w.q_next_online.matrix(), w.next_action.span());
    select_columns(stream_, w.q_next_target.matrix(), w.next_action.span(), w.bootstrap.span());
  } else {
    max_rows(stream_, w.q_next_target.matrix(), w.bootstrap.span());
  }
  bootstrap_target(stream_, w.reward(), w.discount(), w.bootstrap.span(), w.target.span());

  online_.forward(stream_, w.observation(), w.q.matrix(), w.tape);
  select_columns(stream_, w.q.matrix(), w.action.span(), w.prediction.span());
  mean(stream_, w.prediction.span(), w.mean_value());
  if (config_.loss == Loss::huber) {
    huber_loss(stream_, w.prediction.span(), w.target.span(), w.weight(), kHuberKappa,
               w.dprediction.span(), w.loss());
  } else {
    mse_loss(stream_, w.prediction.span(), w.target.span(), w.weight(), w.dprediction.span(),
             w.loss());
  }
  scatter_columns(stream_, w.dprediction.span(), w.action.span(), w.dq.matrix());
  online_.backward(stream_, w.dq.matrix(), w.tape);
  optimizer_.enqueue(stream_, online_.values(), online_.gradient(), config_.max_grad_norm,
                     w.loss());
  stream_.copy(w.prediction_back.data(), w.prediction.data(), w.prediction_back.bytes());
  stream_.copy(w.target_back.data(), w.target.data(), w.target_back.bytes());
  stream_.copy(w.means_back.data(), w.means.data(), w.means_back.bytes());
  stream_.copy(w.norm_back.data(), optimizer_.norm(), w.norm_back.bytes());
}

void Dqn::update_target(const Progress& progress) {
  if (progress.env_steps - last_target_update_ < config_.target_update_interval) return;
  last_target_update_ = progress.env_steps;
  kernels::cuda::polyak_update(stream_, target_.values(), std::as_const(online_).values(),
                               static_cast<float>(config_.tau));
}

LearnStats Dqn::learn(replay::ReplayBatch& batch, const Progress& progress) {
  const nets::MlpConfig& network = online_.config();
  const Operation operation{"dqn update", {batch.size(), network.inputs, network.outputs}};
  if (learning_ == nullptr || learning_->size != batch.size()) {
    learning_ = named(operation, [&] { return std::make_unique<Learning>(network, batch.size()); });
  }
  Learning& w = *learning_;
  copy_rows(batch.observation.matrix(), w.given_observation());
  copy_rows(batch.next_observation.matrix(), w.given_next());
  std::ranges::copy(batch.reward, w.given_reward());
  std::ranges::copy(batch.discount, w.given_discount());
  std::ranges::copy(batch.weight, w.given_weight());
  std::ranges::copy(batch.action, w.given_action.data());
  optimizer_.prepare(learning_rate(config_, progress));
  w.work.run(stream_, operation, [&] { enqueue_update(w); });
  stream_.synchronize();

  const LearnStats stats{.loss = static_cast<double>(w.means_back[0]),
                         .mean_value = static_cast<double>(w.means_back[1]),
                         .gradient_norm = w.norm_back[0]};
  check_finite(stats, progress);
  for (std::size_t i = 0; i < w.size; ++i) {
    batch.priority[i] = std::abs(w.prediction_back[i] - w.target_back[i]);
  }
  host_is_current_ = false;
  update_target(progress);
  return stats;
}

}  // namespace pavlov::agents::cuda
