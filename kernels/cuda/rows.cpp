#include "pavlov/kernels/cuda/rows.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/rows-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "rows";

template <class T>
void launch_gather(Stream& stream, std::span<const T> source, std::span<const std::uint32_t> index,
                   std::span<T> out) {
  check_size(kModule, "out", out.size(), index.size());
  const GatherValue<T> gather{source.data(), source.size(), index.data(), out.data()};
  launch(stream, {"gather_values", {out.size()}}, Elements<GatherValue<T>>{gather, out.size()});
}

void check_columns(ConstMatrixView values, std::size_t out_size) {
  check_size(kModule, "out", out_size, values.rows);
  if (values.rows != 0) check_least(kModule, "columns", values.cols, 1);
}

}  // namespace

void gather_rows(Stream& stream, ConstMatrixView source, std::span<const std::uint32_t> index,
                 MatrixView out) {
  check_size(kModule, "index", index.size(), out.rows);
  check_shape(kModule, "out", out, index.size(), source.cols);
  launch(stream, {"gather_rows", {out.rows, out.cols}},
         Elements<GatherRow>{{table(source), index.data(), table(out)}, out.rows * out.cols});
}

void gather_values(Stream& stream, std::span<const float> source,
                   std::span<const std::uint32_t> index, std::span<float> out) {
  launch_gather(stream, source, index, out);
}

void gather_values(Stream& stream, std::span<const std::int32_t> source,
                   std::span<const std::uint32_t> index, std::span<std::int32_t> out) {
  launch_gather(stream, source, index, out);
}

void select_columns(Stream& stream, ConstMatrixView values, std::span<const std::int32_t> column,
                    std::span<float> out) {
  check_size(kModule, "column", column.size(), values.rows);
  check_size(kModule, "out", out.size(), values.rows);
  launch(stream, {"select_columns", {values.rows, values.cols}},
         Elements<SelectColumn>{{table(values), column.data(), out.data()}, out.size()});
}

void scatter_columns(Stream& stream, std::span<const float> values,
                     std::span<const std::int32_t> column, MatrixView out) {
  check_size(kModule, "values", values.size(), out.rows);
  check_size(kModule, "column", column.size(), out.rows);
  launch(stream, {"scatter_columns", {out.rows, out.cols}},
         Elements<ScatterColumn>{{values.data(), column.data(), table(out)}, out.rows * out.cols});
}

void argmax_rows(Stream& stream, ConstMatrixView values, std::span<std::int32_t> index) {
  check_columns(values, index.size());
  launch(stream, {"argmax_rows", {values.rows, values.cols}},
         ArgmaxKernel{{}, table(values), index.data()});
}

void max_rows(Stream& stream, ConstMatrixView values, std::span<float> out) {
  check_columns(values, out.size());
  launch(stream, {"max_rows", {values.rows, values.cols}},
         MaxKernel{{}, table(values), out.data()});
}

void bootstrap_target(Stream& stream, std::span<const float> reward,
                      std::span<const float> discount, std::span<const float> bootstrap,
                      std::span<float> target) {
  const std::size_t size = target.size();
  check_size(kModule, "reward", reward.size(), size);
  check_size(kModule, "discount", discount.size(), size);
  check_size(kModule, "bootstrap", bootstrap.size(), size);
  launch(stream, {"bootstrap_target", {size}},
         Elements<BootstrapTarget>{
             {reward.data(), discount.data(), bootstrap.data(), target.data()}, size});
}

}  // namespace pavlov::kernels::cuda
