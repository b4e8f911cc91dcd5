#include "pavlov/tests/envs/lunar_lander/lander_episodes.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

#include "pavlov/envs/lunar_lander/game.h"
#include "pavlov/envs/lunar_lander/heuristic.h"

namespace pavlov::envs::lunar_lander {
namespace {

constexpr std::size_t kSlots = 128, kTimeLimit = 1000;

// One episode under way.
struct Slot {
  std::size_t number;  // which of the episodes asked for
  kernels::Pcg64 random, actions;
  Episode episode;
  Throttle throttle;
  std::array<float, 8> observation;
  std::vector<double> rewards;
  int contact;  // first step with a leg contact, -1 before
  bool fresh;   // the hidden step of the reset is next
};

class Player {
 public:
  Player(const Setting& setting, const MakeEngine& make_engine, std::uint64_t first_seed,
         std::size_t count)
      : setting_(setting), first_seed_(first_seed), summaries_(count) {
    const std::vector<float> gravity(std::min(kSlots, count),
                                     static_cast<float>(Parameters().gravity));
    engine_ = make_engine(gravity);
    slots_.resize(gravity.size());
    for (std::uint32_t row = 0; row < slots_.size(); ++row) begin(row);
  }

  std::vector<EpisodeSummary> play() {
    while (!rows_.empty()) {
      for (const std::uint32_t row : rows_) act(row);
      engine_->step(rows_);
      const std::vector<std::uint32_t> stepped = std::exchange(rows_, {});
      for (const std::uint32_t row : stepped) {
        if (look(row)) {
          begin(row);
        } else {
          rows_.push_back(row);
        }
      }
    }
    return summaries_;
  }

 private:
  std::uint64_t seed_of(const Slot& slot) const { return first_seed_ + slot.number; }

  // The next episode in this slot, if there is one.
  void begin(std::uint32_t row) {
    if (next_ == summaries_.size()) return;
    Slot& s = slots_[row];
    s = {};
    s.number = next_++;
    s.random = kernels::Pcg64(seed_of(s));
    s.actions = kernels::Pcg64(seed_of(s) + 1000000000);
    s.contact = -1;
    s.fresh = true;
    const auto terrain = draw_terrain(s.random);
    const Vec2 force = draw_initial_force(parameters_, s.random);
    engine_->start(row, terrain_points(terrain), force);
    if (setting_.wind) draw_wind(s.episode, s.random);
    rows_.push_back(row);
  }

  Throttle choose(Slot& s) {
    if (s.fresh || setting_.policy == Policy::noop) return {};
    if (setting_.policy == Policy::heuristic) {
      if (!setting_.continuous) return discrete_throttle(heuristic_discrete(s.observation));
      const std::array<float, 2> action = heuristic_continuous(s.observation);
      return continuous_throttle(action[0], action[1]);
    }
    if (!setting_.continuous) {
      return discrete_throttle(static_cast<std::int32_t>(s.actions.integers(0, 4)));
    }
    const auto main = static_cast<float>(s.actions.uniform(-1.0, 1.0));
    const auto side = static_cast<float>(s.actions.uniform(-1.0, 1.0));
    return continuous_throttle(main, side);
  }

  void act(std::uint32_t row) {
    Slot& s = slots_[row];
    s.throttle = choose(s);
    engine_->apply(row, draw_loads(parameters_, setting_.wind, s.throttle, engine_->hull(row),
                                   s.episode, s.random));
  }

  // After the step; returns whether the episode has ended.
  bool look(std::uint32_t row) {
    Slot& s = slots_[row];
    const Hull hull = engine_->hull(row);
    const Observation observation = observe(hull);
    std::copy(observation.begin(), observation.end(), s.observation.begin());
    const Outcome outcome = judge(hull, observation, s.throttle, s.episode);
    if (!s.fresh) s.rewards.push_back(outcome.reward);
    const auto length = static_cast<int>(s.rewards.size());
    if (s.contact < 0 && (hull.leg_contact[0] || hull.leg_contact[1])) s.contact = length;
    if (std::exchange(s.fresh, false)) return false;
    if (!outcome.terminated && s.rewards.size() < kTimeLimit) return false;
    summarize(s, hull, outcome.terminated);
    return true;
  }

