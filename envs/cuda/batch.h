// Environments on the CUDA device: N of them, stepped K times in one call, their states in
// registers.
//
// The same physics, drawn resets and time limits as the environments of the catalog in their
// default options, in same_step mode: environment i seeded with s_i shows the same float32
// observations and rewards, and the same flags, bit for bit, as on a processor with fused
// multiply-add. (CartPole-v1 and -v0, Acrobot-v1, MountainCar-v0, MountainCarContinuous-v0,
// Pendulum-v1.) Differs: nobody checks actions on the device. A discrete one outside its space
// counts as some action, and a continuous one that is NaN gives NaN.
//
// Shapes: N environments, K steps, O observation dimensions. Row k N + i is step k of environment
// i, so that the buffers of a rollout (K,N) can be filled as they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "pavlov/envs/spaces.h"
#include "pavlov/envs/vec_env.h"
#include "pavlov/kernels/cuda/stream.h"

namespace pavlov::envs::cuda {

using kernels::MatrixView;
using kernels::cuda::Stream;

// What K steps give, in device memory of the caller; see StepView.
struct Steps {
  MatrixView observation;              // (K*N,O)
  std::span<float> reward;             // (K*N)
  std::span<std::uint8_t> terminated;  // (K*N) 0 or 1
  std::span<std::uint8_t> truncated;   // (K*N) 0 or 1
  MatrixView final_observation;        // (K*N,O) written where terminated or truncated
};

class Batch {
 public:
  virtual ~Batch() = default;

  virtual const EnvSpec& spec() const = 0;
  virtual std::size_t size() const = 0;  // N

  // Starts all episodes anew, environment i seeded with seeds[i] (host memory); writes the first
  // observation (N,O), in device memory. Throws std::invalid_argument for wrong shapes.
  virtual void reset(Stream& stream, std::span<const std::uint64_t> seeds,
                     MatrixView observation) = 0;

  // K steps; their number is that of the actions divided by N, which lie in device memory:
  // int32 (K*N), or float32 (K*N,1) without gaps. Throws std::invalid_argument for wrong shapes and
  // before the first reset.
  virtual void step(Stream& stream, ActionView actions, const Steps& out) = 0;
};

// `id` names the environment; max_episode_steps 0 is its own limit. Throws std::invalid_argument
// for an environment that has no kernel, naming those that have, and std::runtime_error where there
// is no device.
std::unique_ptr<Batch> make_batch(std::string_view id, std::size_t num_envs,
                                  std::int32_t max_episode_steps = 0);

}  // namespace pavlov::envs::cuda
