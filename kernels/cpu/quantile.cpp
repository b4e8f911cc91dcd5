#include "pavlov/kernels/quantile.h"

#include <cstddef>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/quantile.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/row-inl.h"

#ifndef PAVLOV_KERNELS_CPU_QUANTILE_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_QUANTILE_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct QuantilePairs {
  const float* quantiles;
  std::size_t quantiles_stride;
  const std::int32_t* action;  // null: all 0
  std::size_t n;
  const float* target;
  std::size_t target_stride;
  std::size_t m;
  const float* weight;  // null: all 1
  float* gradient;
  std::size_t gradient_stride;
  std::size_t gradient_cols;
  float* sample_loss;  // null: not wanted
  std::size_t batch;
};

struct QuantileSamples {
  const float* quantiles;
  std::size_t quantiles_stride;
  const std::int32_t* action;  // null: all 0
  std::size_t n;
  const float* reward;
  const float* discount;
  float* out;
  std::size_t out_stride;
  std::size_t batch;
};

struct QuantileBlocks {
  const float* values;
  std::size_t rows, blocks, n, stride;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// kappa * huber(u) = c (|u| - c/2) with its derivative c = min(|u|, kappa) for u > 0.
struct HuberOfSize {
  float kappa;
  template <class D, class V>
  HWY_INLINE V derivative(D d, V size) const {
    return hn::Min(size, hn::Set(d, kappa));
  }
  template <class D, class V>
  HWY_INLINE V factor(D d, V size, V c) const {
    return hn::NegMulAdd(hn::Set(d, 0.5f), c, size);
  }
};

// |u| = c |u| with its derivative c = 1 for u > 0.
struct PlainSize {
  template <class D, class V>
  HWY_INLINE V derivative(D d, V size) const {
    return hn::IfThenElseZero(hn::Gt(size, hn::Zero(d)), hn::Set(d, 1.0f));
  }
  template <class D, class V>
  HWY_INLINE V factor(D, V size, V) const {
    return size;
  }
};

// Quantiles first, first + 1, ... of one sample, and the targets they all meet.
struct QuantileTile {
  const float* theta;
  std::size_t first, count, n;
  const float* target;
  std::size_t m;
  float scale;  // of the gradient
  float* gradient;
};

// A quantile stays in its lane over all targets: no sum crosses lanes. kVectors vectors hold the
// quantiles of the tile, the last one perhaps not full. Returns the losses, times kappa, in lanes
// of double.
template <std::size_t kVectors, class Loss, class DD, class D>
HWY_INLINE hn::Vec<DD> quantile_tile(const Loss& loss, DD dd, D d, const QuantileTile& tile) {
  using V = hn::Vec<D>;
  const std::size_t lanes = hn::Lanes(d);
  const V number = hn::Set(d, static_cast<float>(tile.n));
  V value[kVectors], tau[kVectors], tau_below[kVectors], slope[kVectors], total[kVectors];
  for (std::size_t k = 0; k < kVectors; ++k) {
    value[k] = load_in_row(d, tile.theta, k * lanes, tile.count, 0.0f);
    // tau - 1 is not a difference of rounded numbers: near 1 that would lose digits
    const V middle = hn::Iota(d, static_cast<float>(tile.first + k * lanes) + 0.5f);
    tau[k] = hn::Div(middle, number);
    tau_below[k] = hn::Div(hn::Sub(middle, number), number);
    slope[k] = hn::Zero(d);
    total[k] = hn::Zero(d);
  }
  for (std::size_t j = 0; j < tile.m; ++j) {
    const V t = hn::Set(d, tile.target[j]);
    for (std::size_t k = 0; k < kVectors; ++k) {
      const V u = hn::Sub(t, value[k]);
      const V size = hn::Abs(u);
      const V c = loss.derivative(d, size);
      const V signed_slope = hn::Mul(hn::IfNegativeThenElse(u, tau_below[k], tau[k]), c);
      slope[k] = hn::Add(slope[k], signed_slope);
      total[k] = hn::MulAdd(hn::Abs(signed_slope), loss.factor(d, size, c), total[k]);
    }
  }
  auto sum = hn::Zero(dd);
  for (std::size_t k = 0; k < kVectors; ++k) {
    const std::size_t valid = HWY_MIN(lanes, tile.count - k * lanes);
    // a NaN that the minimum took for kappa is still in the loss
    const V kept = hn::IfThenElse(hn::Eq(total[k], total[k]), slope[k], total[k]);
    const V gradient = hn::Mul(kept, hn::Set(d, -tile.scale));
    store_in_row(gradient, d, tile.gradient, k * lanes, tile.count);
    const V losses = hn::IfThenElseZero(hn::FirstN(d, valid), total[k]);
    sum = add_lanes(dd, losses, sum);
  }
  return sum;
}

// quantile_tile for a tile of `vectors` vectors, at most kMost.
template <std::size_t kMost, class Loss, class DD, class D>
HWY_INLINE hn::Vec<DD> quantile_tile_of(std::size_t vectors, const Loss& loss, DD dd, D d,
                                        const QuantileTile& tile) {
  if constexpr (kMost > 1) {
    if (vectors < kMost) return quantile_tile_of<kMost - 1>(vectors, loss, dd, d, tile);
  }
  return quantile_tile<kMost>(loss, dd, d, tile);
}

// All quantiles of one sample: sum_i sum_j |..| huber, times kappa.
template <class Loss>
HWY_INLINE double quantile_sample(const Loss& loss, QuantileTile tile) {
  const hn::ScalableTag<float> d;
  const hn::ScalableTag<double> dd;
  // Four vectors keep enough sums in flight; two where there are only 16 registers.
  constexpr std::size_t kTile = HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM ? 4 : 2;
  const std::size_t lanes = hn::Lanes(d);
  auto sum = hn::Zero(dd);
  while (tile.first < tile.n) {
    tile.count = HWY_MIN(tile.n - tile.first, kTile * lanes);
    const std::size_t vectors = (tile.count + lanes - 1) / lanes;
    sum = hn::Add(sum, quantile_tile_of<kTile>(vectors, loss, dd, d, tile));
    tile.first += tile.count;
    tile.theta += tile.count;
    tile.gradient += tile.count;
  }
  return hn::GetLane(hn::SumOfLanes(dd, sum));
}

// Weighted sum of the sample losses.
template <class Loss>
HWY_INLINE double quantile_batch(const Loss& loss, const QuantilePairs& p, double kappa) {
  double sum = 0.0;
  const double pairs = static_cast<double>(p.m) * kappa;
  for (std::size_t b = 0; b < p.batch; ++b) {
    const std::size_t block = p.action == nullptr ? 0 : static_cast<std::size_t>(p.action[b]) * p.n;
    float* gradient = p.gradient + b * p.gradient_stride;
    std::memset(gradient, 0, block * sizeof(float));
    std::memset(gradient + block + p.n, 0, (p.gradient_cols - block - p.n) * sizeof(float));
    const double weight = p.weight == nullptr ? 1.0 : static_cast<double>(p.weight[b]);
    const double scale = weight / (pairs * static_cast<double>(p.batch));
    const QuantileTile all{.theta = p.quantiles + b * p.quantiles_stride + block,
                           .first = 0,
                           .count = p.n,
                           .n = p.n,
                           .target = p.target + b * p.target_stride,
                           .m = p.m,
                           .scale = static_cast<float>(scale),
                           .gradient = gradient + block};
    const double sample = quantile_sample(loss, all) / pairs;
    if (p.sample_loss != nullptr) p.sample_loss[b] = static_cast<float>(sample);
    sum += weight * sample;
  }
  return sum;
}

double QuantileSum(const QuantilePairs& pairs, float kappa) {
  if (kappa == 0.0f) return quantile_batch(PlainSize{}, pairs, 1.0);
  return quantile_batch(HuberOfSize{kappa}, pairs, static_cast<double>(kappa));
}

void QuantileMean(const QuantileBlocks& q, float* value, std::size_t value_stride) {
  const hn::ScalableTag<float> d;
  for (std::size_t b = 0; b < q.rows; ++b) {
    for (std::size_t a = 0; a < q.blocks; ++a) {
      const float* block = q.values + b * q.stride + a * q.n;
      auto sum = hn::Zero(d);
      for (std::size_t i = 0; i < q.n; i += hn::Lanes(d)) {
        sum = hn::Add(sum, load_in_row(d, block, i, q.n, 0.0f));
      }
      value[b * value_stride + a] = hn::GetLane(hn::SumOfLanes(d, sum)) / static_cast<float>(q.n);
    }
  }
}

void QuantileTarget(const QuantileSamples& q) {
  const hn::ScalableTag<float> d;
  for (std::size_t b = 0; b < q.batch; ++b) {
    const std::size_t block = q.action == nullptr ? 0 : static_cast<std::size_t>(q.action[b]);
    const float* from = q.quantiles + b * q.quantiles_stride + block * q.n;
    float* to = q.out + b * q.out_stride;
    const auto reward = hn::Set(d, q.reward[b]), discount = hn::Set(d, q.discount[b]);
    for (std::size_t j = 0; j < q.n; j += hn::Lanes(d)) {
      const auto sample = load_in_row(d, from, j, q.n, 0.0f);
      store_in_row(hn::MulAdd(discount, sample, reward), d, to, j, q.n);
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <limits>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cpu/action_blocks.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(QuantileSum);
HWY_EXPORT(QuantileMean);
HWY_EXPORT(QuantileTarget);

float quantile_huber_loss(const QuantileLoss& loss, ConstMatrixView quantiles,
                          std::span<const std::int32_t> action, ConstMatrixView target,
                          std::span<const float> weight, MatrixView gradient,
                          std::span<float> sample_loss) {
  const std::size_t batch = quantiles.rows;
  if (batch == 0 || target.cols == 0) {
    throw_argument("quantile", "batch of " + std::to_string(batch) + " samples with " +
                                   std::to_string(target.cols) +
                                   " targets each: must have at least one of both");
  }
  if (target.rows != batch || gradient.rows != batch || gradient.cols != quantiles.cols ||
      (!weight.empty() && weight.size() != batch) ||
      (!sample_loss.empty() && sample_loss.size() != batch)) {
    throw_argument("quantile", "quantiles " + shape_text(quantiles) + ", target " +
                                   shape_text(target) + ", weight " +
                                   std::to_string(weight.size()) + ", gradient " +
                                   shape_text(gradient) + ", sample_loss " +
                                   std::to_string(sample_loss.size()) +
                                   ": rows and the gradient's shape must be equal (weight and "
                                   "sample_loss may be empty)");
  }
  require(loss.kappa >= 0.0f && loss.kappa <= std::numeric_limits<float>::max(), "quantile",
          "kappa", loss.kappa, "finite and at least 0");
  const QuantilePairs pairs{
      .quantiles = quantiles.data,
      .quantiles_stride = quantiles.stride,
      .action = checked_blocks("quantile", action, batch, quantiles.cols, loss.quantiles),
      .n = loss.quantiles,
      .target = target.data,
      .target_stride = target.stride,
      .m = target.cols,
      .weight = weight.empty() ? nullptr : weight.data(),
      .gradient = gradient.data,
      .gradient_stride = gradient.stride,
      .gradient_cols = gradient.cols,
      .sample_loss = sample_loss.empty() ? nullptr : sample_loss.data(),
      .batch = batch,
  };
  const double sum = PAVLOV_DISPATCH(QuantileSum)(pairs, loss.kappa);
  return static_cast<float>(sum / static_cast<double>(batch));
}

void quantile_target(ConstMatrixView quantiles, std::span<const std::int32_t> action,
                     std::span<const float> reward, std::span<const float> discount,
                     MatrixView out) {
  const std::size_t batch = quantiles.rows;
  if (reward.size() != batch || discount.size() != batch || out.rows != batch) {
    throw_argument("quantile", "quantiles " + shape_text(quantiles) + ", reward " +
                                   std::to_string(reward.size()) + ", discount " +
                                   std::to_string(discount.size()) + ", out " + shape_text(out) +
                                   ": rows must be equal");
  }
  if (batch == 0) return;
  PAVLOV_DISPATCH(QuantileTarget)
  ({.quantiles = quantiles.data,
    .quantiles_stride = quantiles.stride,
    .action = checked_blocks("quantile", action, batch, quantiles.cols, out.cols),
    .n = out.cols,
    .reward = reward.data(),
    .discount = discount.data(),
    .out = out.data,
    .out_stride = out.stride,
    .batch = batch});
}

void quantile_mean(ConstMatrixView quantiles, MatrixView value) {
  if (value.rows != quantiles.rows || value.cols == 0 || quantiles.cols == 0 ||
      quantiles.cols % value.cols != 0) {
    throw_argument("quantile", "quantiles " + shape_text(quantiles) + ", value " +
                                   shape_text(value) +
                                   ": rows must be equal, and the columns of quantiles a multiple "
                                   "of those of value, above 0");
  }
  PAVLOV_DISPATCH(QuantileMean)
  ({quantiles.data, quantiles.rows, value.cols, quantiles.cols / value.cols, quantiles.stride},
   value.data, value.stride);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
