// Row operations against plain loops, on every SIMD target.
#include "pavlov/kernels/rows.h"

#include <algorithm>
#include <numeric>

#include "pavlov/tests/kernels/every_target.h"

namespace pavlov::kernels {
namespace {

class RowsTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(RowsTest);

constexpr float kSentinel = -777.0f;
constexpr std::size_t kColumns[] = {1, 2, 3, 4, 5, 6, 7, 8, 17, 33};

std::vector<std::uint32_t> random_index(std::size_t size, std::uint32_t rows) {
  RandomStream random(11, "index");
  std::vector<std::uint32_t> index(size);
  for (std::uint32_t& i : index) i = random.below(rows);
  return index;
}

TEST_P(RowsTest, GatherRows) {
  constexpr std::size_t kRows = 23;
  for (const std::size_t cols : kColumns) {
    for (const std::size_t size : kLengths) {
      const std::vector<float> source = values_with_outliers(kRows * (cols + 2) + 1, 1);
      const std::vector<std::uint32_t> index = random_index(size, kRows);
      std::vector<float> out(size * (cols + 1) + 1, kSentinel);
      const ConstMatrixView from(source.data() + 1, kRows, cols, cols + 2);
      gather_rows(from, index, {out.data() + 1, size, cols, cols + 1});
      for (std::size_t b = 0; b < size; ++b) {
        for (std::size_t c = 0; c < cols; ++c) {
          ASSERT_EQ(out[1 + b * (cols + 1) + c], from(index[b], c));
        }
        ASSERT_EQ(out[b * (cols + 1)], kSentinel);
      }
    }
  }
}

TEST_P(RowsTest, GatherValues) {
  const std::vector<float> source = values_with_outliers(50, 2);
  std::vector<std::int32_t> integers(50);
  std::iota(integers.begin(), integers.end(), -25);
  for (const std::size_t size : kLengths) {
    const std::vector<std::uint32_t> index = random_index(size, 50);
    std::vector<float> out(size);
    std::vector<std::int32_t> out_integers(size);
    gather_values(source, index, out);
    gather_values(integers, index, out_integers);
    for (std::size_t b = 0; b < size; ++b) {
      ASSERT_EQ(out[b], source[index[b]]);
      ASSERT_EQ(out_integers[b], integers[index[b]]);
    }
  }
}

TEST_P(RowsTest, SelectAndScatterAreTransposes) {
  for (const std::size_t cols : kColumns) {
    for (const std::size_t rows : kLengths) {
      std::vector<float> values = values_with_outliers(rows * (cols + 1), 3);
      std::vector<std::int32_t> column(rows);
      for (std::size_t b = 0; b < rows; ++b) column[b] = static_cast<std::int32_t>((b * 7) % cols);
      std::vector<float> picked(rows);
      const MatrixView view(values.data(), rows, cols, cols + 1);
      select_columns(view, column, picked);
      for (std::size_t b = 0; b < rows; ++b) {
        ASSERT_EQ(picked[b], view(b, static_cast<std::size_t>(column[b])));
      }
      std::vector<float> gaps(rows);
      for (std::size_t b = 0; b < rows; ++b) gaps[b] = values[b * (cols + 1) + cols];
      scatter_columns(picked, column, view);
      for (std::size_t b = 0; b < rows; ++b) {
        for (std::size_t c = 0; c < cols; ++c) {
          ASSERT_EQ(view(b, c), static_cast<std::size_t>(column[b]) == c ? picked[b] : 0.0f);
        }
        ASSERT_EQ(values[b * (cols + 1) + cols], gaps[b]);
      }
    }
  }
}

// Rows of small integers (many ties), with infinities and NaN sprinkled in.
std::vector<float> tied_values(std::size_t size) {
  RandomStream random(4, "ties");
  std::vector<float> values(size);
  for (float& value : values) {
    const std::uint32_t kind = random.below(12);
    value = static_cast<float>(random.below(3)) - 1.0f;
    if (kind == 0) value = kInfinity;
    if (kind == 1) value = -kInfinity;
    if (kind == 2 || kind == 3) value = kNan;
  }
  return values;
}

std::int32_t plain_argmax(std::span<const float> row) {
  std::size_t best = row.size();
  for (std::size_t c = 0; c < row.size(); ++c) {
    if (!std::isnan(row[c]) && (best == row.size() || row[c] > row[best])) best = c;
  }
  return best == row.size() ? 0 : static_cast<std::int32_t>(best);
}

TEST_P(RowsTest, ArgmaxAndMax) {
  for (const std::size_t cols : kColumns) {
    for (const std::size_t rows : kLengths) {
      for (const std::size_t gap : {0, 1}) {
        const std::vector<float> values = tied_values(rows * (cols + gap) + 1);
        const ConstMatrixView view(values.data() + 1, rows, cols, cols + gap);
        std::vector<std::int32_t> index(rows, -1);
        std::vector<float> best(rows, kSentinel);
        argmax_rows(view, index);
        max_rows(view, best);
        for (std::size_t b = 0; b < rows; ++b) {
          const std::span<const float> row = view.row(b);
          ASSERT_EQ(index[b], plain_argmax(row)) << cols << " columns, row " << b;
          const bool has_nan = std::any_of(row.begin(), row.end(), [](float v) { return v != v; });
          if (has_nan) {
            ASSERT_TRUE(std::isnan(best[b])) << cols << " columns, row " << b;
          } else {
            ASSERT_EQ(best[b], *std::max_element(row.begin(), row.end()));
          }
        }
      }
    }
  }
}

TEST_P(RowsTest, ArgmaxOfWorstRows) {
  for (const std::size_t cols : {2, 3, 4, 9}) {
    for (const float fill : {kNan, -kInfinity, kInfinity}) {
      const std::vector<float> values(40 * cols, fill);
      std::vector<std::int32_t> index(40, -1);
      argmax_rows({values.data(), 40, cols}, index);
      EXPECT_EQ(index, std::vector<std::int32_t>(40, 0));
    }
  }
}

TEST_P(RowsTest, RangeAndFinitenessAtEveryPosition) {
  for (const std::size_t size : kLengths) {
    std::vector<std::int32_t> integers(size, 6);
    std::vector<float> floats(size, 3e38f);
    EXPECT_TRUE(all_in_range(integers, 7));
    EXPECT_TRUE(all_finite(floats));
    EXPECT_EQ(all_in_range(integers, 6), size == 0);
    EXPECT_EQ(all_in_range(integers, 0), size == 0);
    EXPECT_EQ(all_in_range(integers, -1), size == 0);
    for (std::size_t i = 0; i < size; ++i) {
      for (const std::int32_t wrong : {-1, 7, INT32_MIN, INT32_MAX}) {
        integers[i] = wrong;
        ASSERT_FALSE(all_in_range(integers, 7)) << i;
      }
      integers[i] = 0;
      for (const float wrong : {kNan, kInfinity, -kInfinity}) {
        floats[i] = wrong;
        ASSERT_FALSE(all_finite(floats)) << i;
      }
      floats[i] = -3e38f;
    }
  }
}

TEST(RowsErrors, NameTheRule) {
  std::vector<float> a(12), three(3);
  std::vector<std::int32_t> column = {0, 1, 3}, two_columns = {0, 1};
  const std::vector<std::uint32_t> index = {0, 5, 1};
  const MatrixView m34(a.data(), 3, 4), m43(a.data(), 4, 3);
  const auto fails = [](auto&& call, std::string_view prefix) {
    const std::string message = argument_error(call);
    EXPECT_TRUE(starts_with(message, prefix)) << message;
  };
  fails([&] { gather_rows(m34, index, m34); }, "[rows] index 5: must be below the 3 source rows");
  fails([&] { gather_rows(m34, index, m43); }, "[rows] index has 3");
  fails([&] { gather_rows(m43, std::span(index).first(3), m34); }, "[rows] out has 4 columns");
  fails([&] { gather_values(std::span<const float>(three), index, three); }, "[rows] index 5");
  fails([&] { gather_values(std::span<const float>(a), index, a); }, "[rows] out has 12");
  fails([&] { select_columns(m43.rows_from(0, 3), column, three); }, "[rows] a column index");
  fails([&] { select_columns(m34, two_columns, three); }, "[rows] column has 2");
  fails([&] { scatter_columns(three, column, m43.rows_from(0, 3)); }, "[rows] a column index");
  fails([&] { scatter_columns(a, column, m34); }, "[rows] values has 12");
  column[2] = -1;
  fails([&] { scatter_columns(three, column, m34); }, "[rows] a column index");
  fails([&] { argmax_rows(m34, two_columns); }, "[rows] out has 2");
  fails([&] { max_rows(m34, a); }, "[rows] out has 12");
  fails([&] { max_rows({a.data(), 3, 0}, three); }, "[rows] values have 0 columns");
}

}  // namespace
}  // namespace pavlov::kernels
