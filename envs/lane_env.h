// LaneEnv: a batch environment whose state is a few numbers per row, kept in columns.
//
// It owns the columns, the physics of each row, and everything around the step that such
// environments share: state access, observations after resets, archives. A concrete one supplies a
// Kind and its kernels (lane_step-inl.h), and draws initial states:
//   Config                     all options: `lanes`, `physics`, declare(OptionVisitor&)
//   State                      a struct of doubles, in the order of the columns
//   Rules                      what is the same for all rows of a batch
//   Action                     std::int32_t or float
//   kColumns                   columns kept per row: those of State, then derived ones
//   kObservations              O
//   kParameters                numbers of physics per row where they are not the standard ones
#pragma once

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <type_traits>
#include <utility>

#include "pavlov/envs/batch_env.h"
#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lane_arrays.h"
#include "pavlov/envs/lane_options.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs {

template <class Kind>
class LaneEnv : public BatchEnv {
 public:
  using Config = typename Kind::Config;
  using State = typename Kind::State;
  using Rules = typename Kind::Rules;
  using Action = typename Kind::Action;
  static constexpr std::size_t kStateSize = sizeof(State) / sizeof(double);
  using Numbers = std::array<double, kStateSize>;
  using Parameters = std::array<double, Kind::kParameters>;

  // Exact state of environment i < N, for drawing and tests. Where it rests (next_step, disabled)
  // it is not the state in which the episode ended; its last observation is.
  State state(std::size_t i) const {
    Numbers numbers;
    for (std::size_t k = 0; k < kStateSize; ++k) {
      const std::size_t at = first_value(i, Kind::kColumns) + kBlock * k;
      numbers[k] = single() ? static_cast<double>(single_state_.data()[at]) : state_.data()[at];
    }
    return std::bit_cast<State>(numbers);
  }

  // Replaces it (rounded to float32 with precision=float32), the observation included; the episode
  // goes on. Throws std::invalid_argument for a state that cannot be: a value beyond kLargest.
  void set_state(std::size_t i, const State& state) {
    if (i >= size() || !is_valid(state)) {
      kernels::throw_argument(spec().id, "set_state of environment " + std::to_string(i) +
                                             ": index must be below " + std::to_string(size()) +
                                             " and all values in " + kValueRange + state_rule());
    }
    put(i, state);
    const auto row = static_cast<std::uint32_t>(i);
    refresh({&row, 1}, true);
    state_replaced(state);
  }

  // Of a value of the state: far beyond every episode, and the squares of a step stay finite.
  static constexpr double kLargest = 1e15;

 protected:
  // Kernels of one target, precision and kind of physics.
  struct Kernels {
    bool (*step_first)(const Rules&, const LaneArrays&, const Action* actions) = nullptr;
    void (*step)(const Rules&, const LaneArrays&, const Action* actions, std::size_t begin,
                 std::size_t end) = nullptr;
    void (*refresh)(const Rules&, const LaneArrays&, const std::uint32_t* rows, std::size_t count,
                    bool observations) = nullptr;
  };

  // Throws std::invalid_argument for options out of range.
  LaneEnv(EnvSpec environment, const VecOptions& options, const Config& config, const Rules& rules)
      : BatchEnv(std::move(environment), options, archive_text(config)),
        config_(config),
        rules_(rules) {
    check_options(spec().id, config);
    if (config.lanes.precision == Precision::float32) {
      single_state_ = kernels::TensorOf<float>({padded_rows() / kBlock, Kind::kColumns, kBlock});
    } else {
      state_ = kernels::TensorOf<double>({padded_rows() / kBlock, Kind::kColumns, kBlock});
    }
    arrays_ = {.state = single() ? static_cast<void*>(single_state_.data()) : state_.data(),
               .observation = observation(),
               .reward = reward(),
               .blocks = blocks()};
    if (std::is_same_v<Action, float>) actions_ = kernels::TensorOf<float>({padded_rows()});
  }

  const Config& config() const { return config_; }
  bool single() const { return single_state_.size() > 0; }  // float32
  bool fast() const { return config_.lanes.math == Math::fast; }
  bool varied() const { return arrays_.parameters != nullptr; }
  // Whether the constants of the code will do for every row.
  bool standard_physics() const {
    return !config_.lanes.columns && config_.physics == decltype(config_.physics){};
  }
  const Rules& rules() const { return rules_; }

