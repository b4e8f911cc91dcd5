// Reads the options of an environment from text, once, with one declaration per option.
//
//   OptionReader options("CartPole-v1", given);
//   config.low = options.number("reset_low", config.low, {-1, 1}, "lowest initial value");
//   options.finish();
//
// A wrong value throws where it is read, an unknown name in finish(), which knows all of them. The
// same declarations give the help text.
#pragma once

#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs {

// A quantity of N environments: one value for all, or a range in which every environment has a
// fixed value of its own (domain randomization).
struct Spread {
  double low = 0.0, high = 0.0;  // low <= high; equal: one value for all

  Spread(double value) : low(value), high(value) {}  // NOLINT
  Spread(double from, double to) : low(from), high(to) {}
  bool varies() const { return low != high; }
  // The value of environment i: uniform in [low, high), drawn from a stream named for the option.
  // It depends on (name, i) alone, neither on seeds nor on the number of environments.
  double value(std::string_view name, std::size_t i) const;
  bool operator==(const Spread&) const = default;
};

// "9.8", or "8:12" for a range.
std::string to_string(const Spread& spread);

class OptionReader {
 public:
  // Throws std::invalid_argument where an option is given twice.
  OptionReader(std::string_view id, std::span<const EnvOption> given);

  struct Range {
    double low, high;
  };
  // "true", "false", "1" or "0".
  bool flag(std::string_view name, bool fallback, std::string_view meaning);
  // A number in [range.low, range.high].
  double number(std::string_view name, double fallback, Range range, std::string_view meaning);
  // A number in [range.low, range.high], or two, "low:high", for a value of its own for every
  // environment.
  Spread spread(std::string_view name, Spread fallback, Range range, std::string_view meaning);
  // Index of the given word in `words`.
  std::size_t choice(std::string_view name, std::size_t fallback,
                     std::initializer_list<std::string_view> words, std::string_view meaning);

  // Throws std::invalid_argument for options that were given and never read, naming the nearest.
  void finish() const;

  std::string_view id() const { return id_; }
  // "name (values, default): meaning", in the order in which they were read.
  const std::vector<std::string>& descriptions() const { return descriptions_; }

 private:
  const std::string* find(std::string_view name);
  [[noreturn]] void fail(std::string_view name, std::string_view value,
                         std::string_view rule) const;
  void describe(std::string_view name, std::string_view values, std::string_view fallback,
                std::string_view meaning);

  std::string id_;
  std::vector<EnvOption> given_;
  std::vector<std::string> known_;
  std::vector<std::string> descriptions_;
};

using kernels::number_text;

}  // namespace pavlov::envs
