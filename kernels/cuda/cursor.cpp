#include "pavlov/kernels/cuda/cursor.h"

#include "pavlov/kernels/cuda/cursor-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "cursor";

template <class T>
void launch_read(Stream& stream, BasicMatrixView<const T> rows, const Cursor* cursor,
                 std::span<T> out) {
  if (out.size() > rows.cols) {
    throw_argument(kModule, "out of " + std::to_string(out.size()) +
                                " elements: must have at most the " + std::to_string(rows.cols) +
                                " of a row");
  }
  launch(stream, {"read_row", {rows.rows, out.size()}},
         Elements<ReadRow<T>>{{table(rows), cursor, out.data()}, out.size()});
}

}  // namespace

void read_row(Stream& stream, ConstMatrixView rows, const Cursor* cursor, std::span<float> out) {
  launch_read(stream, rows, cursor, out);
}

void read_row(Stream& stream, BasicMatrixView<const std::uint32_t> rows, const Cursor* cursor,
              std::span<std::uint32_t> out) {
  launch_read(stream, rows, cursor, out);
}

void write_row(Stream& stream, std::span<const float> values, const Cursor* cursor,
               MatrixView rows) {
  check_size(kModule, "values", values.size(), rows.cols);
  launch(stream, {"write_row", {rows.rows, rows.cols}},
         Elements<WriteRow>{{values.data(), cursor, table(rows)}, rows.cols});
}

void advance(Stream& stream, Cursor* cursor) {
  launch(stream, {"advance"}, Elements<Advance, 32>{{cursor}, 1});
}

}  // namespace pavlov::kernels::cuda
