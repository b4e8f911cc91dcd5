// DqnConfig: every option of the value-based agent. Each is independent of the others; the names of
// the ladder (ladder.h) are rows that set some of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "pavlov/agents/schedule.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/nets/backend.h"

namespace pavlov::agents {

enum class Loss : std::uint8_t { huber, mse };

// What the network says of an action's return.
enum class Distribution : std::uint8_t {
  none,      // its expectation
  c51,       // probabilities of fixed returns (Bellemare et al. 2017, arXiv:1707.06887)
  quantile,  // its quantiles (Dabney et al. 2018, arXiv:1710.10044)
};

struct DqnConfig {
  std::vector<std::size_t> hidden = {64, 64};  // widths of the hidden layers (SB3)
  kernels::Activation activation = kernels::Activation::relu;
  nets::Backend backend = nets::Backend::native;  // who computes the network; torch knows neither
                                                  // dueling nor noisy nor layer_norm
  bool bf16 = false;  // networks compute with bfloat16 weights and learn float32 ones
                      // (nets/mixed_mlp.h); native alone, without dueling, noisy, layer_norm
  double learning_rate = 1e-4;        // > 0 (SB3)
  double learning_rate_final = -1.0;  // reached at the end of the run; < 0: constant
  Schedule learning_rate_schedule = Schedule::linear;  // of the way to learning_rate_final
  double adam_epsilon = 1e-8;                          // > 0 (PyTorch)
  int gradient_accumulation = 1;  // batches whose mean gradient makes one step, [1, 65536]
  double gamma = 0.99;            // discount, [0, 1]
  Loss loss = Loss::huber;        // of expected values; SB3: smooth L1, which is Huber with kappa 1
  double max_grad_norm = 10.0;    // global norm of the gradient; 0: no limit (SB3)
  bool double_q = false;          // next action by the online network (van Hasselt et al. 2016)
  double tau = 1.0;               // weight of the online network in a target update, (0, 1]
  std::int64_t target_update_interval = 10000;  // environment steps between target updates, >= 0;
                                                // 0: after every gradient update (SB3: 10000)
  double exploration_initial_eps = 1.0;         // [0, 1]
  double exploration_final_eps = 0.05;          // [0, 1]
  double exploration_fraction = 0.1;  // share of the run over which it falls linearly, [0, 1]

  // With double_q, the parts of Rainbow (Hessel et al. 2018, arXiv:1710.02298) that an agent has;
  // prioritized replay and n-step returns are the loop's.
  bool dueling = false;             // value and advantage streams (nets/value_network.h)
  bool noisy = false;               // learned noise in place of random actions (likewise)
  double noisy_sigma = 0.5;         // its initial scale, [0, 10] (Fortunato et al. 2018)
  std::int64_t noise_interval = 1;  // environment steps for which acting keeps a draw, >= 1; more
                                    // than 1 explores in a direction (Fortunato et al.: 1)
  bool layer_norm = false;          // before the activation of hidden layers (likewise)
  Distribution distribution = Distribution::none;
  std::size_t atoms = 51;      // of c51, [2, 4096] (Bellemare et al. 2017)
  double v_min = -10.0;        // of c51: returns outside [v_min, v_max] count as the nearest end;
  double v_max = 10.0;         // v_min < v_max, in float32 too (Bellemare et al. 2017)
  std::size_t quantiles = 50;  // of quantile, [1, 4096] (Dabney et al. 2018: 200)
  double kappa = 1.0;          // of quantile: where the Huber loss turns linear, >= 0
};

// Throws std::invalid_argument "[dqn] <field> <value>: must be ..." for the first field outside its
// range.
void validate(const DqnConfig& config);

}  // namespace pavlov::agents
