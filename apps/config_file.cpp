#include "pavlov/apps/config_file.h"

#include <CLI/CLI.hpp>
#include <sstream>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::apps {
namespace {

std::vector<CLI::ConfigItem> parse(const std::string& text) {
  std::istringstream stream(text);
  return CLI::ConfigTOML().from_config(stream);
}

void set_option(CLI::Option& option, const CLI::ConfigItem& item) {
  if (option.get_items_expected_max() == 0) {  // a flag
    const std::string value = CLI::ConfigTOML().to_flag(item);
    option.add_result(option.get_flag_value(item.name, value));
  } else {
    option.add_result(item.inputs);
  }
  option.run_callback();
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
  for (const CLI::ConfigItem& item : parse(text)) {
    const std::string key = item.fullname();
    CLI::Option* option = command.get_option_no_throw("--" + key);
    if (option == nullptr || !option->get_configurable()) {
      kernels::throw_argument(
          "config", std::string(source) + ": " + kernels::unknown_name_message("key", key, views));
    }
    if (!option->empty()) continue;
    try {
      set_option(*option, item);
    } catch (const CLI::Error& error) {
      kernels::throw_argument("config", std::string(source) + ": " + key + ": " + error.what());
    }
  }
}

std::optional<std::string> config_value(const std::string& text, std::string_view key) {
  for (const CLI::ConfigItem& item : parse(text)) {
    if (item.fullname() == key && item.inputs.size() == 1) return item.inputs.front();
  }
  return std::nullopt;
}

std::string resolved_config(const CLI::App& command) {
  return CLI::ConfigTOML().to_config(&command, true, true, "");
}

}  // namespace pavlov::apps
