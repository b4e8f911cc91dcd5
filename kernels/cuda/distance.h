// Squared Euclidean distances of all pairs on the device: distance.h of the folder above, on a
// stream.
#pragma once

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// out (B,C)[b,c] = sum_d (x (B,D)[b,d] - y (C,D)[c,d])^2: one chain of fused multiply-adds in
// ascending d, the bits of a processor with fused multiply-add. out may not overlap the points.
void squared_distance(Stream& stream, ConstMatrixView x, ConstMatrixView y, MatrixView out);

}  // namespace pavlov::kernels::cuda
