// Pendulum for ScalarLoop: Gymnasium's pendulum.py in double, the torque in float32.
#pragma once

#include <algorithm>

#include "pavlov/bench/scalar_loop.h"

namespace pavlov::bench {

struct PendulumGame {
  using Action = float;
  static constexpr std::size_t kObservations = 3;
  static constexpr double kPi = 0x1.921fb54442d18p1;

  double theta, theta_dot;

  void reset(kernels::Pcg64& random) {
    theta = random.uniform(-kPi, kPi);
    theta_dot = random.uniform(-1.0, 1.0);
  }

  double step(Action action, bool&) {
    const float u = std::clamp(action, -2.0f, 2.0f);
    double angle = std::fmod(theta + kPi, 2 * kPi);
    if (angle < 0) angle += 2 * kPi;
    static const volatile float two = 2.0f;
    const double cost =
        pow2(angle - kPi) + 0.1 * pow2(theta_dot) + static_cast<double>(0.001f * std::pow(u, two));
    theta_dot += (15.0 * std::sin(theta) + static_cast<double>(3.0f * u)) * 0.05;
    theta_dot = std::clamp(theta_dot, -8.0, 8.0);
    theta += theta_dot * 0.05;
    return -cost;
  }

  void observe(float* out) const {
    out[0] = static_cast<float>(std::cos(theta));
    out[1] = static_cast<float>(std::sin(theta));
    out[2] = static_cast<float>(theta_dot);
  }
  void observe_reset(float* out) const { observe(out); }
};

}  // namespace pavlov::bench
