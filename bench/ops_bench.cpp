// Single ops of the tensor core against LibTorch's, on the same memory in the cache. Every pair is
// checked for equal results before anything is timed.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/bench/fast_blas.h"
#include "pavlov/bench/kernels/rows.h"
#include "pavlov/bench/torch_ops.h"
#include "pavlov/bench/work.h"
#include "pavlov/kernels/activation.h"
#include "pavlov/kernels/categorical.h"
#include "pavlov/kernels/gaussian.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/softmax.h"
#include "pavlov/kernels/statistics.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {
namespace {

using kernels::Gelu;
using kernels::Tensor;

// Both sides of one op with one output.
void add(const std::string& name, std::size_t n, const char* unit, double items, const Work& ours,
         std::span<const float> our_result, const Work& theirs,
         std::span<const float> their_result) {
  ours();
  theirs();
  require_near(name, our_result, their_result.data(), 1e-5f);
  add_pair({.suite = "ops",
            .name = name,
            .n = static_cast<std::int64_t>(n),
            .unit = unit,
            .items = items,
            .baseline = torch_name()},
           timed(ours), timed(theirs));
}

using Forward = void (*)(std::span<const float>, std::span<float>);
using Backward = void (*)(std::span<const float>, std::span<const float>, std::span<float>);

void add_activation(const std::string& op, Forward forward, Backward backward, bool from_result) {
  constexpr std::size_t kSize = 16384;
  struct Buffers {
    Tensor x{{kSize}}, y{{kSize}}, dy{{kSize}}, dx{{kSize}}, their_dx{{kSize}};
  };
  auto b = std::make_shared<Buffers>();
  fill_uniform(b->x.span(), 4.0f, "x");
  fill_uniform(b->dy.span(), 1.0f, "dy");
  forward(b->x.span(), b->y.span());
  add_row(activation_row(op, forward, kSize));
  const Tensor& kept = from_result ? b->y : b->x;
  add(
      op + "_backward", kSize, "ns/element", kSize,
      [b, backward, &kept] { backward(kept.span(), b->dy.span(), b->dx.span()); }, b->dx.span(),
      torch_backward(op, kept.span(), b->dy.span(), b->their_dx.span()), b->their_dx.span());
}

template <Gelu form>
void gelu_forward(std::span<const float> x, std::span<float> y) {
  kernels::gelu_forward(form, x, y);
}
template <Gelu form>
void gelu_backward(std::span<const float> x, std::span<const float> dy, std::span<float> dx) {
  kernels::gelu_backward(form, x, dy, dx);
}

void add_cross_entropy(std::size_t rows, std::size_t cols) {
  struct Buffers {
    Tensor logits, target, gradient, theirs;
    std::vector<std::int32_t> column;
    Buffers(std::size_t r, std::size_t c)
        : logits({r, c}), target({r, c}), gradient({r, c}), theirs({r, c}), column(r) {}
  };
  auto b = std::make_shared<Buffers>(rows, cols);
  fill_uniform(b->logits.span(), 4.0f, "logits");
  fill_uniform(b->target.span(), 4.0f, "target");
  kernels::softmax_forward(b->target.matrix(), b->target.matrix());
  for (std::size_t r = 0; r < rows; ++r) b->column[r] = static_cast<std::int32_t>((7 * r) % cols);
  const std::string suffix = "_" + std::to_string(cols);
  add(
      "cross_entropy" + suffix, rows, "us", 1,
      [b] {
        benchmark::DoNotOptimize(kernels::softmax_cross_entropy(b->logits.matrix(), b->column, {},
                                                                b->gradient.matrix()));
      },
      b->gradient.span(), torch_cross_entropy(b->logits, b->column, b->target, b->theirs),
      b->theirs.span());
  add(
      "cross_entropy_soft" + suffix, rows, "us", 1,
      [b] {
        benchmark::DoNotOptimize(kernels::softmax_cross_entropy(
            b->logits.matrix(), b->target.matrix(), {}, b->gradient.matrix()));
      },
      b->gradient.span(), torch_cross_entropy(b->logits, {}, b->target, b->theirs),
      b->theirs.span());
}

void add_statistics() {
  constexpr std::size_t kSize = 16384;
  struct Buffers {
    Tensor x{{kSize}}, ours{{kSize}}, theirs{{kSize}};
  };
  const auto one_number = [](const std::string& op, auto&& ours) {
    auto b = std::make_shared<Buffers>();
    fill_uniform(b->x.span(), 1.0f, "x");
    add(
        op, kSize, "ns/element", kSize,
        [b, ours] { b->ours.data()[0] = static_cast<float>(ours(b->x.span())); },
        b->ours.span().first(1), torch_statistic(op, b->x.span(), b->theirs.span().first(1)),
        b->theirs.span().first(1));
  };
  one_number("sum", [](auto x) { return kernels::sum(x); });
  one_number("max", [](auto x) { return kernels::largest(x); });
  one_number("var_mean",
             [](auto x) { return kernels::moments(x, kernels::Variance::sample).variance; });
  // ours works in place, so it goes on with standardized numbers: the same work
  auto b = std::make_shared<Buffers>();
  fill_uniform(b->x.span(), 1.0f, "x");
  std::copy(b->x.span().begin(), b->x.span().end(), b->ours.data());
  add(
      "standardize", kSize, "ns/element", kSize,
      [b] { kernels::standardize(b->ours.span(), kernels::Variance::sample, 1e-8f); },
      b->ours.span(), torch_statistic("standardize", b->x.span(), b->theirs.span()),
      b->theirs.span());
}

void add_column_moments(std::size_t rows, std::size_t cols) {
  struct Buffers {
    Tensor x, ours, theirs;
    std::vector<double> mean, variance;
    Buffers(std::size_t r, std::size_t c)
        : x({r, c}), ours({c}), theirs({c}), mean(c), variance(c) {}
  };
  auto b = std::make_shared<Buffers>(rows, cols);
  fill_uniform(b->x.span(), 1.0f, "x");
  add(
      "column_moments_" + std::to_string(cols), rows, "us", 1,
      [b] {
        kernels::column_moments(b->x.matrix(), kernels::Variance::sample, b->mean, b->variance);
        std::copy(b->variance.begin(), b->variance.end(), b->ours.data());
      },
      b->ours.span(), torch_column_moments(b->x, b->theirs.span()), b->theirs.span());
}

void add_categorical(std::size_t rows, std::size_t actions) {
  struct Buffers {
    Tensor logits, log_p, dlogits, their_dlogits, uniform, log_prob, their_log_prob, entropy, ones;
    std::vector<std::int32_t> action;
    Buffers(std::size_t r, std::size_t a)
        : logits({r, a}),
          log_p({r, a}),
          dlogits({r, a}),
          their_dlogits({r, a}),
          uniform({r}),
          log_prob({r}),
          their_log_prob({r}),
          entropy({r}),
          ones({r}),
          action(r) {
      fill_uniform(logits.span(), 4.0f, "logits");
      kernels::RandomStream random(1, "uniform");
      for (float& u : uniform.span()) u = random.uniform();
      std::fill(ones.span().begin(), ones.span().end(), 1.0f);
    }
  };
  auto b = std::make_shared<Buffers>(rows, actions);
  const std::string suffix = "_" + std::to_string(actions);
  const auto sample = [b] {
    kernels::categorical_sample(b->logits.matrix(), b->uniform.span(), b->action);
  };
  // other random numbers, so nothing to compare
  add("categorical_sample" + suffix, rows, "us", 1, sample, {}, torch_categorical_sample(b->logits),
      {});
  sample();
  const auto forward = [b] {
    kernels::categorical_forward(b->logits.matrix(), b->action, b->log_p.matrix(),
                                 b->log_prob.span(), b->entropy.span());
  };
  add("categorical" + suffix, rows, "us", 1, forward, b->log_prob.span(),
      torch_categorical(b->logits, b->action, b->their_log_prob.span()), b->their_log_prob.span());
  add(
      "categorical_gradient" + suffix, rows, "us", 1,
      [b, forward] {
        forward();
        kernels::categorical_backward(b->log_p.matrix(), b->action, b->entropy.span(),
                                      b->ones.span(), b->ones.span(), b->dlogits.matrix());
      },
      b->dlogits.span(), torch_categorical_gradient(b->logits, b->action, b->their_dlogits),
      b->their_dlogits.span());
}

void add_gaussian(std::size_t rows, std::size_t dimensions) {
  struct Buffers {
    Tensor mean, log_std, action, d_mean, their_d_mean, d_log_std, log_prob, their_log_prob;
    Tensor entropy, ones, squashed, their_squashed;
    Buffers(std::size_t r, std::size_t a)
        : mean({r, a}),
          log_std({1, a}),
          action({r, a}),
          d_mean({r, a}),
          their_d_mean({r, a}),
          d_log_std({1, a}),
          log_prob({r}),
          their_log_prob({r}),
          entropy({r}),
          ones({r}),
          squashed({r, a}),
          their_squashed({r, a}) {
      fill_uniform(mean.span(), 1.0f, "mean");
      fill_uniform(log_std.span(), 0.5f, "log_std");
      fill_uniform(action.span(), 2.0f, "action");
      std::fill(ones.span().begin(), ones.span().end(), 1.0f);
    }
  };
  auto b = std::make_shared<Buffers>(rows, dimensions);
  const std::string suffix = "_" + std::to_string(dimensions);
  const auto forward = [b] {
    kernels::gaussian_forward(b->mean.matrix(), b->log_std.matrix(), b->action.matrix(),
                              b->log_prob.span(), b->entropy.span());
  };
  add("gaussian" + suffix, rows, "us", 1, forward, b->log_prob.span(),
      torch_gaussian(b->mean, b->log_std, b->action, b->their_log_prob.span()),
      b->their_log_prob.span());
  add(
      "gaussian_gradient" + suffix, rows, "us", 1,
      [b, forward] {
        forward();
        kernels::gaussian_backward(b->mean.matrix(), b->log_std.matrix(), b->action.matrix(),
                                   b->ones.span(), b->ones.span(), b->d_mean.matrix(),
                                   b->d_log_std.matrix());
      },
      b->d_mean.span(), torch_gaussian_gradient(b->mean, b->log_std, b->action, b->their_d_mean),
      b->their_d_mean.span());
  add(
      "tanh_squash" + suffix, rows, "us", 1,
      [b] {
        std::fill(b->log_prob.span().begin(), b->log_prob.span().end(), 0.0f);
        kernels::tanh_squash_forward(b->action.matrix(), b->squashed.matrix(), b->log_prob.span());
      },
      b->squashed.span(), torch_tanh_squash(b->action, b->their_squashed, b->their_log_prob.span()),
      b->their_squashed.span());
}

struct Shape {
  std::size_t rows, cols;
};

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  using namespace pavlov::kernels;
  restart_with_fast_blas(argv);
  add_activation("exp", exp_forward, exp_backward, true);
  add_activation("tanh", tanh_forward, tanh_backward, true);
  add_activation("sigmoid", sigmoid_forward, sigmoid_backward, true);
  add_activation("relu", relu_forward, relu_backward, true);
  add_activation("gelu_erf", pavlov::bench::gelu_forward<Gelu::erf>,
                 pavlov::bench::gelu_backward<Gelu::erf>, false);
  add_activation("gelu_tanh", pavlov::bench::gelu_forward<Gelu::tanh>,
                 pavlov::bench::gelu_backward<Gelu::tanh>, false);
  for (const auto& [rows, cols] :
       {Shape{64, 2}, Shape{1024, 2}, Shape{1024, 3}, Shape{1024, 4}, Shape{1024, 6},
        Shape{1024, 16}, Shape{1024, 18}, Shape{1024, 32}, Shape{64, 51}, Shape{256, 64},
        Shape{256, 256}}) {
    const double wanted = cols == 64 || cols == 256 ? 1.3 : 0.0;
    add_row(row_op_row("softmax", softmax_forward, rows, cols, wanted));
    add_row(row_op_backward_row("softmax", softmax_forward, softmax_backward, rows, cols, wanted));
    add_row(row_op_row("log_softmax", log_softmax_forward, rows, cols));
    add_row(
        row_op_backward_row("log_softmax", log_softmax_forward, log_softmax_backward, rows, cols));
    add_cross_entropy(rows, cols);
  }
  for (const std::size_t cols : {13, 64, 256}) {
    const double wanted = cols == 13 ? 0.0 : 1.3;
    add_row(layer_norm_row(256, cols, wanted));
    add_row(layer_norm_backward_row(256, cols, wanted));
  }
  add_statistics();
  for (const std::size_t cols : {4, 8, 64}) add_column_moments(1024, cols);
  for (const std::size_t actions : {2, 4, 6, 18}) add_categorical(1024, actions);
  for (const std::size_t dimensions : {1, 2, 6}) add_gaussian(1024, dimensions);
  return run_pairs(argc, argv, 0.01);  // ops of 1 to 100 us
}
