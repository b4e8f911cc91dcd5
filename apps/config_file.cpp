#include "pavlov/apps/config_file.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <sstream>
#include <stdexcept>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::apps {
namespace {

constexpr std::size_t kLongestKey = 200;  // bytes shown of a key

[[noreturn]] void fail(std::string_view source, std::string_view key, const std::string& message) {
  kernels::throw_argument(
      "config", std::string(source) + ": " + kernels::one_line(key, kLongestKey) + ": " + message);
}

// The line without its comment and the space around it.
std::string content(const std::string& line) {
  return CLI::detail::trim_copy(line.substr(0, line.find('#')));
}

// Whether the statement is a list that goes on in the next line.
bool is_open_list(const std::string& statement) {
  const std::size_t equals = statement.find('=');
  if (equals == std::string::npos) return false;
  const std::string value = CLI::detail::trim_copy(statement.substr(equals + 1));
  return value.starts_with('[') && !value.ends_with(']');
}

// CLI11 reads one statement at a time: given them all, it would join neighbours with equal keys.
std::vector<CLI::ConfigItem> parse(const std::string& text, std::string_view source) {
  std::vector<CLI::ConfigItem> items;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    std::string statement = content(line);
    if (statement.empty()) continue;
    if (statement.starts_with('[')) fail(source, statement, "tables have no meaning here");
    while (is_open_list(statement) && std::getline(lines, line)) statement += content(line);
    if (is_open_list(statement)) fail(source, statement, "the list has no end");
    std::istringstream stream(statement);
    const std::vector<CLI::ConfigItem> parsed = CLI::ConfigTOML().from_config(stream);
    if (parsed.size() != 1) fail(source, statement, "must be key = value");
    items.push_back(parsed.front());
  }
  return items;
}

// Options that may be given again and again, and may be absent: --set.
bool is_list_of_any_length(const CLI::Option& option) {
  return option.get_multi_option_policy() == CLI::MultiOptionPolicy::TakeAll;
}

bool is_list(const CLI::Option& option) {
  return option.get_items_expected_max() > 1 || is_list_of_any_length(option);
}

void set_option(CLI::Option& option, const CLI::ConfigItem& item) {
  if (option.get_items_expected_max() == 0) {  // a flag
    const std::string value = CLI::ConfigTOML().to_flag(item);
    option.add_result(option.get_flag_value(item.name, value));
  } else {
    const bool list = is_list(option);
    if (item.inputs.empty() && is_list_of_any_length(option)) return;
    if (item.inputs.empty() || (!list && item.inputs.size() > 1)) {
      throw std::invalid_argument(std::to_string(item.inputs.size()) + " values: must be " +
                                  (list ? "at least one" : "one"));
    }
    // CLI11 would read "" as the number 0.
    if (option.get_type_name() != "TEXT" && std::ranges::count(item.inputs, "") > 0) {
      throw std::invalid_argument("an empty value: must be a number");
    }
    option.add_result(item.inputs);
  }
  option.run_callback();
}

// The message of an error without the "[module] " that it starts with.
std::string without_module(std::string_view message) {
  if (message.starts_with('['))
    message.remove_prefix(std::min(message.find("] ") + 2, message.size()));
  return std::string(message);
}

}  // namespace

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    if (!option->get_lnames().empty()) names.push_back(option->get_lnames().front());
  }
  return names;
}

void apply_config(CLI::App& command, const std::string& text, std::string_view source) {
  const std::vector<std::string> known = option_names(command);
  const std::vector<std::string_view> views(known.begin(), known.end());
  std::set<const CLI::Option*> seen;
  for (const CLI::ConfigItem& item : parse(text, source)) {
    const std::string key = item.fullname();
    CLI::Option* option = command.get_option_no_throw("--" + key);
    if (option == nullptr || !option->get_configurable()) {
      kernels::throw_argument(
          "config", std::string(source) + ": " + kernels::unknown_name_message("key", key, views));
    }
    if (!seen.insert(option).second) fail(source, key, "is given twice");
    if (!option->empty()) continue;
    try {
      set_option(*option, item);
    } catch (const CLI::Error& error) {
      fail(source, key, error.what());
    } catch (const std::invalid_argument& error) {  // from the parsers of options with names
      fail(source, key, without_module(error.what()));
    }
  }
}

std::optional<std::string> config_value(const std::string& text, std::string_view key) {
  for (const CLI::ConfigItem& item : parse(text, "config")) {
    if (item.fullname() == key && item.inputs.size() == 1) return item.inputs.front();
  }
  return std::nullopt;
}

std::string resolved_config(const CLI::App& command) {
  std::string text = CLI::ConfigTOML().to_config(&command, true, true, "");
  // CLI11 writes a list that nobody set as a string, hidden="[64,64]", and one of one value bare.
  for (const CLI::Option* option : command.get_options()) {
    const std::string key = "\n" + option->get_single_name() + "=";
    const std::size_t line = text.find(key);
    if (!is_list(*option) || line == std::string::npos) continue;
    const std::size_t start = line + key.size();
    const std::size_t size = text.find('\n', start) - start;
    std::string value = text.substr(start, size);
    if (option->empty()) {
      value = CLI::detail::find_and_replace(option->get_default_str(), ",", ", ");
    }
    if (!value.starts_with('[')) value = "[" + value + "]";
    text.replace(start, size, value);
  }
  return text;
}

}  // namespace pavlov::apps
