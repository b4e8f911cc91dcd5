// Networks and products of matrices.
//
// Both sides of a network start from the same weights and take the same samples; twenty training
// steps of both must give the same outputs. After `warm_steps` more the learning rate is zero, and
// the same work goes on from the same state however long a row is timed.
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/bench/blas.h"
#include "pavlov/bench/eigen_product.h"
#include "pavlov/bench/kernels/baselines.h"
#include "pavlov/bench/kernels/rows.h"
#include "pavlov/bench/layer_values.h"
#include "pavlov/bench/sides.h"
#include "pavlov/bench/torch_dqn.h"
#include "pavlov/bench/torch_mlp.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/loss.h"
#include "pavlov/nets/mlp.h"
#include "pavlov/nets/optimizer.h"

namespace pavlov::bench {
namespace {

using kernels::Tensor;

constexpr double kLearningRate = 1e-3;
constexpr std::size_t kSamples = 16384;

std::string shape_text(const NetworkShape& shape) {
  const std::string width = std::to_string(shape.hidden);
  return std::to_string(shape.inputs) + "-" + width + "-" + width + "-" +
         std::to_string(shape.outputs);
}

nets::Mlp drawn(const NetworkShape& shape) {
  nets::Mlp mlp(
      {.inputs = shape.inputs, .hidden = {shape.hidden, shape.hidden}, .outputs = shape.outputs});
  kernels::RandomStream random(1, "init");
  mlp.initialize(nets::Init::uniform, random);
  return mlp;
}

// Both sides hold one network each, of equal values.
class NetworkContest {
 public:
  NetworkContest(const NetworkShape& shape, std::size_t batch, int warm_steps)
      : batch_(batch),
        mlp_(drawn(shape)),
        adam_({}, mlp_.parameters().values().size()),
        x_({kSamples, shape.inputs}),
        target_({kSamples, shape.outputs}),
        batch_x_({batch, shape.inputs}),
        y_({batch, shape.outputs}),
        dy_({batch, shape.outputs}) {
    fill(x_.span(), 1.0f, "x");
    fill(batch_x_.span(), 1.0f, "batch");
    // A function that can be learned, and noise that cannot: the gradient does not die out.
    fill(target_.span(), 0.5f, "noise");
    for (std::size_t i = 0; i < kSamples; ++i) {
      for (std::size_t o = 0; o < shape.outputs; ++o) {
        target_.matrix()(i, o) += std::sin(2.0f * x_.matrix()(i, o) + x_.matrix()(i, o + 1));
      }
    }
    if (has_baselines()) {
      torch_ =
          std::make_unique<TorchMlp>(layer_values(std::as_const(mlp_).parameters()), kLearningRate);
      torch_->set_samples(x_, target_);
    }
    train_both(20);
    if (torch_ != nullptr) {
      forward();
      require_near(shape_text(shape) + " after 20 steps", y_.span(),
                   torch_->values(batch_x_).data());
    }
    train_both(warm_steps);
    learning_rate_ = 0.0;
    if (torch_ != nullptr) torch_->set_learning_rate(0.0);
  }

  void forward() { mlp_.forward(batch_x_.matrix(), y_.matrix(), tape_); }
  void torch_forward() { torch_->forward(batch_x_); }

  void train() {
    const auto x = std::as_const(x_).matrix().rows_from(next_, batch_);
    const auto target = std::as_const(target_).matrix().rows_from(next_, batch_);
    next_ = (next_ + batch_) % kSamples;
    mlp_.forward(x, y_.matrix(), tape_);
    kernels::mse_loss(y_.span(), {target.data, y_.size()}, {}, dy_.span());
    mlp_.backward(dy_.matrix(), tape_);
    adam_.step(mlp_.parameters(), learning_rate_, 0.0);
  }
  void torch_train() {
    torch_->train(torch_next_, batch_);
    torch_next_ = (torch_next_ + batch_) % kSamples;
  }

 private:
  void train_both(int steps) {
    for (int step = 0; step < steps; ++step) {
      train();
      if (torch_ != nullptr) torch_train();
    }
  }

  const std::size_t batch_;
  double learning_rate_ = kLearningRate;
  nets::Mlp mlp_;
  nets::Adam adam_;
  Tensor x_, target_;  // (kSamples, inputs), (kSamples, outputs)
  Tensor batch_x_;     // (batch, inputs), for the forward rows
  Tensor y_, dy_;      // (batch, outputs)
  nets::Tape tape_;
  std::unique_ptr<TorchMlp> torch_;        // null where there is no LibTorch
  std::size_t next_ = 0, torch_next_ = 0;  // where the next batch of samples begins
};

// Batches are whole shares of the samples.
static_assert(kSamples % 256 == 0 && kSamples % 64 == 0);

// c = a b for square matrices, by a layer without bias and activation, and by the others.
struct ProductContest {
  explicit ProductContest(std::size_t n)
      : a({n, n}), b({n, n}), c({n, n}), their_c({n, n}), zero({n}) {
    fill(a.span(), 1.0f, "a");
    fill(b.span(), 1.0f / std::sqrt(static_cast<float>(n)), "b");
  }
  void ours() {
    kernels::linear_forward(a.matrix(), b.matrix(), zero.span(), kernels::Activation::identity,
                            c.matrix());
  }

  Tensor a, b, c, their_c, zero;
};

}  // namespace

KernelRow train_row(const NetworkShape& shape, std::size_t batch, double wanted, int warm_steps) {
  KernelRow row{.suite = "nets",
                .what = "train",
                .shape = shape_text(shape),
                .n = static_cast<std::int64_t>(batch),
                .unit = "us",
                .wanted = wanted};
  if (has_baselines()) row.baselines = {{"torch", torch_description()}};
  row.make = [shape, batch, warm_steps] {
    const auto contest = std::make_shared<NetworkContest>(shape, batch, warm_steps);
    return Sides{[contest] { contest->train(); }, {[contest] { contest->torch_train(); }}};
  };
  return row;
}

KernelRow forward_row(const NetworkShape& shape, std::size_t batch, double wanted, int warm_steps) {
  KernelRow row{.suite = "nets",
                .what = "forward",
                .shape = shape_text(shape),
                .n = static_cast<std::int64_t>(batch),
                .unit = batch == 1 ? "ns" : "us",
                .wanted = wanted};
  if (has_baselines()) row.baselines = {{"torch", torch_description()}};
  row.make = [shape, batch, warm_steps] {
    const auto contest = std::make_shared<NetworkContest>(shape, batch, warm_steps);
    return Sides{[contest] { contest->forward(); }, {[contest] { contest->torch_forward(); }}};
  };
  return row;
}

KernelRow product_row(std::size_t n, double wanted) {
  KernelRow row{.suite = "nets",
                .what = "matmul",
                .shape = {},
                .n = static_cast<std::int64_t>(n),
                .unit = "us",
                .wanted = wanted};
  if (has_baselines()) {
    row.baselines = {
        {"blas", blas_name()}, {"torch", torch_description()}, {"eigen", eigen_name()}};
  }
  row.make = [n] {
    const auto contest = std::make_shared<ProductContest>(n);
    Sides sides{[contest] { contest->ours(); }, {}};
    contest->ours();
    if (!has_baselines()) return sides;
    for (const auto multiply : {blas_multiply, torch_multiply, eigen_multiply}) {
      sides.baselines.emplace_back(
          [contest, multiply] { multiply(contest->a, contest->b, contest->their_c); });
      sides.baselines.back()();
      require_near("matmul", contest->c.span(), contest->their_c.data());
    }
    return sides;
  };
  return row;
}

}  // namespace pavlov::bench
