// Squared Euclidean distances of all pairs of two sets of points.
//
// Differences are squared, not |x|^2 + |y|^2 - 2 x.y: points that lie close together, far from the
// origin, keep their digits, and the distance of a point to itself is 0.
#pragma once

#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels {

// out (B,C)[b,c] = sum_d (x (B,D)[b,d] - y (C,D)[c,d])^2. float32: one chain of fused multiply-adds
// (without FMA: multiply, then add) in ascending d that begins at 0, so a distance never depends on
// the other points or on the number of threads. D = 0 gives zeros. NaN passes through. out may not
// overlap the points. Wrong shapes throw std::invalid_argument.
void squared_distance(ConstMatrixView x, ConstMatrixView y, MatrixView out);

}  // namespace pavlov::kernels
