// The options of an environment: declared once, visited for every purpose.
//
//   void CartPoleConfig::declare(OptionVisitor& option) {
//     option.number("reset_low", reset_low, {-1, 1}, "lowest initial value");
//     option.spread("gravity", physics.gravity, {0, 100}, "m/s^2");
//   }
//
// A declaration says the name of an option, where its value is, which values it takes, and what it
// means. From it come the values that a text gives and the help (read_options), the error for what
// a program has set wrongly, in the same words (check_options), the text in archives
// (archive_text), and the numbers of one environment (of_environment).
#pragma once

#include <cstddef>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/envs/spread.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs {

// What a declaration is made to. A visitor overrides what it is about. The order of declarations is
// that of the help and of archives, whose text must stay what it was for saved states to load.
class OptionVisitor {
 public:
  using Words = std::initializer_list<std::string_view>;
  // The numbers that an option takes; where it is open, the bounds are not among them.
  struct Range {
    double low, high;
    bool open = false;
  };

  virtual ~OptionVisitor() = default;

  virtual void flag(std::string_view name, bool& value, std::string_view meaning);
  virtual void number(std::string_view name, double& value, Range range, std::string_view meaning);
  virtual void spread(std::string_view name, Spread& value, Range range, std::string_view meaning);
  // One of the enumerators 0, 1, .. of Enum, called `words` in this order.
  template <class Enum>
  void choice(std::string_view name, Enum& value, Words words, std::string_view meaning) {
    auto index = static_cast<std::size_t>(value);
    word(name, index, words, meaning);
    value = static_cast<Enum>(index);
  }
  // What must hold between options, declared behind them; `name` is the one that is blamed, and
  // `text` the rule: "must be at most reset_high 0.05".
  virtual void rule(bool holds, std::string_view name, double value, std::string_view text);

 protected:
  virtual void word(std::string_view name, std::size_t& index, Words words,
                    std::string_view meaning);
};

// Sets the options that a text names and leaves the others. A wrong value throws
// std::invalid_argument where it is declared.
class OptionReader final : public OptionVisitor {
 public:
  // Throws std::invalid_argument where an option is given twice.
  OptionReader(std::string_view id, std::span<const EnvOption> given);

  // "true", "false", "1" or "0".
  void flag(std::string_view name, bool& value, std::string_view meaning) override;
  void number(std::string_view name, double& value, Range range, std::string_view meaning) override;
  // A number, or two, "low:high".
  void spread(std::string_view name, Spread& value, Range range, std::string_view meaning) override;
  void rule(bool holds, std::string_view name, double value, std::string_view text) override;

  // Throws std::invalid_argument for options that were given and never declared, naming the
  // nearest.
  void finish() const;

  // "name (values, default): meaning", in the order of the declarations.
  const std::vector<std::string>& descriptions() const { return descriptions_; }

 protected:
  void word(std::string_view name, std::size_t& index, Words words,
            std::string_view meaning) override;

 private:
  const std::string* find(std::string_view name);
  void describe(std::string_view name, std::string_view values, std::string_view fallback,
                std::string_view meaning);

  std::string id_;
  std::vector<EnvOption> given_;
  std::vector<std::string> known_;
  std::vector<std::string> descriptions_;
};

// Throws std::invalid_argument for a value that no text could have set.
class OptionChecker final : public OptionVisitor {
 public:
  explicit OptionChecker(std::string_view id) : id_(id) {}

  void number(std::string_view name, double& value, Range range, std::string_view meaning) override;
  void spread(std::string_view name, Spread& value, Range range, std::string_view meaning) override;
  void rule(bool holds, std::string_view name, double value, std::string_view text) override;

 protected:
  void word(std::string_view name, std::size_t& index, Words words,
            std::string_view meaning) override;

 private:
  std::string id_;
};

// Collects "name=value name=value".
class OptionArchiver final : public OptionVisitor {
 public:
  void flag(std::string_view name, bool& value, std::string_view meaning) override;
  void number(std::string_view name, double& value, Range range, std::string_view meaning) override;
  void spread(std::string_view name, Spread& value, Range range, std::string_view meaning) override;

  const std::string& text() const { return text_; }

 protected:
  void word(std::string_view name, std::size_t& index, Words words,
            std::string_view meaning) override;

 private:
  void add(std::string_view name, std::string_view value);

  std::string text_;
};

// Gives every spread the one value that it has in environment i.
class OptionPicker final : public OptionVisitor {
 public:
  explicit OptionPicker(std::size_t i) : i_(i) {}

  void spread(std::string_view name, Spread& value, Range range, std::string_view meaning) override;

 private:
  std::size_t i_;
};

// ---- for a Config, or a part of one, that has declare(OptionVisitor&) ----

// What the text says, and the defaults for the rest. Throws std::invalid_argument for bad values
// and unknown names.
template <class Config>
Config read_options(OptionReader& reader) {
  Config config;
  config.declare(reader);
  reader.finish();
  return config;
}

// Throws std::invalid_argument for bad values, naming environment `id`, option, value and rule. The
// functions from here on take a copy, as declare() may change what it is called on.
template <class Config>
void check_options(std::string_view id, Config config) {
  OptionChecker checker(id);
  config.declare(checker);
}

// "name=value name=value", for archives.
template <class Config>
std::string archive_text(Config config) {
  OptionArchiver archiver;
  config.declare(archiver);
  return archiver.text();
}

// The same, where no Spread varies: each has the value of environment i.
template <class Config>
Config of_environment(std::size_t i, Config config) {
  OptionPicker picker(i);
  config.declare(picker);
  return config;
}

using kernels::number_text;

}  // namespace pavlov::envs
