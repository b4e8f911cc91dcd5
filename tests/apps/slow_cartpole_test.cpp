// The preset's claims on a few seeds; bench/dqn_training measures all ten.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "pavlov/tests/apps/run.h"

namespace pavlov::apps {
namespace {

constexpr double kThreshold = 475.0;  // CartPole-v1, Gymnasium's registry

class SlowCartPole : public InFolder {};

// Means of the evaluations of a run, in order.
std::vector<double> evaluations(const std::string& run) {
  std::vector<double> means;
  std::ifstream metrics(run + "/metrics.jsonl");
  for (std::string line; std::getline(metrics, line);) {
    const nlohmann::json record = nlohmann::json::parse(line);
    if (record["kind"] == "evaluation") means.push_back(record["mean"]);
  }
  return means;
}

TEST_F(SlowCartPole, PresetSolvesItAndHolds) {
  for (const std::string seed : {"0", "1", "2"}) {
    const Printed printed = run({"train", "dqn", "--env", "CartPole-v1", "--seed", seed, "--out",
                                 path(seed), "--quiet", "--json"});
    ASSERT_EQ(printed.status, 0) << printed.error;
    EXPECT_GE(nlohmann::json::parse(printed.out)["mean"].get<double>(), kThreshold) << seed;
    const std::vector<double> means = evaluations(path(seed));
    ASSERT_EQ(means.size(), 25u);
    const auto solved = [](double mean) { return mean >= kThreshold; };
    const auto first = std::ranges::find_if(means, solved);
    ASSERT_NE(first, means.end()) << seed;
    const auto held = std::count_if(first, means.end(), solved);
    EXPECT_GE(static_cast<double>(held), 0.6 * static_cast<double>(means.end() - first)) << seed;
  }
}

}  // namespace
}  // namespace pavlov::apps
