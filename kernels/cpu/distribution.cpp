#include "pavlov/kernels/distribution.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/distribution.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/math-inl.h"
#include "pavlov/kernels/cpu/row-inl.h"

#ifndef PAVLOV_KERNELS_CPU_DISTRIBUTION_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_DISTRIBUTION_ARGUMENTS

namespace pavlov::kernels {
namespace {

constexpr float kMinusInfinity = -HUGE_VALF;

// Logits of every action, row by row, and the one that counts.
struct LogitBlocks {
  const float* logits;
  std::size_t stride;
  const std::int32_t* action;  // null: all 0
  std::size_t atoms, batch;

  const float* chosen(std::size_t b) const { return logits + b * stride + offset(b); }
  std::size_t offset(std::size_t b) const {
    return action == nullptr ? 0 : static_cast<std::size_t>(action[b]) * atoms;
  }
};

struct CrossEntropy {
  const float* target;
  std::size_t target_stride;
  const float* weight;  // null: all 1
  float* gradient;
  std::size_t gradient_stride, gradient_cols;
  float* sample_loss;  // null: not wanted
};

struct Projection {
  const float* probability;
  std::size_t probability_stride;
  const float* reward;
  const float* discount;
  float* out;
  std::size_t out_stride;
  std::size_t batch, atoms;
  double v_min, dz;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// Largest of n logits in every lane.
template <class D>
HWY_INLINE hn::Vec<D> largest_logit(D d, const float* x, std::size_t n) {
  auto largest = hn::Set(d, kMinusInfinity);
  for (std::size_t j = 0; j < n; j += hn::Lanes(d)) {
    largest = hn::Max(largest, load_in_row(d, x, j, n, kMinusInfinity));
  }
  return hn::MaxOfLanes(d, largest);
}

// out[j] = e^(x[j] - largest); returns their sum in every lane.
template <class D>
HWY_INLINE hn::Vec<D> shifted_exponentials(D d, const float* x, std::size_t n, hn::Vec<D> largest,
                                           float* out) {
  auto sum = hn::Zero(d);
  for (std::size_t j = 0; j < n; j += hn::Lanes(d)) {
    const auto logit = load_in_row(d, x, j, n, kMinusInfinity);
    const auto e = exp_of_negative(d, hn::Sub(logit, largest));
    store_in_row(e, d, out, j, n);
    sum = hn::Add(sum, e);
  }
  return hn::SumOfLanes(d, sum);
}

void CategoricalProbability(const LogitBlocks& p, float* out, std::size_t out_stride) {
  const hn::ScalableTag<float> d;
  for (std::size_t b = 0; b < p.batch; ++b) {
    const float* x = p.chosen(b);
    float* row = out + b * out_stride;
    const auto sum = shifted_exponentials(d, x, p.atoms, largest_logit(d, x, p.atoms), row);
    const auto share = hn::Div(hn::Set(d, 1.0f), sum);
    for (std::size_t j = 0; j < p.atoms; j += hn::Lanes(d)) {
      const auto e = load_in_row(d, row, j, p.atoms, 0.0f);
      store_in_row(hn::Mul(e, share), d, row, j, p.atoms);
    }
  }
}

// Number of the mean atom of every action, times dz, plus v_min.
void CategoricalMean(const LogitBlocks& p, std::size_t actions, double v_min, double dz,
                     float* value, std::size_t value_stride) {
  const hn::ScalableTag<float> d;
  for (std::size_t b = 0; b < p.batch; ++b) {
    for (std::size_t a = 0; a < actions; ++a) {
      const float* x = p.logits + b * p.stride + a * p.atoms;
      const auto largest = largest_logit(d, x, p.atoms);
      auto sum = hn::Zero(d), moment = hn::Zero(d);
      for (std::size_t j = 0; j < p.atoms; j += hn::Lanes(d)) {
        const auto logit = load_in_row(d, x, j, p.atoms, kMinusInfinity);
        const auto e = exp_of_negative(d, hn::Sub(logit, largest));
        sum = hn::Add(sum, e);
        moment = hn::MulAdd(e, hn::Iota(d, static_cast<float>(j)), moment);
      }
      const auto total = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
      const auto atom = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, moment))) / total;
      value[b * value_stride + a] = static_cast<float>(v_min + dz * atom);
    }
  }
}

