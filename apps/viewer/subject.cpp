#include "pavlov/apps/viewer/subject.h"

#include <utility>
#include <variant>

namespace pavlov::apps {

std::vector<std::string> action_names(const envs::EnvSpec& spec) {
  const std::string& id = spec.id;
  if (id.starts_with("CartPole")) return {"left", "right"};
  if (id.starts_with("Acrobot")) return {"torque -1", "no torque", "torque +1"};
  if (id.starts_with("MountainCarContinuous")) return {"engine"};
  if (id.starts_with("MountainCar")) return {"left", "nothing", "right"};
  if (id.starts_with("Pendulum")) return {"torque"};
  if (id.starts_with("LunarLanderContinuous")) return {"main engine", "side engines"};
  if (id.starts_with("LunarLander")) {
    return {"nothing", "left engine", "main engine", "right engine"};
  }
  const auto* discrete = std::get_if<envs::Discrete>(&spec.action_space);
  const std::size_t count = discrete != nullptr ? static_cast<std::size_t>(discrete->n)
                                                : std::get<envs::Box>(spec.action_space).size();
  std::vector<std::string> names;
  for (std::size_t k = 0; k < count; ++k) names.push_back("action " + std::to_string(k));
  return names;
}

Subject make_subject(const envs::EnvSpec& spec, std::string algorithm, std::string detail) {
  return {.algorithm = std::move(algorithm),
          .env = spec.id,
          .detail = std::move(detail),
          .action_names = action_names(spec),
          .threshold = spec.reward_threshold,
          .fps = spec.render_fps > 0 ? spec.render_fps : 30};
}

}  // namespace pavlov::apps
