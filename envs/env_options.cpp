#include "pavlov/envs/env_options.h"

#include <algorithm>
#include <charconv>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::envs {

std::string number_text(double value) {
  char text[40];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  return {text, end};
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
  std::string interval = "[";
  interval += number_text(range.low) + ", " + number_text(range.high) + "]";
  describe(name, "in " + interval, number_text(fallback), meaning);
  const std::string* value = find(name);
  if (value == nullptr) return fallback;
  double result = 0.0;
  const char* end = value->data() + value->size();
  const auto [stop, error] = std::from_chars(value->data(), end, result);
  const bool read = error == std::errc() && stop == end && !value->empty();
  if (!read || !(result >= range.low && result <= range.high)) {
    fail(name, *value, "must be a number in " + interval);
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
