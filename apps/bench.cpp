// pavlov bench kernels: forward passes and training steps of networks, timed on this machine.
//
// Every row runs on our kernels and, where LibTorch can be loaded, on LibTorch: the same network,
// values, samples, loss and optimizer, so that what differs is what `--backend` chooses. The two
// take turns, and the least time of either counts. Against LibTorch with a loss and an optimizer of
// its own, against its BLAS and against Eigen: bench_network.
#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/program.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/denormals.h"
#include "pavlov/kernels/loss.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/simd_target.h"
#include "pavlov/nets/mlp.h"
#include "pavlov/nets/optimizer.h"
#include "pavlov/nets/torch/torch_mlp.h"

namespace pavlov::apps {
namespace {

constexpr int kRepetitions = 9;
constexpr int kComparedSteps = 20;  // of training, after which both sides must give the same
constexpr int kWarmSteps = 200;     // of training, before a row is timed

enum class Work { forward, train };

struct BenchRow {
  const char* name;
  Work work;
  std::size_t batch;
  std::size_t inputs;
  std::vector<std::size_t> hidden;
  std::size_t outputs;
};

// A layer without hidden ones is a matrix product.
std::vector<BenchRow> kernel_rows() {
  return {{"train 4-64-64-2", Work::train, 64, 4, {64, 64}, 2},
          {"train 8-128-128-4", Work::train, 64, 8, {128, 128}, 4},
          {"train 8-256-256-4", Work::train, 64, 8, {256, 256}, 4},
          {"train 4-64-64-2", Work::train, 256, 4, {64, 64}, 2},
          {"train 8-128-128-4", Work::train, 256, 8, {128, 128}, 4},
          {"train 8-256-256-4", Work::train, 256, 8, {256, 256}, 4},
          {"forward 4-64-64-2", Work::forward, 1, 4, {64, 64}, 2},
          {"forward 4-64-64-2", Work::forward, 256, 4, {64, 64}, 2},
          {"forward 8-256-256-4", Work::forward, 256, 8, {256, 256}, 4},
          {"forward 256-256", Work::forward, 256, 256, {}, 256},
          {"forward 1024-1024", Work::forward, 1024, 1024, {}, 1024}};
}

void fill_normal(std::span<float> values, float scale, const char* name) {
  kernels::RandomStream random(1, name);
  for (float& value : values) value = scale * static_cast<float>(random.normal());
}

// A network on one of the backends, and one batch that it meets again and again.
class Side {
 public:
  Side(const BenchRow& row, std::unique_ptr<nets::Network> network, const nets::MlpConfig& config)
      : work_(row.work),
        network_(std::move(network)),
        adam_({}, network_->parameters().values().size()),
        x_({row.batch, row.inputs}),
        target_({row.batch, row.outputs}),
        y_({row.batch, row.outputs}),
        dy_({row.batch, row.outputs}) {
    kernels::RandomStream random(1, "init");
    nets::initialize_mlp(config, network_->parameters(), nets::Init::uniform, random);
    fill_normal(x_.span(), 1.0f, "x");
    fill_normal(target_.span(), 1.0f, "target");
    tape_.for_backward = work_ == Work::train;
  }

  // Until the network has learned for a while; from then on the same work goes on from the same
  // state, however long it is timed.
  void warm_up() {
    if (work_ == Work::forward) return;
    for (int step = kComparedSteps; step < kWarmSteps; ++step) run();
    learning_rate_ = 0.0;
  }

  void run() {
    network_->forward(std::as_const(x_).matrix(), y_.matrix(), tape_);
    if (work_ == Work::forward) return;
    kernels::mse_loss(y_.span(), target_.span(), {}, dy_.span());
    network_->backward(dy_.matrix(), tape_);
    adam_.step(network_->parameters(), learning_rate_, 0.0);
  }
  // After a few steps of training, or after one forward pass.
  std::span<const float> first_outputs() {
    for (int step = 0; step < (work_ == Work::train ? kComparedSteps : 1); ++step) run();
    return y_.span();
  }

 private:
  const Work work_;
  double learning_rate_ = 1e-3;
  std::unique_ptr<nets::Network> network_;
  nets::Adam adam_;
  kernels::Tensor x_, target_, y_, dy_;  // (B,I), (B,O), (B,O), (B,O)
  nets::Tape tape_;
};

void require_equal_outputs(const BenchRow& row, std::span<const float> ours,
                           std::span<const float> theirs) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::fabs(ours[i] - theirs[i]) <= 1e-3f * (1.0f + std::fabs(theirs[i]))) continue;
    kernels::throw_runtime("bench", std::string(row.name) + ": output " + std::to_string(i) +
                                        " is " + std::to_string(ours[i]) + ", LibTorch's " +
                                        std::to_string(theirs[i]) + ": must be the same");
  }
}

