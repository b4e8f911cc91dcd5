// Kernels of activation.h: the formulas of cpu/activation.cpp.
#pragma once

#include <cstddef>

#include "pavlov/kernels/cuda/block-inl.h"
#include "pavlov/kernels/cuda/math-inl.h"

namespace pavlov::kernels::cuda {

// y = f(x), element by element.
template <class Function>
struct MapElement {
  const float* x;
  float* y;
  PAVLOV_FN void operator()(std::size_t i) const { y[i] = Function()(x[i]); }
};

// dx = f(a, dy), a being the result or the input of the function.
template <class Gradient>
struct GradientElement {
  const float* a;
  const float* dy;
  float* dx;
  PAVLOV_FN void operator()(std::size_t i) const { dx[i] = Gradient()(a[i], dy[i]); }
};

struct Exp {
  PAVLOV_FN float operator()(float x) const { return exp_of(x); }
};
struct ExpGradient {
  PAVLOV_FN float operator()(float y, float dy) const { return dy * y; }
};
struct Tanh {
  PAVLOV_FN float operator()(float x) const { return tanh_of(x); }
};
struct TanhGradient {
  PAVLOV_FN float operator()(float y, float dy) const { return dy * ::fmaf(-y, y, 1.0f); }
};
struct Sigmoid {
  PAVLOV_FN float operator()(float x) const { return sigmoid_of(x); }
};
struct SigmoidGradient {
  PAVLOV_FN float operator()(float y, float dy) const { return dy * ::fmaf(-y, y, y); }
};
struct Relu {
  PAVLOV_FN float operator()(float x) const { return at_least(0.0f, x); }
};
struct ReluGradient {
  PAVLOV_FN float operator()(float y, float dy) const { return y <= 0.0f ? 0.0f : dy; }
};

namespace gelu {

constexpr float kLargestNormalDeviate =
    13.22f;                                     // from here on, Phi(-z) is below the normal numbers
constexpr float kNormalDensity = 0.398942280f;  // at 0: 1 / sqrt(2 pi)
constexpr float kTanhBound = 30.0f;             // beyond, the tanh form is x or 0 to the last bit
constexpr float kTanhA = 1.59576912f;           // 2 sqrt(2/pi)
constexpr float kTanhB = 0.0713548163f;         // 0.044715 a

// e^(-z^2/2) for z in [0, kLargestNormalDeviate], the rounding error of z^2 put right.
PAVLOV_FN float bell(float z) {
  const float square = z * z;
  const float lost = ::fmaf(z, z, -square);
  const float e = exp_of_negative(-0.5f * square);
  return ::fmaf(-e, 0.5f * lost, e);
}

// `left` where x is negative, else 1 - left.
PAVLOV_FN float at_either_side(float x, float left) { return x < 0.0f ? left : 1.0f - left; }

}  // namespace gelu

// x Phi(x) = max(x, 0) - |x| Phi(-|x|).
struct GeluErf {
  PAVLOV_FN float operator()(float x) const {
    const float z = at_most(gelu::kLargestNormalDeviate, ::fabsf(x));
    return ::fmaf(-z, gelu::bell(z) * mills_ratio(z), at_least(0.0f, x));
  }
};
// Phi(x) + x phi(x), taken at -|x|.
struct GeluErfGradient {
  PAVLOV_FN float operator()(float x, float dy) const {
    const float z = at_most(gelu::kLargestNormalDeviate, ::fabsf(x));
    const float left = gelu::bell(z) * ::fmaf(-z, gelu::kNormalDensity, mills_ratio(z));
    return dy * gelu::at_either_side(x, left);
  }
};

// x sigmoid(x (a + b x^2)).
struct GeluTanh {
  PAVLOV_FN float operator()(float x) const {
    const float from = at_least(-gelu::kTanhBound, x);
    const float bounded = at_most(gelu::kTanhBound, from);
    const float slope = ::fmaf(bounded * bounded, gelu::kTanhB, gelu::kTanhA);
    return from * sigmoid_of(bounded * slope);
  }
};
// s + x s (1 - s) (a + 3 b x^2), taken at -|x|.
struct GeluTanhGradient {
  PAVLOV_FN float operator()(float x, float dy) const {
    const float left = -at_most(gelu::kTanhBound, ::fabsf(x));
    const float square = left * left;
    const float s = sigmoid_of(left * ::fmaf(square, gelu::kTanhB, gelu::kTanhA));
    const float slope = ::fmaf(square, 3.0f * gelu::kTanhB, gelu::kTanhA);
    return dy * gelu::at_either_side(x, ::fmaf(left * slope, ::fmaf(-s, s, s), s));
  }
};

}  // namespace pavlov::kernels::cuda
