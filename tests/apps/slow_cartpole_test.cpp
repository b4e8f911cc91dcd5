// The preset's claim on a few seeds; bench/dqn_training measures all ten.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "pavlov/tests/apps/run.h"

namespace pavlov::apps {
namespace {

class SlowCartPole : public InFolder {};

TEST_F(SlowCartPole, PresetSolvesItAndStays) {
  for (const std::string seed : {"0", "1", "2"}) {
    const Printed printed = run({"train", "dqn", "--env", "CartPole-v1", "--seed", seed, "--out",
                                 path(seed), "--quiet", "--json"});
    ASSERT_EQ(printed.status, 0) << printed.error;
    EXPECT_GE(nlohmann::json::parse(printed.out)["mean"].get<double>(), 475.0) << "seed " << seed;
  }
}

}  // namespace
}  // namespace pavlov::apps
