// Fuzzes the reader of action files, for discrete, continuous and clipping environments. Whatever
// the text is, parsing either throws std::runtime_error or gives actions that the environment
// takes; and what is accepted survives being written and read again.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "pavlov/apps/action_file.h"

namespace {

using pavlov::apps::ActionFile;
using pavlov::apps::EnvAction;
using pavlov::apps::EpisodeActions;
using pavlov::envs::Box;
using pavlov::envs::Discrete;
using pavlov::envs::EnvSpec;

void require(bool condition) {
  if (!condition) std::abort();
}

EnvSpec spec_of(int kind) {
  EnvSpec spec;
  if (kind == 0) {
    spec.action_space = Discrete{3};
  } else {
    spec.action_space = Box{{-1.0f, -2.0f}, {1.0f, 2.0f}};
    spec.clips_actions = kind == 2;
  }
  return spec;
}

void check_action(const EnvAction& action, const EnvSpec& spec) {
  const auto* box = std::get_if<Box>(&spec.action_space);
  if (box == nullptr) {
    require(action.discrete >= 0 && action.discrete < 3 && action.continuous.empty());
    return;
  }
  require(action.continuous.size() == 2);
  for (std::size_t a = 0; a < 2; ++a) {
    const float value = action.continuous[a];
    require(std::isfinite(value));
    require(spec.clips_actions || (value >= box->low[a] && value <= box->high[a]));
  }
}

bool same(const EpisodeActions& a, const EpisodeActions& b) {
  const auto same_bits = [](float x, float y) {
    return std::bit_cast<std::uint32_t>(x) == std::bit_cast<std::uint32_t>(y);
  };
  return a.episode == b.episode && a.steps == b.steps && a.discrete == b.discrete &&
         std::ranges::equal(a.continuous, b.continuous, same_bits);
}

// noexcept: after the file is accepted, any exception is a fault.
void check(const ActionFile& file, const EnvSpec& spec) noexcept {
  require(!file.episodes.empty() && (file.numbered || file.episodes.size() == 1));
  std::string text = pavlov::apps::action_header(spec.action_space, file.numbered);
  for (const EpisodeActions& episode : file.episodes) {
    require(episode.steps > 0);
    for (std::size_t step = 0; step < episode.steps; ++step) {
      const EnvAction action = episode.at(step, spec.action_space);
      check_action(action, spec);
      text += pavlov::apps::action_row(
          action, spec.action_space, file.numbered ? std::optional(episode.episode) : std::nullopt);
    }
  }
  const ActionFile again = pavlov::apps::parse_actions(text, "again", spec);
  require(again.numbered == file.numbered);
  require(std::ranges::equal(again.episodes, file.episodes, same));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (int kind = 0; kind < 3; ++kind) {
    const EnvSpec spec = spec_of(kind);
    ActionFile file;
    try {
      file = pavlov::apps::parse_actions(text, "fuzz", spec);
    } catch (const std::runtime_error&) {
      continue;
    }
    check(file, spec);
  }
  return 0;
}
