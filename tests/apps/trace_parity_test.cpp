// `pavlov trace` prints the recorded episodes of the parity tables, character for character.
//
// To add a table: a row in kTables; freerun tables need nothing else.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <ostream>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/tests/apps/run.h"
#include "pavlov/tests/envs/parity_data.h"

namespace pavlov::apps {
namespace {

using envs::Table;

struct TraceTable {
  std::string_view env;
  std::string_view table;          // without its ending
  std::size_t states;              // columns of the state
  std::size_t observations;        // columns obs0...
  std::size_t actions;             // columns of the action; 0: one, discrete
  std::vector<std::string> set{};  // options of the environment
};

void PrintTo(const TraceTable& t, std::ostream* out) { *out << t.table; }

// An episode as text: what goes in and what must come out.
struct Episode {
  std::string seed, actions, steps;
};
using Episodes = std::function<void(const Episode&)>;

std::string number(const char* format, double value) {
  char text[64];
  std::snprintf(text, sizeof(text), format, value);
  return text;
}

// One row of the table of steps; `row` has columns obs0..., and `end` reward and flags.
std::string step_row(const TraceTable& t, std::size_t step, const Table& row, const Table& end,
                     std::size_t at) {
  std::string text = std::to_string(step);
  for (std::size_t k = 0; k < t.observations; ++k) {
    text += number(",%.9g", row(at, "obs" + std::to_string(k)));
  }
  // Rows of resets hold no reward.
  text += number(",%.17g", step == 0 ? 0.0 : end(at, "reward"));
  return text + number(",%.0f", row(at, "terminated")) + number(",%.0f\n", row(at, "truncated"));
}

std::string action_line(const TraceTable& t, const Table& table, std::size_t at,
                        std::string_view first) {
  const auto values = table.span(at, first, std::max<std::size_t>(t.actions, 1));
  std::string text;
  for (const double value : values) {
    text += (text.empty() ? "" : ",") + number(t.actions == 0 ? "%.0f" : "%.9g", value);
  }
  return text + "\n";
}

std::vector<std::string> numbered(const std::string& name, std::size_t count) {
  std::vector<std::string> names;
  for (std::size_t k = 0; k < count; ++k) names.push_back(name + std::to_string(k));
  return names;
}

std::vector<std::string> joined(std::vector<std::vector<std::string>> parts) {
  std::vector<std::string> all;
  for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// freerun/<env>.f64: one row per step, episodes by their seeds.
void freerun(const std::string& folder, const TraceTable& t, const Episodes& check) {
  const Table table = envs::load_doubles(folder, std::string(t.table) + ".f64",
                                         joined({{"seed", "t", "action"},
                                                 numbered("state", t.states),
                                                 numbered("obs", t.observations),
                                                 {"reward", "terminated", "truncated"}}));
  for (const auto& [first, last] : table.runs("seed")) {
    Episode episode{number("%.0f", table(first, "seed")), "", ""};
    for (std::size_t at = first; at < last; ++at) {
      if (at > first) episode.actions += action_line(t, table, at, "action");
      episode.steps += step_row(t, at - first, table, table, at);
    }
    check(episode);
  }
}

Table load_floats(const std::string& folder, const std::string& name,
                  const std::vector<std::string>& columns) {
  std::ifstream in(folder + "/" + name, std::ios::binary);
  std::vector<double> values;
  for (float value; in.read(reinterpret_cast<char*>(&value), sizeof(value));) {
    values.push_back(static_cast<double>(value));
  }
  return {columns, values};
}

// lander/<setting>_{episodes.f64,steps.f32,steps.f64}.
void lander(const std::string& folder, const TraceTable& t, const Episodes& check) {
  const std::string name(t.table);
  const Table rows = load_floats(folder, name + "_steps.f32",
                                 joined({{"action0", "action1"},
                                         numbered("obs", t.observations),
                                         numbered("pose", 22),
                                         {"terminated", "truncated"}}));
  const Table ends =
      envs::load_doubles(folder, name + "_steps.f64", joined({{"reward"}, numbered("more", 5)}));
  const Table episodes = envs::load_doubles(
      folder, name + "_episodes.f64", joined({{"seed", "first", "rows"}, numbered("more", 29)}));
  for (std::size_t e = 0; e < episodes.rows(); ++e) {
    Episode episode{number("%.0f", episodes(e, "seed")), "", ""};
    const auto first = static_cast<std::size_t>(episodes(e, "first"));
    const auto last = first + static_cast<std::size_t>(episodes(e, "rows"));
    for (std::size_t at = first; at < last; ++at) {
      if (at > first) episode.actions += action_line(t, rows, at, "action0");
      episode.steps += step_row(t, at - first, rows, ends, at);
    }
    check(episode);
  }
}

const TraceTable kTables[] = {
    {"CartPole-v1", "freerun/cartpole", 4, 4, 0},
    {"CartPole-v1", "freerun/cartpole_balanced", 4, 4, 0},
    {"CartPole-v1", "freerun/cartpole_both_flags", 4, 4, 0},
    {"Acrobot-v1", "freerun/acrobot", 4, 6, 0},
    {"Acrobot-v1", "freerun/acrobot_both_flags", 4, 6, 0},
    {"MountainCar-v0", "freerun/mountaincar", 2, 2, 0},
    {"MountainCar-v0", "freerun/mountaincar_both_flags", 2, 2, 0},
    {"MountainCarContinuous-v0", "freerun/mountaincar_continuous", 2, 2, 1},
    {"MountainCarContinuous-v0", "freerun/mountaincar_continuous_both_flags", 2, 2, 1},
    {"Pendulum-v1", "freerun/pendulum", 2, 3, 1},
    {"LunarLander-v3", "lander/random_discrete", 0, 8, 0},
    {"LunarLander-v3", "lander/heuristic_discrete", 0, 8, 0},
    {"LunarLander-v3", "lander/heuristic_discrete_wind", 0, 8, 0, {"enable_wind=true"}},
    {"LunarLanderContinuous-v3", "lander/thresholds_continuous", 0, 8, 2},
    {"LunarLanderContinuous-v3", "lander/heuristic_continuous", 0, 8, 2},
    {"LunarLanderContinuous-v3", "lander/random_continuous_wind", 0, 8, 2, {"enable_wind=true"}},
};

// Parameters: a row of kTables, and "extract" or "whole".
class TraceParity : public ::testing::TestWithParam<std::tuple<TraceTable, std::string_view>> {
 protected:
  void SetUp() override {
    const auto& [table, set] = GetParam();
    folder_ = envs::parity_folder(set);
    if (!std::filesystem::exists(folder_)) {
      GTEST_SKIP() << "SKIPPED, NOT PASSED: no parity tables in " << folder_;
    }
    const auto known = envs::catalog();
    if (std::ranges::none_of(known, [&](const auto& entry) { return entry.id == table.env; })) {
      GTEST_SKIP() << "SKIPPED, NOT PASSED: the catalog has no " << table.env;
    }
    actions_ = std::filesystem::temp_directory_path() /
               ("pavlov_trace_" + std::to_string(::getpid()) + ".csv");
  }
  void TearDown() override { std::filesystem::remove(actions_); }

  std::string folder_;
  std::filesystem::path actions_;
};

TEST_P(TraceParity, PrintsTheRecordedEpisodes) {
  const TraceTable& table = std::get<0>(GetParam());
  std::string header = "step";
  for (const std::string& name : numbered("obs", table.observations)) header += "," + name;
  header += ",reward,terminated,truncated\n";
  int episodes = 0;
  const auto check = [&](const Episode& episode) {
    std::ofstream(actions_, std::ios::binary) << episode.actions;
    std::vector<std::string> arguments = {"trace",          "--env",      std::string(table.env),
                                          "--seed",         episode.seed, "--actions",
                                          actions_.string()};
    for (const std::string& option : table.set) {
      arguments.insert(arguments.end(), {"--set", option});
    }
    const Printed printed = run(arguments);
    EXPECT_EQ(printed.error, "");
    EXPECT_EQ(printed.status, 0);
    EXPECT_EQ(printed.out, header + episode.steps) << "seed " << episode.seed;
    ++episodes;
  };
  (table.table.starts_with("lander/") ? lander : freerun)(folder_, table, check);
  EXPECT_GT(episodes, 0);
}

INSTANTIATE_TEST_SUITE_P(Parity, TraceParity,
                         ::testing::Combine(::testing::ValuesIn(kTables),
                                            ::testing::Values(std::string_view("extract"),
                                                              std::string_view("whole"))),
                         [](const auto& row) {
                           std::string name(std::get<0>(row.param).table);
                           std::ranges::replace(name, '/', '_');
                           return name + "_" + std::string(std::get<1>(row.param));
                         });

}  // namespace
}  // namespace pavlov::apps
