#include "pavlov/envs/wrappers/batch_arithmetic.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/envs/wrappers/batch_arithmetic.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/simd/lanes-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

using namespace kernels::PAVLOV_ARCH;  // NOLINT

template <class Real>
void normalize_lanes(const float* from, std::size_t size, const Real* mean, const Real* scale,
                     std::size_t period, float* to) {
  using V = Lanes<hn::ScalableTag<Real>>;
  static_assert(V::kLanes <= kRepeats);
  std::size_t j = 0, p = 0;
  for (; j + V::kLanes <= size; j += V::kLanes) {
    const V centered = V::from_numbers(from + j) - V::load(mean + p);
    narrow(centered / V::load(scale + p)).store(to + j);
    p += V::kLanes;
    if (p == period) p = 0;
  }
  for (; j < size; ++j, ++p) {
    to[j] = static_cast<float>((static_cast<Real>(from[j]) - mean[p]) / scale[p]);
  }
}

void NormalizeDoubles(const float* from, std::size_t size, const double* mean, const double* scale,
                      std::size_t period, float* to) {
  normalize_lanes(from, size, mean, scale, period, to);
}
void NormalizeFloats(const float* from, std::size_t size, const float* mean, const float* scale,
                     std::size_t period, float* to) {
  normalize_lanes(from, size, mean, scale, period, to);
}

void MultiplyAndAdd(const double* sum, double factor, const double* addend, std::size_t size,
                    double* to) {
  using V = Lanes<hn::ScalableTag<double>>;
  std::size_t i = 0;
  for (; i + V::kLanes <= size; i += V::kLanes) {
    (V::load(sum + i) * V(factor) + V::load(addend + i)).store(to + i);
  }
  for (; i < size; ++i) to[i] = sum[i] * factor + addend[i];
}

void DivideAll(const double* from, double divisor, std::size_t size, double* to) {
  using V = Lanes<hn::ScalableTag<double>>;
  std::size_t i = 0;
  for (; i + V::kLanes <= size; i += V::kLanes) (V::load(from + i) / V(divisor)).store(to + i);
  for (; i < size; ++i) to[i] = from[i] / divisor;
}

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs {

HWY_EXPORT(NormalizeDoubles);
HWY_EXPORT(NormalizeFloats);
HWY_EXPORT(MultiplyAndAdd);
HWY_EXPORT(DivideAll);

void normalize_columns(std::span<const float> from, std::span<const double> mean,
                       std::span<const double> scale, std::span<float> to) {
  PAVLOV_ASSERT(mean.size() % kRepeats == 0 && scale.size() == mean.size());
  PAVLOV_DISPATCH(NormalizeDoubles)
  (from.data(), from.size(), mean.data(), scale.data(), mean.size(), to.data());
}
void normalize_columns(std::span<const float> from, std::span<const float> mean,
                       std::span<const float> scale, std::span<float> to) {
  PAVLOV_ASSERT(mean.size() % kRepeats == 0 && scale.size() == mean.size());
  PAVLOV_DISPATCH(NormalizeFloats)
  (from.data(), from.size(), mean.data(), scale.data(), mean.size(), to.data());
}

void multiply_and_add(std::span<const double> sum, double factor, std::span<const double> addend,
                      std::span<double> to) {
  PAVLOV_DISPATCH(MultiplyAndAdd)(sum.data(), factor, addend.data(), sum.size(), to.data());
}

void divide_all(std::span<const double> from, double divisor, std::span<double> to) {
  PAVLOV_DISPATCH(DivideAll)(from.data(), divisor, from.size(), to.data());
}

}  // namespace pavlov::envs
#endif
