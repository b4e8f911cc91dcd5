// pavlov info: what this build runs on, and why.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/program.h"
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
    fmt::print("{}\n", agents::json_line({{"version", std::string(version())},
                                          {"processor", processor()},
                                          {"cores", cores},
                                          {"simd", target},
                                          {"simd_reason", reason},
                                          {"cuda", has_cuda},
                                          {"cuda_device", cuda},
                                          {"torch", has_torch},
                                          {"torch_version", torch},
                                          {"compiler", std::string(__VERSION__)}}));
    return;
  }
  fmt::print("pavlov     {}\n", version());
  fmt::print("processor  {}, {} cores\n", processor(), cores);
  fmt::print("simd       {}: {}\n", target, reason);
  fmt::print("cuda       {}\n", has_cuda ? cuda : "not used: " + cuda);
  fmt::print("libtorch   {}\n", has_torch ? torch : "not used: " + torch);
  fmt::print("compiler   {}\n", __VERSION__);
}

}  // namespace

void add_info_command(CLI::App& program, int&) {
  CLI::App* command =
      program.add_subcommand("info", "Show what this build runs on: processor, SIMD, CUDA");
  auto json = std::make_shared<bool>(false);
  command->add_flag("--json", *json, "One JSON object");
  command->callback([json] { print_info(*json); });
}

}  // namespace pavlov::apps
