// Descriptions of networks: text that weight files carry, written by Network::describe and read by
// make_network. They may come from hostile files: every value is checked.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/kernels/linear.h"

namespace pavlov::nets {

using Description = std::map<std::string, std::string>;

inline constexpr std::size_t kMaxWidth = 65536;
inline constexpr std::size_t kMaxHiddenLayers = 64;

// Throws std::invalid_argument "[module] what width: ..." for a width outside [1, kMaxWidth].
void check_width(std::string_view module, std::string_view what, std::size_t width);
// The same for widths of hidden layers, and for more than kMaxHiddenLayers of them.
void check_hidden(std::string_view module, const std::vector<std::size_t>& hidden);

// "64,64"; "" for no hidden layer.
std::string hidden_text(const std::vector<std::size_t>& hidden);
std::string_view activation_text(kernels::Activation activation);

// Readers of one field. Throw std::runtime_error where it is missing or out of range.
const std::string& field(const Description& description, const std::string& key);
std::size_t parse_width(const Description& description, const std::string& key);
std::vector<std::size_t> parse_hidden(const Description& description);
kernels::Activation parse_activation(const Description& description);
bool parse_flag(const Description& description, const std::string& key);  // "true" or "false"

// Throws std::runtime_error where a described network has more parameters than its file.
void check_parameter_count(std::size_t count, std::size_t max_parameters);

}  // namespace pavlov::nets
