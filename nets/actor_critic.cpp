#include "pavlov/nets/actor_critic.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "pavlov/kernels/check.h"

namespace pavlov::nets {
namespace {

constexpr double kPolicyGain = 0.01;
constexpr double kValueGain = 1.0;
constexpr char kPolicy[] = "policy.";
constexpr char kValue[] = "value.";

MlpConfig mlp_config(const ActorCriticConfig& config, std::size_t outputs) {
  return {.inputs = config.inputs,
          .hidden = config.hidden,
          .outputs = outputs,
          .activation = config.activation};
}

MlpConfig policy_config(const ActorCriticConfig& config) {
  return mlp_config(config, config.outputs + (config.shared_trunk ? 1 : 0));
}

std::vector<Parameter> table_of(const ActorCriticConfig& config) {
  std::vector<Parameter> table;
  const auto append = [&](const char* prefix, const MlpConfig& mlp) {
    for (Parameter p : mlp_parameters(mlp)) {
      p.name.insert(0, prefix);
      table.push_back(std::move(p));
    }
  };
  append(config.shared_trunk ? "" : kPolicy, policy_config(config));
  if (!config.shared_trunk) append(kValue, mlp_config(config, 1));
  if (config.log_std) table.push_back({"log_std", {1, config.outputs}});
  return table;
}

void fill_hidden(ParameterBuffer& parameters, std::size_t layers, kernels::RandomStream& random) {
  for (std::size_t k = 0; k < layers; ++k) {
    orthogonal_init(parameters.value(2 * k), std::sqrt(2.0), random);
  }
}

MatrixView columns(MatrixView matrix, std::size_t first, std::size_t count) {
  return {matrix.data + first, matrix.rows, count, matrix.stride};
}

}  // namespace

ActorCritic::ActorCritic(ActorCriticConfig config)
    : config_(std::move(config)), parameters_(table_of(config_)) {
  const std::size_t tensors = 2 * (config_.hidden.size() + 1);
  policy_ = std::make_unique<Mlp>(
      policy_config(config_), parameters_.slice(0, tensors, config_.shared_trunk ? "" : kPolicy));
  if (config_.shared_trunk) return;
  value_ =
      std::make_unique<Mlp>(mlp_config(config_, 1), parameters_.slice(tensors, tensors, kValue));
}

void ActorCritic::initialize(kernels::RandomStream& random, double log_std_init) {
  std::ranges::fill(parameters_.values(), 0.0f);
  const std::size_t hidden = config_.hidden.size();
  fill_hidden(policy_->parameters(), hidden, random);
  const MatrixView last = policy_->parameters().value(2 * hidden);
  orthogonal_init(columns(last, 0, config_.outputs), kPolicyGain, random);
  if (config_.shared_trunk) {
    orthogonal_init(columns(last, config_.outputs, 1), kValueGain, random);
  } else {
    fill_hidden(value_->parameters(), hidden, random);
    orthogonal_init(value_->parameters().value(2 * hidden), kValueGain, random);
  }
  if (config_.log_std) {
    std::ranges::fill(parameters_.value(parameters_.table().size() - 1).row(0),
                      static_cast<float>(log_std_init));
  }
}

void ActorCritic::reserve_both(ActorCriticTape& tape, std::size_t batch) const {
  const std::size_t width = config_.outputs + 1;
  if (!tape.both.empty() && tape.both.dim(0) >= batch && tape.both.dim(1) == width) return;
  tape.both = kernels::Tensor({batch, width});
}

void ActorCritic::forward(ConstMatrixView x, MatrixView policy, std::span<float> value,
                          ActorCriticTape& tape) const {
  if (!config_.shared_trunk) {
    policy_->forward(x, policy, tape.policy);
    value_->forward(x, {value.data(), value.size(), 1}, tape.value);
    return;
  }
  reserve_both(tape, x.rows);
  const MatrixView both = tape.both.matrix().rows_from(0, x.rows);
  policy_->forward(x, both, tape.policy);
  for (std::size_t b = 0; b < x.rows; ++b) {
    if (!policy.empty()) {
      std::ranges::copy(both.row(b).first(config_.outputs), policy.row(b).begin());
    }
    if (!value.empty()) value[b] = both(b, config_.outputs);
  }
}

void ActorCritic::forward_policy(ConstMatrixView x, MatrixView policy,
                                 ActorCriticTape& tape) const {
  if (config_.shared_trunk) {
    forward(x, policy, {}, tape);
  } else {
    policy_->forward(x, policy, tape.policy);
  }
}

void ActorCritic::forward_value(ConstMatrixView x, std::span<float> value,
                                ActorCriticTape& tape) const {
  if (config_.shared_trunk) {
    forward(x, {}, value, tape);
  } else {
    value_->forward(x, {value.data(), value.size(), 1}, tape.value);
  }
}

void ActorCritic::backward(MatrixView d_policy, std::span<float> d_value, ActorCriticTape& tape) {
  if (!config_.shared_trunk) {
    policy_->backward(d_policy, tape.policy);
    value_->backward({d_value.data(), d_value.size(), 1}, tape.value);
    return;
  }
  reserve_both(tape, d_policy.rows);
  const MatrixView both = tape.both.matrix().rows_from(0, d_policy.rows);
  for (std::size_t b = 0; b < d_policy.rows; ++b) {
    std::ranges::copy(d_policy.row(b), both.row(b).begin());
    both(b, config_.outputs) = d_value[b];
  }
  policy_->backward(both, tape.policy);
}

ConstMatrixView ActorCritic::log_std() const {
  if (!config_.log_std) return {};
  return parameters_.value(parameters_.table().size() - 1);
}

MatrixView ActorCritic::log_std_gradient() {
  if (!config_.log_std) return {};
  return parameters_.gradient(parameters_.table().size() - 1);
}

}  // namespace pavlov::nets
