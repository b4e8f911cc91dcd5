// Tables of the real Gymnasium: the extracts in tests/data and, where present, the whole tables.
//
// Formats: tests/data/make_extracts.py. `bits_of` and friends compare without tolerance.
#pragma once

#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pavlov::envs {

// A table of doubles with named columns.
class Table {
 public:
  Table(std::vector<std::string> columns, std::vector<double> values);

  std::size_t rows() const { return values_.size() / columns_.size(); }
  double operator()(std::size_t row, std::string_view column) const;
  // `count` columns from `first` on.
  std::span<const double> span(std::size_t row, std::string_view first, std::size_t count) const;
  // Rows [first, last) of each run of equal values in `column`.
  std::vector<std::pair<std::size_t, std::size_t>> runs(std::string_view column) const;

 private:
  std::size_t index(std::string_view column) const;

  std::vector<std::string> columns_;
  std::vector<double> values_;
};

// "extract" or "whole".
std::string parity_folder(std::string_view set);
// Table "freerun/cartpole.f64"; throws where it cannot be read.
Table load_doubles(const std::string& folder, const std::string& name,
                   const std::vector<std::string>& columns);
// CSV with a header line of which all entries are numbers.
Table load_csv(const std::string& folder, const std::string& name);
// CSV as text, header line excluded.
std::vector<std::vector<std::string>> load_text(const std::string& folder, const std::string& name);

inline const std::vector<std::string> kFreerunColumns = {
    "seed", "t",    "action", "x",    "x_dot",  "theta",      "theta_dot",
    "obs0", "obs1", "obs2",   "obs3", "reward", "terminated", "truncated"};

// Tests that run on the extract and on the whole tables; the latter may be absent.
class OnParityData : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override;
  std::string folder_;
};

#define PAVLOV_ON_PARITY_DATA(suite)                                                            \
  INSTANTIATE_TEST_SUITE_P(                                                                     \
      Parity, suite, ::testing::Values(std::string_view("extract"), std::string_view("whole")), \
      [](const auto& set) { return std::string(set.param); })

// Whether two numbers have the same bits.
inline bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
inline bool same_bits(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
}

// Whether this machine's C library computes sine and cosine with fused multiply-add.
bool library_is_fused();

}  // namespace pavlov::envs
