#include "pavlov/envs/env_options.h"

#include <algorithm>
#include <charconv>

#include "pavlov/kernels/names.h"

namespace pavlov::envs {

namespace {

using Range = OptionVisitor::Range;
using Words = OptionVisitor::Words;

// The number that is all of `text`; false where it is none.
bool read_number(std::string_view text, double& value) {
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end && !text.empty();
}

bool read_spread(std::string_view text, Spread& value) {
  const std::size_t colon = text.find(':');
  if (!read_number(text.substr(0, colon), value.low)) return false;
  value.high = value.low;
  return colon == std::string_view::npos || read_number(text.substr(colon + 1), value.high);
}

bool contains(Range range, double value) {  // false for NaN
  return range.open ? value > range.low && value < range.high
                    : value >= range.low && value <= range.high;
}

bool contains(Range range, const Spread& value) {
  return contains(range, value.low) && contains(range, value.high) && value.low <= value.high;
}

std::string interval_text(Range range) {
  return (range.open ? "(" : "[") + number_text(range.low) + ", " + number_text(range.high) +
         (range.open ? ")" : "]");
}

std::string flag_text(bool value) { return value ? "true" : "false"; }

// Of a value that may come from a program: any number.
std::string word_text(std::size_t index, Words words) {
  return index < words.size() ? std::string(words.begin()[index]) : std::to_string(index);
}

std::string list_text(Words words) {
  std::string list;
  for (const std::string_view word : words) {
    if (!list.empty()) list += " or ";
    list += word;
  }
  return list;
}

// ---- rules, the same for values from text and from programs ----

std::string number_rule(Range range) { return "must be a number in " + interval_text(range); }

std::string spread_rule(Range range) {
  return number_rule(range) + ", or a range low:high of such, low not above high";
}

std::string word_rule(Words words) { return "must be " + list_text(words); }

[[noreturn]] void fail(std::string_view id, std::string_view name, std::string_view value,
                       std::string_view rule) {
  kernels::throw_argument(
      id, "option " + std::string(name) + " " + std::string(value) + ": " + std::string(rule));
}

}  // namespace

void OptionVisitor::flag(std::string_view, bool&, std::string_view) {}
void OptionVisitor::number(std::string_view, double&, Range, std::string_view) {}
void OptionVisitor::spread(std::string_view, Spread&, Range, std::string_view) {}
void OptionVisitor::rule(bool, std::string_view, double, std::string_view) {}
void OptionVisitor::word(std::string_view, std::size_t&, Words, std::string_view) {}

// ---- from text ----

OptionReader::OptionReader(std::string_view id, std::span<const EnvOption> given)
    : id_(id), given_(given.begin(), given.end()) {
  for (std::size_t i = 0; i < given_.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      if (given_[i].name == given_[j].name) {
        fail(id_, given_[i].name, given_[i].value, "is given twice, first as " + given_[j].value);
      }
    }
  }
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

void OptionReader::flag(std::string_view name, bool& value, std::string_view meaning) {
  describe(name, "true or false", flag_text(value), meaning);
  const std::string* text = find(name);
  if (text == nullptr) return;
  value = *text == "true" || *text == "1";
  if (!value && *text != "false" && *text != "0") fail(id_, name, *text, "must be true or false");
}

void OptionReader::number(std::string_view name, double& value, Range range,
                          std::string_view meaning) {
  describe(name, "in " + interval_text(range), number_text(value), meaning);
  const std::string* text = find(name);
  if (text == nullptr) return;
  if (!read_number(*text, value) || !contains(range, value)) {
    fail(id_, name, *text, number_rule(range));
  }
}

void OptionReader::spread(std::string_view name, Spread& value, Range range,
                          std::string_view meaning) {
  describe(name, "in " + interval_text(range) + ", or low:high", to_string(value), meaning);
  const std::string* text = find(name);
  if (text == nullptr) return;
  if (!read_spread(*text, value) || !contains(range, value)) {
    fail(id_, name, *text, spread_rule(range));
  }
}

void OptionReader::word(std::string_view name, std::size_t& index, Words words,
                        std::string_view meaning) {
  describe(name, list_text(words), word_text(index, words), meaning);
  const std::string* text = find(name);
  if (text == nullptr) return;
  const auto* found = std::find(words.begin(), words.end(), *text);
  if (found == words.end()) fail(id_, name, *text, word_rule(words));
  index = static_cast<std::size_t>(found - words.begin());
}

void OptionReader::rule(bool holds, std::string_view name, double value, std::string_view text) {
  if (!holds) fail(id_, name, number_text(value), text);
}

void OptionReader::finish() const {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const EnvOption& option : given_) {
    if (std::find(known.begin(), known.end(), option.name) == known.end()) {
      kernels::throw_argument(id_, kernels::unknown_name_message("option", option.name, known));
    }
  }
}

// ---- from programs ----

void OptionChecker::number(std::string_view name, double& value, Range range, std::string_view) {
  if (!contains(range, value)) fail(id_, name, number_text(value), number_rule(range));
}

void OptionChecker::spread(std::string_view name, Spread& value, Range range, std::string_view) {
  if (!contains(range, value)) fail(id_, name, to_string(value), spread_rule(range));
}

void OptionChecker::word(std::string_view name, std::size_t& index, Words words, std::string_view) {
  if (index >= words.size()) fail(id_, name, word_text(index, words), word_rule(words));
}

void OptionChecker::rule(bool holds, std::string_view name, double value, std::string_view text) {
  if (!holds) fail(id_, name, number_text(value), text);
}

// ---- for archives, and for one environment ----

void OptionArchiver::add(std::string_view name, std::string_view value) {
  if (!text_.empty()) text_ += ' ';
  text_.append(name).append("=").append(value);
}

void OptionArchiver::flag(std::string_view name, bool& value, std::string_view) {
  add(name, flag_text(value));
}

void OptionArchiver::number(std::string_view name, double& value, Range, std::string_view) {
  add(name, number_text(value));
}

void OptionArchiver::spread(std::string_view name, Spread& value, Range, std::string_view) {
  add(name, to_string(value));
}

void OptionArchiver::word(std::string_view name, std::size_t& index, Words words,
                          std::string_view) {
  add(name, word_text(index, words));
}

void OptionPicker::spread(std::string_view name, Spread& value, Range, std::string_view) {
  value = value.value(name, i_);
}

}  // namespace pavlov::envs
