#include "pavlov/tests/envs/parity_data.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace pavlov::envs {
namespace {

std::string read_file(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) throw std::runtime_error("cannot read " + path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

}  // namespace

Table::Table(std::vector<std::string> columns, std::vector<double> values)
    : columns_(std::move(columns)), values_(std::move(values)) {
  if (values_.size() % columns_.size() != 0 || values_.empty()) {
    throw std::runtime_error("a table of " + std::to_string(values_.size()) + " values");
  }
}

std::size_t Table::index(std::string_view column) const {
  const auto found = std::find(columns_.begin(), columns_.end(), column);
  if (found == columns_.end()) throw std::runtime_error("no column " + std::string(column));
  return static_cast<std::size_t>(found - columns_.begin());
}

double Table::operator()(std::size_t row, std::string_view column) const {
  return values_[row * columns_.size() + index(column)];
}

std::span<const double> Table::span(std::size_t row, std::string_view first,
                                    std::size_t count) const {
  return {values_.data() + row * columns_.size() + index(first), count};
}

std::vector<std::pair<std::size_t, std::size_t>> Table::runs(std::string_view column) const {
  std::vector<std::pair<std::size_t, std::size_t>> all;
  for (std::size_t row = 0; row < rows(); ++row) {
    if (row == 0 || (*this)(row, column) != (*this)(row - 1, column)) all.emplace_back(row, row);
    all.back().second = row + 1;
  }
  return all;
}

std::string parity_folder(std::string_view set) {
  return set == "extract" ? std::string(PAVLOV_TEST_DATA) + "/parity"
                          : std::string(PAVLOV_SHARED_DATA) + "/parity";
}

Table load_doubles(const std::string& folder, const std::string& name,
                   const std::vector<std::string>& columns) {
  const std::string bytes = read_file(folder + "/" + name);
  std::vector<double> values(bytes.size() / sizeof(double));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(double));
  return {columns, values};
}

std::vector<std::vector<std::string>> load_text(const std::string& folder,
                                                const std::string& name) {
  std::istringstream lines(read_file(folder + "/" + name));
  std::vector<std::vector<std::string>> rows;
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::vector<std::string> row(1);
    bool quoted = false;
    for (const char c : line) {
      if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        row.emplace_back();
      } else if (c != '\r') {
        row.back() += c;
      }
    }
    rows.push_back(row);
  }
  return rows;
}

Table load_csv(const std::string& folder, const std::string& name) {
  std::istringstream lines(read_file(folder + "/" + name));
  std::string line, word;
  std::getline(lines, line);
  std::vector<std::string> columns;
  for (std::istringstream header(line); std::getline(header, word, ',');) columns.push_back(word);
  std::vector<double> values;
  while (std::getline(lines, line)) {
    for (std::istringstream row(line); std::getline(row, word, ',');) {
      values.push_back(std::stod(word));
    }
  }
  return {columns, values};
}

void OnParityData::SetUp() {
  folder_ = parity_folder(GetParam());
  if (!std::filesystem::exists(folder_)) {
    GTEST_SKIP() << "SKIPPED, NOT PASSED: no parity tables in " << folder_;
  }
}

bool library_is_fused() {
  // Here the two forms of the C library differ in the last bit.
  volatile double x = 0x1.2fbcd2d69f374p-4;
  return std::cos(x) == 0x1.fe97c9be4855fp-1;
}

}  // namespace pavlov::envs