// One sample: the loss; the gradient comes out times `scale`.
HWY_INLINE float cross_entropy(const float* x, const float* target, std::size_t n, float scale,
                               float* gradient) {
  const hn::ScalableTag<float> d;
  const auto largest = largest_logit(d, x, n);
  const auto sum = shifted_exponentials(d, x, n, largest, gradient);
  auto lanes_of_mass = hn::Zero(d);
  for (std::size_t j = 0; j < n; j += hn::Lanes(d)) {
    lanes_of_mass = hn::Add(lanes_of_mass, load_in_row(d, target, j, n, 0.0f));
  }
  const auto share = hn::Div(hn::SumOfLanes(d, lanes_of_mass), sum);
  const auto log_sum = static_cast<float>(::log(static_cast<double>(hn::GetLane(sum))));
  auto loss = hn::Zero(d);
  for (std::size_t j = 0; j < n; j += hn::Lanes(d)) {
    const auto m = load_in_row(d, target, j, n, 0.0f);
    const auto shifted = hn::Sub(load_in_row(d, x, j, n, 0.0f), largest);
    const auto term = hn::Mul(m, hn::Sub(hn::Set(d, log_sum), shifted));
    loss = hn::Add(loss, hn::IfThenZeroElse(hn::Eq(m, hn::Zero(d)), term));
    const auto e = load_in_row(d, gradient, j, n, 0.0f);
    const auto difference = hn::MulSub(e, share, m);
    store_in_row(hn::Mul(difference, hn::Set(d, scale)), d, gradient, j, n);
  }
  return hn::GetLane(hn::SumOfLanes(d, loss));
}

// Weighted sum of the sample losses.
double CategoricalSum(const LogitBlocks& p, const CrossEntropy& c) {
  double sum = 0.0;
  for (std::size_t b = 0; b < p.batch; ++b) {
    const std::size_t before = p.offset(b), after = before + p.atoms;
    float* gradient = c.gradient + b * c.gradient_stride;
    std::memset(gradient, 0, before * sizeof(float));
    std::memset(gradient + after, 0, (c.gradient_cols - after) * sizeof(float));
    const double weight = c.weight == nullptr ? 1.0 : static_cast<double>(c.weight[b]);
    const auto scale = static_cast<float>(weight / static_cast<double>(p.batch));
    const float sample = cross_entropy(p.chosen(b), c.target + b * c.target_stride, p.atoms, scale,
                                       gradient + before);
    if (c.sample_loss != nullptr) c.sample_loss[b] = sample;
    sum += weight * static_cast<double>(sample);
  }
  return sum;
}

// Where the mass of up to kChunk atoms goes: low[j] to atom at[j], high[j] to the next one.
constexpr std::size_t kChunk = 64;
struct Shares {
  HWY_ALIGN float low[kChunk];
  HWY_ALIGN float high[kChunk];
  HWY_ALIGN std::int32_t at[kChunk];
};

// Of `count` atoms from number `first` on.
HWY_INLINE void split_mass(const Projection& p, std::size_t b, std::size_t first, std::size_t count,
                           Shares& shares) {
  const hn::ScalableTag<double> dd;
  const hn::Rebind<float, decltype(dd)> d;
  const hn::Rebind<std::int32_t, decltype(dd)> di;
  const double discount = static_cast<double>(p.discount[b]);
  const double shift = static_cast<double>(p.reward[b]) + discount * p.v_min - p.v_min;
  const auto last = hn::Set(dd, static_cast<double>(p.atoms - 1));
  const auto one = hn::Set(dd, 1.0);
  const float* probability = p.probability + b * p.probability_stride + first;
  for (std::size_t j = 0; j < count; j += hn::Lanes(dd)) {
    const auto atom = hn::Iota(dd, static_cast<double>(first + j));
    const auto moved = hn::MulAdd(hn::Set(dd, discount), atom, hn::Set(dd, shift / p.dz));
    const auto number = hn::Eq(moved, moved);
    const auto x = hn::IfThenElseZero(number, hn::Min(hn::Max(moved, hn::Zero(dd)), last));
    const auto at = hn::Min(hn::Floor(x), hn::Sub(last, one));
    const auto fraction = hn::IfThenElse(number, hn::Sub(x, at), moved);
    const auto mass = load_in_row(d, probability, j, count, 0.0f);
    hn::Store(hn::Mul(mass, hn::DemoteTo(d, hn::Sub(one, fraction))), d, shares.low + j);
    hn::Store(hn::Mul(mass, hn::DemoteTo(d, fraction)), d, shares.high + j);
    hn::Store(hn::DemoteTo(di, at), di, shares.at + j);
  }
}

