#include "pavlov/kernels/dueling.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/dueling.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/kernels/cpu/elementwise-inl.h"

#ifndef PAVLOV_KERNELS_CPU_DUELING_ARGUMENTS  // arguments, the same type for every target
#define PAVLOV_KERNELS_CPU_DUELING_ARGUMENTS

namespace pavlov::kernels {
namespace {

struct DuelingBatch {
  ConstMatrixView in;  // (B,A*Z): advantages, or the gradient at the outputs
  MatrixView value;    // (B,Z): read by forward, written by backward
  MatrixView out;      // (B,A*Z)
};

// One row: `atoms` numbers for each of `actions` actions.
struct DuelingRow {
  const float* in;
  float* value;
  float* out;
  std::size_t actions, atoms;
};

// Sum and difference of two matrices (B,Z).
struct SumAndDifference {
  ConstMatrixView x, y;
  MatrixView sum, difference;
};

}  // namespace
}  // namespace pavlov::kernels

#endif  // arguments

HWY_BEFORE_NAMESPACE();
namespace pavlov::kernels {
namespace HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

// `load` and `store` are those of a whole vector or of the last few atoms.
template <bool kBackward, class Load, class Store>
HWY_INLINE void dueling_atoms(const DuelingRow& row, std::size_t z, const Load& load,
                              const Store& store) {
  const hn::ScalableTag<float> d;
  auto sum = load(row.in + z);
  for (std::size_t a = 1; a < row.actions; ++a) {
    sum = hn::Add(sum, load(row.in + a * row.atoms + z));
  }
  const auto mean = hn::Div(sum, hn::Set(d, static_cast<float>(row.actions)));
  if constexpr (kBackward) store(sum, row.value + z);
  for (std::size_t a = 0; a < row.actions; ++a) {
    const auto in = load(row.in + a * row.atoms + z);
    const auto out =
        kBackward ? hn::Sub(in, mean) : hn::Add(in, hn::Sub(load(row.value + z), mean));
    store(out, row.out + a * row.atoms + z);
  }
}

template <bool kBackward>
HWY_INLINE void dueling_rows(const DuelingBatch& p) {
  const std::size_t atoms = p.value.cols;
  for (std::size_t b = 0; b < p.in.rows; ++b) {
    const DuelingRow row = {p.in.data + b * p.in.stride, p.value.data + b * p.value.stride,
                            p.out.data + b * p.out.stride, p.in.cols / atoms, atoms};
    over_vectors(atoms, [&](std::size_t z, const auto& load, const auto& store)
                            HWY_ATTR { dueling_atoms<kBackward>(row, z, load, store); });
  }
}

void DuelingPair(const SumAndDifference& p) {
  for (std::size_t b = 0; b < p.x.rows; ++b) {
    const float* x = p.x.data + b * p.x.stride;
    const float* y = p.y.data + b * p.y.stride;
    float* sum = p.sum.data + b * p.sum.stride;
    float* difference = p.difference.data + b * p.difference.stride;
    over_vectors(p.x.cols, [&](std::size_t z, const auto& load, const auto& store) HWY_ATTR {
      const auto u = load(x + z), v = load(y + z);
      store(hn::Add(u, v), sum + z);
      store(hn::Sub(u, v), difference + z);
    });
  }
}

// out (B,Z)[b] = x (B,Z)[b] + y (B,Z)[b] where action[b] is 0, else x[b] - y[b].
void DuelingPairOfActions(const ConstMatrixView& x, const ConstMatrixView& y,
                          const std::int32_t* action, const MatrixView& out) {
  for (std::size_t b = 0; b < x.rows; ++b) {
    const auto sign = action[b] == 0 ? 1.0f : -1.0f;
    map([sign](auto d, auto u, auto v) HWY_ATTR { return hn::MulAdd(hn::Set(d, sign), v, u); },
        out.data + b * out.stride, x.cols, x.data + b * x.stride, y.data + b * y.stride);
  }
}

void DuelingForward(const DuelingBatch& p) { dueling_rows<false>(p); }
void DuelingBackward(const DuelingBatch& p) { dueling_rows<true>(p); }

}  // namespace
}  // namespace HWY_NAMESPACE
}  // namespace pavlov::kernels
HWY_AFTER_NAMESPACE();

