// The recorded traces of Gymnasium's physics: every number as the bits of a float.
#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace pavlov::envs::lunar_lander {

// A CSV of which the first line is a comment.
class GoldenTable {
 public:
  explicit GoldenTable(const std::string& path);

  std::size_t rows() const { return rows_.size(); }
  const std::string& text(std::size_t row, const std::string& column) const;
  std::uint64_t bits(std::size_t row, const std::string& column) const {
    return std::stoull(text(row, column), nullptr, 16);
  }
  float number(std::size_t row, const std::string& column) const {
    return std::bit_cast<float>(static_cast<std::uint32_t>(bits(row, column)));
  }

 private:
  std::map<std::string, std::size_t> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// A float as the traces write it. -0 is written as 0: signs of zero are not part of the claim.
std::string hex(float value);

// "" where the words of both lines agree, hexadecimal -0 read as 0; else the first difference.
std::string first_difference(std::string_view expected, std::string_view actual);

// Folder of the traces: "extract" (committed) or "whole".
std::string golden_folder(std::string_view set);

}  // namespace pavlov::envs::lunar_lander
