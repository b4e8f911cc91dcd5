// Random actions for every environment of a batch, right ones and wrong ones.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "pavlov/envs/vec_env.h"
#include "pavlov/kernels/random.h"

namespace pavlov::envs::conformance {

// Dimensions that are unbounded draw from [-1000, 1000].
class RandomActions {
 public:
  RandomActions(const VecEnv& env, std::uint64_t seed)
      : space_(env.spec().action_space), n_(env.size()), random_(seed) {}

  ActionView next() {
    if (const auto* discrete = std::get_if<Discrete>(&space_)) {
      discrete_.resize(n_);
      for (std::int32_t& a : discrete_) {
        a = static_cast<std::int32_t>(random_.integers(0, discrete->n));
      }
      return discrete_;
    }
    const Box& box = std::get<Box>(space_);
    continuous_.resize(n_ * box.size());
    for (std::size_t i = 0; i < continuous_.size(); ++i) {
      const float low = std::max(box.low[i % box.size()], -1e3f);
      const float high = std::min(box.high[i % box.size()], 1e3f);
      // The bounds themselves belong to the space.
      const std::int64_t kind = random_.integers(0, 8);
      continuous_[i] = kind == 0   ? low
                       : kind == 1 ? high
                                   : low + (high - low) * random_.uniform_float();
    }
    return ConstMatrixView(continuous_.data(), n_, box.size());
  }
  // For continuous actions: as next, with `value` in one place.
  ActionView with(std::size_t i, std::size_t dimension, float value) {
    next();
    const std::size_t size = std::get<Box>(space_).size();
    continuous_[i * size + dimension] = value;
    return ConstMatrixView(continuous_.data(), n_, size);
  }
  // Action of environment i outside the space.
  ActionView wrong_at(std::size_t i) {
    next();
    if (std::holds_alternative<Discrete>(space_)) {
      discrete_[i] = std::get<Discrete>(space_).n;
      return discrete_;
    }
    const std::size_t size = std::get<Box>(space_).size();
    continuous_[i * size] = std::nanf("");
    return ConstMatrixView(continuous_.data(), n_, size);
  }
  // One row too few.
  ActionView short_by_one() {
    next();
    if (std::holds_alternative<Discrete>(space_)) {
      return std::span<const std::int32_t>(discrete_.data(), n_ - 1);
    }
    return ConstMatrixView(continuous_.data(), n_ - 1, std::get<Box>(space_).size());
  }

 private:
  Space space_;
  std::size_t n_;
  kernels::Pcg64 random_;
  std::vector<std::int32_t> discrete_;
  std::vector<float> continuous_;
};

}  // namespace pavlov::envs::conformance
