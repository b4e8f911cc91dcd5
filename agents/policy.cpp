#include "pavlov/agents/policy.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/nets/safetensors.h"

namespace pavlov::agents {
namespace {

constexpr std::string_view kFormat = "pavlov-policy";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kOptionPrefix = "env_option.";

template <class Number>
Number parse_number(const nets::SafetensorsFile& file, std::string_view key) {
  const std::string& text = file.metadata(key);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    kernels::throw_runtime("policy", std::string(key) + " '" + text + "': must be a whole number");
  }
  return value;
}

// Text of the file that is shown to people or compared with names: short, and without control
// characters that a terminal would obey.
void check_text(const std::filesystem::path& path, std::string_view key, std::string_view value) {
  constexpr std::size_t kMostBytes = 512;  // 65 widths of five digits fit
  const bool clean = std::ranges::none_of(
      value, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (clean && value.size() <= kMostBytes) return;
  kernels::throw_runtime("policy", path.string() + ": " + std::string(key) +
                                       ": must be at most 512 bytes without control characters");
}

nets::SafetensorsFile read_policy_file(const std::filesystem::path& path) {
  nets::SafetensorsFile file = nets::SafetensorsFile::read(path);
  const auto format = file.metadata().find("format");
  if (format == file.metadata().end() || format->second != kFormat) {
    kernels::throw_runtime("policy", path.string() + ": is not a policy that pavlov saved");
  }
  for (const auto& [key, value] : file.metadata()) {
    check_text(path, "a key of its metadata", key);
    check_text(path, key, value);
  }
  if (file.metadata("format_version") != kVersion) {
    kernels::throw_runtime("policy", path.string() + ": format version " +
                                         file.metadata("format_version") +
                                         ": this build reads version 1");
  }
  return file;
}

// The policy of a file, by a network that has its shape.
Policy from_file(const nets::SafetensorsFile& file, const std::filesystem::path& path,
                 std::unique_ptr<nets::Network> network) {
  network->parameters().load_values(file, path.string());
  if (!kernels::all_finite(std::as_const(*network).parameters().values())) {
    kernels::throw_runtime("policy", path.string() + ": holds weights that are not finite");
  }
  PolicyOrigin origin{.env_id = file.metadata("env"),
                      .env_options = {},
                      .algorithm = file.metadata("algorithm"),
                      .seed = parse_number<std::uint64_t>(file, "seed"),
                      .env_steps = parse_number<std::int64_t>(file, "env_steps")};
  for (const auto& [key, value] : file.metadata()) {
    if (key.starts_with(kOptionPrefix)) {
      origin.env_options[key.substr(kOptionPrefix.size())] = value;
    }
  }
  return Policy(std::move(network), std::move(origin));
}

}  // namespace

Policy::Policy(std::unique_ptr<nets::Network> network, PolicyOrigin origin)
    : network_(std::move(network)), origin_(std::move(origin)) {}

void Policy::act(ConstMatrixView observation, std::span<std::int32_t> action) {
  if (observation.cols != observation_size() || observation.rows != action.size()) {
    kernels::throw_argument("policy", "observation (" + std::to_string(observation.rows) + ", " +
                                          std::to_string(observation.cols) +
                                          "): the network takes (" + std::to_string(action.size()) +
                                          ", " + std::to_string(observation_size()) + ")");
  }
  if (values_.empty() || values_.dim(0) < action.size()) {
    values_ = kernels::Tensor({action.size(), actions()});
  }
  const MatrixView values = values_.matrix().rows_from(0, action.size());
  network_->forward(observation, values, tape_);
  kernels::argmax_rows(values, action);
}

void Policy::save(const std::filesystem::path& path) const {
  std::map<std::string, std::string> metadata = network_->describe();
  metadata["format"] = kFormat;
  metadata["format_version"] = kVersion;
  metadata["env"] = origin_.env_id;
  metadata["algorithm"] = origin_.algorithm;
  metadata["seed"] = std::to_string(origin_.seed);
  metadata["env_steps"] = std::to_string(origin_.env_steps);
  for (const auto& [name, value] : origin_.env_options) {
    metadata[std::string(kOptionPrefix) + name] = value;
  }
  nets::write_safetensors(path, network_->parameters().entries(), metadata);
}

Policy Policy::load(const std::filesystem::path& path) {
  const nets::SafetensorsFile file = read_policy_file(path);
  return from_file(file, path,
                   nets::make_network(file.metadata(), file.size_bytes() / sizeof(float)));
}

Policy Policy::load(const std::filesystem::path& path, std::unique_ptr<nets::Network> network) {
  const nets::SafetensorsFile file = read_policy_file(path);
  for (const auto& [key, value] : network->describe()) {
    if (file.metadata(key) == value) continue;
    kernels::throw_runtime("policy", path.string() + ": " + key + " '" + file.metadata(key) +
                                         "': the given network has '" + value + "'");
  }
  return from_file(file, path, std::move(network));
}

}  // namespace pavlov::agents
