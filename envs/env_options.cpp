#include "pavlov/envs/env_options.h"

#include <algorithm>
#include <charconv>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"
#include "pavlov/kernels/random.h"

namespace pavlov::envs {

namespace {

// The number that is all of `text`; false where it is none.
bool read_number(std::string_view text, double& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && !text.empty();
}

std::string interval_text(OptionReader::Range range) {
  return "[" + number_text(range.low) + ", " + number_text(range.high) + "]";
}

bool contains(OptionReader::Range range, double value) {  // false for NaN
  return value >= range.low && value <= range.high;
}

}  // namespace

double Spread::value(std::string_view name, std::size_t i) const {
  if (!varies()) return low;
  kernels::RandomStream stream(0, "physics/" + std::string(name));
  stream.set_position(2 * i);
  return low + (high - low) * stream.uniform_double();
}

std::string to_string(const Spread& spread) {
  return spread.varies() ? number_text(spread.low) + ":" + number_text(spread.high)
                         : number_text(spread.low);
}

OptionReader::OptionReader(std::string_view id, std::span<const EnvOption> given)
    : id_(id), given_(given.begin(), given.end()) {
  for (std::size_t i = 0; i < given_.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (given_[i].name == given_[j].name) {
        fail(given_[i].name, given_[i].value, "is given twice, first as " + given_[j].value);
      }
    }
  }
}

void OptionReader::fail(std::string_view name, std::string_view value,
                        std::string_view rule) const {
  kernels::throw_argument(
      id_, "option " + std::string(name) + " " + std::string(value) + ": " + std::string(rule));
}

void OptionReader::describe(std::string_view name, std::string_view values,
                            std::string_view fallback, std::string_view meaning) {
  descriptions_.push_back(std::string(name) + " (" + std::string(values) + ", default " +
                          std::string(fallback) + "): " + std::string(meaning));
}

const std::string* OptionReader::find(std::string_view name) {
  known_.emplace_back(name);
  for (const EnvOption& option : given_) {
    if (option.name == name) return &option.value;
  }
  return nullptr;
}

bool OptionReader::flag(std::string_view name, bool fallback, std::string_view meaning) {
  describe(name, "true or false", fallback ? "true" : "false", meaning);
  const std::string* value = find(name);
  if (value == nullptr) return fallback;
  if (*value == "true" || *value == "1") return true;
  if (*value == "false" || *value == "0") return false;
  fail(name, *value, "must be true or false");
}

double OptionReader::number(std::string_view name, double fallback, Range range,
                            std::string_view meaning) {
  const std::string interval = interval_text(range);
  describe(name, "in " + interval, number_text(fallback), meaning);
  const std::string* value = find(name);
  if (value == nullptr) return fallback;
  double result = 0.0;
  if (!read_number(*value, result) || !contains(range, result)) {
    fail(name, *value, "must be a number in " + interval);
  }
  return result;
}

Spread OptionReader::spread(std::string_view name, Spread fallback, Range range,
                            std::string_view meaning) {
  const std::string interval = interval_text(range);
  describe(name, "in " + interval + ", or low:high", to_string(fallback), meaning);
  const std::string* value = find(name);
  if (value == nullptr) return fallback;
  const std::string_view text = *value;
  const std::size_t colon = text.find(':');
  Spread result(0.0);
  bool read = read_number(text.substr(0, colon), result.low);
  result.high = result.low;
  if (colon != std::string_view::npos) {
    read = read && read_number(text.substr(colon + 1), result.high);
  }
  if (!read || !contains(range, result.low) || !contains(range, result.high) ||
      result.low > result.high) {
    fail(name, *value,
         "must be a number in " + interval + ", or a range low:high of such, low not above high");
  }
  return result;
}

std::size_t OptionReader::choice(std::string_view name, std::size_t fallback,
                                 std::initializer_list<std::string_view> words,
                                 std::string_view meaning) {
  std::string list;
  for (const std::string_view word : words) {
    if (!list.empty()) list += " or ";
    list += word;
  }
  describe(name, list, words.begin()[fallback], meaning);
  const std::string* value = find(name);
  if (value == nullptr) return fallback;
  const auto* found = std::find(words.begin(), words.end(), *value);
  if (found == words.end()) fail(name, *value, "must be " + list);
  return static_cast<std::size_t>(found - words.begin());
}

void OptionReader::finish() const {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const EnvOption& option : given_) {
    if (std::find(known.begin(), known.end(), option.name) == known.end()) {
      kernels::throw_argument(id_, kernels::unknown_name_message("option", option.name, known));
    }
  }
}

}  // namespace pavlov::envs
