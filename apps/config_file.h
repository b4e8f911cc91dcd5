// Config files: flat TOML whose keys are the long names of a command's options.
//
// Precedence: command line, then --config, then the preset, then the default. An unknown key is an
// error that names the nearest known one.
#pragma once

#include <CLI/App.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace pavlov::apps {

// Sets every option of `command` that `text` names and that is not set yet. `source` names the text
// in errors. Throws std::invalid_argument for an unknown key, a key that is given twice, a table,
// or a value of a wrong type.
void apply_config(CLI::App& command, const std::string& text, std::string_view source);

// The value of one key of the text, if it has it.
std::optional<std::string> config_value(const std::string& text, std::string_view key);

// Every option of `command` with its value, as TOML with the descriptions as comments; reads back
// to the same values.
std::string resolved_config(const CLI::App& command);

// The long names of all options of `command`.
std::vector<std::string> option_names(const CLI::App& command);

}  // namespace pavlov::apps
