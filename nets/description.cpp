#include "pavlov/nets/description.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "pavlov/kernels/check.h"

namespace pavlov::nets {
namespace {

constexpr std::pair<kernels::Activation, std::string_view> kActivations[] = {
    {kernels::Activation::identity, "identity"},
    {kernels::Activation::relu, "relu"},
    {kernels::Activation::tanh, "tanh"},
};

std::size_t width_of(std::string_view key, std::string_view text) {
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value == 0 || value > kMaxWidth) {
    kernels::throw_runtime("network", std::string(key) + " '" + std::string(text) +
                                          "': must be a whole number in [1, 65536]");
  }
  return value;
}

}  // namespace

void check_width(std::string_view module, std::string_view what, std::size_t width) {
  kernels::require(width >= 1 && width <= kMaxWidth, module, what, width,
                   "in [1, " + std::to_string(kMaxWidth) + "]");
}

void check_hidden(std::string_view module, const std::vector<std::size_t>& hidden) {
  for (const std::size_t width : hidden) check_width(module, "hidden", width);
  if (hidden.size() > kMaxHiddenLayers) {
    kernels::throw_argument(module,
                            std::to_string(hidden.size()) + " hidden layers: must be at most 64");
  }
}

std::string hidden_text(const std::vector<std::size_t>& hidden) {
  std::string text;
  for (const std::size_t width : hidden) {
    text += (text.empty() ? "" : ",") + std::to_string(width);
  }
  return text;
}

std::string_view activation_text(kernels::Activation activation) {
  for (const auto& [value, text] : kActivations) {
    if (value == activation) return text;
  }
  return "";
}

const std::string& field(const Description& description, const std::string& key) {
  const auto found = description.find(key);
  if (found == description.end()) {
    kernels::throw_runtime("network",
                           "description has no '" + key + "': not a weight file of ours?");
  }
  return found->second;
}

std::size_t parse_width(const Description& description, const std::string& key) {
  return width_of(key, field(description, key));
}

std::vector<std::size_t> parse_hidden(const Description& description) {
  std::vector<std::size_t> hidden;
  std::string_view rest = field(description, "hidden");
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    hidden.push_back(width_of("hidden", rest.substr(0, comma)));
    if (hidden.size() > kMaxHiddenLayers) {
      kernels::throw_runtime("network", "hidden has more than 64 layers");
    }
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return hidden;
}

kernels::Activation parse_activation(const Description& description) {
  const std::string& text = field(description, "activation");
  for (const auto& [value, name] : kActivations) {
    if (name == text) return value;
  }
  kernels::throw_runtime("network", "activation '" + text + "': known: identity relu tanh");
}

bool parse_flag(const Description& description, const std::string& key) {
  const std::string& text = field(description, key);
  if (text != "true" && text != "false") {
    kernels::throw_runtime("network", key + " '" + text + "': must be true or false");
  }
  return text == "true";
}

void check_parameter_count(std::size_t count, std::size_t max_parameters) {
  if (count <= max_parameters) return;
  kernels::throw_runtime("network", "description of " + std::to_string(count) +
                                        " parameters: the file holds at most " +
                                        std::to_string(max_parameters));
}

}  // namespace pavlov::nets
