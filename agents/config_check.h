// ConfigCheck: the ranges that fields of a config usually have.
#pragma once

#include <cmath>
#include <cstddef>
#include <string_view>

#include "pavlov/kernels/check.h"

namespace pavlov::agents {

// Every call throws std::invalid_argument "[module] field value: must be ..." where the value is
// out of range; NaN always is.
class ConfigCheck {
 public:
  explicit ConfigCheck(std::string_view module) : module_(module) {}

  template <class Number>
  void require(bool holds, std::string_view field, Number value, std::string_view rule) const {
    kernels::require(holds, module_, field, value, rule);
  }
  void at_least_one(std::string_view field, std::size_t value) const {
    require(value >= 1, field, value, "at least 1");
  }
  void in_unit(std::string_view field, double value) const {
    require(value >= 0.0 && value <= 1.0, field, value, "in [0, 1]");
  }
  void in_half_open_unit(std::string_view field, double value) const {
    require(value > 0.0 && value <= 1.0, field, value, "in (0, 1]");
  }
  void not_negative(std::string_view field, double value) const {
    require(value >= 0.0 && std::isfinite(value), field, value, "finite and at least 0");
  }

 private:
  std::string_view module_;
};

}  // namespace pavlov::agents
