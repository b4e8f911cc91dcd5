#include "pavlov/tests/envs/lunar_lander/golden.h"

#include <cstdio>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace pavlov::envs::lunar_lander {
namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> words(1);
  for (const char c : line) {
    if (c == ',') {
      words.emplace_back();
    } else {
      words.back() += c;
    }
  }
  return words;
}

}  // namespace

GoldenTable::GoldenTable(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  std::getline(in, line);
  for (const std::string& name : split(line)) columns_.emplace(name, columns_.size());
  while (std::getline(in, line)) rows_.push_back(split(line));
  if (rows_.empty()) throw std::runtime_error("no rows in " + path);
}

const std::string& GoldenTable::text(std::size_t row, const std::string& column) const {
  return rows_.at(row).at(columns_.at(column));
}

std::string hex(float value) {
  char text[16];
  std::snprintf(text, sizeof text, "%08x",
                value == 0.0F ? 0U : std::bit_cast<std::uint32_t>(value));
  return text;
}

std::string first_difference(std::string_view expected, std::string_view actual) {
  std::istringstream a{std::string(expected)}, b{std::string(actual)};
  std::string last, left, right;
  for (std::size_t word = 0;; ++word) {
    left.clear(), right.clear();
    a >> left;
    b >> right;
    if (left.empty() && right.empty()) return "";
    if (left == "80000000") left = "00000000";
    if (left != right) {
      return "word " + std::to_string(word) + " after " + last + ": expected " + left + ", is " +
             right;
    }
    last = left;
  }
}

std::string golden_folder(std::string_view set) {
  return set == "extract" ? std::string(PAVLOV_TEST_DATA) + "/lunar_lander"
                          : std::string(PAVLOV_SHARED_DATA) + "/lunar_lander";
}

}  // namespace pavlov::envs::lunar_lander
