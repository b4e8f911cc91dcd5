// Option bindings: how a field of a config becomes an option of a command.
#pragma once

#include <CLI/CLI.hpp>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pavlov/agents/schedule.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/names.h"

namespace pavlov::apps {

// An option whose values are names: parsed once, here at the edge.
template <class Enum, std::size_t N>
void add_named(CLI::App& command, const std::string& name, Enum& value,
               const std::array<std::pair<std::string_view, Enum>, N>& names,
               const std::string& description) {
  std::string current;
  std::string choices;
  for (const auto& [text, choice] : names) {
    if (choice == value) current = text;
    choices += (choices.empty() ? "" : ", ") + std::string(text);
  }
  const auto parse = [name, names, &value](const std::string& text) {
    std::vector<std::string_view> known;
    for (const auto& [candidate, choice] : names) {
      known.push_back(candidate);
      if (candidate == text) {
        value = choice;
        return;
      }
    }
    kernels::throw_argument("options", kernels::unknown_name_message(name, text, known));
  };
  command.add_option_function<std::string>("--" + name, parse, description + ": " + choices)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->default_str(current);
}

template <class T>
CLI::Option* add(CLI::App& command, const std::string& name, T& value,
                 const std::string& description) {
  return command.add_option("--" + name, value, description)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)
      ->capture_default_str();
}

// --name and --no_name.
inline void add_switch(CLI::App& command, const std::string& name, bool& value,
                       const std::string& description) {
  command.add_flag("--" + name + ",!--no_" + name, value, description)
      ->default_str(value ? "true" : "false");
}

// --hidden and --activation.
inline void add_hidden_layers(CLI::App& command, std::vector<std::size_t>& hidden,
                              kernels::Activation& activation, const std::string& description) {
  command.add_option("--hidden", hidden, description)->delimiter(',')->capture_default_str();
  add_named(command, "activation", activation,
            std::to_array<std::pair<std::string_view, kernels::Activation>>(
                {{"relu", kernels::Activation::relu}, {"tanh", kernels::Activation::tanh}}),
            "Of the hidden layers");
}

inline void add_schedule(CLI::App& command, const std::string& name, agents::Schedule& schedule,
                         const std::string& description) {
  add_named(command, name, schedule,
            std::to_array<std::pair<std::string_view, agents::Schedule>>(
                {{"constant", agents::Schedule::constant},
                 {"linear", agents::Schedule::linear},
                 {"cosine", agents::Schedule::cosine}}),
            description);
}

}  // namespace pavlov::apps