#if HWY_ONCE

#include <algorithm>
#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::kernels {

HWY_EXPORT(DuelingForward);
HWY_EXPORT(DuelingBackward);
HWY_EXPORT(DuelingPair);
HWY_EXPORT(DuelingPairOfActions);

namespace {

void check_shapes(const ConstMatrixView& value, const ConstMatrixView& in,
                  const ConstMatrixView& out) {
  if (value.cols == 0 || in.cols == 0 || in.cols % value.cols != 0 || in.rows != value.rows) {
    throw_argument("dueling", "value " + dimensions_text(value) + " and advantage " +
                                  dimensions_text(in) + ": must be (B, Z) and (B, A*Z)");
  }
  if (out.rows != in.rows || out.cols != in.cols) {
    throw_argument("dueling", "out " + dimensions_text(out) + ": must be " + dimensions_text(in));
  }
}

void check_pair(const ConstMatrixView& value, const ConstMatrixView& half,
                const ConstMatrixView& out, std::size_t blocks) {
  if (half.rows == value.rows && half.cols == value.cols && out.rows == value.rows &&
      out.cols == blocks * value.cols) {
    return;
  }
  throw_argument("dueling", "pair: value " + dimensions_text(value) + ", half " +
                                dimensions_text(half) + " and out " + dimensions_text(out) +
                                ": must be (B, Z), (B, Z) and (B, " + (blocks == 2 ? "2*" : "") +
                                "Z)");
}

void check_actions(std::span<const std::int32_t> action, std::size_t rows) {
  if (action.size() == rows && all_in_range(action, 2)) return;
  throw_argument("dueling", "pair: " + std::to_string(action.size()) + " actions of " +
                                std::to_string(rows) + " rows: must be as many, each 0 or 1");
}

// The columns of one of two actions.
template <class T>
BasicMatrixView<T> block(const BasicMatrixView<T>& both, std::size_t action) {
  const std::size_t cols = both.cols / 2;
  return {both.data + action * cols, both.rows, cols, both.stride};
}

}  // namespace

void dueling_forward(ConstMatrixView value, ConstMatrixView advantage, MatrixView out) {
  check_shapes(value, advantage, out);
  // Forward only reads the value.
  const MatrixView read = {const_cast<float*>(value.data), value.rows, value.cols, value.stride};
  PAVLOV_DISPATCH(DuelingForward)({advantage, read, out});
}

void dueling_backward(ConstMatrixView d_out, MatrixView d_value, MatrixView d_advantage) {
  check_shapes(d_value, d_out, d_advantage);
  PAVLOV_DISPATCH(DuelingBackward)({d_out, d_value, d_advantage});
}

void dueling_pair_forward(ConstMatrixView value, ConstMatrixView half, MatrixView out) {
  check_pair(value, half, out, 2);
  PAVLOV_DISPATCH(DuelingPair)({value, half, block(out, 0), block(out, 1)});
}

void dueling_pair_forward(ConstMatrixView value, ConstMatrixView half,
                          std::span<const std::int32_t> action, MatrixView out) {
  check_pair(value, half, out, 1);
  check_actions(action, value.rows);
  PAVLOV_DISPATCH(DuelingPairOfActions)(value, half, action.data(), out);
}

void dueling_pair_backward(ConstMatrixView d_out, MatrixView d_value, MatrixView d_half) {
  check_pair(d_value, d_half, d_out, 2);
  PAVLOV_DISPATCH(DuelingPair)({block(d_out, 0), block(d_out, 1), d_value, d_half});
}

void dueling_pair_backward(ConstMatrixView d_out, std::span<const std::int32_t> action,
                           MatrixView d_value, MatrixView d_half) {
  check_pair(d_value, d_half, d_out, 1);
  check_actions(action, d_out.rows);
  for (std::size_t b = 0; b < d_out.rows; ++b) {
    if (d_value.data != d_out.data) std::ranges::copy(d_out.row(b), d_value.row(b).begin());
    const float sign = action[b] == 0 ? 1.0f : -1.0f;
    std::ranges::transform(d_out.row(b), d_half.row(b).begin(), [=](float g) { return sign * g; });
  }
}

}  // namespace pavlov::kernels

#endif  // HWY_ONCE
