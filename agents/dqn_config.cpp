#include "pavlov/agents/dqn_config.h"

#include <cmath>
#include <string_view>

#include "pavlov/kernels/check.h"

namespace pavlov::agents {
namespace {

constexpr std::size_t kMostAtoms = 4096;

template <class Number>
void require(bool holds, std::string_view field, Number value, std::string_view rule) {
  kernels::require(holds, "dqn", field, value, rule);
}

bool in_unit(double x) { return x >= 0.0 && x <= 1.0; }

void validate_optimization(const DqnConfig& c) {
  require(c.learning_rate > 0.0 && c.learning_rate <= 1.0, "learning_rate", c.learning_rate,
          "in (0, 1]");
  require(c.learning_rate_final <= 1.0, "learning_rate_final", c.learning_rate_final,
          "at most 1 (negative: constant)");
  require(c.adam_epsilon > 0.0 && c.adam_epsilon <= 1.0, "adam_epsilon", c.adam_epsilon,
          "in (0, 1]");
  require(c.gradient_accumulation >= 1 && c.gradient_accumulation <= 65536, "gradient_accumulation",
          c.gradient_accumulation, "in [1, 65536]");
  require(in_unit(c.gamma), "gamma", c.gamma, "in [0, 1]");
  require(c.max_grad_norm >= 0.0 && std::isfinite(c.max_grad_norm), "max_grad_norm",
          c.max_grad_norm, "finite and at least 0 (0: no limit)");
  require(c.tau > 0.0 && c.tau <= 1.0, "tau", c.tau, "in (0, 1]");
  require(c.target_update_interval >= 0, "target_update_interval", c.target_update_interval,
          "at least 0 (0: every update)");
}

void validate_exploration(const DqnConfig& c) {
  require(in_unit(c.exploration_initial_eps), "exploration_initial_eps", c.exploration_initial_eps,
          "in [0, 1]");
  require(in_unit(c.exploration_final_eps), "exploration_final_eps", c.exploration_final_eps,
          "in [0, 1]");
  require(in_unit(c.exploration_fraction), "exploration_fraction", c.exploration_fraction,
          "in [0, 1]");
  require(c.noisy_sigma >= 0.0 && c.noisy_sigma <= 10.0, "noisy_sigma", c.noisy_sigma,
          "in [0, 10]");
  require(c.noise_interval >= 1, "noise_interval", c.noise_interval, "at least 1");
}

void validate_distribution(const DqnConfig& c) {
  require(c.atoms >= 2 && c.atoms <= kMostAtoms, "atoms", c.atoms, "in [2, 4096]");
  const auto low = static_cast<float>(c.v_min), high = static_cast<float>(c.v_max);
  require(std::isfinite(low), "v_min", c.v_min, "finite");
  require(std::isfinite(high), "v_max", c.v_max, "finite");
  require(low < high, "v_min", c.v_min, "below v_max " + kernels::number_text(c.v_max));
  require(c.quantiles >= 1 && c.quantiles <= kMostAtoms, "quantiles", c.quantiles, "in [1, 4096]");
  require(c.kappa >= 0.0 && std::isfinite(static_cast<float>(c.kappa)), "kappa", c.kappa,
          "finite and at least 0");
}

}  // namespace

void validate(const DqnConfig& c) {
  validate_optimization(c);
  validate_exploration(c);
  validate_distribution(c);
  if (c.backend == nets::Backend::torch && (c.dueling || c.noisy || c.layer_norm)) {
    kernels::throw_argument("dqn",
                            "backend torch: knows no dueling, noisy or layer_norm; choose "
                            "backend native");
  }
  if (c.bf16 && (c.backend == nets::Backend::torch || c.dueling || c.noisy || c.layer_norm)) {
    kernels::throw_argument("dqn",
                            "bf16 true: must be false with backend torch, dueling, noisy or "
                            "layer_norm; it is for plain networks of the native backend");
  }
}

}  // namespace pavlov::agents
