// Acrobot for ScalarLoop: Gymnasium's acrobot.py in double, book dynamics.
#pragma once

#include "pavlov/bench/scalar_loop.h"
#include "pavlov/envs/acrobot/numpy_trig.h"

namespace pavlov::bench {

// Squares as NumPy has them (pow), or as one would write them in C++ (a product; then bits differ).
struct PowSquare {
  static double of(double x) { return pow2(x); }
};
struct ProductSquare {
  static double of(double x) { return x * x; }
};

template <class Square>
struct AcrobotGame {
  using Action = std::int32_t;
  static constexpr std::size_t kObservations = 6;
  static constexpr double kPi = 0x1.921fb54442d18p1;

  struct State {
    double theta1, theta2, theta1_dot, theta2_dot;
  };
  State s;

  void reset(kernels::Pcg64& random) {
    const auto draw = [&] {
      return static_cast<double>(static_cast<float>(random.uniform(-0.1, 0.1)));
    };
    s.theta1 = draw();
    s.theta2 = draw();
    s.theta1_dot = draw();
    s.theta2_dot = draw();
  }

  static State derivative(const State& y, double torque) {
    const double sin2 = std::sin(y.theta2), cos2 = std::cos(y.theta2);
    const double d1 = 0.25 + (1.25 + cos2) + 1.0 + 1.0;
    const double d2 = (0.25 + 0.5 * cos2) + 1.0;
    const double phi2 = 4.9 * std::cos(y.theta1 + y.theta2 - kPi / 2.0);
    const double phi1 = -0.5 * Square::of(y.theta2_dot) * sin2 -
                        y.theta2_dot * y.theta1_dot * sin2 +
                        (1.5 * 9.8) * std::cos(y.theta1 - kPi / 2.0) + phi2;
    const double acceleration2 =
        (torque + d2 / d1 * phi1 - 0.5 * Square::of(y.theta1_dot) * sin2 - phi2) /
        (1.25 - Square::of(d2) / d1);
    return {y.theta1_dot, y.theta2_dot, -(d2 * acceleration2 + phi1) / d1, acceleration2};
  }

  static State along(const State& y, double h, const State& k) {
    return {y.theta1 + h * k.theta1, y.theta2 + h * k.theta2, y.theta1_dot + h * k.theta1_dot,
            y.theta2_dot + h * k.theta2_dot};
  }

  static double wrap(double x) {
    while (x > kPi) x -= 2 * kPi;
    while (x < -kPi) x += 2 * kPi;
    return x;
  }
  static double bound(double x, double most) { return std::min(std::max(x, -most), most); }

  double step(Action action, bool& terminated) {
    const double torque = action - 1.0;
    const State k1 = derivative(s, torque);
    const State k2 = derivative(along(s, 0.1, k1), torque);
    const State k3 = derivative(along(s, 0.1, k2), torque);
    const State k4 = derivative(along(s, 0.2, k3), torque);
    State sum = along(along(k1, 2.0, k2), 2.0, k3);
    sum = along(sum, 1.0, k4);
    s = along(s, 0.2 / 6.0, sum);
    s.theta1 = wrap(s.theta1);
    s.theta2 = wrap(s.theta2);
    s.theta1_dot = bound(s.theta1_dot, 4 * kPi);
    s.theta2_dot = bound(s.theta2_dot, 9 * kPi);
    terminated = -std::cos(s.theta1) - std::cos(s.theta2 + s.theta1) > 1.0;
    return terminated ? 0.0 : -1.0;
  }

  void observe(float* out) const {
    out[0] = static_cast<float>(std::cos(s.theta1));
    out[1] = static_cast<float>(std::sin(s.theta1));
    out[2] = static_cast<float>(std::cos(s.theta2));
    out[3] = static_cast<float>(std::sin(s.theta2));
    out[4] = static_cast<float>(s.theta1_dot);
    out[5] = static_cast<float>(s.theta2_dot);
  }
  void observe_reset(float* out) const {
    const auto first = envs::numpy_sin_cos(static_cast<float>(s.theta1), true);
    const auto second = envs::numpy_sin_cos(static_cast<float>(s.theta2), true);
    out[0] = first.cos;
    out[1] = first.sin;
    out[2] = second.cos;
    out[3] = second.sin;
    out[4] = static_cast<float>(s.theta1_dot);
    out[5] = static_cast<float>(s.theta2_dot);
  }
};

}  // namespace pavlov::bench