  // Gives every row physics of its own: parameters(i) for environment i.
  template <class ParametersOf>
  void set_parameters(const ParametersOf& parameters) {
    const std::size_t blocks = padded_rows() / kBlock;
    if (single()) {
      single_parameters_ = kernels::TensorOf<float>({blocks, Kind::kParameters, kBlock});
      arrays_.parameters = single_parameters_.data();
    } else {
      parameters_ = kernels::TensorOf<double>({blocks, Kind::kParameters, kBlock});
      arrays_.parameters = parameters_.data();
    }
    for (std::size_t i = 0; i < padded_rows(); ++i) {
      const Parameters values = parameters(i < size() ? i : 0);
      for (std::size_t k = 0; k < Kind::kParameters; ++k) {
        const std::size_t at = first_value(i, Kind::kParameters) + kBlock * k;
        if (single()) {
          single_parameters_.data()[at] = static_cast<float>(values[k]);
        } else {
          parameters_.data()[at] = values[k];
        }
      }
    }
  }

  void use(const Kernels& kernels) { kernels_ = kernels; }
  // Of the six kernels that most environments have.
  void use_one_of(const Kernels& exact, const Kernels& fast_one, const Kernels& single_one,
                  const Kernels& exact_varied, const Kernels& fast_varied,
                  const Kernels& single_varied) {
    if (varied()) {
      use(single() ? single_varied : fast() ? fast_varied : exact_varied);
    } else {
      use(single() ? single_one : fast() ? fast_one : exact);
    }
  }

  // Sets the columns of State, nothing else.
  void put(std::size_t i, const State& state) {
    const auto numbers = std::bit_cast<Numbers>(state);
    const std::size_t at = first_value(i, Kind::kColumns);
    for (std::size_t k = 0; k < kStateSize; ++k) {
      if (single()) {
        single_state_.data()[at + kBlock * k] = static_cast<float>(numbers[k]);
      } else {
        state_.data()[at + kBlock * k] = numbers[k];
      }
    }
  }

  // Computes what is derived from the state of `rows`: columns and, where wanted, observations.
  void refresh(std::span<const std::uint32_t> rows, bool observations) {
    kernels_.refresh(rules_, arrays_, rows.data(), rows.size(), observations);
  }

  // What a state must be besides finite, and the words for it in the error.
  virtual bool is_valid(const State& state) const { return is_finite(state); }
  virtual std::string state_rule() const { return ""; }
  // A state came from outside (set_state), or all did (load).
  virtual void state_replaced(const State&) {}
  virtual void states_loaded() {}

  static constexpr const char* kValueRange = "[-1e15, 1e15]";
  static bool is_finite(const State& state) {
    const auto numbers = std::bit_cast<Numbers>(state);
    for (const double number : numbers) {
      if (!(std::abs(number) <= kLargest)) return false;
    }
    return true;
  }

  void step_rows(kernels::RowRange rows, const ActionView& actions) override {
    const Action* const data = action_data(rows, actions);
    if (size() == 1) {
      blocks()[0].terminated = kernels_.step_first(rules_, arrays_, data) ? 1 : 0;
    } else {
      kernels_.step(rules_, arrays_, data, rows.begin, rows.end);
    }
  }

  void save_rows(StateWriter& out) const override {
    for (std::size_t i = 0; i < size(); ++i) out.put(state(i));
  }

  void load_rows(StateReader& in) override {
    for (std::size_t i = 0; i < size(); ++i) {
      const auto state = in.get<State>();
      if (!is_valid(state)) {
        kernels::throw_runtime(spec().id, "load: state of environment " + std::to_string(i) +
                                              ": all values must be in " + kValueRange +
                                              state_rule());
      }
      put(i, state);
      const auto row = static_cast<std::uint32_t>(i);
      refresh({&row, 1}, false);
    }
    states_loaded();
  }

 private:
  // Actions one behind the other, as the kernel reads them.
  const Action* action_data(kernels::RowRange rows, const ActionView& actions) {
    if constexpr (std::is_same_v<Action, float>) {
      const ConstMatrixView given = actions.continuous();
      if (given.stride == 1) return given.data;
      for (std::size_t i = rows.begin; i < rows.end; ++i) actions_.data()[i] = given(i, 0);
      return actions_.data();
    } else {
      return actions.discrete().data();
    }
  }

  Config config_;
  Rules rules_;
  kernels::TensorOf<double> state_, parameters_;               // (blocks, columns, 64)
  kernels::TensorOf<float> single_state_, single_parameters_;  // the same in float32
  kernels::TensorOf<float> actions_;                           // scratch (padded N)
  LaneArrays arrays_;
  Kernels kernels_;
};

}  // namespace pavlov::envs
