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
  for (std::size_t i = 0; i < p.d_mean.rows; ++i) {
    const float in = p.noise_in[i];
    float* d_weight = p.d_weight.data + i * p.d_weight.stride;
    float* d_mean = p.d_mean.data + i * p.d_mean.stride;
    float* d_scale = p.d_scale.data + i * p.d_scale.stride;
    map([in](Floats d, FloatVector sum, FloatVector g, FloatVector out)
            HWY_ATTR { return hn::MulAdd(g, hn::Mul(hn::Set(d, in), out), sum); },
        d_scale, p.d_mean.cols, d_scale, d_weight, p.noise_out);
    map([](Floats, FloatVector sum, FloatVector g) HWY_ATTR { return hn::Add(sum, g); }, d_mean,
        p.d_mean.cols, d_mean, d_weight);
    map([](Floats d, FloatVector) HWY_ATTR { return hn::Zero(d); }, d_weight, p.d_mean.cols,
        d_weight);
  }
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

namespace {

void check_matrix(const char* name, const ConstMatrixView& m, std::size_t rows, std::size_t cols) {
  if (m.rows == rows && m.cols == cols) return;
  throw_argument("noisy_weight", std::string(name) + " (" + std::to_string(m.rows) + ", " +
                                     std::to_string(m.cols) + "): must be (" +
                                     std::to_string(rows) + ", " + std::to_string(cols) + ")");
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

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
