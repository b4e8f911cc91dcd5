// Networks and matrix products on one thread, against LibTorch, the BLAS beneath it, and Eigen.
//
// A training step is forward, mean squared error, backward and Adam. Both sides start from the same
// weights and take the same samples; before anything is timed, twenty steps of both must give the
// same outputs. Two thousand more steps follow, so that what is timed is a network that has learned
// for a while; then the learning rate is zero, and the same work goes on from the same state
// however long a row is timed.
#include <malloc.h>

#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/bench/blas.h"
#include "pavlov/bench/contest.h"
#include "pavlov/bench/fast_blas.h"
#include "pavlov/bench/pair.h"
#include "pavlov/bench/torch_dqn.h"
#include "pavlov/bench/torch_mlp.h"
#include "pavlov/bench/work.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/loss.h"
#include "pavlov/nets/mlp.h"
#include "pavlov/nets/optimizer.h"

namespace pavlov::bench {
namespace {

using kernels::Tensor;

constexpr double kLearningRate = 1e-3;
constexpr std::size_t kSamples = 16384;

struct Shape {
  std::size_t inputs, hidden, outputs;
  std::string name() const {
    const std::string width = std::to_string(hidden);
    return std::to_string(inputs) + "-" + width + "-" + width + "-" + std::to_string(outputs);
  }
};

// Both sides hold one network each, of equal values.
class NetworkContest {
 public:
  NetworkContest(const Shape& shape, std::size_t batch)
      : batch_(batch),
        mlp_(drawn(shape)),
        adam_({}, mlp_.parameters().values().size()),
        x_({kSamples, shape.inputs}),
        target_({kSamples, shape.outputs}),
        batch_x_({batch, shape.inputs}),
        y_({batch, shape.outputs}),
        dy_({batch, shape.outputs}),
        torch_(layer_values(std::as_const(mlp_).parameters()), kLearningRate) {
    fill(x_.span(), 1.0f, "x");
    fill(batch_x_.span(), 1.0f, "batch");
    // A function that can be learned, and noise that cannot: the gradient does not die out.
    fill(target_.span(), 0.5f, "noise");
    for (std::size_t i = 0; i < kSamples; ++i) {
      for (std::size_t o = 0; o < shape.outputs; ++o) {
        target_.matrix()(i, o) += std::sin(2.0f * x_.matrix()(i, o) + x_.matrix()(i, o + 1));
      }
    }
    torch_.set_samples(x_, target_);
    for (int step = 0; step < 20; ++step) {
      train();
      torch_train();
    }
    forward();
    require_near((shape.name() + " after 20 steps").c_str(), y_.span(),
                 torch_.values(batch_x_).data());
    for (int step = 0; step < 2000; ++step) {
      train();
      torch_train();
    }
    learning_rate_ = 0.0;
    torch_.set_learning_rate(0.0);
  }

  void forward() { mlp_.forward(batch_x_.matrix(), y_.matrix(), tape_); }
  void torch_forward() { torch_.forward(batch_x_); }

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
    torch_.train(torch_next_, batch_);
    torch_next_ = (torch_next_ + batch_) % kSamples;
  }

 private:
  static nets::Mlp drawn(const Shape& shape) {
    nets::Mlp mlp(
        {.inputs = shape.inputs, .hidden = {shape.hidden, shape.hidden}, .outputs = shape.outputs});
    kernels::RandomStream random(1, "init");
    mlp.initialize(nets::Init::uniform, random);
    return mlp;
  }

