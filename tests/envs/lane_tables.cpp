#include "pavlov/tests/envs/lane_tables.h"

namespace pavlov::envs {

std::vector<std::string> columns(const std::vector<std::vector<std::string>>& groups) {
  std::vector<std::string> all;
  for (const auto& group : groups) all.insert(all.end(), group.begin(), group.end());
  return all;
}

std::vector<std::string> prefixed(const std::string& prefix,
                                  const std::vector<std::string>& names) {
  std::vector<std::string> all;
  for (const std::string& name : names) all.push_back(prefix + name);
  return all;
}

void expect_row(const StepNumbers& got, std::span<const double> state, const Table& table,
                std::size_t row) {
  for (std::size_t k = 0; k < state.size(); ++k) {
    ASSERT_TRUE(same_bits(got.state[k], state[k])) << "row " << row << " state " << k;
  }
  const auto observation = table.span(row, "obs0", got.observation.size());
  for (std::size_t k = 0; k < observation.size(); ++k) {
    ASSERT_TRUE(same_bits(static_cast<double>(got.observation[k]), observation[k]))
        << "row " << row << " observation " << k;
  }
  ASSERT_TRUE(same_bits(got.reward, table(row, "reward"))) << "row " << row;
  ASSERT_EQ(got.terminated, table(row, "terminated") == 1) << "row " << row;
}

}  // namespace pavlov::envs
