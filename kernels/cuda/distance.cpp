#include "pavlov/kernels/cuda/distance.h"

#include "pavlov/kernels/cuda/distance-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {

void squared_distance(Stream& stream, ConstMatrixView x, ConstMatrixView y, MatrixView out) {
  check_shape("distance", "y", y, y.rows, x.cols);
  check_shape("distance", "out", out, x.rows, y.rows);
  launch(stream, {"squared_distance", {x.rows, y.rows, x.cols}},
         Elements<SquaredDistance>{{table(x), table(y), table(out)}, out.rows * out.cols});
}

}  // namespace pavlov::kernels::cuda
