// Fully connected layers on the device: linear.h of the folder above, on a stream.
//
// Small layers are computed by a kernel of our own, in which each product is one chain of fused
// multiply-adds in ascending order of the summed index that begins at the bias, the stored gradient
// or zero, as on a processor with fused multiply-add: the same bits. Large ones go to cuBLAS, in
// float32 without TensorFloat-32, in an order of its own that is the same in every run; which, is
// said in library_product.h. dbias adds as ColumnSums of block-inl.h, the stored gradient last. No
// atomics.
#pragma once

#include <span>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// y (B,O) = act(x (B,I) weight (I,O) + bias (O)).
void linear_forward(Stream& stream, ConstMatrixView x, ConstMatrixView weight,
                    std::span<const float> bias, Activation activation, MatrixView y);

// dz = dy * act'(y) overwrites dy (B,O); dweight (I,O) += x^T dz; dbias (O) += column sums of dz;
// dx (B,I) = dz weight^T, skipped where dx is empty. Needs no scratch.
void linear_backward(Stream& stream, ConstMatrixView x, ConstMatrixView weight, ConstMatrixView y,
                     Activation activation, MatrixView dy, MatrixView dweight,
                     std::span<float> dbias, MatrixView dx);

}  // namespace pavlov::kernels::cuda