  void summarize(const Slot& s, const Hull& hull, bool terminated) {
    const Ending ending = !terminated    ? Ending::time_limit
                          : !hull.awake  ? Ending::land
                          : hull.crashed ? Ending::crash
                                         : Ending::out;
    const auto length = static_cast<double>(s.rewards.size());
    const std::size_t last = s.rewards.size() - (terminated ? 1 : 0);
    double sample = std::numeric_limits<double>::quiet_NaN();
    if (last > 0) {
      kernels::Pcg64 pick(seed_of(s) + 1007000000);
      sample =
          s.rewards[static_cast<std::size_t>(pick.integers(0, static_cast<std::int64_t>(last)))];
    }
    summaries_[s.number] = {static_cast<double>(seed_of(s)),
                            exact_sum(s.rewards),
                            length,
                            static_cast<double>(ending),
                            static_cast<double>(s.contact),
                            s.contact >= 0 ? length - s.contact : -1.0,
                            sample,
                            s.observation[0],
                            s.observation[1],
                            s.observation[4]};
  }

  Setting setting_;
  Parameters parameters_;
  std::uint64_t first_seed_;
  std::unique_ptr<Engine> engine_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> rows_;  // slots with an episode under way
  std::size_t next_ = 0;             // episode to begin
  std::vector<EpisodeSummary> summaries_;
};

}  // namespace

Setting parse_setting(std::string_view name) {
  const auto has = [&](const char* word) { return name.find(word) != std::string_view::npos; };
  const Policy policy = has("random")      ? Policy::random
                        : has("heuristic") ? Policy::heuristic
                                           : Policy::noop;
  return {policy, has("continuous"), has("wind")};
}

// Keeps the sum as numbers of falling size that do not overlap (Shewchuk 1997, "Adaptive precision
// floating-point arithmetic"), and rounds once at the end.
double exact_sum(std::span<const double> values) {
  std::vector<double> partials;
  for (double x : values) {
    std::size_t kept = 0;
    for (double y : partials) {
      if (std::abs(x) < std::abs(y)) std::swap(x, y);
      const double high = x + y;
      const double low = y - (high - x);
      if (low != 0.0) partials[kept++] = low;
      x = high;
    }
    partials.resize(kept);
    partials.push_back(x);
  }
  if (partials.empty()) return 0.0;
  // From the largest down, until something is lost; a tie goes where the rest points.
  std::size_t n = partials.size();
  double high = partials[--n], low = 0.0;
  while (n > 0) {
    const double x = high, y = partials[--n];
    high = x + y;
    low = y - (high - x);
    if (low != 0.0) break;
  }
  if (n > 0 && ((low < 0.0) == (partials[n - 1] < 0.0)) && partials[n - 1] != 0.0) {
    const double twice = low * 2.0, rounded = high + twice;
    if (twice == rounded - high) high = rounded;
  }
  return high;
}

std::vector<EpisodeSummary> play_episodes(const Setting& setting, const MakeEngine& make_engine,
                                          std::uint64_t first_seed, std::size_t count) {
  return Player(setting, make_engine, first_seed, count).play();
}

std::vector<EpisodeSummary> load_summaries(const std::string& folder, std::string_view setting) {
  const Table table =
      load_doubles(folder, "lander_dist/" + std::string(setting) + ".f64",
                   {"seed", "total", "length", "ending", "first_contact_step", "contact_to_end",
                    "reward_sample", "final_x", "final_y", "final_angle"});
  std::vector<EpisodeSummary> all;
  for (std::size_t row = 0; row < table.rows(); ++row) {
    const auto r = table.span(row, "seed", 10);
    all.push_back({r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9]});
  }
  return all;
}

}  // namespace pavlov::envs::lunar_lander
