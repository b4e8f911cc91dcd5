// What a matrix product is given, and how its parts read and write vectors.
//
// Per-target code, in Highway's toggle-guard layout: include only from a multi-target source, after
// foreach_target.h.
#include <cstddef>
#include <cstdint>

#if defined(PAVLOV_KERNELS_CPU_PRODUCT_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_KERNELS_CPU_PRODUCT_INL_H_
#undef PAVLOV_KERNELS_CPU_PRODUCT_INL_H_
#else
#define PAVLOV_KERNELS_CPU_PRODUCT_INL_H_
#endif

// Unrolls the short loops over rows and vectors early enough for GCC to keep the accumulators in
// registers; without it some tiles store them to the stack in every round.
#undef PAVLOV_UNROLL
#if defined(__clang__)
#define PAVLOV_UNROLL _Pragma("unroll")
#else
#define PAVLOV_UNROLL _Pragma("GCC unroll 16")
#endif

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// How a product reads B: as it lies, or by panels (panel-inl.h).
enum class Panel : std::uint8_t {
  none,
  copied,      // B's rows, put side by side
  transposed,  // B lies by columns
  gated        // B is made on the way
};

// A factor act'(y), taken from the result y of the activation; identity has none.
struct Slope {
  Activation activation;
  const float* y;
  std::size_t stride;
};

// dz = dy * slope, which takes the place of dy, and its column sums, which are added to dbias.
struct Gate {
  Slope slope;
  float* dy;
  std::size_t dy_stride;
  float* dbias;
};

// C (rows,cols) = start + A (rows,depth) B (depth,cols), and then ReLU or a slope.
struct Product {
  std::size_t rows, cols, depth;
  const float* a;  // entry (i, k) at a[i * a_row + k * a_depth]
  std::size_t a_row, a_depth;
  const float* b;  // entry (k, j) at b[k * b_stride + j]; transposed: at b[j * b_stride + k]
  std::size_t b_stride;
  Panel panel;
  const Gate* gate;       // of gated panels, in place of b
  const float* start;     // entry (i, j) at start[i * start_row + j]; null: zero
  std::size_t start_row;  // 0 for a bias, which all rows share
  float* c;
  std::size_t c_row;
  bool relu;    // C's entries below zero become zero
  Slope slope;  // of C's entries
  // Null, or the depths to visit, ascending. `visits` is their number, or the depth.
  const std::uint32_t* depth_list;
  std::size_t visits;
  // Null, or the rows of A, start and C that rows 0, 1, ... of this product stand for.
  const std::uint32_t* row_list;
  // Whether to pass over single zeros of A. Then there are no lists, and no panel is gated.
  bool skip_entries;
  // Of one block of depths: which entries of row i are not zero, the first depth in the lowest bit.
  const std::uint64_t* marks;
};

// dy * act'(y) for one vector.
template <Activation kActivation, class D, class V>
HWY_INLINE V times_slope(D d, V y, V dy) {
  if constexpr (kActivation == Activation::relu) {
    return hn::IfThenZeroElse(hn::Le(y, hn::Zero(d)), dy);
  } else if constexpr (kActivation == Activation::tanh) {
    return hn::Mul(dy, hn::NegMulAdd(y, y, hn::Set(d, 1.0f)));
  } else {
    return dy;
  }
}

// One vector, all lanes of it or the first few.
template <class D>
struct AllLanes {
  D d;
  HWY_INLINE hn::Vec<D> load(const float* p) const { return hn::LoadU(d, p); }
  HWY_INLINE void store(hn::Vec<D> v, float* p) const { hn::StoreU(v, d, p); }
  HWY_INLINE hn::Mask<D> among(hn::Mask<D> lanes) const { return lanes; }  // those that count
};

// Only where masked accesses do not touch the memory behind the mask.
#undef PAVLOV_GEMM_MASKS
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
#define PAVLOV_GEMM_MASKS 1
template <class D>
struct FirstLanes {
  D d;
  hn::Mask<D> mask;
  HWY_INLINE hn::Vec<D> load(const float* p) const { return hn::MaskedLoad(mask, d, p); }
  HWY_INLINE void store(hn::Vec<D> v, float* p) const { hn::BlendedStore(v, mask, d, p); }
  HWY_INLINE hn::Mask<D> among(hn::Mask<D> lanes) const { return hn::And(lanes, mask); }
};
#else
#define PAVLOV_GEMM_MASKS 0
#endif

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#endif  // toggle guard
