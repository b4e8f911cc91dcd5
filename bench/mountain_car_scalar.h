// MountainCar and MountainCarContinuous for ScalarLoop: Gymnasium's mountain_car.py in double,
// continuous_mountain_car.py in float32 (its first step after a reset in double).
#pragma once

#include <algorithm>

#include "pavlov/bench/scalar_loop.h"

namespace pavlov::bench {

struct MountainCarGame {
  using Action = std::int32_t;
  static constexpr std::size_t kObservations = 2;

  double position, velocity;

  void reset(kernels::Pcg64& random) {
    position = random.uniform(-0.6, -0.4);
    velocity = 0.0;
  }

  double step(Action action, bool& terminated) {
    velocity += (action - 1) * 0.001 + std::cos(3 * position) * (-0.0025);
    velocity = std::clamp(velocity, -0.07, 0.07);
    position = std::clamp(position + velocity, -1.2, 0.6);
    if (position == -1.2 && velocity < 0) velocity = 0;
    terminated = position >= 0.5 && velocity >= 0;
    return -1.0;
  }

  void observe(float* out) const {
    out[0] = static_cast<float>(position);
    out[1] = static_cast<float>(velocity);
  }
  void observe_reset(float* out) const { observe(out); }
};

struct MountainCarContinuousGame {
  using Action = float;
  static constexpr std::size_t kObservations = 2;

  double first_position;  // before the first step, which is in double
  float position, velocity;
  bool fresh;

  void reset(kernels::Pcg64& random) {
    first_position = random.uniform(-0.6, -0.4);
    position = static_cast<float>(first_position);
    velocity = 0.0f;
    fresh = true;
  }

  // T is double on the first step, else float.
  template <class T>
  bool advance(T x, T v, float action) {
    const double pull = 0.0025 * std::cos(static_cast<double>(T(3) * x));
    if (std::abs(action) > 1) {
      v += static_cast<T>((action > 0 ? 0.0015 : -0.0015) - pull);
    } else {
      v += static_cast<T>(action * 0.0015f - static_cast<float>(pull));
    }
    v = std::clamp(v, T(-0.07), T(0.07));
    x = std::clamp(x + v, T(-1.2), T(0.6));
    if (x == T(-1.2) && v < 0) v = 0;
    position = static_cast<float>(x);
    velocity = static_cast<float>(v);
    return x >= T(0.45) && v >= 0;
  }

  double step(Action action, bool& terminated) {
    terminated = fresh ? advance<double>(first_position, 0.0, action)
                       : advance<float>(position, velocity, action);
    fresh = false;
    const auto a = static_cast<double>(action);
    return (terminated ? 100.0 : 0.0) - a * a * 0.1;
  }

  void observe(float* out) const {
    out[0] = position;
    out[1] = velocity;
  }
  void observe_reset(float* out) const { observe(out); }
};

}  // namespace pavlov::bench
