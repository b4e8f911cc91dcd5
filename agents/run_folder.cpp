#include "pavlov/agents/run_folder.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/nets/atomic_file.h"

namespace pavlov::agents {
namespace {

constexpr const char* kConfig = "config.toml";
constexpr const char* kMetrics = "metrics.jsonl";

[[noreturn]] void throw_file(const std::filesystem::path& path, std::string_view what) {
  kernels::throw_runtime("run",
                         path.string() + ": " + std::string(what) + ": " + std::strerror(errno));
}

void make_folder(const std::filesystem::path& path, bool overwrite) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error || !std::filesystem::is_directory(path)) {
    kernels::throw_runtime("run", path.string() + ": cannot make the folder: " +
                                      (error ? error.message() : "a file has this name") +
                                      "; choose another with --out");
  }
  if (!is_run_folder(path)) return;
  if (!overwrite) {
    kernels::throw_runtime("run", path.string() +
                                      ": already holds a run: choose another folder with --out, "
                                      "or replace the run with --overwrite");
  }
}

// What belongs to a run besides its config; an earlier run's must not stand beside a new config.
void remove_results(const std::filesystem::path& path) {
  for (const std::string_view name :
       {RunFolder::kLast, RunFolder::kBest, RunFolder::kPicture, std::string_view(kMetrics)}) {
    std::filesystem::remove(path / name);
  }
  for (const auto& policy : saved_policies(path)) std::filesystem::remove(policy);
}

}  // namespace

std::string json_line(const std::vector<std::pair<std::string, MetricValue>>& record) {
  nlohmann::ordered_json json;
  for (const auto& [key, value] : record) {
    std::visit([&, name = key](const auto& v) { json[name] = v; }, value);
  }
  // Replaces bytes that are not UTF-8 rather than throwing: a log line must never end a run.
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::vector<std::pair<std::string, MetricValue>> evaluation_record(const Evaluation& evaluation) {
  return {{"episodes", static_cast<std::int64_t>(evaluation.returns.size())},
          {"mean", evaluation.mean()},
          {"std", evaluation.std()},
          {"min", evaluation.min()},
          {"max", evaluation.max()},
          {"length_mean", evaluation.length_mean()}};
}

bool is_run_folder(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path / kConfig, ignored);
}

std::vector<std::filesystem::path> saved_policies(const std::filesystem::path& run) {
  std::vector<std::filesystem::path> policies;
  std::error_code ended;
  for (std::filesystem::directory_iterator it(run / RunFolder::kPolicies, ended), last;
       !ended && it != last; it.increment(ended)) {
    const std::string name = it->path().filename().string();
    if (name.starts_with("step_") && name.ends_with(".safetensors")) policies.push_back(it->path());
  }
  std::ranges::sort(policies);  // the numbers have leading zeros
  return policies;
}

RunFolder::RunFolder(std::filesystem::path path, std::string_view config, bool overwrite)
    : path_(std::move(path)) {
  make_folder(path_, overwrite);
  nets::write_file_atomically(path_ / kConfig, config);  // where this fails, the old run stays
  remove_results(path_);
  const std::filesystem::path metrics = path_ / kMetrics;
  metrics_.reset(std::fopen(metrics.c_str(), "wb"));
  if (metrics_ == nullptr) throw_file(metrics, "cannot be written");
}

std::filesystem::path RunFolder::keep(const Policy& policy) const {
  const std::filesystem::path folder = path_ / kPolicies;
  std::error_code error;
  std::filesystem::create_directory(folder, error);
  if (error) {
    kernels::throw_runtime("run", folder.string() + ": cannot make the folder: " + error.message());
  }
  constexpr std::size_t kDigits = 12;
  std::string number = std::to_string(policy.origin().env_steps);
  number.insert(0, kDigits - std::min(kDigits, number.size()), '0');
  std::filesystem::path file = folder / ("step_" + number + ".safetensors");
  policy.save(file);
  return file;
}

void RunFolder::record(const std::vector<std::pair<std::string, MetricValue>>& record) {
  const std::string line = json_line(record) + "\n";
  std::FILE* file = metrics_.get();
  if (std::fwrite(line.data(), 1, line.size(), file) != line.size() || std::fflush(file) != 0) {
    throw_file(path_ / kMetrics, "write failed");
  }
}

}  // namespace pavlov::agents
