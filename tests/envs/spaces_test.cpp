#include "pavlov/envs/spaces.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>

#include "pavlov/envs/vec_env.h"

namespace pavlov::envs {
namespace {

TEST(Spaces, Text) {
  EXPECT_EQ(to_string(Space(Discrete{2})), "Discrete(2)");
  const float infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(to_string(Space(Box{{-1.0f, -infinity}, {0.1f, infinity}})),
            "Box([-1, -inf], [0.1, inf])");
  EXPECT_EQ(to_string(Space(Box{})), "Box([], [])");
}

TEST(AutoresetModes, NamesReadBack) {
  for (const AutoresetMode mode :
       {AutoresetMode::next_step, AutoresetMode::same_step, AutoresetMode::disabled}) {
    EXPECT_EQ(parse_autoreset_mode(to_string(mode)), mode);
  }
  try {
    parse_autoreset_mode("samestep");
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_NE(std::string(error.what()).find("did you mean 'same_step'?"), std::string::npos);
  }
}

}  // namespace
}  // namespace pavlov::envs
