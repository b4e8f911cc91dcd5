// Dueling networks on the device: dueling.h of the folder above, on a stream.
//
// Shapes: B batch, A actions, Z atoms. One thread for each row and atom sums its actions in
// ascending order: the bits of the processor's.
#pragma once

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// out (B,A*Z) = advantage (B,A*Z) + (value (B,Z) - mean over actions of advantage); may be
// advantage.
void dueling_forward(Stream& stream, ConstMatrixView value, ConstMatrixView advantage,
                     MatrixView out);

// d_value (B,Z) = sum over actions of d_out (B,A*Z); d_advantage (B,A*Z) = d_out - d_value / A; may
// be d_out.
void dueling_backward(Stream& stream, ConstMatrixView d_out, MatrixView d_value,
                      MatrixView d_advantage);

}  // namespace pavlov::kernels::cuda
