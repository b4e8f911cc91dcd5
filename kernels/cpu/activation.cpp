#include "pavlov/kernels/activation.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/activation.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/elementwise-inl.h"
#include "pavlov/kernels/cpu/math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

struct Exp {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return exp_lanes(d, x);
  }
};

struct ExpGradient {
  template <class D, class V>
  HWY_INLINE V operator()(D, V y, V dy) const {
    return hn::Mul(dy, y);
  }
};

struct Tanh {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return tanh_lanes(d, x);
  }
};

struct TanhGradient {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V y, V dy) const {
    return hn::Mul(dy, hn::NegMulAdd(y, y, hn::Set(d, 1.0f)));
  }
};

struct Sigmoid {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return sigmoid_lanes(d, x);
  }
};

struct SigmoidGradient {
  template <class D, class V>
  HWY_INLINE V operator()(D, V y, V dy) const {
    return hn::Mul(dy, hn::NegMulAdd(y, y, y));
  }
};

struct Relu {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    return at_least(d, 0.0f, x);
  }
};

struct ReluGradient {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V y, V dy) const {
    return hn::IfThenZeroElse(hn::Le(y, hn::Zero(d)), dy);
  }
};

// From here on, Phi(-z) is below the normal numbers.
constexpr float kLargestNormalDeviate = 13.22f;

// e^(-z^2/2) for z in [0, kLargestNormalDeviate]. The rounding error of z^2 is put right where the
// target has fused multiply-add; it is 0 elsewhere.
template <class D, class V>
HWY_INLINE V bell(D d, V z) {
  const V square = hn::Mul(z, z);
  const V lost = hn::MulSub(z, z, square);
  const V e = exp_of_negative(d, hn::Mul(hn::Set(d, -0.5f), square));
  return hn::NegMulAdd(e, hn::Mul(hn::Set(d, 0.5f), lost), e);
}

// x Phi(x) = max(x, 0) - |x| Phi(-|x|): nothing cancels.
struct GeluErf {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V z = at_most(d, kLargestNormalDeviate, hn::Abs(x));
    const V tail = hn::Mul(bell(d, z), mills_ratio(d, z));
    return hn::NegMulAdd(z, tail, at_least(d, 0.0f, x));
  }
};

constexpr float kNormalDensity = 0.398942280f;  // at 0: 1 / sqrt(2 pi)

// `left` where x is negative, else 1 - left.
template <class D, class V>
HWY_INLINE V at_either_side(D d, V x, V left) {
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), left, hn::Sub(hn::Set(d, 1.0f), left));
}

// Phi(x) + x phi(x), taken at -|x|: the derivatives at x and at -x add up to 1.
struct GeluErfGradient {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V dy) const {
    const V z = at_most(d, kLargestNormalDeviate, hn::Abs(x));
    const V e = bell(d, z);
    const V left = hn::Mul(e, hn::NegMulAdd(z, hn::Set(d, kNormalDensity), mills_ratio(d, z)));
    return hn::Mul(dy, at_either_side(d, x, left));
  }
};

// Beyond +-30 the tanh form is x or 0 to the last bit.
constexpr float kTanhGeluBound = 30.0f;

// (1 + tanh u) / 2 = sigmoid(2 u), with 2 u = x (a + b x^2).
constexpr float kTanhGeluA = 1.59576912f;    // 2 sqrt(2/pi)
constexpr float kTanhGeluB = 0.0713548163f;  // 0.044715 a

struct GeluTanh {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x) const {
    const V from = at_least(d, -kTanhGeluBound, x);
    const V bounded = at_most(d, kTanhGeluBound, from);
    const V slope =
        hn::MulAdd(hn::Mul(bounded, bounded), hn::Set(d, kTanhGeluB), hn::Set(d, kTanhGeluA));
    return hn::Mul(from, sigmoid_lanes(d, hn::Mul(bounded, slope)));
  }
};

// s + x s (1 - s) (a + 3 b x^2) with s = sigmoid(2 u), taken at -|x|, where 1 - s does not cancel;
// the derivatives at x and at -x add up to 1.
struct GeluTanhGradient {
  template <class D, class V>
  HWY_INLINE V operator()(D d, V x, V dy) const {
    const V left = hn::Neg(at_most(d, kTanhGeluBound, hn::Abs(x)));
    const V square = hn::Mul(left, left);
    const V a = hn::Set(d, kTanhGeluA);
    const V s = sigmoid_lanes(d, hn::Mul(left, hn::MulAdd(square, hn::Set(d, kTanhGeluB), a)));
    const V slope = hn::MulAdd(square, hn::Set(d, 3.0f * kTanhGeluB), a);
    const V factor = hn::MulAdd(hn::Mul(left, slope), hn::NegMulAdd(s, s, s), s);
    return hn::Mul(dy, at_either_side(d, x, factor));
  }
};

