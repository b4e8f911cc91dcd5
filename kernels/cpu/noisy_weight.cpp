#include "pavlov/kernels/noisy_weight.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/noisy_weight.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/elementwise-inl.h"

#ifndef PAVLOV_KERNELS_CPU_NOISY_WEIGHT_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_NOISY_WEIGHT_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct NoisyWeight {
  ConstMatrixView mean, scale;
  const float* noise_in;
  const float* noise_out;
  MatrixView out;
};

struct NoisyWeightGradient {
  MatrixView d_weight;
  const float* noise_in;
  const float* noise_out;
  MatrixView d_mean, d_scale;
};

// Blocks of `size` columns for each of `actions` actions, of which the first `kept` are wanted.
struct Blocks {
  std::size_t actions, kept, size;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

void NoisyWeightForward(const NoisyWeight& p) {
  for (std::size_t i = 0; i < p.mean.rows; ++i) {
    const float in = p.noise_in[i];
    map([in](Floats d, FloatVector mean, FloatVector scale, FloatVector out)
            HWY_ATTR { return hn::MulAdd(scale, hn::Mul(hn::Set(d, in), out), mean); },
        p.out.data + i * p.out.stride, p.mean.cols, p.mean.data + i * p.mean.stride,
        p.scale.data + i * p.scale.stride, p.noise_out);
  }
}

void NoisyWeightBackward(const NoisyWeightGradient& p) {
  const Floats d;
  for (std::size_t i = 0; i < p.d_mean.rows; ++i) {
    const auto in = hn::Set(d, p.noise_in[i]);
    float* d_weight = p.d_weight.data + i * p.d_weight.stride;
    float* d_mean = p.d_mean.data + i * p.d_mean.stride;
    float* d_scale = p.d_scale.data + i * p.d_scale.stride;
    over_vectors(p.d_mean.cols, [&](std::size_t o, const auto& load, const auto& store) HWY_ATTR {
      const auto g = load(d_weight + o), noise = hn::Mul(in, load(p.noise_out + o));
      store(hn::Add(load(d_mean + o), g), d_mean + o);
      store(hn::MulAdd(g, noise, load(d_scale + o)), d_scale + o);
      store(hn::Zero(d), d_weight + o);
    });
  }
}

// sum / actions, to the bit: by a power of two a product is exact, and faster.
HWY_INLINE FloatVector share_of(FloatVector sum, std::size_t actions) {
  const Floats d;
  const auto divisor = static_cast<float>(actions);
  if ((actions & (actions - 1)) == 0) return hn::Mul(sum, hn::Set(d, 1.0f / divisor));
  return hn::Div(sum, hn::Set(d, divisor));
}

template <bool kNoisy>
HWY_INLINE void centered_weight_rows(const NoisyWeight& p, const Blocks& blocks) {
  const Floats d;
  for (std::size_t i = 0; i < p.mean.rows; ++i) {
    const float* mean = p.mean.data + i * p.mean.stride;
    const float* scale = kNoisy ? p.scale.data + i * p.scale.stride : nullptr;
    float* out = p.out.data + i * p.out.stride;
    const auto in = hn::Set(d, kNoisy ? p.noise_in[i] : 0.0f);
    over_vectors(blocks.size, [&](std::size_t z, const auto& load, const auto& store) HWY_ATTR {
      const auto weight = [&](std::size_t action) HWY_ATTR {
        const std::size_t at = action * blocks.size + z;
        if constexpr (!kNoisy) return load(mean + at);
        return hn::MulAdd(load(scale + at), hn::Mul(in, load(p.noise_out + at)), load(mean + at));
      };
      const auto first = weight(0);
      auto sum = first;
      for (std::size_t a = 1; a < blocks.actions; ++a) sum = hn::Add(sum, weight(a));
      const auto share = share_of(sum, blocks.actions);
      store(hn::Sub(first, share), out + z);
      for (std::size_t k = 1; k < blocks.kept; ++k) {
        store(hn::Sub(weight(k), share), out + k * blocks.size + z);
      }
    });
  }
}

template <bool kNoisy>
HWY_INLINE void centered_weight_gradient_rows(const NoisyWeightGradient& p, const Blocks& blocks) {
  const Floats d;
  for (std::size_t i = 0; i < p.d_mean.rows; ++i) {
    float* d_weight = p.d_weight.data + i * p.d_weight.stride;
    float* d_mean = p.d_mean.data + i * p.d_mean.stride;
    float* d_scale = kNoisy ? p.d_scale.data + i * p.d_scale.stride : nullptr;
    const auto in = hn::Set(d, kNoisy ? p.noise_in[i] : 0.0f);
    over_vectors(blocks.size, [&](std::size_t z, const auto& load, const auto& store) HWY_ATTR {
      auto sum = load(d_weight + z);
      for (std::size_t k = 1; k < blocks.kept; ++k) {
        sum = hn::Add(sum, load(d_weight + k * blocks.size + z));
      }
      const auto share = share_of(sum, blocks.actions);
      for (std::size_t a = 0; a < blocks.actions; ++a) {
        const std::size_t at = a * blocks.size + z;
        auto g = hn::Neg(share);
        if (a < blocks.kept) {
          g = hn::Sub(load(d_weight + at), share);
          store(hn::Zero(d), d_weight + at);
        }
        store(hn::Add(load(d_mean + at), g), d_mean + at);
        if constexpr (kNoisy) {
          const auto noise = hn::Mul(in, load(p.noise_out + at));
          store(hn::MulAdd(g, noise, load(d_scale + at)), d_scale + at);
        }
      }
    });
  }
}

void CenteredWeight(const NoisyWeight& p, const Blocks& blocks, bool noisy) {
  noisy ? centered_weight_rows<true>(p, blocks) : centered_weight_rows<false>(p, blocks);
}

void CenteredWeightBackward(const NoisyWeightGradient& p, const Blocks& blocks, bool noisy) {
  noisy ? centered_weight_gradient_rows<true>(p, blocks)
        : centered_weight_gradient_rows<false>(p, blocks);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(NoisyWeightForward);
HWY_EXPORT(NoisyWeightBackward);
HWY_EXPORT(CenteredWeight);
HWY_EXPORT(CenteredWeightBackward);

namespace {

void check_matrix(const char* name, const ConstMatrixView& m, std::size_t rows, std::size_t cols) {
  if (m.rows == rows && m.cols == cols) return;
  throw_argument("noisy_weight", std::string(name) + " (" + std::to_string(m.rows) + ", " +
                                     std::to_string(m.cols) + "): must be (" +
                                     std::to_string(rows) + ", " + std::to_string(cols) + ")");
}

// Those of `all` columns, of which `kept` are wanted.
Blocks checked_blocks(std::size_t actions, std::size_t all, std::size_t kept) {
  const std::size_t size = actions == 0 ? 0 : all / actions;
  if (size == 0 || all % actions != 0 || kept == 0 || kept > all || kept % size != 0) {
    throw_argument("noisy_weight", std::to_string(kept) + " of " + std::to_string(all) +
                                       " columns for " + std::to_string(actions) +
                                       " actions: must be one to all of as many blocks");
  }
  return {actions, kept / size, size};
}

// Whether there is noise, which then must have these shapes.
bool checked_noise(const ConstMatrixView& scale, std::span<const float> noise_in,
                   std::span<const float> noise_out, const ConstMatrixView& mean) {
  if (scale.empty() && noise_in.empty() && noise_out.empty()) return false;
  check_matrix("scale", scale, mean.rows, mean.cols);
  check_matrix("mean", mean, noise_in.size(), noise_out.size());
  return true;
}

}  // namespace

void noisy_weight(ConstMatrixView mean, ConstMatrixView scale, std::span<const float> noise_in,
                  std::span<const float> noise_out, MatrixView out) {
  const std::size_t rows = noise_in.size(), cols = noise_out.size();
  check_matrix("mean", mean, rows, cols);
  check_matrix("scale", scale, rows, cols);
  check_matrix("out", out, rows, cols);
  PAVLOV_DISPATCH(NoisyWeightForward)({mean, scale, noise_in.data(), noise_out.data(), out});
}

void noisy_weight_backward(MatrixView d_weight, std::span<const float> noise_in,
                           std::span<const float> noise_out, MatrixView d_mean,
                           MatrixView d_scale) {
  const std::size_t rows = noise_in.size(), cols = noise_out.size();
  check_matrix("d_weight", d_weight, rows, cols);
  check_matrix("d_mean", d_mean, rows, cols);
  check_matrix("d_scale", d_scale, rows, cols);
  PAVLOV_DISPATCH(NoisyWeightBackward)
  ({d_weight, noise_in.data(), noise_out.data(), d_mean, d_scale});
}

void centered_weight(ConstMatrixView mean, ConstMatrixView scale, std::span<const float> noise_in,
                     std::span<const float> noise_out, std::size_t actions, MatrixView out) {
  check_matrix("out", out, mean.rows, out.cols);
  if (mean.rows == 0) return;
  const bool noisy = checked_noise(scale, noise_in, noise_out, mean);
  PAVLOV_DISPATCH(CenteredWeight)
  ({mean, scale, noise_in.data(), noise_out.data(), out},
   checked_blocks(actions, mean.cols, out.cols), noisy);
}

void centered_weight_backward(MatrixView d_weight, std::span<const float> noise_in,
                              std::span<const float> noise_out, std::size_t actions,
                              MatrixView d_mean, MatrixView d_scale) {
  check_matrix("d_weight", d_weight, d_mean.rows, d_weight.cols);
  if (d_mean.rows == 0) return;
  const bool noisy = checked_noise(d_scale, noise_in, noise_out, d_mean);
  PAVLOV_DISPATCH(CenteredWeightBackward)
  ({d_weight, noise_in.data(), noise_out.data(), d_mean, d_scale},
   checked_blocks(actions, d_mean.cols, d_weight.cols), noisy);
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
