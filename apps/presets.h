// Presets: the tuned settings of configs/, compiled into the program.
#pragma once

#include <span>
#include <string_view>

namespace pavlov::apps {

struct Preset {
  std::string_view name;  // "<environment>_<algorithm>", the file's name
  std::string_view text;  // TOML; its key `env` says which environment it is for
};

std::span<const Preset> presets();

}  // namespace pavlov::apps