void ExpForward(const float* x, float* y, std::size_t size) { map(Exp{}, y, size, x); }
void TanhForward(const float* x, float* y, std::size_t size) { map(Tanh{}, y, size, x); }
void SigmoidForward(const float* x, float* y, std::size_t size) { map(Sigmoid{}, y, size, x); }
void ReluForward(const float* x, float* y, std::size_t size) { map(Relu{}, y, size, x); }
void GeluErfForward(const float* x, float* y, std::size_t size) { map(GeluErf{}, y, size, x); }
void GeluTanhForward(const float* x, float* y, std::size_t size) { map(GeluTanh{}, y, size, x); }

void ExpBackward(const float* y, const float* dy, float* dx, std::size_t size) {
  map(ExpGradient{}, dx, size, y, dy);
}
void TanhBackward(const float* y, const float* dy, float* dx, std::size_t size) {
  map(TanhGradient{}, dx, size, y, dy);
}
void SigmoidBackward(const float* y, const float* dy, float* dx, std::size_t size) {
  map(SigmoidGradient{}, dx, size, y, dy);
}
void ReluBackward(const float* y, const float* dy, float* dx, std::size_t size) {
  map(ReluGradient{}, dx, size, y, dy);
}
void GeluErfBackward(const float* x, const float* dy, float* dx, std::size_t size) {
  map(GeluErfGradient{}, dx, size, x, dy);
}
void GeluTanhBackward(const float* x, const float* dy, float* dx, std::size_t size) {
  map(GeluTanhGradient{}, dx, size, x, dy);
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

HWY_EXPORT(ExpForward);
HWY_EXPORT(ExpBackward);
HWY_EXPORT(TanhForward);
HWY_EXPORT(TanhBackward);
HWY_EXPORT(SigmoidForward);
HWY_EXPORT(SigmoidBackward);
HWY_EXPORT(ReluForward);
HWY_EXPORT(ReluBackward);
HWY_EXPORT(GeluErfForward);
HWY_EXPORT(GeluErfBackward);
HWY_EXPORT(GeluTanhForward);
HWY_EXPORT(GeluTanhBackward);

namespace {

void check_sizes(const char* op, std::span<const float> x, std::span<const float> y) {
  if (x.size() == y.size()) return;
  throw_argument("activation", std::string(op) + ": x " + std::to_string(x.size()) + ", y " +
                                   std::to_string(y.size()) + " elements: must be equal");
}

void check_sizes(const char* op, std::span<const float> from, std::span<const float> dy,
                 std::span<const float> dx) {
  if (from.size() == dy.size() && from.size() == dx.size()) return;
  throw_argument("activation", std::string(op) + ": stored " + std::to_string(from.size()) +
                                   ", dy " + std::to_string(dy.size()) + ", dx " +
                                   std::to_string(dx.size()) + " elements: must be equal");
}

}  // namespace

void exp_forward(std::span<const float> x, std::span<float> y) {
  check_sizes("exp", x, y);
  PAVLOV_DISPATCH(ExpForward)(x.data(), y.data(), x.size());
}

void exp_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  check_sizes("exp", y, dy, dx);
  PAVLOV_DISPATCH(ExpBackward)(y.data(), dy.data(), dx.data(), dx.size());
}

void tanh_forward(std::span<const float> x, std::span<float> y) {
  check_sizes("tanh", x, y);
  PAVLOV_DISPATCH(TanhForward)(x.data(), y.data(), x.size());
}

void tanh_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  check_sizes("tanh", y, dy, dx);
  PAVLOV_DISPATCH(TanhBackward)(y.data(), dy.data(), dx.data(), dx.size());
}

void sigmoid_forward(std::span<const float> x, std::span<float> y) {
  check_sizes("sigmoid", x, y);
  PAVLOV_DISPATCH(SigmoidForward)(x.data(), y.data(), x.size());
}

void sigmoid_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  check_sizes("sigmoid", y, dy, dx);
  PAVLOV_DISPATCH(SigmoidBackward)(y.data(), dy.data(), dx.data(), dx.size());
}

void relu_forward(std::span<const float> x, std::span<float> y) {
  check_sizes("relu", x, y);
  PAVLOV_DISPATCH(ReluForward)(x.data(), y.data(), x.size());
}

void relu_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx) {
  check_sizes("relu", y, dy, dx);
  PAVLOV_DISPATCH(ReluBackward)(y.data(), dy.data(), dx.data(), dx.size());
}

void gelu_forward(Gelu form, std::span<const float> x, std::span<float> y) {
  check_sizes("gelu", x, y);
  if (form == Gelu::erf) {
    PAVLOV_DISPATCH(GeluErfForward)(x.data(), y.data(), x.size());
  } else {
    PAVLOV_DISPATCH(GeluTanhForward)(x.data(), y.data(), x.size());
  }
}

void gelu_backward(Gelu form, std::span<const float> x, std::span<const float> dy,
                   std::span<float> dx) {
  check_sizes("gelu", x, dy, dx);
  if (form == Gelu::erf) {
    PAVLOV_DISPATCH(GeluErfBackward)(x.data(), dy.data(), dx.data(), dx.size());
  } else {
    PAVLOV_DISPATCH(GeluTanhBackward)(x.data(), dy.data(), dx.data(), dx.size());
  }
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
