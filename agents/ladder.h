// The ladder: names for settings of the value-based agent, from DQN to Rainbow.
//
// Each row is the defaults with the options of one paper set; Rainbow sets those of all rows but
// qrdqn. Options stay options: whoever names a row may still set or clear any of them.
//
//   DqnConfig dqn;
//   OffPolicyConfig training;
//   find_rung("rainbow").set(dqn, training);
//   dqn.dueling = false;
//
// Rows add to plain DQN, as in Obando-Ceron & Castro 2021 (arXiv:2011.14826), also where the paper
// of the row added to double DQN (dueling, prioritized replay).
#pragma once

#include <span>
#include <string_view>

#include "pavlov/agents/dqn_config.h"
#include "pavlov/agents/train_off_policy.h"

namespace pavlov::agents {

struct Rung {
  std::string_view name;     // "rainbow"
  std::string_view summary;  // one line
  void (*set)(DqnConfig& dqn, OffPolicyConfig& training);
};

// All rows, from the simplest to the fullest.
std::span<const Rung> ladder();

// Throws std::invalid_argument that names the nearest row.
const Rung& find_rung(std::string_view name);

}  // namespace pavlov::agents
