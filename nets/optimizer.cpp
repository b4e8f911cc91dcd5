#include "pavlov/nets/optimizer.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"

namespace pavlov::nets {
namespace {

AdamConfig checked(AdamConfig c) {
  kernels::require(c.beta1 >= 0.0 && c.beta1 < 1.0, "adam", "beta1", c.beta1, "in [0, 1)");
  kernels::require(c.beta2 >= 0.0 && c.beta2 < 1.0, "adam", "beta2", c.beta2, "in [0, 1)");
  kernels::require(c.epsilon > 0.0, "adam", "epsilon", c.epsilon, "positive");
  kernels::require(c.weight_decay >= 0.0, "adam", "weight_decay", c.weight_decay, "at least 0");
  return c;
}

RmsPropConfig checked(RmsPropConfig c) {
  kernels::require(c.alpha >= 0.0 && c.alpha < 1.0, "rmsprop", "alpha", c.alpha, "in [0, 1)");
  kernels::require(c.epsilon > 0.0, "rmsprop", "epsilon", c.epsilon, "positive");
  return c;
}

SgdConfig checked(SgdConfig c) {
  kernels::require(c.momentum >= 0.0 && c.momentum < 1.0, "sgd", "momentum", c.momentum,
                   "in [0, 1)");
  kernels::require(!c.nesterov || c.momentum > 0.0, "sgd", "momentum", c.momentum,
                   "positive with nesterov");
  return c;
}

}  // namespace

Optimizer::Optimizer(std::string_view name, std::size_t moments, std::size_t flat_size)
    : name_(name), moments_({moments, flat_size}) {}

double Optimizer::step(ParameterBuffer& parameters, double learning_rate, double max_norm) {
  const std::size_t size = parameters.values().size();
  if (size != moments_.dim(1)) {
    kernels::throw_argument(name_, "parameters of " + std::to_string(size) +
                                       " elements: the optimizer was made for " +
                                       std::to_string(moments_.dim(1)));
  }
  const double norm = kernels::global_norm(parameters.gradient());
  if (!std::isfinite(norm)) {
    std::ranges::fill(parameters.gradient(), 0.0f);
    kernels::throw_runtime(name_, "gradient norm " + std::to_string(norm) +
                                      ": must be finite; lower learning_rate or check the rewards");
  }
  ++steps_;
  update(parameters, static_cast<float>(learning_rate), kernels::clip_factor(norm, max_norm));
  return norm;
}

void Optimizer::restore(std::int64_t steps, ConstMatrixView moments) {
  kernels::require(steps >= 0, name_, "steps", steps, "at least 0");
  if (moments.rows != moments_.dim(0) || moments.cols != moments_.dim(1)) {
    kernels::throw_argument(name_, "moments " + kernels::dimensions_text(moments) + ": must be " +
                                       kernels::dimensions_text(this->moments()));
  }
  for (std::size_t i = 0; i < moments.rows; ++i) {
    if (!kernels::all_finite(moments.row(i))) kernels::throw_argument(name_, "moments: not finite");
  }
  for (std::size_t i = 0; i < moments.rows; ++i) {
    std::ranges::copy(moments.row(i), moment(i).begin());
  }
  steps_ = steps;
}

Adam::Adam(AdamConfig config, std::size_t flat_size)
    : Optimizer("adam", 2, flat_size), config_(checked(config)) {}

void Adam::update(ParameterBuffer& parameters, float learning_rate, float gradient_scale) {
  const kernels::AdamStep step{
      .learning_rate = learning_rate,
      .beta1 = static_cast<float>(config_.beta1),
      .beta2 = static_cast<float>(config_.beta2),
      .epsilon = static_cast<float>(config_.epsilon),
      .gradient_scale = gradient_scale,
      .t = steps(),
      .weight_decay = static_cast<float>(config_.weight_decay),
  };
  kernels::adam_update(step, parameters.values(), parameters.gradient(), moment(0), moment(1));
}

RmsProp::RmsProp(RmsPropConfig config, std::size_t flat_size)
    : Optimizer("rmsprop", 1, flat_size), config_(checked(config)) {
  if (config_.placement == kernels::EpsilonPlacement::inside_root) {
    std::ranges::fill(moment(0), 1.0f);
  }
}

void RmsProp::update(ParameterBuffer& parameters, float learning_rate, float gradient_scale) {
  const kernels::RmsPropStep step{
      .learning_rate = learning_rate,
      .decay = static_cast<float>(config_.alpha),
      .epsilon = static_cast<float>(config_.epsilon),
      .placement = config_.placement,
      .gradient_scale = gradient_scale,
  };
  kernels::rmsprop_update(step, parameters.values(), parameters.gradient(), moment(0));
}

Sgd::Sgd(SgdConfig config, std::size_t flat_size)
    : Optimizer("sgd", config.momentum == 0.0 ? 0 : 1, flat_size), config_(checked(config)) {}

void Sgd::update(ParameterBuffer& parameters, float learning_rate, float gradient_scale) {
  const kernels::SgdStep step{
      .learning_rate = learning_rate,
      .momentum = static_cast<float>(config_.momentum),
      .nesterov = config_.nesterov,
      .gradient_scale = gradient_scale,
  };
  const std::span<float> velocity = moments().rows == 0 ? std::span<float>() : moment(0);
  kernels::sgd_update(step, parameters.values(), parameters.gradient(), velocity);
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, std::size_t flat_size) {
  struct Make {
    std::size_t size;
    std::unique_ptr<Optimizer> operator()(const AdamConfig& c) const {
      return std::make_unique<Adam>(c, size);
    }
    std::unique_ptr<Optimizer> operator()(const RmsPropConfig& c) const {
      return std::make_unique<RmsProp>(c, size);
    }
    std::unique_ptr<Optimizer> operator()(const SgdConfig& c) const {
      return std::make_unique<Sgd>(c, size);
    }
  };
  return std::visit(Make{flat_size}, config);
}

}  // namespace pavlov::nets
