#include "pavlov/tests/envs/conformance/parts.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "pavlov/tests/envs/conformance/actions.h"
#include "pavlov/tests/envs/conformance/record.h"
#include "pavlov/tests/envs/states_and_errors.h"

namespace pavlov::envs {

using conformance::kSeed;
using conformance::RandomActions;
using conformance::Record;
using conformance::run;

void check_archives(const MakeVecEnv& make) {
  for (const AutoresetMode mode :
       {AutoresetMode::next_step, AutoresetMode::same_step, AutoresetMode::disabled}) {
    SCOPED_TRACE(to_string(mode));
    const VecOptions options{.num_envs = 67, .autoreset_mode = mode, .max_episode_steps = 20};
    const auto env = make(options);
    env->reset(kSeed);
    RandomActions actions(*env, 6);
    run(*env, actions, 33);
    if (mode == AutoresetMode::disabled) {  // all rest: start some of them again
      std::vector<std::uint8_t> mask(67, 0);
      for (std::size_t i = 0; i < 67; i += 3) mask[i] = 1;
      env->reset(mask);
      run(*env, actions, 5);
    }
    const std::vector<std::byte> saved = state_of(*env);
    RandomActions again = actions;
    const std::vector<Record> expected = run(*env, actions, 40);

    const auto other =
        make({.num_envs = 67, .autoreset_mode = mode, .threads = 2, .max_episode_steps = 20});
    StateReader reader(saved);
    other->load(reader);
    EXPECT_EQ(reader.remaining(), 0u);
    EXPECT_EQ(state_of(*other), saved);
    EXPECT_TRUE(run(*other, again, 40) == expected);

    // Truncated or damaged at places ever further apart, or of another size: refused, unchanged.
    const std::vector<std::byte> current = state_of(*other);
    for (std::size_t length = 0; length < saved.size(); length += 1 + length / 7) {
      StateReader truncated({saved.data(), length});
      EXPECT_THROW(other->load(truncated), std::runtime_error) << length;
    }
    for (std::size_t at = 0; at < saved.size(); at += 1 + at / 7) {
      std::vector<std::byte> damaged = saved;
      damaged[at] ^= std::byte{0x40};
      StateReader in(damaged);
      EXPECT_THROW(other->load(in), std::runtime_error) << at;
    }
    VecOptions smaller = options;
    smaller.num_envs = 66;
    const auto foreign = make(smaller);
    foreign->reset(kSeed);
    StateReader in(saved);
    const std::vector<std::byte> foreign_state = state_of(*foreign);
    EXPECT_THROW(foreign->load(in), std::runtime_error);
    EXPECT_EQ(state_of(*foreign), foreign_state);
    EXPECT_EQ(state_of(*other), current);
  }
}

}  // namespace pavlov::envs
