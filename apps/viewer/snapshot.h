// Snapshot: what the viewer shows at one moment, as plain data. Who runs the environments fills
// snapshots, the viewer's thread draws them; the exchange between the two is exchange.h.
//
// Vectors keep their memory from one filling to the next: once a snapshot has had its largest
// content, filling it allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/series.h"
#include "pavlov/envs/picture.h"

namespace pavlov::apps {

// One environment of the grid.
struct Tile {
  envs::Picture picture;     // of size 0 where the environment has none
  std::int64_t step = 0;     // of the episode
  double total = 0.0;        // reward so far
  std::int32_t action = -1;  // the last one, where actions are discrete
  std::string label;         // instead of its number; may be empty
  // How the episode that is shown ended; `running` where it goes on.
  enum class End : std::uint8_t { running, terminated, truncated } end = End::running;
};

// Of the flags of a step; both at once count as terminated.
inline Tile::End end_of(std::uint8_t terminated, std::uint8_t truncated) {
  if (terminated != 0) return Tile::End::terminated;
  return truncated != 0 ? Tile::End::truncated : Tile::End::running;
}

// What the network makes of the selected environment.
struct Opinion {
  enum class Kind : std::uint8_t { none, values, probabilities, means } kind = Kind::none;
  std::vector<float> score;  // (A) values, probabilities, or means of continuous actions
  std::size_t chosen = 0;    // the best, for discrete actions
  // Return distribution of the chosen action, where the agent learns one: masses (Z) of equal bins
  // over [low, high].
  std::vector<float> mass;
  double low = 0.0, high = 0.0;
};

// Curves of a run, in the order of the charts.
struct Curves {
  Series returns;     // of recent episodes: mean with its spread
  Series evaluation;  // of greedy episodes
  Series loss, value, exploration, speed;
  // What they are called for the algorithm of the run.
  std::string loss_name = "loss", value_name = "value", exploration_name = "exploration";
};

struct Snapshot {
  // Where the run stands.
  std::int64_t steps = 0, total_steps = 0, updates = 0;
  double seconds = 0.0, steps_per_second = 0.0, updates_per_second = 0.0;
  std::int64_t episodes = 0;

  std::vector<Tile> tiles;       // those shown, the first ones of all
  std::size_t environments = 0;  // all
  std::size_t selected = 0;      // of tiles
  Opinion opinion;               // about the selected one
  Curves curves;
  std::uint64_t curves_version = 0;  // changes with the curves

  bool finished = false;  // nothing will change any more
};

// What does not change while the viewer shows it.
struct Subject {
  std::string algorithm;  // "dqn"; may be empty
  std::string env;
  std::string detail;                     // "seed 1"
  std::vector<std::string> action_names;  // (A)
  std::optional<double> threshold;        // return at which it counts as solved
  int fps = 50;                           // steps per second of simulated time
};

}  // namespace pavlov::apps
