#include "sample.h"

#include <cmath>
#include <variant>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/lunar_lander/heuristic.h"
#include "pavlov/kernels/random.h"

namespace pavlov::apps {
namespace {

void add_curves(Curves& curves, kernels::Pcg64& random) {
  for (int k = 0; k <= 120; ++k) {
    const double x = 1579.0 * k, share = k / 120.0;
    const double rise = 1.0 / (1.0 + std::exp(-9.0 * (share - 0.45)));
    const double noise = random.uniform(-9.0, 9.0);
    const double mean = -190 + 430 * rise + noise, spread = 62 - 30 * rise;
    curves.returns.add({x, mean, mean - spread, mean + spread});
    if (k % 12 == 6) curves.evaluation.add(x, mean + 12 + noise);
    curves.loss.add(x, 0.42 + 1.4 * std::exp(-4 * share) + random.uniform(-0.05, 0.05));
    curves.value.add(x, -8 + 46 * rise + random.uniform(-0.9, 0.9));
    curves.exploration.add(x, std::max(0.05, 1.0 - 2.4 * share));
    curves.speed.add(x, 41000 + random.uniform(-1500.0, 1500.0));
  }
}

}  // namespace

Sample sample_run(const std::string& id, std::size_t count, bool distribution) {
  Sample sample;
  kernels::Pcg64 random(7);
  const auto env = envs::make(id, {.num_envs = count});
  envs::ConstMatrixView observation = env->reset(std::uint64_t{3});
  std::vector<std::int32_t> action(count, 0);
  const auto* discrete = std::get_if<envs::Discrete>(&env->spec().action_space);
  std::vector<float> continuous(count * (discrete ? 1 : env->spec().observation_space.size()));
  Snapshot& s = sample.snapshot;
  s.tiles.resize(count);
  const bool lander = id == "LunarLander-v3";
  const std::int64_t longest = lander ? 190 : 40;
  for (std::int64_t t = 1; t <= longest; ++t) {
    for (std::size_t i = 0; i < count; ++i) {
      if (discrete == nullptr) continue;
      action[i] = static_cast<std::int32_t>(random.integers(0, discrete->n));
      if (lander) {
        action[i] = envs::lunar_lander::heuristic_discrete(observation.row(i));
      }
    }
    const std::size_t width = discrete ? 1 : std::get<envs::Box>(env->spec().action_space).size();
    const envs::ActionView view =
        discrete ? envs::ActionView(action)
                 : envs::ActionView(envs::ConstMatrixView(continuous.data(), count, width));
    const envs::StepView step = env->step(view);
    observation = step.observation;
    for (std::size_t i = 0; i < count; ++i) {
      if (t > longest * static_cast<std::int64_t>(i * 7 % count + 1) /
                  static_cast<std::int64_t>(count)) {
        continue;
      }
      Tile& tile = s.tiles[i];
      env->draw(i, view, tile.picture);
      tile.step = t;
      tile.total += step.reward[i];
      tile.action = action[i];
    }
  }
  s.environments = count;
  s.selected = count > 5 ? 5 : 0;
  s.steps = 189440;
  s.total_steps = 300000;
  s.updates = 47360;
  s.seconds = 7.4;
  s.steps_per_second = 1.84e6;
  s.updates_per_second = 41e3;
  add_curves(s.curves, random);
  s.opinion.kind = Opinion::Kind::values;
  if (lander) {
    s.opinion.score = {21.2f, 16.4f, 38.6f, 18.2f};
    sample.subject.action_names = {"nothing", "left engine", "main engine", "right engine"};
    s.opinion.chosen = 2;
  } else {
    s.opinion.score = {31.2f, 33.4f};
    sample.subject.action_names = {"left", "right"};
    s.opinion.chosen = 1;
  }
  if (distribution) {
    for (int k = 0; k < 51; ++k) {
      s.opinion.mass.push_back(static_cast<float>(std::exp(-std::pow((k - 33) / 5.5, 2)) +
                                                  0.22 * std::exp(-std::pow((k - 12) / 3.0, 2))));
    }
    s.opinion.low = -300;
    s.opinion.high = 300;
  }
  sample.subject.algorithm = "rainbow";
  sample.subject.env = id;
  sample.subject.detail = "seed 1";
  sample.subject.threshold = env->spec().reward_threshold;
  for (int k = 0; k < 60; ++k) {
    sample.view.values.push_back(20 + 10 * std::sin(0.1 * k) + 0.2 * k);
  }
  sample.view.status = "full speed";
  sample.view.keys = {{"space", "pause", "Pause, and go on"},
                      {"→", "step", "One step, then pause"},
                      {"[ ]", "speed", "Slower, faster"},
                      {"tab", "next", "Follow the next environment"},
                      {"g", "greedy", "Watch the greedy policy, or the exploring one"},
                      {"c", "checkpoint", "Save the policy now"},
                      {"r", "record", "Start and stop recording"},
                      {"s", "screenshot", "Save a picture of this window"},
                      {"t", "theme", "Dark or light"},
                      {"h", "help", "Show and hide this"}};
  return sample;
}

}  // namespace pavlov::apps
