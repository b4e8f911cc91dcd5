#include "pavlov/kernels/cuda/rows.h"

#include "pavlov/kernels/rows.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class RowsTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(RowsTest);

constexpr std::size_t kRows[] = {1, 7, 8, 9, 300};
constexpr std::size_t kCols[] = {1, 2, 31, 32, 33, 100};

TEST_P(RowsTest, GathersEqualTheProcessors) {
  for (const std::size_t cols : kCols) {
    std::vector<float> source = normal_values(50 * cols, 1), out(70 * cols), values(70);
    const std::vector<std::int32_t> whole = integers_below<std::int32_t>(50, 1000, 2);
    const std::vector<std::uint32_t> index = integers_below<std::uint32_t>(70, 50, 3);
    std::vector<std::int32_t> integers(70);
    OnDevice<float> s(source), o(out.size()), v(70);
    OnDevice<std::int32_t> w(whole), n(70);
    OnDevice<std::uint32_t> i(index);
    kernels::gather_rows(matrix_of(source, 50), index, matrix_of(out, 70));
    gather_rows(stream(), s.matrix(50), i, o.matrix(70));
    expect_same<float>(out, o.values());
    kernels::gather_values(std::span<const float>(source).first(50), index, values);
    gather_values(stream(), s.span().first(50), i, v.span());
    expect_same<float>(values, v.values());
    kernels::gather_values(std::span<const std::int32_t>(whole), index, std::span(integers));
    gather_values(stream(), w, i, n);
    expect_same<std::int32_t>(integers, n.values());
  }
}

TEST_P(RowsTest, ColumnsEqualTheProcessors) {
  for (const std::size_t rows : kRows) {
    for (const std::size_t cols : kCols) {
      std::vector<float> values = normal_values(rows * cols, 1), picked(rows), out(rows * cols);
      const auto column = integers_below<std::int32_t>(rows, static_cast<std::uint32_t>(cols), 2);
      OnDevice<float> v(values), p(rows), o(rows * cols);
      OnDevice<std::int32_t> c(column);
      kernels::select_columns(matrix_of(values, rows), column, picked);
      select_columns(stream(), v.matrix(rows), c, p);
      expect_same<float>(picked, p.values());
      kernels::scatter_columns(picked, column, matrix_of(out, rows));
      scatter_columns(stream(), p, c, o.matrix(rows));
      expect_same<float>(out, o.values());
    }
  }
}

TEST_P(RowsTest, ExtremesEqualTheProcessors) {
  for (const std::size_t rows : kRows) {
    for (const std::size_t cols : kCols) {
      std::vector<float> values = normal_values(rows * cols, 1);
      for (std::size_t i = 0; i < values.size(); i += 5) values[i] = 1.0f;  // ties
      for (std::size_t i = 3; i < values.size(); i += 11) values[i] = std::nanf("");
      for (std::size_t i = 4; i < values.size(); i += 7) values[i] = -INFINITY;
      if (rows > 1) {
        for (std::size_t c = 0; c < cols; ++c) {
          values[c] = std::nanf("");
          values[cols + c] = -INFINITY;
        }
      }
      std::vector<std::int32_t> index(rows);
      std::vector<float> largest(rows);
      OnDevice<float> v(values), l(rows);
      OnDevice<std::int32_t> i(rows);
      kernels::argmax_rows(matrix_of(values, rows), index);
      argmax_rows(stream(), v.matrix(rows), i);
      expect_same<std::int32_t>(index, i.values(), std::to_string(cols));
      kernels::max_rows(matrix_of(values, rows), largest);
      max_rows(stream(), v.matrix(rows), l);
      expect_close(largest, l.values());
    }
  }
}

TEST_P(RowsTest, BootstrapTargets) {
  const std::vector<float> reward = {1, 2, 3}, discount = {0.5f, 0, 1}, value = {10, 20, 30};
  OnDevice<float> r(reward), d(discount), v(value), target(3);
  bootstrap_target(stream(), r, d, v, target);
  EXPECT_EQ(target.values(), (std::vector<float>{6, 2, 33}));
}

TEST_P(RowsTest, IndicesOutOfRangeGiveNoValue) {
  OnDevice<float> source(std::vector<float>{1, 2, 3, 4, 5, 6}), out(6), picked(3);
  OnDevice<std::uint32_t> index(std::vector<std::uint32_t>{2, 3, 0xffffffffu});
  gather_rows(stream(), source.matrix(3), index, out.matrix(3));
  expect_close({{5, 6, NAN, NAN, NAN, NAN}}, out.values());
  OnDevice<std::int32_t> whole(std::vector<std::int32_t>{7, 8, 9}), integers(3);
  gather_values(stream(), whole, index, integers);
  EXPECT_EQ(integers.values(), (std::vector<std::int32_t>{9, -1, -1}));
  OnDevice<std::int32_t> column(std::vector<std::int32_t>{1, 2, -1});
  select_columns(stream(), source.matrix(3), column, picked);
  expect_close({{2, NAN, NAN}}, picked.values());
  scatter_columns(stream(), picked, column, out.matrix(3));
  expect_close({{0, 2, NAN, NAN, NAN, NAN}}, out.values());
}

TEST_P(RowsTest, WrongShapesAreArguments) {
  OnDevice<float> a(6), b(4);
  OnDevice<std::uint32_t> index(3);
  OnDevice<std::int32_t> column(3);
  EXPECT_THROW(gather_rows(stream(), a.matrix(3), index, b.matrix(2)), std::invalid_argument);
  EXPECT_THROW(gather_rows(stream(), a.matrix(3), index, a.matrix(3, 1)), std::invalid_argument);
  EXPECT_THROW(gather_values(stream(), a.span(), index, b.span()), std::invalid_argument);
  EXPECT_THROW(select_columns(stream(), a.matrix(2), column, b), std::invalid_argument);
  EXPECT_THROW(scatter_columns(stream(), b, column, a.matrix(3)), std::invalid_argument);
  EXPECT_THROW(argmax_rows(stream(), a.matrix(2), column), std::invalid_argument);
  EXPECT_THROW(max_rows(stream(), a.matrix(2), b), std::invalid_argument);
  EXPECT_THROW(max_rows(stream(), a.matrix(6, 1), a), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
