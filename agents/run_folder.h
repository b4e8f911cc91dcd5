// RunFolder: where a run lives. config.toml, metrics.jsonl, last.safetensors, best.safetensors.
//
// Weight files and the config are written to a temporary name and renamed; metrics are appended
// line by line. A failed write throws std::runtime_error and leaves what was saved before.
#pragma once

#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pavlov/agents/evaluate.h"
#include "pavlov/agents/policy.h"

namespace pavlov::agents {

// One value of a metrics record. Numbers that are not finite become null.
using MetricValue = std::variant<double, std::int64_t, bool, std::string, std::vector<double>>;

// One line of JSON from key-value pairs, in the given order, without a line break.
std::string json_line(const std::vector<std::pair<std::string, MetricValue>>& record);

// The pairs that describe an evaluation: episodes, mean, std, min, max, length_mean.
std::vector<std::pair<std::string, MetricValue>> evaluation_record(const Evaluation& evaluation);

class RunFolder {
 public:
  static constexpr std::string_view kLast = "last.safetensors";
  static constexpr std::string_view kBest = "best.safetensors";
  static constexpr std::string_view kPolicies = "policies";
  static constexpr std::string_view kPicture = "learning_curve.svg";

  // Makes `path` (and its parents) and writes `config` (TOML text) as config.toml. Where the folder
  // already holds a run, throws std::runtime_error unless `overwrite`; that removes the old run's
  // metrics, policies and picture, nothing else.
  RunFolder(std::filesystem::path path, std::string_view config, bool overwrite);

  const std::filesystem::path& path() const { return path_; }

  // Appends one line to metrics.jsonl.
  void record(const std::vector<std::pair<std::string, MetricValue>>& record);
  void save_last(const Policy& policy) const { policy.save(path_ / kLast); }
  // Keeps it in policies/ under its number of steps, for those who look back on the training.
  // Returns the file.
  std::filesystem::path keep(const Policy& policy) const;
  void save_best(const Policy& policy) const { policy.save(path_ / kBest); }

 private:
  struct CloseFile {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };

  std::filesystem::path path_;
  std::unique_ptr<std::FILE, CloseFile> metrics_;
};

// The policies that a run has kept along its training (RunFolder::keep), oldest first.
std::vector<std::filesystem::path> saved_policies(const std::filesystem::path& run);

// True where `path` is a folder that holds a run.
bool is_run_folder(const std::filesystem::path& path);

}  // namespace pavlov::agents
