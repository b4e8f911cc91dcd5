#include "pavlov/envs/spread.h"

#include "pavlov/kernels/random.h"

namespace pavlov::envs {

double Spread::value(std::string_view name, std::size_t i) const {
  if (!varies()) return low;
  kernels::RandomStream stream(0, "physics/" + std::string(name));
  stream.set_position(2 * i);
  return low + (high - low) * stream.uniform_double();
}

std::string to_string(const Spread& spread) {
  const std::string low = kernels::number_text(spread.low);
  const std::string high = kernels::number_text(spread.high);
  return spread.varies() && low != high ? low + ":" + high : low;  // "nan", which equals nothing
}

}  // namespace pavlov::envs
