#include "pavlov/envs/lunar_lander/lunar_lander.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "pavlov/envs/lunar_lander/box2d_engine.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs {
namespace {

using lunar_lander::Episode;
using lunar_lander::Hull;
using lunar_lander::kMostWorlds;
using lunar_lander::Observation;
using lunar_lander::Parameters;
using lunar_lander::Throttle;

constexpr std::size_t kBlockRows = 16;  // a step of one takes microseconds

// Of environments [0, num_envs); throws std::invalid_argument for options out of range.
std::vector<Parameters> parameters_of(std::string_view id, const LunarLanderConfig& config,
                                      std::size_t num_envs) {
  check_options(id, config);
  std::vector<Parameters> all;
  for (std::size_t i = 0; i < num_envs; ++i) all.push_back(config.parameters(i));
  return all;
}

std::unique_ptr<lunar_lander::Engine> make_engine(const LunarLanderConfig& config,
                                                  std::span<const Parameters> parameters) {
  std::vector<float> gravity;
  for (const Parameters& p : parameters) gravity.push_back(static_cast<float>(p.gravity));
  return config.engine == LunarLanderConfig::EngineKind::exact
             ? lunar_lander::make_exact_engine(gravity)
             : lunar_lander::make_box2d_engine(gravity);
}

}  // namespace

void LunarLanderConfig::declare(OptionVisitor& option) {
  option.flag("enable_wind", enable_wind, "wind and turbulence until a leg touches");
  option.choice("engine", engine, {"exact", "box2d"},
                "exact: the bits of Gymnasium; box2d: the installed Box2D 2.4, differs");
  option.spread("gravity", gravity, {-12, 0, true}, "upward acceleration");
  option.spread("wind_power", wind_power, {0, 20}, "greatest force of the wind");
  option.spread("turbulence_power", turbulence_power, {0, 2}, "greatest torque of the wind");
  option.spread("main_engine_power", main_engine_power, {0, 100}, "impulse of the main engine");
  option.spread("side_engine_power", side_engine_power, {0, 10}, "impulse of the side engines");
  option.spread("initial_random", initial_random, {0, 10000},
                "greatest force of the push at the start");
  option.spread("dispersion", dispersion, {0, 10}, "scale of the engines' random offsets");
}

Parameters LunarLanderConfig::parameters(std::size_t i) const {
  const LunarLanderConfig one = of_environment(i, *this);
  return {.gravity = one.gravity.value(),
          .wind_power = one.wind_power.value(),
          .turbulence_power = one.turbulence_power.value(),
          .main_engine_power = one.main_engine_power.value(),
          .side_engine_power = one.side_engine_power.value(),
          .initial_random = one.initial_random.value(),
          .dispersion = one.dispersion.value()};
}

EnvSpec lunar_lander_spec(std::string_view id) {
  const auto turn = static_cast<float>(2 * 0x1.921fb54442d18p1);
  EnvSpec spec;
  spec.id = id;
  spec.observation_space = {{-2.5f, -2.5f, -10.0f, -10.0f, -turn, -10.0f, -0.0f, -0.0f},
                            {2.5f, 2.5f, 10.0f, 10.0f, turn, 10.0f, 1.0f, 1.0f}};
  if (id == "LunarLanderContinuous-v3") {
    spec.action_space = Box{{-1.0f, -1.0f}, {1.0f, 1.0f}};
    spec.clips_actions = true;
  } else {
    spec.action_space = Discrete{4};
  }
  spec.max_episode_steps = 1000;
  spec.reward_threshold = 200.0;
  spec.render_fps = 50;
  spec.nominal_bounds = true;
  return spec;
}

LunarLander::LunarLander(EnvSpec spec, const LunarLanderConfig& config, const VecOptions& options)
    // world: layout of World, of which archives hold the bytes.
    : BatchEnv(std::move(spec), options, "world=1 " + archive_text(config), kBlockRows),
      continuous_(std::holds_alternative<Box>(this->spec().action_space)),
      enable_wind_(config.enable_wind),
      parameters_(parameters_of(this->spec().id, config, size())),
      episode_(size()),
      engine_(make_engine(config, parameters_)) {}

