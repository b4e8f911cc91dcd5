#include "pavlov/apps/action_source.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "pavlov/agents/evaluate.h"
#include "pavlov/apps/heuristics.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/random.h"

namespace pavlov::apps {
namespace {

class Recorded final : public ActionSource {
 public:
  Recorded(const EpisodeActions& actions, const envs::Space& space)
      : actions_(actions), space_(space) {}

  void start(std::uint64_t) override { step_ = 0; }
  bool next(std::span<const float>, EnvAction& action) override {
    if (step_ == actions_.steps) return false;
    action = actions_.at(step_++, space_);
    return true;
  }

 private:
  const EpisodeActions& actions_;
  const envs::Space space_;
  std::size_t step_ = 0;
};

class Random final : public ActionSource {
 public:
  explicit Random(const envs::EnvSpec& spec) : space_(spec.action_space), random_(0, kStream) {
    const auto* box = std::get_if<envs::Box>(&space_);
    if (box == nullptr) return;
    for (std::size_t a = 0; a < box->size(); ++a) {
      if (std::isfinite(box->low[a]) && std::isfinite(box->high[a])) continue;
      kernels::throw_argument(
          "trace", "policy random: the actions of " + spec.id + " have no bounds to draw between");
    }
  }

  void start(std::uint64_t seed) override { random_ = kernels::RandomStream(seed, kStream); }
  bool next(std::span<const float>, EnvAction& action) override {
    if (const auto* discrete = std::get_if<envs::Discrete>(&space_)) {
      action.discrete =
          static_cast<std::int32_t>(random_.below(static_cast<unsigned>(discrete->n)));
      return true;
    }
    const envs::Box& box = std::get<envs::Box>(space_);
    action.continuous.resize(box.size());
    for (std::size_t a = 0; a < box.size(); ++a) {
      const float value = box.low[a] + (box.high[a] - box.low[a]) * random_.uniform();
      action.continuous[a] = std::clamp(value, box.low[a], box.high[a]);  // rounding
    }
    return true;
  }

 private:
  static constexpr std::string_view kStream = "actions";
  const envs::Space space_;
  kernels::RandomStream random_;
};

class ByHeuristic final : public ActionSource {
 public:
  explicit ByHeuristic(const envs::EnvSpec& spec) : act_(find_heuristic(spec.id)) {}

  void start(std::uint64_t) override {}
  bool next(std::span<const float> observation, EnvAction& action) override {
    act_(observation, action);
    return true;
  }

 private:
  const Heuristic act_;
};

class Greedy final : public ActionSource {
 public:
  explicit Greedy(agents::Policy policy) : policy_(std::move(policy)) {}

  void start(std::uint64_t) override {}
  bool next(std::span<const float> observation, EnvAction& action) override {
    const agents::ConstMatrixView row(observation.data(), 1, observation.size());
    if (policy_.action_head().continuous()) {
      action.continuous.resize(policy_.actions());
      policy_.act(row, agents::MatrixView(action.continuous.data(), 1, policy_.actions()));
    } else {
      policy_.act(row, {&action.discrete, 1});
    }
    return true;
  }

 private:
  agents::Policy policy_;
};

}  // namespace

std::unique_ptr<ActionSource> make_recorded(const EpisodeActions& actions,
                                            const envs::Space& space) {
  return std::make_unique<Recorded>(actions, space);
}

std::unique_ptr<ActionSource> make_random(const envs::EnvSpec& spec) {
  return std::make_unique<Random>(spec);
}

std::unique_ptr<ActionSource> make_heuristic(const envs::EnvSpec& spec) {
  return std::make_unique<ByHeuristic>(spec);
}

std::unique_ptr<ActionSource> make_greedy(agents::Policy policy, const envs::EnvSpec& spec) {
  agents::check_fit(policy, spec);
  return std::make_unique<Greedy>(std::move(policy));
}

}  // namespace pavlov::apps
