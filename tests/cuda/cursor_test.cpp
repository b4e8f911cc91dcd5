#include "pavlov/kernels/cuda/cursor.h"

#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class CursorTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(CursorTest);

// Captured once, the work goes through all rows, and beyond them touches nothing.
TEST_P(CursorTest, ReplaysGoFromRowToRow) {
  constexpr std::size_t kRows = 3, kColumns = 300, kGap = 2, kShort = 40;
  std::vector<float> rows = normal_values(kRows * (kColumns + kGap), 1);
  auto index = integers_below<std::uint32_t>(kRows * kColumns, 1000, 2);
  OnDevice<float> dev_rows(rows), row(kColumns), out(std::vector<float>(rows.size(), 7.0f));
  OnDevice<std::uint32_t> dev_index(index), first(kShort);
  OnDevice<Cursor> cursor(1);
  const BasicMatrixView<const std::uint32_t> index_rows = dev_index.matrix(kRows);
  const Graph graph = Graph::capture(stream(), {"walk"}, [&] {
    read_row(stream(), dev_rows.matrix(kRows, kGap), cursor.data(), row.span());
    read_row(stream(), index_rows, cursor.data(), first.span());
    write_row(stream(), row, cursor.data(), out.matrix(kRows, kGap));
    advance(stream(), cursor.data());
  });
  for (std::size_t r = 0; r < kRows; ++r) {
    EXPECT_EQ(cursor.value(), r);
    graph.launch(stream());
    expect_same<float>(std::span(rows).subspan(r * (kColumns + kGap), kColumns), row.values());
    expect_same<std::uint32_t>(std::span(index).subspan(r * kColumns, kShort), first.values());
  }
  const std::vector<float> written = out.values();
  for (std::size_t r = 0; r < kRows; ++r) {
    const std::size_t at = r * (kColumns + kGap);
    expect_same<float>(std::span(rows).subspan(at, kColumns),
                       std::span(written).subspan(at, kColumns));
    EXPECT_EQ(written[at + kColumns], 7.0f);
  }
  graph.launch(stream());
  expect_same<float>(written, out.values(), "beyond the last row");
  EXPECT_TRUE(std::isnan(row.values()[5]));
  EXPECT_EQ(first.values()[5], 0xffffffffu);
}

TEST_P(CursorTest, WrongSizesAreArguments) {
  OnDevice<float> rows(12), out(5);
  OnDevice<Cursor> cursor(1);
  EXPECT_THROW(read_row(stream(), rows.matrix(3), cursor.data(), out), std::invalid_argument);
  EXPECT_THROW(write_row(stream(), out, cursor.data(), rows.matrix(3)), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