// Processor time of this thread, in seconds.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// Seconds per run, over at least `least` seconds and one run.
double time_of(Side& side, double least) {
  for (std::int64_t runs = 1;; runs *= 2) {
    const double begin = thread_seconds();
    for (std::int64_t i = 0; i < runs; ++i) side.run();
    const double seconds = thread_seconds() - begin;
    if (seconds >= least) return seconds / static_cast<double>(runs);
  }
}

// Prints `row`; `torch` says whether LibTorch runs beside.
void bench_row(const BenchRow& row, double least, bool torch, bool json) {
  const nets::MlpConfig config{.inputs = row.inputs, .hidden = row.hidden, .outputs = row.outputs};
  Side ours(row, std::make_unique<nets::Mlp>(config), config);
  const std::span<const float> outputs = ours.first_outputs();
  std::unique_ptr<Side> theirs;
  if (torch) {
    theirs = std::make_unique<Side>(row, nets::make_torch_mlp(config), config);
    require_equal_outputs(row, outputs, theirs->first_outputs());
    theirs->warm_up();
  }
  ours.warm_up();
  double our_time = std::numeric_limits<double>::infinity();
  double their_time = torch ? our_time : std::nan("");
  const kernels::FlushDenormals flush;  // as learners run
  for (int repetition = 0; repetition < kRepetitions; ++repetition) {
    our_time = std::min(our_time, time_of(ours, least));
    if (torch) their_time = std::min(their_time, time_of(*theirs, least));
  }
  const double value = our_time * 1e6;
  const double baseline = their_time * 1e6;
  if (json) {
    fmt::print("{}\n", agents::json_line({{"suite", std::string("kernels")},
                                          {"name", std::string(row.name)},
                                          {"n", static_cast<std::int64_t>(row.batch)},
                                          {"value", value},
                                          {"unit", std::string("us")},
                                          {"baseline_value", baseline},
                                          {"ratio", baseline / value},
                                          {"simd", std::string(kernels::simd_target())}}));
  } else if (torch) {
    fmt::print("{:<20} {:>6} {:>11.3f} {:>11.3f} {:>7.2f}x\n", row.name, row.batch, value, baseline,
               baseline / value);
  } else {
    fmt::print("{:<20} {:>6} {:>11.3f} {:>11} {:>8}\n", row.name, row.batch, value, "-", "-");
  }
}

void bench_kernels(double least, bool json) {
  // OpenBLAS takes slow kernels for a processor it does not know, or that its environment names
  // wrongly, and a ratio to it would be false.
  const bool avx512 = kernels::simd_targets().front() == "avx512";
  setenv("OPENBLAS_CORETYPE", avx512 ? "SkylakeX" : "Haswell", 1);
  std::string torch;
  const bool has_torch = nets::torch_available(torch);
  if (json) {
    fmt::print("{}\n",
               agents::json_line({{"suite", std::string("kernels")},
                                  {"baseline", has_torch ? "LibTorch " + torch : "none: " + torch},
                                  {"threads", std::int64_t{1}}}));
  } else {
    fmt::print("one thread, SIMD target {}; least of {} runs\n", kernels::simd_target(),
               kRepetitions);
    fmt::print("baseline: {}\n", has_torch ? "LibTorch " + torch : "none: " + torch);
    fmt::print("{:<20} {:>6} {:>11} {:>11} {:>8}\n", "work", "batch", "pavlov us", "baseline us",
               "ratio");
  }
  for (const BenchRow& row : kernel_rows()) bench_row(row, least, has_torch, json);
}

}  // namespace

void add_bench_command(CLI::App& program, int&) {
  CLI::App* command = program.add_subcommand("bench", "Time what this build computes");
  command->require_subcommand(1);
  CLI::App* kernels = command->add_subcommand(
      "kernels", "Forward passes and training steps of networks, against LibTorch where it is");
  struct Options {
    bool json = false;
    double seconds = 0.04;
  };
  auto options = std::make_shared<Options>();
  kernels->add_flag("--json", options->json, "One JSON object per line");
  kernels
      ->add_option("--seconds", options->seconds, "Least processor time of each of the nine runs")
      ->check(CLI::Range(0.0, 60.0))
      ->capture_default_str();
  kernels->callback([options] { bench_kernels(options->seconds, options->json); });
}

}  // namespace pavlov::apps
