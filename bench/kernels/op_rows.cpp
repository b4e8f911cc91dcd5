// Single ops, on memory that stays in the cache.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "pavlov/bench/kernels/baselines.h"
#include "pavlov/bench/kernels/rows.h"
#include "pavlov/bench/sides.h"
#include "pavlov/bench/torch_dqn.h"
#include "pavlov/bench/torch_ops.h"
#include "pavlov/kernels/layer_norm.h"

namespace pavlov::bench {
namespace {

using kernels::Tensor;

constexpr float kEpsilon = 1e-5f;  // of layer norm (PyTorch)

KernelRow row_of(const std::string& what, std::size_t n, std::size_t cols, double wanted) {
  KernelRow row{.suite = "ops",
                .what = what,
                .shape = cols == 0 ? "" : std::to_string(cols),
                .n = static_cast<std::int64_t>(n),
                .unit = cols == 0 ? "ns/element" : "us",
                .items = cols == 0 ? static_cast<double>(n) : 1.0,
                .wanted = wanted};
  if (has_baselines()) row.baselines = {{"torch", torch_description()}};
  return row;
}

// Both sides, once their results have been seen to agree. `theirs` makes LibTorch's.
template <class Ours, class Theirs>
Sides agreeing(const std::string& name, Ours ours, std::span<const float> our_result,
               Theirs&& theirs, std::span<const float> their_result) {
  Sides sides{std::move(ours), {}};
  sides.ours();
  if (!has_baselines()) return sides;
  sides.baselines.push_back(theirs());
  sides.baselines.front()();
  require_near(name, our_result, their_result.data(), 1e-5f);
  return sides;
}

struct RowBuffers {
  RowBuffers(std::size_t rows, std::size_t cols)
      : x({rows, cols}), y({rows, cols}), dy({rows, cols}), dx({rows, cols}), theirs({rows, cols}) {
    fill_uniform(x.span(), 4.0f, "x");
    fill_uniform(dy.span(), 1.0f, "dy");
  }
  Tensor x, y, dy, dx, theirs;
};

struct LayerNormBuffers : RowBuffers {
  LayerNormBuffers(std::size_t rows, std::size_t cols)
      : RowBuffers(rows, cols),
        gamma({cols}),
        beta({cols}),
        mean({rows}),
        inverse_std({rows}),
        dgamma({cols}),
        dbeta({cols}) {
    fill_uniform(gamma.span(), 1.0f, "gamma");
    fill_uniform(beta.span(), 1.0f, "beta");
  }
  void forward() {
    kernels::layer_norm_forward(x.matrix(), gamma.span(), beta.span(), kEpsilon, y.matrix(),
                                mean.span(), inverse_std.span());
  }
  // Adds to dgamma and dbeta: dx alone is compared.
  void backward() {
    kernels::layer_norm_backward(x.matrix(), gamma.span(), mean.span(), inverse_std.span(),
                                 dy.matrix(), dx.matrix(), dgamma.span(), dbeta.span());
  }
  Tensor gamma, beta, mean, inverse_std, dgamma, dbeta;
};

}  // namespace

KernelRow activation_row(const std::string& op,
                         void (*forward)(std::span<const float>, std::span<float>), std::size_t n,
                         double wanted) {
  KernelRow row = row_of(op, n, 0, wanted);
  row.make = [op, forward, n] {
    const auto b = std::make_shared<RowBuffers>(1, n);
    return agreeing(
        op, [b, forward] { forward(b->x.span(), b->y.span()); }, b->y.span(),
        [&] { return torch_forward(op, b->x.span(), b->theirs.span()); }, b->theirs.span());
  };
  return row;
}

KernelRow row_op_row(const std::string& op,
                     void (*forward)(kernels::ConstMatrixView, kernels::MatrixView),
                     std::size_t rows, std::size_t cols, double wanted) {
  KernelRow row = row_of(op, rows, cols, wanted);
  row.make = [op, forward, rows, cols] {
    const auto b = std::make_shared<RowBuffers>(rows, cols);
    return agreeing(
        op, [b, forward] { forward(b->x.matrix(), b->y.matrix()); }, b->y.span(),
        [&] { return torch_rows_forward(op, b->x, b->theirs); }, b->theirs.span());
  };
  return row;
}

KernelRow row_op_backward_row(const std::string& op,
                              void (*forward)(kernels::ConstMatrixView, kernels::MatrixView),
                              void (*backward)(kernels::ConstMatrixView, kernels::ConstMatrixView,
                                               kernels::MatrixView),
                              std::size_t rows, std::size_t cols, double wanted) {
  KernelRow row = row_of(op + "_backward", rows, cols, wanted);
  row.make = [op, forward, backward, rows, cols] {
    const auto b = std::make_shared<RowBuffers>(rows, cols);
    forward(b->x.matrix(), b->y.matrix());
    return agreeing(
        op + "_backward",
        [b, backward] { backward(b->y.matrix(), b->dy.matrix(), b->dx.matrix()); }, b->dx.span(),
        [&] { return torch_rows_backward(op, b->y, b->dy, b->theirs); }, b->theirs.span());
  };
  return row;
}

KernelRow layer_norm_row(std::size_t rows, std::size_t cols, double wanted) {
  KernelRow row = row_of("layer_norm", rows, cols, wanted);
  row.make = [rows, cols] {
    const auto b = std::make_shared<LayerNormBuffers>(rows, cols);
    return agreeing(
        "layer_norm", [b] { b->forward(); }, b->y.span(),
        [&] { return torch_layer_norm(b->x, b->gamma, b->beta, kEpsilon, b->theirs); },
        b->theirs.span());
  };
  return row;
}

KernelRow layer_norm_backward_row(std::size_t rows, std::size_t cols, double wanted) {
  KernelRow row = row_of("layer_norm_backward", rows, cols, wanted);
  row.make = [rows, cols] {
    const auto b = std::make_shared<LayerNormBuffers>(rows, cols);
    b->forward();
    return agreeing(
        "layer_norm_backward", [b] { b->backward(); }, b->dx.span(),
        [&] {
          return torch_layer_norm_backward(b->x, b->gamma, b->beta, kEpsilon, b->dy, b->theirs);
        },
        b->theirs.span());
  };
  return row;
}

}  // namespace pavlov::bench
