#include "pavlov/kernels/cuda/dueling.h"

#include "pavlov/kernels/cuda/dueling-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "dueling";

void check(ConstMatrixView value, ConstMatrixView advantage, ConstMatrixView out) {
  if (value.cols == 0 || advantage.cols == 0 || advantage.cols % value.cols != 0 ||
      value.rows != advantage.rows) {
    throw_argument(kModule, "value " + shape_text(value.rows, value.cols) + " and advantage " +
                                shape_text(advantage.rows, advantage.cols) +
                                ": must be (B,Z) and (B,A*Z)");
  }
  check_shape(kModule, "out", out, advantage.rows, advantage.cols);
}

}  // namespace

void dueling_forward(Stream& stream, ConstMatrixView value, ConstMatrixView advantage,
                     MatrixView out) {
  check(value, advantage, out);
  launch(stream, {"dueling_forward", {out.rows, out.cols / value.cols, value.cols}},
         Elements<DuelingForward>{{table(value), table(advantage), table(out)},
                                  value.rows * value.cols});
}

void dueling_backward(Stream& stream, ConstMatrixView d_out, MatrixView d_value,
                      MatrixView d_advantage) {
  check(d_value, d_out, d_advantage);
  launch(stream, {"dueling_backward", {d_out.rows, d_out.cols / d_value.cols, d_value.cols}},
         Elements<DuelingBackward>{{table(d_out), table(d_value), table(d_advantage)},
                                   d_value.rows * d_value.cols});
}

}  // namespace pavlov::kernels::cuda