  const std::size_t batch_;
  double learning_rate_ = kLearningRate;
  nets::Mlp mlp_;
  nets::Adam adam_;
  Tensor x_, target_;  // (kSamples, inputs), (kSamples, outputs)
  Tensor batch_x_;     // (batch, inputs), for the forward rows
  Tensor y_, dy_;      // (batch, outputs)
  nets::Tape tape_;
  TorchMlp torch_;
  std::size_t next_ = 0, torch_next_ = 0;  // where the next batch of samples begins
};

// Batches are whole shares of the samples.
static_assert(kSamples % 256 == 0 && kSamples % 64 == 0);

void add_train(const Shape& shape, std::size_t batch, double wanted) {
  add_contest(
      {.suite = "nets",
       .name = "train_" + shape.name(),
       .n = static_cast<std::int64_t>(batch),
       .unit = "us/step",
       .baseline = torch_description(),
       .wanted = wanted},
      [shape, batch] { return std::make_unique<NetworkContest>(shape, batch); },
      [](NetworkContest& c) { c.train(); }, [](NetworkContest& c) { c.torch_train(); });
}

void add_forward(const Shape& shape, std::size_t batch, double wanted) {
  add_contest(
      {.suite = "nets",
       .name = "forward_" + shape.name(),
       .n = static_cast<std::int64_t>(batch),
       .unit = batch == 1 ? "ns" : "us",
       .baseline = torch_description(),
       .wanted = wanted},
      [shape, batch] { return std::make_unique<NetworkContest>(shape, batch); },
      [](NetworkContest& c) { c.forward(); }, [](NetworkContest& c) { c.torch_forward(); });
}

// c = a b for square matrices, by a layer without bias and activation, and by the others.
class ProductContest {
 public:
  using Multiply = void (*)(const Tensor&, const Tensor&, Tensor&);

  ProductContest(std::size_t n, Multiply theirs)
      : a_({n, n}), b_({n, n}), c_({n, n}), their_c_({n, n}), zero_({n}), theirs_(theirs) {
    fill(a_.span(), 1.0f, "a");
    fill(b_.span(), 1.0f / std::sqrt(static_cast<float>(n)), "b");
    ours();
    baseline();
    require_near("product", c_.span(), their_c_.data());
  }
  void ours() {
    kernels::linear_forward(a_.matrix(), b_.matrix(), zero_.span(), kernels::Activation::identity,
                            c_.matrix());
  }
  void baseline() { theirs_(a_, b_, their_c_); }

 private:
  Tensor a_, b_, c_, their_c_, zero_;
  const Multiply theirs_;
};

void eigen_multiply(const Tensor& a, const Tensor& b, Tensor& c) {
  using Matrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const auto n = static_cast<Eigen::Index>(a.dim(0));
  Eigen::Map<Matrix>(c.data(), n, n).noalias() =
      Eigen::Map<const Matrix>(a.data(), n, n) * Eigen::Map<const Matrix>(b.data(), n, n);
}

void add_product(std::size_t n, double wanted, const std::string& against,
                 const std::string& baseline, ProductContest::Multiply theirs) {
  add_contest(
      {.suite = "nets",
       .name = "matmul_" + against,
       .n = static_cast<std::int64_t>(n),
       .unit = "us",
       .baseline = baseline,
       .wanted = wanted},
      [n, theirs] { return std::make_unique<ProductContest>(n, theirs); },
      [](ProductContest& c) { c.ours(); }, [](ProductContest& c) { c.baseline(); });
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  restart_with_fast_blas(argv);
  // LibTorch's intermediate results come from malloc: blocks that it has returned to the system
  // would be fetched, page by page, in every step again.
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  const Shape shapes[] = {{4, 64, 2}, {8, 128, 4}, {8, 256, 4}};
  const double wanted_64[] = {10.0, 4.0, 2.0};
  const double wanted_256[] = {3.5, 2.0, 1.5};
  for (std::size_t i = 0; i < 3; ++i) add_train(shapes[i], 64, wanted_64[i]);
  for (std::size_t i = 0; i < 3; ++i) add_train(shapes[i], 256, wanted_256[i]);
  for (const std::size_t batch : {64, 256}) add_train({8, 64, 6}, batch, 0.0);
  add_forward(shapes[0], 1, 50.0);
  add_forward(shapes[0], 256, 1.5);
  add_forward(shapes[2], 256, 1.0);
  for (const auto& [n, wanted] : {std::pair<std::size_t, double>{256, 1.0}, {1024, 0.9}}) {
    add_product(n, wanted, "blas", blas_name(), blas_multiply);
    add_product(n, wanted, "torch", torch_description(), torch_multiply);
    add_product(n, wanted, "eigen", kEigen, eigen_multiply);
  }
  return run_pairs(argc, argv);
}
