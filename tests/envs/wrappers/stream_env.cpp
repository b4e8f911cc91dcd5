#include "pavlov/tests/envs/wrappers/stream_env.h"

#include <limits>
#include <utility>

namespace pavlov::envs {

StreamEnv::StreamEnv(std::vector<StreamStep> steps, std::size_t envs, AutoresetMode mode)
    : steps_(std::move(steps)), envs_(envs), mode_(mode) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const std::size_t columns = steps_.front().observation.size() / envs;
  spec_.id = "Stream-v0";
  spec_.observation_space = {std::vector<float>(columns, -kInfinity),
                             std::vector<float>(columns, kInfinity)};
  spec_.action_space = Discrete{1};
}

ConstMatrixView StreamEnv::matrix(const std::vector<float>& values) const {
  return {values.data(), envs_, values.size() / envs_};
}

ConstMatrixView StreamEnv::reset() {
  at_ = 0;
  return matrix(steps_[0].observation);
}

ConstMatrixView StreamEnv::reset(std::span<const std::uint8_t>) {
  return matrix(steps_.at(++at_).observation);
}

StepView StreamEnv::step(ActionView) {
  const StreamStep& s = steps_.at(++at_);
  return {matrix(s.observation), s.reward, s.terminated, s.truncated,
          matrix(s.final_observation.empty() ? s.observation : s.final_observation)};
}

}  // namespace pavlov::envs
