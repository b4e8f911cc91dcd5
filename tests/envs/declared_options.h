// What the environments of the catalog declare of their options, as data, and ways to set one from
// a program: so that a test of all options of all environments is written once.
#pragma once

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pavlov/envs/acrobot/acrobot.h"
#include "pavlov/envs/cartpole/cartpole.h"
#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lunar_lander/lunar_lander.h"
#include "pavlov/envs/mountain_car/mountain_car.h"
#include "pavlov/envs/mountain_car/mountain_car_continuous.h"
#include "pavlov/envs/pendulum/pendulum.h"

namespace pavlov::envs {

struct DeclaredOption {
  enum class Kind { flag, number, spread, word };

  std::string name;
  Kind kind;
  Spread fallback = 0.0;                // number and spread
  OptionVisitor::Range range = {0, 0};  // number and spread
  std::vector<std::string> words = {};  // word
};

// Lists declarations.
class OptionLister final : public OptionVisitor {
 public:
  void flag(std::string_view name, bool&, std::string_view) override {
    options.push_back({.name = std::string(name), .kind = DeclaredOption::Kind::flag});
  }
  void number(std::string_view name, double& value, Range range, std::string_view) override {
    options.push_back({std::string(name), DeclaredOption::Kind::number, value, range});
  }
  void spread(std::string_view name, Spread& value, Range range, std::string_view) override {
    options.push_back({std::string(name), DeclaredOption::Kind::spread, value, range});
  }

  std::vector<DeclaredOption> options;

 protected:
  void word(std::string_view name, std::size_t&, Words words, std::string_view) override {
    options.push_back({.name = std::string(name),
                       .kind = DeclaredOption::Kind::word,
                       .words = {words.begin(), words.end()}});
  }
};

// Sets some options, of whatever kind, to `value`, as a program would: nothing is checked. A flag
// is value.low != 0, the enumerator of a word value.low.
class OptionSetter final : public OptionVisitor {
 public:
  OptionSetter(std::vector<std::string> names, Spread value)
      : names_(std::move(names)), value_(value) {}

  void flag(std::string_view name, bool& value, std::string_view) override {
    if (is_meant(name)) value = value_.low != 0;
  }
  void number(std::string_view name, double& value, Range, std::string_view) override {
    if (is_meant(name)) value = value_.low;
  }
  void spread(std::string_view name, Spread& value, Range, std::string_view) override {
    if (is_meant(name)) value = value_;
  }

 protected:
  void word(std::string_view name, std::size_t& index, Words, std::string_view) override {
    if (is_meant(name)) index = static_cast<std::size_t>(value_.low);
  }

 private:
  bool is_meant(std::string_view name) const {
    return std::find(names_.begin(), names_.end(), name) != names_.end();
  }

  std::vector<std::string> names_;
  Spread value_;
};

struct DeclaredEnvironment {
  std::string_view id;
  std::vector<DeclaredOption> options;
  // Three environments of a default configuration that the visitor has changed.
  std::function<std::unique_ptr<VecEnv>(OptionVisitor&)> construct;
};

template <class Environment, class Construct>
DeclaredEnvironment declared(std::string_view id, const Construct& construct) {
  using Config = typename Environment::Config;
  OptionLister lister;
  Config().declare(lister);
  return {id, lister.options, [construct](OptionVisitor& change) {
            Config config;
            config.declare(change);
            return construct(config, VecOptions{.num_envs = 3});
          }};
}

template <class Environment>
DeclaredEnvironment declared_one(std::string_view id) {
  return declared<Environment>(id, [](const auto& config, const VecOptions& options) {
    return std::make_unique<Environment>(config, options);
  });
}

template <class Environment, EnvSpec (*spec)(std::string_view id)>
DeclaredEnvironment declared_one_of(std::string_view id) {
  return declared<Environment>(id, [id](const auto& config, const VecOptions& options) {
    return std::make_unique<Environment>(spec(id), config, options);
  });
}

inline std::vector<DeclaredEnvironment> declared_environments() {
  return {declared_one_of<CartPole, cartpole_spec>("CartPole-v1"),
          declared_one_of<CartPole, cartpole_spec>("CartPole-v0"),
          declared_one<Acrobot>("Acrobot-v1"),
          declared_one<MountainCar>("MountainCar-v0"),
          declared_one<MountainCarContinuous>("MountainCarContinuous-v0"),
          declared_one<Pendulum>("Pendulum-v1"),
          declared_one_of<LunarLander, lunar_lander_spec>("LunarLander-v3"),
          declared_one_of<LunarLander, lunar_lander_spec>("LunarLanderContinuous-v3")};
}

}  // namespace pavlov::envs
