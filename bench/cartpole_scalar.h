// CartPole for ScalarLoop: Gymnasium's cartpole.py in double.
#pragma once

#include "pavlov/bench/scalar_loop.h"

namespace pavlov::bench {

struct CartPoleGame {
  using Action = std::int32_t;
  static constexpr std::size_t kObservations = 4;
  static constexpr double kAngleLimit = 12 * 2 * 0x1.921fb54442d18p1 / 360;

  double x, x_dot, theta, theta_dot;

  void reset(kernels::Pcg64& random) {
    x = random.uniform(-0.05, 0.05);
    x_dot = random.uniform(-0.05, 0.05);
    theta = random.uniform(-0.05, 0.05);
    theta_dot = random.uniform(-0.05, 0.05);
  }

  double step(Action action, bool& terminated) {
    const double force = action == 1 ? 10.0 : -10.0;
    const double sin = std::sin(theta), cos = std::cos(theta);
    const double temp = (force + 0.05 * (theta_dot * theta_dot) * sin) / 1.1;
    const double theta_acc =
        (9.8 * sin - cos * temp) / (0.5 * (4.0 / 3.0 - 0.1 * (cos * cos) / 1.1));
    const double x_acc = temp - 0.05 * theta_acc * cos / 1.1;
    x += 0.02 * x_dot;
    x_dot += 0.02 * x_acc;
    theta += 0.02 * theta_dot;
    theta_dot += 0.02 * theta_acc;
    terminated = std::abs(x) > 2.4 || std::abs(theta) > kAngleLimit;
    return 1.0;
  }

  void observe(float* out) const {
    out[0] = static_cast<float>(x);
    out[1] = static_cast<float>(x_dot);
    out[2] = static_cast<float>(theta);
    out[3] = static_cast<float>(theta_dot);
  }
  void observe_reset(float* out) const { observe(out); }
};

}  // namespace pavlov::bench
