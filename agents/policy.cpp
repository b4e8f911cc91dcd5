#include "pavlov/agents/policy.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/scratch_rows.h"
#include "pavlov/nets/safetensors.h"

namespace pavlov::agents {
namespace {

constexpr std::string_view kFormat = "pavlov-policy";
constexpr std::string_view kVersion = "1";
constexpr std::string_view kOptionPrefix = "env_option.";
constexpr std::string_view kObservationMean = "observation.mean";
constexpr std::string_view kObservationScale = "observation.scale";
constexpr std::string_view kActionLow = "action.low";
constexpr std::string_view kActionHigh = "action.high";

template <class Number>
Number parse_number(const nets::SafetensorsFile& file, std::string_view key) {
  const std::string& text = file.metadata(key);
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    kernels::throw_runtime("policy",
                           std::string(key) + " '" + text + "': must be a number in range");
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

// Files of before there were other heads name none.
ActionHead read_head(const nets::SafetensorsFile& file) {
  ActionHead head;
  if (!file.metadata().contains("head")) return head;
  head.kind = parse_head_kind(file.metadata("head"));
  head.actions = parse_number<std::size_t>(file, "actions");
  if (head.kind == HeadKind::quantile_values) {
    head.atoms = parse_number<std::size_t>(file, "quantiles");
  }
  if (head.kind == HeadKind::categorical_values) {
    head.support = {parse_number<float>(file, "v_min"), parse_number<float>(file, "v_max"),
                    parse_number<std::size_t>(file, "atoms")};
  }
  if (head.continuous()) {
    head.low = file.values(kActionLow);
    head.high = file.values(kActionHigh);
  }
  return head;
}

ObservationNormalization read_normalization(const nets::SafetensorsFile& file) {
  if (!file.contains(kObservationMean)) return {};
  return {file.values(kObservationMean), file.values(kObservationScale),
          parse_number<float>(file, "observation_clip")};
}

// The policy of a file, by a network that has its shape.
Policy from_file(const nets::SafetensorsFile& file, const std::filesystem::path& path,
                 std::unique_ptr<nets::Network> network) {
  ActionHead head = read_head(file);
  ObservationNormalization normalization = read_normalization(file);
  const std::size_t other_tensors = (head.continuous() ? 2 : 0) + (normalization.empty() ? 0 : 2);
  network->parameters().load_values(file, path.string(), other_tensors);
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
  try {
    return Policy(std::move(network), std::move(origin), std::move(head), std::move(normalization));
  } catch (const std::invalid_argument& error) {
    kernels::throw_runtime("policy", path.string() + ": " + error.what());
  }
}

}  // namespace

Policy::Policy(std::unique_ptr<nets::Network> network, PolicyOrigin origin, ActionHead head,
               ObservationNormalization normalization)
    : network_(std::move(network)),
      origin_(std::move(origin)),
      head_(std::move(head)),
      normalization_(std::move(normalization)) {
  if (head_.actions == 0 && head_.kind == HeadKind::values) head_.actions = network_->outputs();
  validate(head_);
  validate(normalization_, network_->inputs());
  if (head_.outputs() > network_->outputs()) {
    kernels::throw_argument("policy", "head " + std::string(to_string(head_.kind)) + " reads " +
                                          std::to_string(head_.outputs()) +
                                          " outputs: the network has " +
                                          std::to_string(network_->outputs()));
  }
}

Policy Policy::of(const Agent& agent, PolicyOrigin origin) {
  return {agent.network().clone(), std::move(origin), agent.action_head(),
          agent.observation_normalization()};
}

ConstMatrixView Policy::run(ConstMatrixView observation, std::size_t rows) {
  if (observation.cols != observation_size() || observation.rows != rows) {
    const std::array<std::size_t, 2> wanted = {rows, observation_size()};
    kernels::throw_argument("policy", "observation " + kernels::dimensions_text(observation) +
                                          ": the network takes " +
                                          kernels::dimensions_text(wanted));
  }
  if (!normalization_.empty()) {
    const MatrixView normalized = kernels::scratch_rows(normalized_, rows, observation_size());
    normalize(normalization_, observation, normalized);
    observation = normalized;
  }
  const MatrixView outputs = kernels::scratch_rows(outputs_, rows, network_->outputs());
  network_->forward(observation, outputs, tape_);
  return outputs;
}

void Policy::act(ConstMatrixView observation, std::span<std::int32_t> action) {
  if (head_.continuous()) kernels::throw_argument("policy", "its actions are continuous");
  const ConstMatrixView outputs = run(observation, action.size());
  scores_ = kernels::scratch_rows(score_memory_, action.size(), head_.actions);
  greedy_actions(head_, outputs, scores_, action);
}

void Policy::act(ConstMatrixView observation, MatrixView action) {
  if (!head_.continuous()) kernels::throw_argument("policy", "its actions are discrete");
  if (action.cols != actions()) {
    kernels::throw_argument("policy", "action of " + std::to_string(action.cols) +
                                          " dimensions: must have " + std::to_string(actions()));
  }
  const ConstMatrixView outputs = run(observation, action.rows);
  for (std::size_t b = 0; b < action.rows; ++b) {
    std::ranges::copy(outputs.row(b).first(action.cols), action.row(b).begin());
  }
  to_environment(head_, action);
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
  metadata["head"] = to_string(head_.kind);
  metadata["actions"] = std::to_string(head_.actions);
  if (head_.kind == HeadKind::quantile_values) metadata["quantiles"] = std::to_string(head_.atoms);
  if (head_.kind == HeadKind::categorical_values) {
    metadata["atoms"] = std::to_string(head_.support.atoms);
    metadata["v_min"] = kernels::number_text(head_.support.v_min);
    metadata["v_max"] = kernels::number_text(head_.support.v_max);
  }
  std::vector<nets::TensorEntry> entries = network_->parameters().entries();
  const auto add = [&entries](std::string_view name, const std::vector<float>& values) {
    entries.push_back({std::string(name), {values.size()}, values});
  };
  if (head_.continuous()) {
    add(kActionLow, head_.low);
    add(kActionHigh, head_.high);
  }
  if (!normalization_.empty()) {
    add(kObservationMean, normalization_.mean);
    add(kObservationScale, normalization_.scale);
    metadata["observation_clip"] = kernels::number_text(normalization_.clip);
  }
  nets::write_safetensors(path, entries, metadata);
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
