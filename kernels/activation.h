// Activation functions over flat arrays, and their derivatives.
//
// All spans of one call have the same length N, else std::invalid_argument. The output may be one
// of the inputs; beyond that, nothing may overlap. float32 throughout, every element by itself, so
// a result depends on nothing but its input and the SIMD target. Errors are in units in the last
// place (ulp) of the result over all float32 inputs; where denormals are flushed (denormals.h),
// denormal inputs and results count as 0. NaN gives NaN.
#pragma once

#include <cstdint>
#include <span>

namespace pavlov::kernels {

// y = e^x, at most 2 ulp off; infinite above 88.72. Backward, from the result: dx = dy y.
void exp_forward(std::span<const float> x, std::span<float> y);
void exp_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx);

// y = tanh x, at most 2 ulp off. Backward, from the result: dx = dy (1 - y^2).
void tanh_forward(std::span<const float> x, std::span<float> y);
void tanh_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx);

// y = 1 / (1 + e^-x), at most 2 ulp off. Backward, from the result: dx = dy y (1 - y).
void sigmoid_forward(std::span<const float> x, std::span<float> y);
void sigmoid_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx);

// y = max(x, 0). Backward, from the result: dx = dy where y > 0 (or NaN), else 0.
void relu_forward(std::span<const float> x, std::span<float> y);
void relu_backward(std::span<const float> y, std::span<const float> dy, std::span<float> dx);

// How the normal distribution function Phi is computed. PyTorch's default is `erf`.
enum class Gelu : std::uint8_t {
  erf,   // Phi(x) = erfc(-x / sqrt 2) / 2
  tanh,  // (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))) / 2, at most 5e-4 from Phi
};

// y = x Phi(x); at both infinities the limit. Relative error at most (8 + x^2) 2^-24 for erf and
// (8 + 6 |u|) 2^-24 for tanh, u being the argument of its tanh; results below 1e-36 may be 0.
// Hendrycks & Gimpel 2016, arXiv:1606.08415.
void gelu_forward(Gelu form, std::span<const float> x, std::span<float> y);
// Backward, from the input: dx = dy (Phi(x) + x Phi'(x)), the factor within 2^-20 of exact.
void gelu_backward(Gelu form, std::span<const float> x, std::span<const float> dy,
                   std::span<float> dx);

}  // namespace pavlov::kernels
