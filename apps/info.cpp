// pavlov info: what this build runs on, and why.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/program.h"
#include "pavlov/kernels/linear_backend.h"
#include "pavlov/kernels/memory.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/nets/torch/torch_mlp.h"

namespace pavlov::apps {
namespace {

std::string processor() {
  std::ifstream cpuinfo("/proc/cpuinfo");
  for (std::string line; std::getline(cpuinfo, line);) {
    const std::size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

constexpr const char* kBlas =
    "none is linked: layers run on kernels of ours, whose order of summation does not change with "
    "the batch; `pavlov bench kernels` times them";
constexpr const char* kThreads =
    "learning runs on one; environments on as many as --threads says, with equal results";

// Layers whose ways of being computed are shown: batch, inputs, outputs.
struct LayerShape {
  std::size_t rows, inputs, outputs;
  std::string text() const { return fmt::format("{}x{}x{}", rows, inputs, outputs); }
  kernels::LinearBackend backend() const {
    return kernels::linear_forward_backend(rows, inputs, outputs, outputs);
  }
};
constexpr LayerShape kLayerShapes[] = {{1, 64, 64},     {64, 64, 2},      {64, 64, 64},
                                       {256, 256, 256}, {1024, 512, 512}, {1024, 1024, 1024}};

void print_layers() {
  for (const LayerShape& shape : kLayerShapes) {
    fmt::print("layer      {:<15} {}: {}\n", shape.text(),
               kernels::linear_backend_name(shape.backend()),
               kernels::linear_backend_reason(shape.backend()));
  }
}

void print_info(bool json) {
  const std::string target(kernels::simd_target());
  std::string available;
  for (const std::string_view name : kernels::simd_targets()) {
    available += (available.empty() ? "" : " ") + std::string(name);
  }
  const char* forced = std::getenv("PAVLOV_SIMD");
  const std::string reason = forced == nullptr
                                 ? "the best of " + available + " (PAVLOV_SIMD forces another)"
                                 : "forced by PAVLOV_SIMD; available: " + available;
  std::string cuda;
  const bool has_cuda = kernels::cuda::available(cuda);
  std::string torch;
  const bool has_torch = nets::torch_available(torch);
  const auto cores = static_cast<std::int64_t>(std::thread::hardware_concurrency());
  if (json) {
    std::vector<std::pair<std::string, agents::MetricValue>> record = {
        {"version", std::string(version())},
        {"processor", processor()},
        {"cores", cores},
        {"threads", std::string(kThreads)},
        {"huge_pages", kernels::huge_pages_description()},
        {"simd", target},
        {"simd_reason", reason},
        {"cuda", has_cuda},
        {"cuda_device", cuda},
        {"blas", std::string(kBlas)},
        {"torch", has_torch},
        {"torch_version", torch},
        {"compiler", std::string(__VERSION__)}};
    for (const LayerShape& shape : kLayerShapes) {
      record.emplace_back("layer_" + shape.text(),
                          std::string(kernels::linear_backend_name(shape.backend())));
    }
    fmt::print("{}\n", agents::json_line(record));
    return;
  }
  fmt::print("pavlov     {}\n", version());
  fmt::print("processor  {}, {} cores\n", processor(), cores);
  fmt::print("threads    {}\n", kThreads);
  fmt::print("huge pages {}\n", kernels::huge_pages_description());
  fmt::print("simd       {}: {}\n", target, reason);
  fmt::print("cuda       {}\n", has_cuda ? cuda : "not used: " + cuda);
  fmt::print("blas       {}\n", kBlas);
  fmt::print("libtorch   {}\n", has_torch ? torch : "not used: " + torch);
  fmt::print("compiler   {}\n", __VERSION__);
  print_layers();
}

}  // namespace

void add_info_command(CLI::App& program, int&) {
  CLI::App* command =
      program.add_subcommand("info", "Show what this build runs on: processor, SIMD, CUDA, layers");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "One JSON object");
  command->callback([json] { print_info(*json); });
}

}  // namespace pavlov::apps
