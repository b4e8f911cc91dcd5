// ActingNoise: how long the actions of a noisy network share a draw of noise.
//
// A draw for each step moves a slow system to and fro; one kept for some steps explores in a
// direction. What is kept is the place in the stream where the draw begins, and each choice draws
// from there again: learning draws with the same network in between. A choice for several
// environments is as many steps and has one draw, even where the interval ends within it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pavlov::agents {

class ActingNoise {
 public:
  explicit ActingNoise(std::int64_t interval) : interval_(interval) {}  // environment steps

  // Where the draw for one step of `envs` environments begins, in a stream that is at `position`.
  std::uint64_t place(std::uint64_t position, std::size_t envs) {
    if (left_ <= 0) {
      place_ = position;
      left_ = interval_;
    }
    left_ -= static_cast<std::int64_t>(envs);
    return place_;
  }

 private:
  const std::int64_t interval_;
  std::int64_t left_ = 0;  // steps that the draw still serves
  std::uint64_t place_ = 0;
};

}  // namespace pavlov::agents
