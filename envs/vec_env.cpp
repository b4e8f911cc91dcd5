#include "pavlov/envs/vec_env.h"

#include <string_view>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::envs {
namespace {

constexpr std::string_view kModes[] = {"next_step", "same_step", "disabled"};

}  // namespace

const char* to_string(AutoresetMode mode) { return kModes[static_cast<std::size_t>(mode)].data(); }

AutoresetMode parse_autoreset_mode(std::string_view name) {
  for (const AutoresetMode mode :
       {AutoresetMode::next_step, AutoresetMode::same_step, AutoresetMode::disabled}) {
    if (name == to_string(mode)) return mode;
  }
  kernels::throw_argument("envs", kernels::unknown_name_message("autoreset mode", name, kModes));
}

ConstMatrixView VecEnv::reset(std::uint64_t seed) {
  std::vector<std::uint64_t> seeds(size());
  for (std::size_t i = 0; i < seeds.size(); ++i) seeds[i] = seed + i;
  return reset(std::span<const std::uint64_t>(seeds));
}

StepView VecEnv::step_running(ActionView) {
  kernels::throw_argument(spec().id,
                          "step_running: this environment cannot let finished ones rest");
}

bool VecEnv::draw(std::size_t, const ActionView&, Picture&) const { return false; }

}  // namespace pavlov::envs