Throttle LunarLander::throttle_of(std::uint32_t row, const ActionView& actions) const {
  if (!continuous_) return lunar_lander::discrete_throttle(actions.discrete()[row]);
  const std::span<const float> action = actions.continuous().row(row);
  return lunar_lander::continuous_throttle(action[0], action[1]);
}

Observation LunarLander::observe(std::uint32_t row) {
  const Observation observed = lunar_lander::observe(engine_->hull(row));
  float* to = observation() + row * observed.size();
  for (const double value : observed) *to++ = static_cast<float>(value);
  return observed;
}

// Everything a reset does before its hidden step.
void LunarLander::start(std::uint32_t row) {
  kernels::Pcg64& stream = random(row);
  const auto heights = lunar_lander::draw_terrain(stream);
  const auto force = lunar_lander::draw_initial_force(parameters_[row], stream);
  engine_->start(row, lunar_lander::terrain_points(heights), force);
  episode_[row] = {};
  if (enable_wind_) lunar_lander::draw_wind(episode_[row], stream);
  engine_->apply(row, lunar_lander::draw_loads(parameters_[row], enable_wind_, Throttle{},
                                               engine_->hull(row), episode_[row], stream));
}

void LunarLander::reset_rows(std::span<const std::uint32_t> rows) {
  for (const std::uint32_t row : rows) start(row);
  for (std::size_t first = 0; first < rows.size(); first += kMostWorlds) {
    engine_->step(rows.subspan(first, std::min(kMostWorlds, rows.size() - first)));
  }
  for (const std::uint32_t row : rows) episode_[row].shaping = lunar_lander::shaping(observe(row));
}

void LunarLander::step_rows(kernels::RowRange rows, const ActionView& actions) {
  std::array<std::uint32_t, kMostWorlds> batch;
  std::size_t count = 0;
  for (std::size_t i = rows.begin; i < rows.end; ++i) {
    Block& block = blocks()[i / kBlockRows];
    const std::uint64_t bit = std::uint64_t{1} << i % kBlockRows;
    block.terminated &= ~bit;
    if ((block.resting & bit) == 0) batch[count++] = static_cast<std::uint32_t>(i);
    if (count == kMostWorlds || i + 1 == rows.end) {
      step_batch({batch.data(), count}, actions);
      count = 0;
    }
  }
}

void LunarLander::step_batch(std::span<const std::uint32_t> rows, const ActionView& actions) {
  std::array<Throttle, kMostWorlds> throttle;
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const std::uint32_t row = rows[k];
    throttle[k] = throttle_of(row, actions);
    engine_->apply(row, lunar_lander::draw_loads(parameters_[row], enable_wind_, throttle[k],
                                                 engine_->hull(row), episode_[row], random(row)));
  }
  engine_->step(rows);
  for (std::size_t k = 0; k < rows.size(); ++k) {
    const std::uint32_t row = rows[k];
    const Observation observed = observe(row);
    const lunar_lander::Outcome outcome =
        lunar_lander::judge(engine_->hull(row), observed, throttle[k], episode_[row]);
    reward()[row] = outcome.reward;
    const std::uint64_t bit = std::uint64_t{outcome.terminated} << row % kBlockRows;
    blocks()[row / kBlockRows].terminated |= bit;
  }
}

void LunarLander::save_rows(StateWriter& out) const {
  for (const Episode& e : episode_) {
    out.put(e.shaping);
    out.put(e.wind_index);
    out.put(e.torque_index);
  }
  engine_->save(spec().id, out);
}

void LunarLander::load_rows(StateReader& in) {
  const auto exact = [](std::int64_t index) {  // as a double
    constexpr std::int64_t most = std::int64_t{1} << 52;
    return index >= -most && index <= most;
  };
  for (Episode& e : episode_) {
    e.shaping = in.get<double>();
    e.wind_index = in.get<std::int64_t>();
    e.torque_index = in.get<std::int64_t>();
    if (!std::isfinite(e.shaping) || !exact(e.wind_index) || !exact(e.torque_index)) {
      kernels::throw_runtime(spec().id, "load: bad shaping or wind");
    }
  }
  engine_->load(spec().id, in);
}

}  // namespace pavlov::envs
