// The quantile Huber loss, and norm, clip and Adam over a flat buffer.
#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "pavlov/bench/kernels/baselines.h"
#include "pavlov/bench/kernels/rows.h"
#include "pavlov/bench/sides.h"
#include "pavlov/bench/torch_dqn.h"
#include "pavlov/bench/torch_losses.h"
#include "pavlov/kernels/denormals.h"
#include "pavlov/kernels/quantile.h"
#include "pavlov/kernels/update.h"

namespace pavlov::bench {
namespace {

using kernels::Tensor;

struct QuantileBuffers {
  QuantileBuffers(std::size_t batch, std::size_t n)
      : quantiles({batch, n}), target({batch, n}), gradient({batch, n}), sample_loss({batch}) {
    fill(quantiles.span(), 1.0f, "quantiles");
    fill(target.span(), 1.5f, "target");
  }
  float loss() {
    return kernels::quantile_huber_loss({quantiles.dim(1), 1.0f}, quantiles.matrix(), {},
                                        target.matrix(), {}, gradient.matrix(), sample_loss.span());
  }
  Tensor quantiles, target, gradient, sample_loss;
};

struct FlatAdam {
  static constexpr std::size_t kSizes[] = {768, 96, 8832, 92, 184, 28};
  static constexpr std::size_t kTotal = 10000;
  static constexpr double kMaxNorm = 10.0;
  Tensor value{{kTotal}}, gradient{{kTotal}}, m{{kTotal}}, v{{kTotal}}, source{{kTotal}};
  std::int64_t t = 0;

  FlatAdam() {
    fill(value.span(), 1.0f, "value");
    fill(source.span(), 1.0f, "gradient");
  }
  void set_gradient() { std::ranges::copy(source.span(), gradient.data()); }
  // From the second step on, two of three parameters have no gradient.
  void die() {
    for (std::size_t i = 0; i < kTotal; ++i) {
      if (i % 3 != 0) source.data()[i] = 0.0f;
    }
  }
  void step() {
    const double norm = kernels::global_norm(gradient.span());
    kernels::adam_update({.gradient_scale = kernels::clip_factor(norm, kMaxNorm), .t = ++t},
                         value.span(), gradient.span(), m.span(), v.span());
  }
};

// Both sides of an optimizer, and whether its network dies after the first step.
struct AdamContest {
  FlatAdam ours;
  std::unique_ptr<TorchAdam> theirs;  // null where there is no LibTorch

  AdamContest(int updates, bool dies, bool with_torch) {
    if (with_torch) {
      theirs = std::make_unique<TorchAdam>(FlatAdam::kSizes, ours.value.span(), FlatAdam::kMaxNorm);
    }
    const kernels::FlushDenormals flush;
    for (int k = 0; k < updates; ++k) {
      if (theirs != nullptr) theirs->set_gradient(ours.source.span());
      ours.set_gradient();
      ours.step();
      if (theirs != nullptr) theirs->step();
      if (k == 19 && theirs != nullptr) require_same("adam", ours.value.span(), theirs->result());
      if (k == 0 && dies) ours.die();
    }
  }
};

KernelRow row_of(const std::string& what, const std::string& shape, std::size_t n, double wanted) {
  KernelRow row{.suite = "losses",
                .what = what,
                .shape = shape,
                .n = static_cast<std::int64_t>(n),
                .unit = "us",
                .wanted = wanted};
  if (has_baselines()) row.baselines = {{"torch", torch_description()}};
  return row;
}

}  // namespace

KernelRow quantile_row(std::size_t batch, std::size_t n, double wanted) {
  const std::string shape = std::to_string(n) + "x" + std::to_string(n);
  KernelRow row = row_of("quantile_huber", shape, batch, wanted);
  row.make = [batch, n, shape] {
    const auto b = std::make_shared<QuantileBuffers>(batch, n);
    Sides sides{[b] { b->loss(); }, {}};
    const float our_loss = b->loss();
    if (!has_baselines()) return sides;
    const auto theirs = std::make_shared<TorchLoss>(
        TorchLoss::quantile_huber(b->quantiles.matrix(), b->target.matrix()));
    const float their_loss = theirs->step();
    require_same("quantile_huber_" + shape + " loss", {&our_loss, 1}, {&their_loss, 1});
    require_same("quantile_huber_" + shape + " gradient", b->gradient.span(), theirs->gradient());
    sides.baselines.emplace_back([theirs] { theirs->step(); });
    return sides;
  };
  return row;
}

KernelRow adam_row(double wanted) {
  KernelRow row = row_of("clip_adam", {}, FlatAdam::kTotal, wanted);
  row.make = [] {
    const auto contest = std::make_shared<AdamContest>(20, false, has_baselines());
    return Sides{[contest] { contest->ours.step(); }, {[contest] { contest->theirs->step(); }}};
  };
  return row;
}

// Ours copies the gradient of every step, so that its state stays what it is; LibTorch, which would
// need several calls for that, goes on with zeros.
KernelRow dead_adam_row(int updates, double wanted) {
  KernelRow row = row_of("clip_adam_dead", {}, FlatAdam::kTotal, wanted);
  row.make = [updates] {
    const auto contest = std::make_shared<AdamContest>(updates, true, has_baselines());
    return Sides{[contest] {
                   contest->ours.set_gradient();
                   contest->ours.step();
                 },
                 {[contest] { contest->theirs->step(); }}};
  };
  return row;
}

KernelRow dead_against_live_adam_row(int updates, double wanted) {
  KernelRow row = row_of("clip_adam_dead_to_live", {}, FlatAdam::kTotal, wanted);
  row.baselines = {{"live", "the same, no parameter dead"}};
  row.make = [updates] {
    const auto work = [updates](bool dies) {
      return [contest = std::make_shared<AdamContest>(updates, dies, false)] {
        contest->ours.set_gradient();
        contest->ours.step();
      };
    };
    return Sides{work(true), {work(false)}};
  };
  return row;
}

}  // namespace pavlov::bench