void CategoricalProjection(const Projection& p) {
  Shares shares;
  for (std::size_t b = 0; b < p.batch; ++b) {
    float* row = p.out + b * p.out_stride;
    std::memset(row, 0, p.atoms * sizeof(float));
    for (std::size_t first = 0; first < p.atoms; first += kChunk) {
      const std::size_t count = HWY_MIN(kChunk, p.atoms - first);
      split_mass(p, b, first, count, shares);
      for (std::size_t j = 0; j < count; ++j) {
        row[shares.at[j]] += shares.low[j];
        row[shares.at[j] + 1] += shares.high[j];
      }
    }
  }
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cpu/action_blocks.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(CategoricalProbability);
HWY_EXPORT(CategoricalMean);
HWY_EXPORT(CategoricalSum);
HWY_EXPORT(CategoricalProjection);

namespace {

// dz. Atom numbers must be exact in float32, as the moments of categorical_mean count them.
double checked_spacing(const Support& support) {
  require(std::isfinite(support.v_min), "distribution", "v_min", support.v_min, "finite");
  require(std::isfinite(support.v_max) && support.v_max > support.v_min, "distribution", "v_max",
          support.v_max, "finite and above v_min");
  require(support.atoms >= 2 && support.atoms <= (std::size_t{1} << 24), "distribution", "atoms",
          support.atoms, "in [2, 16777216]");
  return (static_cast<double>(support.v_max) - static_cast<double>(support.v_min)) /
         static_cast<double>(support.atoms - 1);
}

LogitBlocks checked_logits(ConstMatrixView logits, std::span<const std::int32_t> action,
                           std::size_t atoms) {
  return {logits.data, logits.stride,
          checked_blocks("distribution", action, logits.rows, logits.cols, atoms), atoms,
          logits.rows};
}

}  // namespace

void categorical_probability(ConstMatrixView logits, std::span<const std::int32_t> action,
                             MatrixView out) {
  if (out.rows != logits.rows) {
    throw_argument("distribution", "logits " + shape_text(logits) + ", out " + shape_text(out) +
                                       ": rows must be equal");
  }
  if (out.rows == 0) return;
  PAVLOV_DISPATCH(CategoricalProbability)
  (checked_logits(logits, action, out.cols), out.data, out.stride);
}

void categorical_mean(const Support& support, ConstMatrixView logits, MatrixView value) {
  const double dz = checked_spacing(support);
  if (value.rows != logits.rows || value.cols == 0 || logits.cols != value.cols * support.atoms) {
    throw_argument("distribution", "logits " + shape_text(logits) + ", value " + shape_text(value) +
                                       ": rows must be equal, and logits have " +
                                       std::to_string(support.atoms) + " columns per action");
  }
  PAVLOV_DISPATCH(CategoricalMean)
  ({logits.data, logits.stride, nullptr, support.atoms, logits.rows}, value.cols,
   static_cast<double>(support.v_min), dz, value.data, value.stride);
}

void categorical_projection(const Support& support, ConstMatrixView probability,
                            std::span<const float> reward, std::span<const float> discount,
                            MatrixView out) {
  const double dz = checked_spacing(support);
  const std::size_t batch = probability.rows, atoms = support.atoms;
  if (out.rows != batch || reward.size() != batch || discount.size() != batch ||
      probability.cols != atoms || out.cols != atoms) {
    throw_argument("distribution", "probability " + shape_text(probability) + ", reward " +
                                       std::to_string(reward.size()) + ", discount " +
                                       std::to_string(discount.size()) + ", out " +
                                       shape_text(out) + ": rows must be equal, and columns " +
                                       std::to_string(atoms) + " atoms");
  }
  PAVLOV_DISPATCH(CategoricalProjection)
  ({.probability = probability.data,
    .probability_stride = probability.stride,
    .reward = reward.data(),
    .discount = discount.data(),
    .out = out.data,
    .out_stride = out.stride,
    .batch = batch,
    .atoms = atoms,
    .v_min = static_cast<double>(support.v_min),
    .dz = dz});
}

float categorical_loss(ConstMatrixView logits, std::span<const std::int32_t> action,
                       ConstMatrixView target, std::span<const float> weight, MatrixView gradient,
                       std::span<float> sample_loss) {
  const std::size_t batch = logits.rows;
  if (target.rows != batch || gradient.rows != batch || gradient.cols != logits.cols ||
      (!weight.empty() && weight.size() != batch) ||
      (!sample_loss.empty() && sample_loss.size() != batch)) {
    throw_argument("distribution",
                   "logits " + shape_text(logits) + ", target " + shape_text(target) + ", weight " +
                       std::to_string(weight.size()) + ", gradient " + shape_text(gradient) +
                       ", sample_loss " + std::to_string(sample_loss.size()) +
                       ": rows and the gradient's shape must be equal (weight and "
                       "sample_loss may be empty)");
  }
  if (batch == 0) throw_argument("distribution", "batch of 0 samples: must have at least one");
  const LogitBlocks blocks = checked_logits(logits, action, target.cols);
  const double sum = PAVLOV_DISPATCH(CategoricalSum)(
      blocks, {.target = target.data,
               .target_stride = target.stride,
               .weight = weight.empty() ? nullptr : weight.data(),
               .gradient = gradient.data,
               .gradient_stride = gradient.stride,
               .gradient_cols = gradient.cols,
               .sample_loss = sample_loss.empty() ? nullptr : sample_loss.data()});
  return static_cast<float>(sum / static_cast<double>(batch));
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
