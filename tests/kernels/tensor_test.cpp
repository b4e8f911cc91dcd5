#include "pavlov/kernels/tensor.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace pavlov::kernels {
namespace {

TEST(TensorTest, IsZeroedAndAligned) {
  for (const std::size_t size : {1, 7, 64, 1000}) {
    const Tensor tensor({size});
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(tensor.data()) % kAlignment, 0u);
    for (const float value : tensor.span()) EXPECT_EQ(value, 0.0f);
  }
}

TEST(TensorTest, KnowsItsShape) {
  Tensor tensor({2, 3, 4});
  EXPECT_EQ(tensor.size(), 24u);
  EXPECT_EQ(tensor.rank(), 3u);
  EXPECT_EQ(tensor.dim(1), 3u);
  EXPECT_EQ(tensor.device(), Device::cpu);
  EXPECT_EQ(tensor.matrix().rows, 6u);
  EXPECT_EQ(tensor.matrix().cols, 4u);
  EXPECT_EQ(tensor.matrix().stride, 4u);
  tensor.matrix()(5, 3) = 1.5f;
  EXPECT_EQ(tensor.span()[23], 1.5f);
}

TEST(TensorTest, EmptyAndScalarShapes) {
  const Tensor none;
  EXPECT_TRUE(none.empty());
  EXPECT_EQ(none.data(), nullptr);
  EXPECT_TRUE(none.matrix().empty());
  const Tensor flat({3, 0});
  EXPECT_TRUE(flat.empty());
  EXPECT_TRUE(flat.matrix().empty());
  const Tensor scalar(std::initializer_list<std::size_t>{});
  EXPECT_EQ(scalar.size(), 1u);
  EXPECT_EQ(scalar.matrix().rows, 1u);
  EXPECT_EQ(scalar.matrix().cols, 1u);
}

TEST(TensorTest, RefusesRankAndSizeOverflow) {
  EXPECT_THROW(Tensor({1, 1, 1, 1, 1}), std::invalid_argument);
  constexpr std::size_t kMost = std::numeric_limits<std::size_t>::max();
  EXPECT_THROW(Tensor({kMost, 2}), std::invalid_argument);
  EXPECT_THROW(Tensor({kMost / 2}), std::invalid_argument);  // elements fit, bytes do not
  EXPECT_THROW(TensorOf<double>({kMost / 8 + 1}), std::invalid_argument);
  EXPECT_THROW(TensorOf<std::uint8_t>({kMost / 2, 2, 2}), std::invalid_argument);
}

TEST(TensorTest, ErrorsNameTheShapeAndTheProcessGoesOn) {
  const auto message = [](auto make) {
    try {
      make();
    } catch (const std::exception& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  constexpr std::size_t kHuge = std::size_t{1} << 40;
  EXPECT_EQ(message([] {
              Tensor({kHuge, kHuge});
            }),
            "[tensor] shape (1099511627776, 1099511627776): has more bytes than an address space");
  EXPECT_EQ(message([] {
              Tensor({1, 2, 3, 4, 5});
            }),
            "[tensor] shape (1, 2, 3, 4, 5): must have at most 4 dimensions");
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // they stop the program here
  EXPECT_THROW(Tensor({kHuge, 1024}), OutOfMemory);
  EXPECT_EQ(message([] {
              Tensor({kHuge, 1024});
            }),
            "[tensor] shape (1099511627776, 1024): [memory] 4503599627370496 bytes: the host has "
            "not as many");
#endif
  Tensor tensor({3, 2});
  EXPECT_EQ(tensor.matrix().rows, 3u);
}

TEST(TensorTest, CloneIsIndependent) {
  Tensor tensor({2, 2});
  tensor.span()[3] = 4.0f;
  Tensor copy = tensor.clone();
  EXPECT_EQ(copy.span()[3], 4.0f);
  EXPECT_EQ(copy.rank(), 2u);
  copy.span()[3] = 5.0f;
  EXPECT_EQ(tensor.span()[3], 4.0f);
  EXPECT_TRUE(Tensor().clone().empty());
}

TEST(TensorTest, MovesItsMemory) {
  Tensor tensor({5});
  const float* data = tensor.data();
  Tensor moved = std::move(tensor);
  EXPECT_EQ(moved.data(), data);
  EXPECT_EQ(moved.size(), 5u);
  Tensor other({2});
  other = std::move(moved);
  EXPECT_EQ(other.data(), data);
  EXPECT_EQ(other.dim(0), 5u);
}

TEST(MatrixViewTest, RowsHonourTheStride) {
  float data[12] = {};
  for (int i = 0; i < 12; ++i) data[i] = static_cast<float>(i);
  const MatrixView view(data, 3, 2, 4);
  EXPECT_EQ(view(2, 1), 9.0f);
  EXPECT_EQ(view.row(1).size(), 2u);
  EXPECT_EQ(view.row(1)[0], 4.0f);
  const ConstMatrixView tail = view.rows_from(1, 2);
  EXPECT_EQ(tail.rows, 2u);
  EXPECT_EQ(tail.stride, 4u);
  EXPECT_EQ(tail(0, 0), 4.0f);
  EXPECT_FALSE(tail.empty());
  EXPECT_TRUE(ConstMatrixView().empty());
}

}  // namespace
}  // namespace pavlov::kernels
