#include "pavlov/nets/cuda/actor_critic.h"

#include "pavlov/kernels/cuda/arithmetic.h"

namespace pavlov::nets::cuda {
namespace {

constexpr char kPolicy[] = "policy.";
constexpr char kValue[] = "value.";
constexpr char kLogStd[] = "log_std";

MatrixView column(std::span<float> values) { return {values.data(), values.size(), 1}; }

}  // namespace

ActorCritic::ActorCritic(const nets::ActorCritic& host)
    : config_(host.config()), parameters_(host.parameters()) {
  const MlpConfig mlp = {.hidden = config_.hidden, .activation = config_.activation};
  policy_ = make_mlp_chain(parameters_, config_.shared_trunk ? "" : kPolicy, mlp);
  if (!config_.shared_trunk) value_ = make_mlp_chain(parameters_, kValue, mlp);
}

ActorCriticTape ActorCritic::make_tape(std::size_t batch, bool for_backward) const {
  ActorCriticTape tape;
  tape.policy_ = policy_.make_tape(batch, for_backward, false);
  if (config_.shared_trunk) {
    tape.both_ = kernels::Tensor({batch, config_.outputs + 1}, kernels::Device::cuda);
  } else {
    tape.value_ = value_.make_tape(batch, for_backward, false);
  }
  return tape;
}

MatrixView ActorCritic::policy_of(MatrixView both) const {
  return {both.data, both.rows, config_.outputs, both.stride};
}
MatrixView ActorCritic::value_of(MatrixView both) const {
  return {both.data + config_.outputs, both.rows, 1, both.stride};
}

void ActorCritic::forward(Stream& stream, ConstMatrixView x, MatrixView policy,
                          std::span<float> value, ActorCriticTape& tape) const {
  if (config_.shared_trunk) {
    const MatrixView both = tape.both_.matrix().rows_from(0, x.rows);
    policy_.forward(stream, parameters_, x, both, tape.policy_);
    if (!policy.empty()) kernels::cuda::copy_matrix(stream, policy_of(both), policy);
    if (!value.empty()) kernels::cuda::copy_matrix(stream, value_of(both), column(value));
    return;
  }
  if (!policy.empty()) policy_.forward(stream, parameters_, x, policy, tape.policy_);
  if (!value.empty()) value_.forward(stream, parameters_, x, column(value), tape.value_);
}

void ActorCritic::backward(Stream& stream, MatrixView d_policy, std::span<float> d_value,
                           ActorCriticTape& tape) {
  if (config_.shared_trunk) {
    const MatrixView both = tape.both_.matrix().rows_from(0, d_policy.rows);
    kernels::cuda::copy_matrix(stream, d_policy, policy_of(both));
    kernels::cuda::copy_matrix(stream, column(d_value), value_of(both));
    policy_.backward(stream, parameters_, both, {}, tape.policy_);
    return;
  }
  policy_.backward(stream, parameters_, d_policy, {}, tape.policy_);
  value_.backward(stream, parameters_, column(d_value), {}, tape.value_);
}

ConstMatrixView ActorCritic::log_std() const {
  if (!config_.log_std) return {};
  return parameters_.value(parameters_.find(kLogStd));
}

MatrixView ActorCritic::log_std_gradient() {
  if (!config_.log_std) return {};
  return parameters_.gradient(parameters_.find(kLogStd));
}

}  // namespace pavlov::nets::cuda
