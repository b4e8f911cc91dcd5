#include "pavlov/agents/ladder.h"

#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::agents {
namespace {

void set_dqn(DqnConfig&, OffPolicyConfig&) {}
void set_ddqn(DqnConfig& dqn, OffPolicyConfig&) { dqn.double_q = true; }
void set_dueling(DqnConfig& dqn, OffPolicyConfig&) { dqn.dueling = true; }
void set_per(DqnConfig&, OffPolicyConfig& training) { training.replay.prioritized = true; }
void set_nstep(DqnConfig&, OffPolicyConfig& training) { training.replay.n_step = 3; }
void set_noisy(DqnConfig& dqn, OffPolicyConfig&) { dqn.noisy = true; }
void set_c51(DqnConfig& dqn, OffPolicyConfig&) { dqn.distribution = Distribution::c51; }
void set_qrdqn(DqnConfig& dqn, OffPolicyConfig&) { dqn.distribution = Distribution::quantile; }

// Hessel et al. 2018, table 1: exponent of priorities 0.5, n = 3.
void set_rainbow(DqnConfig& dqn, OffPolicyConfig& training) {
  for (const auto set : {set_ddqn, set_dueling, set_per, set_nstep, set_noisy, set_c51}) {
    set(dqn, training);
  }
  training.replay.priority.alpha = 0.5;
}

constexpr Rung kLadder[] = {
    {"dqn", "Deep Q-learning with replay and a target network (Mnih et al. 2015)", set_dqn},
    {"ddqn", "Double DQN: the online network chooses the next action (van Hasselt et al. 2016)",
     set_ddqn},
    {"dueling", "Streams for state value and advantages (Wang et al. 2016)", set_dueling},
    {"per", "Prioritized replay (Schaul et al. 2016)", set_per},
    {"nstep", "Returns of three steps (Sutton 1988; Rainbow)", set_nstep},
    {"noisy", "Learned noise in place of random actions (Fortunato et al. 2018)", set_noisy},
    {"c51", "Distribution of returns on fixed atoms (Bellemare et al. 2017)", set_c51},
    {"qrdqn", "Distribution of returns as quantiles (Dabney et al. 2018)", set_qrdqn},
    {"rainbow", "All of these but the quantiles (Hessel et al. 2018)", set_rainbow},
};

}  // namespace

std::span<const Rung> ladder() { return kLadder; }

const Rung& find_rung(std::string_view name) {
  std::vector<std::string_view> known;
  for (const Rung& rung : kLadder) {
    if (rung.name == name) return rung;
    known.push_back(rung.name);
  }
  kernels::throw_argument("ladder", kernels::unknown_name_message("agent", name, known));
}

}  // namespace pavlov::agents
