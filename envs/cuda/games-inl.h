// The environments that run on the device: physics, and what a reset draws and shows (as reset_rows
// of each environment has it; a test compares them bit for bit).
#pragma once

#include <cstddef>

#include "pavlov/envs/acrobot/acrobot-inl.h"
#include "pavlov/envs/acrobot/numpy_trig-inl.h"
#include "pavlov/envs/cartpole/cartpole-inl.h"
#include "pavlov/envs/mountain_car/mountain_car-inl.h"
#include "pavlov/envs/mountain_car/mountain_car_continuous-inl.h"
#include "pavlov/envs/pendulum/pendulum-inl.h"
#include "pavlov/kernels/random.h"

namespace pavlov::envs::cuda {

using kernels::Pcg64;
using portable::Columns;
using portable::ExactMath;
using portable::LaneView;

struct CartPoleGame {
  using Physics = portable::CartPoleLanes<ExactMath>;
  Physics physics{{1.0, 1.0}};
  double low = -0.05, high = 0.05;

  PAVLOV_FN LaneView<double, 4, 4> reset(Pcg64& random) const {
    Columns<double, 4> s;
    for (double& value : s.column) value = random.uniform(low, high);
    return physics.observe(s);
  }
};

struct AcrobotGame {
  using Physics = portable::AcrobotLanes<ExactMath>;
  Physics physics{};
  double low = -0.1, high = 0.1;

  // The state is float32 then, and NumPy's float32 functions make the observation.
  PAVLOV_FN LaneView<double, 6, 6> reset(Pcg64& random) const {
    float drawn[4];
    for (float& value : drawn) value = static_cast<float>(random.uniform(low, high));
    LaneView<double, 6, 6> view = physics.observe(Columns<double, 6>{
        {static_cast<double>(drawn[0]), static_cast<double>(drawn[1]),
         static_cast<double>(drawn[2]), static_cast<double>(drawn[3]), 0.0, 0.0}});
    const NumpySinCos first = numpy_sin_cos_fused(drawn[0]);
    const NumpySinCos second = numpy_sin_cos_fused(drawn[1]);
    view.observation.column[0] = static_cast<double>(first.cos);
    view.observation.column[1] = static_cast<double>(first.sin);
    view.observation.column[2] = static_cast<double>(second.cos);
    view.observation.column[3] = static_cast<double>(second.sin);
    return view;
  }
};

struct MountainCarGame {
  using Physics = portable::MountainCarLanes<ExactMath>;
  Physics physics{{0.0}};
  double low = -0.6, high = -0.4;

  PAVLOV_FN LaneView<double, 2, 2> reset(Pcg64& random) const {
    return physics.observe(Columns<double, 2>{{random.uniform(low, high), 0.0}});
  }
};

struct MountainCarContinuousGame {
  using Physics = portable::MountainCarContinuousLanes<ExactMath>;
  Physics physics{{0.0}};
  double low = -0.6, high = -0.4;

  // The state is float64 until the first step.
  PAVLOV_FN LaneView<double, 3, 2> reset(Pcg64& random) const {
    return physics.observe(Columns<double, 3>{{random.uniform(low, high), 0.0, 1.0}});
  }
};

struct PendulumGame {
  using Physics = portable::PendulumLanes<ExactMath>;
  Physics physics{};
  double angle = 0x1.921fb54442d18p1, velocity = 1.0;  // largest; the angle is pi

  PAVLOV_FN LaneView<double, 3, 3> reset(Pcg64& random) const {
    const double theta = random.uniform(-angle, angle);
    return physics.observe(Columns<double, 3>{{theta, random.uniform(-velocity, velocity), 0.0}});
  }
};

}  // namespace pavlov::envs::cuda
