#include "pavlov/tests/envs/lunar_lander/lander_tables.h"

#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>

namespace pavlov::envs::lunar_lander {
namespace {

constexpr std::size_t kFloatColumns = 34, kDoubleColumns = 6, kEpisodeColumns = 32;

template <class T>
std::vector<T> load(const std::string& path, std::size_t columns) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::vector<T> values(static_cast<std::size_t>(in.tellg()) / sizeof(T));
  in.seekg(0);
  in.read(reinterpret_cast<char*>(values.data()),
          static_cast<std::streamsize>(values.size() * sizeof(T)));
  if (values.empty() || values.size() % columns != 0) {
    throw std::runtime_error(path + ": a table of " + std::to_string(values.size()) + " values");
  }
  return values;
}

std::string path_of(const std::string& folder, std::string_view setting, const char* part) {
  return folder + "/lander/" + std::string(setting) + "_" + part;
}

RecordedStep read_step(const float* f, const double* d) {
  RecordedStep step;
  std::memcpy(&step.action, f, sizeof(step.action));
  std::memcpy(&step.observation, f + 2, sizeof(step.observation));
  for (std::size_t k = 0; k < 3; ++k) {
    std::memcpy(&step.bodies[k], f + 10 + 7 * k, sizeof(RecordedBody));
  }
  step.awake = f[16] != 0.0f;
  step.leg_contact = {f[23] != 0.0f, f[30] != 0.0f};
  step.game_over = f[31] != 0.0f;
  step.terminated = f[32] != 0.0f;
  step.truncated = f[33] != 0.0f;
  step.reward = d[0];
  step.shaping = d[1];
  step.dispersion = {d[2], d[3]};
  step.wind_index = d[4];
  step.torque_index = d[5];
  return step;
}

}  // namespace

bool has_lander(const std::string& folder, std::string_view setting) {
  return std::filesystem::exists(path_of(folder, setting, "episodes.f64"));
}

LanderTable load_lander(const std::string& folder, std::string_view setting) {
  const auto floats = load<float>(path_of(folder, setting, "steps.f32"), kFloatColumns);
  const auto doubles = load<double>(path_of(folder, setting, "steps.f64"), kDoubleColumns);
  const auto episodes = load<double>(path_of(folder, setting, "episodes.f64"), kEpisodeColumns);
  const std::size_t rows = floats.size() / kFloatColumns;
  if (rows != doubles.size() / kDoubleColumns) throw std::runtime_error("tables of two lengths");
  LanderTable table;
  table.setting = setting;
  table.continuous = setting.find("continuous") != std::string_view::npos;
  table.wind = setting.find("wind") != std::string_view::npos;
  for (std::size_t at = 0; at < episodes.size(); at += kEpisodeColumns) {
    const double* e = episodes.data() + at;
    RecordedEpisode episode;
    episode.seed = static_cast<std::uint64_t>(e[0]);
    episode.ending = static_cast<Ending>(static_cast<int>(e[3]));
    episode.total = e[4];
    std::memcpy(&episode.terrain, e + 5, sizeof(episode.terrain));
    std::memcpy(&episode.height_draws, e + 16, sizeof(episode.height_draws));
    std::memcpy(&episode.force, e + 28, sizeof(episode.force));
    episode.wind_index = e[30];
    episode.torque_index = e[31];
    const auto first = static_cast<std::size_t>(e[1]), count = static_cast<std::size_t>(e[2]);
    if (first + count > rows) throw std::runtime_error("an episode beyond its table");
    for (std::size_t row = first; row < first + count; ++row) {
      episode.steps.push_back(
          read_step(floats.data() + row * kFloatColumns, doubles.data() + row * kDoubleColumns));
    }
    table.episodes.push_back(std::move(episode));
  }
  return table;
}

}  // namespace pavlov::envs::lunar_lander
