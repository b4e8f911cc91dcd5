#include "pavlov/kernels/shape_pool.h"

#include <gtest/gtest.h>

#include <memory>
#include <new>

namespace pavlov::kernels {
namespace {

struct Rows {
  std::size_t rows;
};

Rows& get(ShapePool<Rows>& pool, std::size_t rows) {
  return pool.get(rows, [rows] { return std::make_unique<Rows>(Rows{rows}); });
}

TEST(ShapePool, KeepsOneWorkspacePerShape) {
  ShapePool<Rows> pool;
  EXPECT_EQ(pool.use().hit_rate(), 0.0);
  const Rows* whole = &get(pool, 64);
  const Rows* last = &get(pool, 17);
  EXPECT_NE(whole, last);
  for (int epoch = 0; epoch < 10; ++epoch) {
    EXPECT_EQ(&get(pool, 64), whole);
    EXPECT_EQ(&get(pool, 17), last);
  }
  EXPECT_EQ(whole->rows, 64u);
  EXPECT_EQ(last->rows, 17u);
  EXPECT_EQ(pool.use().misses, 2);
  EXPECT_EQ(pool.use().hits, 20);
  EXPECT_DOUBLE_EQ(pool.use().hit_rate(), 20.0 / 22.0);
}

TEST(ShapePool, TheShapeThatRestedLongestMakesRoom) {
  ShapePool<Rows> pool;
  constexpr std::size_t kMost = ShapePool<Rows>::kMostShapes;
  for (std::size_t rows = 1; rows <= kMost; ++rows) get(pool, rows);
  get(pool, 1);  // so 2 has rested longest
  get(pool, kMost + 1);
  EXPECT_EQ(pool.use().misses, static_cast<std::int64_t>(kMost) + 1);
  get(pool, 1);
  for (std::size_t rows = 3; rows <= kMost + 1; ++rows) EXPECT_EQ(get(pool, rows).rows, rows);
  EXPECT_EQ(pool.use().misses, static_cast<std::int64_t>(kMost) + 1);
  EXPECT_EQ(get(pool, 2).rows, 2u);
  EXPECT_EQ(pool.use().misses, static_cast<std::int64_t>(kMost) + 2);
}

TEST(ShapePool, AWorkspaceThatCannotBeMadeIsNotKept) {
  ShapePool<Rows> pool;
  get(pool, 4);
  EXPECT_THROW(pool.get(5, []() -> std::unique_ptr<Rows> { throw std::bad_alloc(); }),
               std::bad_alloc);
  EXPECT_EQ(get(pool, 4).rows, 4u);
  EXPECT_EQ(get(pool, 5).rows, 5u);
}

}  // namespace
}  // namespace pavlov::kernels
