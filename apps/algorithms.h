// The algorithms of `pavlov train`, one row each.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "pavlov/agents/ladder.h"

namespace pavlov::apps {

struct Algorithm {
  std::string_view name;
  std::string_view summary;
};

inline std::span<const Algorithm> algorithms() {
  static const std::vector<Algorithm> kAlgorithms = [] {
    std::vector<Algorithm> rows;
    for (const agents::Rung& rung : agents::ladder()) rows.push_back({rung.name, rung.summary});
    return rows;
  }();
  return kAlgorithms;
}

}  // namespace pavlov::apps
