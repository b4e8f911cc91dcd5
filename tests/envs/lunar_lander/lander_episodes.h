// Plays whole episodes of LunarLander under the policies of the recorded samples, one record an
// episode. Straight on the engine and the game layer, so that every slot takes up the next seed as
// soon as its episode ends.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/envs/lunar_lander/engine.h"
#include "pavlov/tests/envs/lunar_lander/lander_tables.h"

namespace pavlov::envs::lunar_lander {

enum class Policy { random, heuristic, noop };

struct Setting {
  Policy policy;
  bool continuous, wind;
};
// "heuristic_discrete_wind".
Setting parse_setting(std::string_view name);

// One row of a table lander_dist/<setting>.f64.
struct EpisodeSummary {
  double seed;
  double total;               // exact sum of the rewards, rounded once
  double length;              // steps
  double ending;              // as Ending
  double first_contact_step;  // -1: no leg ever touched
  double contact_to_end;      // steps from there, -1: none
  double reward_sample;       // of one random step that did not terminate; NaN: there is none
  double final_x, final_y, final_angle;
};

using MakeEngine = std::function<std::unique_ptr<Engine>(std::span<const float> gravity)>;

// Episodes of seeds first_seed .. first_seed + count - 1, in this order. Random actions come from
// the stream of seed + 1e9, as in the recorded samples.
std::vector<EpisodeSummary> play_episodes(const Setting& setting, const MakeEngine& make_engine,
                                          std::uint64_t first_seed, std::size_t count);

std::vector<EpisodeSummary> load_summaries(const std::string& folder, std::string_view setting);

// The correctly rounded sum of `values`.
double exact_sum(std::span<const double> values);

}  // namespace pavlov::envs::lunar_lander
