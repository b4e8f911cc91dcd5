// Fully connected layers whose weights are stored in fewer bits and widened in registers.
//
//   widen(d, p)            the next lanes of weights as floats
//   packed_forward(p)      a whole layer
// Each output is one chain of multiply-adds in ascending order of the input that begins at 0, then
// scale where there is one, bias and activation.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/cpu/packed_product.h"

#if defined(PAVLOV_KERNELS_CPU_PACKED_WEIGHTS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_PACKED_WEIGHTS_INL_H_
#undef PAVLOV_KERNELS_CPU_PACKED_WEIGHTS_INL_H_
#else
#define PAVLOV_KERNELS_CPU_PACKED_WEIGHTS_INL_H_
#endif

#include "pavlov/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

template <class D>
HWY_INLINE hn::Vec<D> widen(D d, const std::int8_t* p) {
  const hn::Rebind<std::int8_t, D> d8;
  const hn::Rebind<std::int32_t, D> d32;
  return hn::ConvertTo(d, hn::PromoteTo(d32, hn::LoadU(d8, p)));
}

// The weights of convert.h are the upper halves of floats.
template <class D>
HWY_INLINE hn::Vec<D> widen(D d, const std::uint16_t* p) {
  const hn::Rebind<std::uint16_t, D> d16;
  const hn::RebindToUnsigned<D> d32;
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(d32, hn::LoadU(d16, p))));
}

// kRows rows from r on and kVectors vectors of columns from j on stay in registers over the whole
// depth. A widened weight serves all rows of the tile.
template <std::size_t kRows, std::size_t kVectors, class D, class T>
HWY_INLINE void packed_tile(D d, const PackedProduct<T>& p, std::size_t r, std::size_t j) {
  using V = hn::Vec<D>;
  const std::size_t lanes = hn::Lanes(d);
  V sum[kRows][kVectors];
  for (std::size_t a = 0; a < kRows; ++a) {
    for (std::size_t v = 0; v < kVectors; ++v) sum[a][v] = hn::Zero(d);
  }
  const float* x = p.x + r * p.x_stride;
  const T* weight = p.weight + j;
  for (std::size_t i = 0; i < p.depth; ++i, weight += p.weight_stride) {
    V w[kVectors];
    for (std::size_t v = 0; v < kVectors; ++v) w[v] = widen(d, weight + v * lanes);
    for (std::size_t a = 0; a < kRows; ++a) {
      const V input = hn::Set(d, x[a * p.x_stride + i]);
      for (std::size_t v = 0; v < kVectors; ++v) sum[a][v] = hn::MulAdd(input, w[v], sum[a][v]);
    }
  }
  for (std::size_t v = 0; v < kVectors; ++v) {
    const std::size_t column = j + v * lanes;
    const V bias = hn::LoadU(d, p.bias + column);
    for (std::size_t a = 0; a < kRows; ++a) {
      V y;
      if constexpr (PackedProduct<T>::kScaled) {
        y = hn::MulAdd(sum[a][v], hn::LoadU(d, p.scale + column), bias);
      } else {
        y = hn::Add(sum[a][v], bias);
      }
      // the smaller operand of Max must not hide NaN
      if (p.activation == Activation::relu) y = hn::IfThenZeroElse(hn::Lt(y, hn::Zero(d)), y);
      hn::StoreU(y, d, p.y + (r + a) * p.y_stride + column);
    }
  }
}

// All rows of kVectors vectors of columns. kTall is the height of a full tile.
template <std::size_t kTall, std::size_t kVectors, class D, class T>
HWY_INLINE void packed_panel(D d, const PackedProduct<T>& p, std::size_t j) {
  std::size_t r = 0;
  for (; r + kTall <= p.rows; r += kTall) packed_tile<kTall, kVectors>(d, p, r, j);
  for (; r < p.rows; ++r) packed_tile<1, kVectors>(d, p, r, j);
}

HWY_NOINLINE void tanh_of_row(float* y, std::size_t size) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 1> d1;
  std::size_t i = 0;
  for (; i + hn::Lanes(d) <= size; i += hn::Lanes(d)) {
    hn::StoreU(tanh_lanes(d, hn::LoadU(d, y + i)), d, y + i);
  }
  for (; i < size; ++i) hn::StoreU(tanh_lanes(d1, hn::LoadU(d1, y + i)), d1, y + i);
}

template <class T>
HWY_INLINE void packed_forward(const PackedProduct<T>& p) {
  const hn::ScalableTag<float> d;
  const hn::CappedTag<float, 4> d4;
  const hn::CappedTag<float, 1> d1;
  // 16 (8) sums in flight where there are 32 (16) vector registers
  constexpr std::size_t kTall = HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM ? 8 : 4;
  const std::size_t lanes = hn::Lanes(d);
  std::size_t j = 0;
  if (p.rows == 1) {  // one chain per column: several vectors hide the latency
    for (; j + 8 * lanes <= p.cols; j += 8 * lanes) packed_tile<1, 8>(d, p, 0, j);
  }
  for (; j + 2 * lanes <= p.cols; j += 2 * lanes) packed_panel<kTall, 2>(d, p, j);
  for (; j + lanes <= p.cols; j += lanes) packed_panel<kTall, 1>(d, p, j);
  for (; j + hn::Lanes(d4) <= p.cols; j += hn::Lanes(d4)) packed_panel<kTall, 1>(d4, p, j);
  for (; j < p.cols; ++j) packed_panel<kTall, 1>(d1, p, j);
  if (p.activation != Activation::tanh) return;
  for (std::size_t r = 0; r < p.rows; ++r) tanh_of_row(p.y + r * p.y_stride, p.cols);
}

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
