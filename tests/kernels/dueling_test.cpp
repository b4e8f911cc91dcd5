// Dueling networks against plain loops in double, on every SIMD target.
#include "pavlov/kernels/dueling.h"

#include <cstring>
#include <utility>
#include <vector>

#include "pavlov/tests/kernels/every_target.h"
#include "pavlov/tests/kernels/strided.h"

namespace pavlov::kernels {
namespace {

constexpr std::size_t kAtoms[] = {1, 2, 7, 8, 9, 16, 17, 31, 51};
constexpr std::size_t kActions[] = {1, 2, 3, 18};

double wide(float x) { return static_cast<double>(x); }

template <class Check>
void over_shapes(Check&& check) {
  std::size_t turn = 0;
  for (const std::size_t rows : {std::size_t{0}, std::size_t{1}, std::size_t{5}}) {
    for (const std::size_t actions : kActions) {
      for (const std::size_t atoms : kAtoms) {
        SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(actions) + " actions, " +
                     std::to_string(atoms) + " atoms");
        check(rows, actions, atoms, turn++);
        if (testing::Test::HasFatalFailure()) return;
      }
    }
  }
}

StridedMatrix matrix(std::size_t rows, std::size_t cols, std::size_t turn) {
  return {rows, cols, turn % 3, turn % 5, values_with_outliers(rows * cols, 1 + turn)};
}

class DuelingTest : public EveryTarget {};
PAVLOV_ON_EVERY_TARGET(DuelingTest);

TEST_P(DuelingTest, ForwardOfEveryShape) {
  over_shapes([](std::size_t rows, std::size_t actions, std::size_t atoms, std::size_t turn) {
    const StridedMatrix value = matrix(rows, atoms, turn);
    const StridedMatrix advantage = matrix(rows, actions * atoms, turn + 1000);
    StridedMatrix out(rows, actions * atoms, (turn + 1) % 3, turn % 2);
    dueling_forward(value.view(), advantage.view(), out.view());
    for (std::size_t b = 0; b < rows; ++b) {
      for (std::size_t z = 0; z < atoms; ++z) {
        double mean = 0.0, magnitude = std::abs(wide(value(b, z)));
        for (std::size_t a = 0; a < actions; ++a) {
          mean += wide(advantage(b, a * atoms + z)) / static_cast<double>(actions);
          magnitude += std::abs(wide(advantage(b, a * atoms + z)));
        }
        for (std::size_t a = 0; a < actions; ++a) {
          const double expected = wide(value(b, z)) + wide(advantage(b, a * atoms + z)) - mean;
          ASSERT_NEAR(wide(out(b, a * atoms + z)), expected,
                      kEpsilon * static_cast<double>(actions + 4) * magnitude);
        }
      }
    }
    ASSERT_TRUE(out.gaps_untouched());
  });
}

TEST_P(DuelingTest, BackwardOfEveryShape) {
  over_shapes([](std::size_t rows, std::size_t actions, std::size_t atoms, std::size_t turn) {
    const StridedMatrix d_out = matrix(rows, actions * atoms, turn);
    StridedMatrix d_value(rows, atoms, turn % 3, turn % 2);
    StridedMatrix d_advantage(rows, actions * atoms, turn % 2, turn % 3);
    dueling_backward(d_out.view(), d_value.view(), d_advantage.view());
    for (std::size_t b = 0; b < rows; ++b) {
      for (std::size_t z = 0; z < atoms; ++z) {
        double sum = 0.0, magnitude = 0.0;
        for (std::size_t a = 0; a < actions; ++a) {
          sum += wide(d_out(b, a * atoms + z));
          magnitude += std::abs(wide(d_out(b, a * atoms + z)));
        }
        const double bound = kEpsilon * static_cast<double>(actions + 4) * magnitude;
        ASSERT_NEAR(wide(d_value(b, z)), sum, bound);
        for (std::size_t a = 0; a < actions; ++a) {
          ASSERT_NEAR(wide(d_advantage(b, a * atoms + z)),
                      wide(d_out(b, a * atoms + z)) - sum / static_cast<double>(actions), bound);
        }
      }
    }
    ASSERT_TRUE(d_value.gaps_untouched());
    ASSERT_TRUE(d_advantage.gaps_untouched());
  });
}

// A constant added to the advantages of all actions, atom by atom, changes nothing.
TEST_P(DuelingTest, ShiftOfTheAdvantagesChangesNothing) {
  constexpr std::size_t kRows = 4, kA = 3, kZ = 5;
  const StridedMatrix value = matrix(kRows, kZ, 1);
  StridedMatrix advantage(kRows, kA * kZ, 0, 0);
  RandomStream random(1, "advantage");
  for (std::size_t b = 0; b < kRows; ++b) {
    for (float& x : advantage.view().row(b)) x = random.uniform();
  }
  StridedMatrix before(kRows, kA * kZ, 0, 0), after(kRows, kA * kZ, 0, 0);
  dueling_forward(value.view(), advantage.view(), before.view());
  for (std::size_t b = 0; b < kRows; ++b) {
    for (std::size_t j = 0; j < kA * kZ; ++j) {
      advantage(b, j) += 3.0f * static_cast<float>(j % kZ) - 5.0f + static_cast<float>(b);
    }
  }
  dueling_forward(value.view(), advantage.view(), after.view());
  for (std::size_t b = 0; b < kRows; ++b) {
    for (std::size_t j = 0; j < kA * kZ; ++j) {
      EXPECT_NEAR(wide(after(b, j)), wide(before(b, j)), 1e-5 * (1 + std::abs(wide(before(b, j)))));
    }
  }
}

// The ops of two actions do one sum or difference: exactly that of floats.
TEST_P(DuelingTest, PairOfEveryShape) {
  std::size_t turn = 0;
  for (const std::size_t rows : {0, 1, 5}) {
    for (const std::size_t atoms : kAtoms) {
      SCOPED_TRACE(std::to_string(rows) + " rows, " + std::to_string(atoms) + " atoms");
      ++turn;
      const StridedMatrix value = matrix(rows, atoms, turn), half = matrix(rows, atoms, turn + 9);
      std::vector<std::int32_t> action(rows);
      for (std::size_t b = 0; b < rows; ++b) action[b] = b % 3 == 1 ? 0 : 1;
      StridedMatrix both(rows, 2 * atoms, turn % 3, turn % 2);
      StridedMatrix one(rows, atoms, turn % 2, turn % 5);
      dueling_pair_forward(value.view(), half.view(), both.view());
      dueling_pair_forward(value.view(), half.view(), action, one.view());
      const ConstMatrixView d_both = std::as_const(both).view(), d_one = std::as_const(one).view();
      StridedMatrix d_value(rows, atoms, turn % 4, turn % 3), d_half(rows, atoms, 1, 2);
      StridedMatrix d_value_of_one(rows, atoms, 2, 0), d_half_of_one(rows, atoms, 0, 1);
      dueling_pair_backward(d_both, d_value.view(), d_half.view());
      dueling_pair_backward(d_one, action, d_value_of_one.view(), d_half_of_one.view());
      for (std::size_t b = 0; b < rows; ++b) {
        for (std::size_t z = 0; z < atoms; ++z) {
          const float up = value(b, z) + half(b, z), down = value(b, z) - half(b, z);
          ASSERT_EQ(both(b, z), up);
          ASSERT_EQ(both(b, atoms + z), down);
          ASSERT_EQ(one(b, z), action[b] == 0 ? up : down);
          ASSERT_EQ(d_value(b, z), up + down);
          ASSERT_EQ(d_half(b, z), up - down);
          ASSERT_EQ(d_value_of_one(b, z), one(b, z));
          ASSERT_EQ(d_half_of_one(b, z), action[b] == 0 ? one(b, z) : -one(b, z));
        }
      }
      for (const StridedMatrix* m :
           {&both, &one, &d_value, &d_half, &d_value_of_one, &d_half_of_one}) {
        ASSERT_TRUE(m->gaps_untouched());
      }
    }
  }
}

// The half difference of two advantages gives what dueling gives.
TEST_P(DuelingTest, PairEqualsDueling) {
  constexpr std::size_t kRows = 4, kZ = 17;
  const StridedMatrix value = matrix(kRows, kZ, 1), advantage = matrix(kRows, 2 * kZ, 2);
  StridedMatrix half(kRows, kZ, 0, 0), pair(kRows, 2 * kZ, 0, 0), whole(kRows, 2 * kZ, 0, 0);
  for (std::size_t b = 0; b < kRows; ++b) {
    for (std::size_t z = 0; z < kZ; ++z) {
      half(b, z) = 0.5f * (advantage(b, z) - advantage(b, kZ + z));
    }
  }
  dueling_pair_forward(value.view(), half.view(), pair.view());
  dueling_forward(value.view(), advantage.view(), whole.view());
  for (std::size_t b = 0; b < kRows; ++b) {
    for (std::size_t j = 0; j < 2 * kZ; ++j) {
      const std::size_t z = j % kZ;
      const double magnitude = std::abs(wide(value(b, z))) + std::abs(wide(advantage(b, z))) +
                               std::abs(wide(advantage(b, kZ + z)));
      ASSERT_NEAR(wide(pair(b, j)), wide(whole(b, j)), 6 * kEpsilon * magnitude);
    }
  }
}

TEST_P(DuelingTest, MayRunInPlace) {
  StridedMatrix value = matrix(3, 9, 1), advantage = matrix(3, 36, 2), out(3, 36, 0, 0);
  dueling_forward(value.view(), advantage.view(), out.view());
  dueling_forward(value.view(), advantage.view(), advantage.view());
  for (std::size_t b = 0; b < 3; ++b) {
    ASSERT_EQ(std::memcmp(&out(b, 0), &advantage(b, 0), 36 * sizeof(float)), 0);
  }
  StridedMatrix d_value(3, 9, 0, 0);
  dueling_backward(advantage.view(), d_value.view(), out.view());
  dueling_backward(advantage.view(), d_value.view(), advantage.view());
  for (std::size_t b = 0; b < 3; ++b) {
    ASSERT_EQ(std::memcmp(&out(b, 0), &advantage(b, 0), 36 * sizeof(float)), 0);
  }
  const std::vector<std::int32_t> action = {1, 0, 1};
  StridedMatrix half = matrix(3, 9, 3), one(3, 9, 0, 0);
  dueling_pair_forward(value.view(), half.view(), action, one.view());
  dueling_pair_forward(value.view(), half.view(), action, half.view());
  for (std::size_t b = 0; b < 3; ++b) {
    ASSERT_EQ(std::memcmp(&one(b, 0), &half(b, 0), 9 * sizeof(float)), 0);
  }
  dueling_pair_backward(half.view(), action, d_value.view(), one.view());
  dueling_pair_backward(half.view(), action, d_value.view(), half.view());
  for (std::size_t b = 0; b < 3; ++b) {
    ASSERT_EQ(std::memcmp(&one(b, 0), &half(b, 0), 9 * sizeof(float)), 0);
  }
  dueling_pair_backward(d_value.view(), action, d_value.view(), half.view());
  for (std::size_t b = 0; b < 3; ++b) {
    ASSERT_EQ(std::memcmp(&one(b, 0), &half(b, 0), 9 * sizeof(float)), 0);
  }
}

TEST(Dueling, WrongShapesAreNamed) {
  StridedMatrix value(2, 3, 0, 0), advantage(2, 6, 0, 0), odd(2, 7, 0, 0), other(3, 6, 0, 0);
  const auto refused = [](auto&& call) { return starts_with(argument_error(call), "[dueling] "); };
  EXPECT_TRUE(refused([&] { dueling_forward(value.view(), odd.view(), odd.view()); }));
  EXPECT_TRUE(refused([&] { dueling_forward(value.view(), other.view(), other.view()); }));
  EXPECT_TRUE(refused([&] { dueling_forward(value.view(), advantage.view(), odd.view()); }));
  EXPECT_TRUE(refused([&] { dueling_forward(MatrixView(), advantage.view(), odd.view()); }));
  EXPECT_TRUE(refused([&] { dueling_backward(advantage.view(), value.view(), other.view()); }));
  const MatrixView one = value.view(), both = advantage.view();
  const std::vector<std::int32_t> action = {0, 1}, beyond = {0, 2}, before = {-1, 0}, fewer = {0};
  EXPECT_TRUE(refused([&] { dueling_pair_forward(one, both, both); }));
  EXPECT_TRUE(refused([&] { dueling_pair_forward(one, one, one); }));
  EXPECT_TRUE(refused([&] { dueling_pair_forward(one, one, other.view()); }));
  EXPECT_TRUE(refused([&] { dueling_pair_forward(one, one, action, both); }));
  EXPECT_TRUE(refused([&] { dueling_pair_backward(one, one, one); }));
  EXPECT_TRUE(refused([&] { dueling_pair_backward(both, one, both); }));
  EXPECT_TRUE(refused([&] { dueling_pair_backward(both, action, one, one); }));
  for (const auto& wrong : {beyond, before, fewer}) {
    EXPECT_TRUE(refused([&] { dueling_pair_forward(one, one, wrong, one); }));
    EXPECT_TRUE(refused([&] { dueling_pair_backward(one, wrong, one, one); }));
  }
}

}  // namespace
}  // namespace pavlov::kernels
