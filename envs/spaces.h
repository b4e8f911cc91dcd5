// Spaces: what observations and actions look like. Names and meaning are Gymnasium's.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "pavlov/kernels/tensor.h"

namespace pavlov::envs {

using kernels::ConstMatrixView;
using kernels::MatrixView;

// {0, 1, ..., n - 1}.
struct Discrete {
  std::int32_t n = 0;
  bool operator==(const Discrete&) const = default;
};

// A box in R^k, one bound pair per dimension; bounds may be infinite. float32.
struct Box {
  std::vector<float> low;
  std::vector<float> high;
  std::size_t size() const { return low.size(); }
  bool operator==(const Box&) const = default;
};

using Space = std::variant<Discrete, Box>;

// "Discrete(2)" or "Box([-1, -1], [1, 1])".
std::string to_string(const Space& space);

// The actions of one batch step: one of the two, by the environment's action space.
class ActionView {
 public:
  // Discrete: (N) int32.
  ActionView(std::span<const std::int32_t> discrete) : discrete_(discrete) {}     // NOLINT
  ActionView(const std::vector<std::int32_t>& discrete) : discrete_(discrete) {}  // NOLINT
  // Continuous: (N,A) float32.
  ActionView(ConstMatrixView continuous) : continuous_(continuous) {}  // NOLINT
  // Written out, which makes calls pass an address: copying the 48 bytes through the stack right
  // after they were stored costs a batch of one a sixth of its step.
  ActionView(const ActionView& other)
      : discrete_(other.discrete_), continuous_(other.continuous_) {}
  ActionView& operator=(const ActionView&) = default;

  std::span<const std::int32_t> discrete() const { return discrete_; }
  ConstMatrixView continuous() const { return continuous_; }

 private:
  std::span<const std::int32_t> discrete_;
  ConstMatrixView continuous_;
};

}  // namespace pavlov::envs
