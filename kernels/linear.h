// Fully connected layers: forward and backward, bias and activation fused.
//
// Shapes: B batch, I inputs, O outputs. Weights are stored (I,O), so one broadcast-A micro-kernel
// with unit-stride rows of B serves all three products. float32 throughout; each output is one
// chain of fused multiply-adds in ascending order of the summed index (on targets without FMA:
// multiply, then add) that begins at the bias, the stored gradient or zero. So a result depends on
// the SIMD target only through fusing, and never on the batch around a row or the number of
// threads. Inputs and gradients that are zero, as ReLU leaves many, are skipped where that is
// faster: what they would add is zero, and only the sign of a zero result can tell, or the NaN that
// 0 would give times an infinity or a NaN. But for that, NaN in x and dy passes through; dbias
// shows every one in dy. tanh is at most 2 ulp off. Wrong shapes throw std::invalid_argument.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

enum class Activation : std::uint8_t { identity, relu, tanh };

// y (B,O) = act(x (B,I) weight (I,O) + bias (O)). y may not overlap x.
void linear_forward(ConstMatrixView x, ConstMatrixView weight, std::span<const float> bias,
                    Activation activation, MatrixView y);

// One layer of several that a row goes through.
struct RowLayer {
  ConstMatrixView weight;  // (I,O)
  const float* bias;       // (O)
  Activation activation;
};

// linear_forward for one row through several layers, each the input of the next, in one call: for
// the few hundred nanoseconds that a decision of one environment takes. x (I of the first layer);
// y[k] (O of layer k) receives the result of layer k and may not overlap what it is made from.
// Inputs that are zero are skipped, so half of those behind a ReLU; otherwise the bits are
// linear_forward's.
void linear_forward_row(std::span<const float> x, std::span<const RowLayer> layers,
                        std::span<float* const> y);

// Floats of scratch that linear_backward needs for a layer of this size (a head's transposed
// gradient).
std::size_t linear_backward_scratch(std::size_t inputs, std::size_t outputs);

// Backward of linear_forward, from its input x, its result y and dL/dy:
//   dz = dy * act'(y)            overwrites dy (B,O); act' is taken from the stored result
//   dweight (I,O) += x^T dz      dbias (O) += column sums of dz
//   dx (B,I) = dz weight^T       skipped where dx is empty (first layer)
// Where x is itself the result of an activation, `input_activation` takes its slope along:
//   dx (B,I) = (dz weight^T) * input_activation'(x)
// is dL/dz of the layer below, whose own call then has Activation::identity. The bits are the same.
void linear_backward(ConstMatrixView x, ConstMatrixView weight, ConstMatrixView y,
                     Activation activation, MatrixView dy, MatrixView dweight,
                     std::span<float> dbias, MatrixView dx, std::span<float> scratch,
                     Activation input_activation = Activation::identity);

}  // namespace pavlov::kernels
