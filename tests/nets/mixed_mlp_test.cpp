// An Mlp with float32 masters against its twin: an Mlp whose weights are rounded before every pass.
#include "pavlov/nets/mixed_mlp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "pavlov/kernels/convert.h"
#include "pavlov/kernels/loss.h"
#include "pavlov/nets/optimizer.h"

namespace pavlov::nets {
namespace {

using kernels::Activation;
using kernels::Tensor;

Tensor random_tensor(std::size_t rows, std::size_t cols, const char* name) {
  Tensor tensor({rows, cols});
  kernels::RandomStream random(rows, name);
  for (float& v : tensor.span()) v = static_cast<float>(random.normal());
  return tensor;
}

// The masters of the twin, and the Mlp that computes with what is left of them: weights to
// bfloat16, biases as they are.
struct Twin {
  ParameterBuffer masters;
  Mlp mlp;
  Tape tape;

  explicit Twin(const MlpConfig& config) : masters(mlp_parameters(config)), mlp(config) {}

  void round() {
    ParameterBuffer& p = mlp.parameters();
    p.copy_values_from(masters);
    for (std::size_t k = 0; k < p.table().size(); k += 2) {
      const std::span<float> weight = {p.value(k).data, p.table()[k].size};
      std::vector<std::uint16_t> bits(weight.size());
      kernels::to_bfloat16(weight, bits);
      kernels::from_bfloat16(bits, weight);
    }
  }
  void learn(ConstMatrixView x, std::span<const float> target, MatrixView y, MatrixView dy) {
    round();
    mlp.forward(x, y, tape);
    kernels::mse_loss({y.data, y.rows * y.cols}, target, {}, {dy.data, dy.rows * dy.cols});
    mlp.backward(dy, tape);
    std::ranges::copy(mlp.parameters().gradient(), masters.gradient().data());
    std::ranges::fill(mlp.parameters().gradient(), 0.0f);
  }
};

void expect_near(std::span<const float> a, std::span<const float> b, float tolerance) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ASSERT_NEAR(a[i], b[i], tolerance * (1.0f + std::fabs(b[i]))) << i;
  }
}

TEST(MixedMlp, LearnsAsItsTwinThatRoundsEveryWeight) {
  for (const Activation activation : {Activation::relu, Activation::tanh}) {
    for (const std::vector<std::size_t>& hidden : {std::vector<std::size_t>{}, {5}, {64, 33}}) {
      const MlpConfig config = {
          .inputs = 3, .hidden = hidden, .outputs = 2, .activation = activation};
      MixedMlp mixed(config);
      Twin twin(config);
      kernels::RandomStream random(1, "init");
      initialize_mlp(config, mixed.parameters(), Init::uniform, random);
      twin.masters.copy_values_from(std::as_const(mixed).parameters());
      Adam adam({}, mixed.parameters().values().size());
      Adam twin_adam({}, twin.masters.values().size());
      const Tensor x = random_tensor(17, 3, "x"), target = random_tensor(17, 2, "target");
      Tensor y({17, 2}), dy({17, 2}), twin_y({17, 2}), twin_dy({17, 2});
      Tape tape;
      for (int step = 0; step < 60; ++step) {
        mixed.forward(x.matrix(), y.matrix(), tape);
        kernels::mse_loss(y.span(), target.span(), {}, dy.span());
        mixed.backward(dy.matrix(), tape);
        twin.learn(x.matrix(), target.span(), twin_y.matrix(), twin_dy.matrix());
        expect_near(y.span(), twin_y.span(), 2e-5f);
        expect_near(std::as_const(mixed).parameters().gradient(), twin.masters.gradient(), 2e-5f);
        // From here on they go the same way: a rounding decided otherwise is not what is tested.
        std::ranges::copy(twin.masters.gradient(), mixed.parameters().gradient().data());
        adam.step(mixed.parameters(), 1e-4, 0.0);
        twin_adam.step(twin.masters, 1e-4, 0.0);
        ASSERT_TRUE(std::ranges::equal(std::as_const(mixed).parameters().values(),
                                       std::as_const(twin.masters).values()));
      }
    }
  }
}

// Steps far below a bfloat16's spacing are lost in a rounded weight, and add up in a master.
TEST(MixedMlp, MastersKeepWhatRoundingWouldLose) {
  MixedMlp mixed({.inputs = 1, .hidden = {}, .outputs = 1});
  mixed.parameters().value(0)(0, 0) = 1.0f;
  const Tensor x = [] {
    Tensor one({1, 1});
    one.data()[0] = 1.0f;
    return one;
  }();
  Tensor y({1, 1});
  Tape tape;
  const auto output = [&] {
    mixed.forward(x.matrix(), y.matrix(), tape);
    return y.data()[0];
  };
  EXPECT_EQ(output(), 1.0f);
  for (int k = 0; k < 7; ++k) mixed.parameters().value(0)(0, 0) += 0x1p-10f;
  EXPECT_EQ(output(), 1.0f + 0x1p-7f) << "seven eighths of the spacing, rounded up";
  EXPECT_EQ(std::as_const(mixed).parameters().value(0)(0, 0), 1.0f + 7 * 0x1p-10f);
}

// On a tape that has to grow in the middle of it.
TEST(MixedMlp, GivesTheOutputsOfSingleActions) {
  const MlpConfig config = {.inputs = 3, .hidden = {16}, .outputs = 6};  // 2 outputs per action
  MixedMlp mixed(config);
  kernels::RandomStream random(1, "init");
  initialize_mlp(config, mixed.parameters(), Init::uniform, random);
  Tape of_all, of_action;
  for (const std::size_t batch : {1, 5, 40}) {
    const Tensor x = random_tensor(batch, 3, "x");
    Tensor all({batch, 6}), y({batch, 2});
    std::vector<std::int32_t> action(batch);
    for (std::size_t b = 0; b < batch; ++b) action[b] = static_cast<std::int32_t>(b % 3);
    mixed.forward(x.matrix(), all.matrix(), of_all);
    mixed.forward_action(x.matrix(), action, y.matrix(), of_action);
    for (std::size_t b = 0; b < batch; ++b) {
      for (std::size_t k = 0; k < 2; ++k) {
        EXPECT_EQ(y.matrix()(b, k), all.matrix()(b, 2 * (b % 3) + k)) << "row " << b;
      }
    }
  }
}

TEST(MixedMlp, IsAnMlpToFilesAndClones) {
  const MlpConfig config = {.inputs = 3, .hidden = {16}, .outputs = 2};
  MixedMlp mixed(config);
  kernels::RandomStream random(1, "init");
  initialize_mlp(config, mixed.parameters(), Init::uniform, random);
  EXPECT_EQ(mixed.describe(), Mlp(config).describe());
  const std::unique_ptr<Network> copy = mixed.clone();
  const Tensor x = random_tensor(5, 3, "x");
  Tensor y({5, 2}), z({5, 2});
  Tape tape;
  mixed.forward(x.matrix(), y.matrix(), tape);
  copy->forward(x.matrix(), z.matrix(), tape);
  EXPECT_TRUE(std::ranges::equal(y.span(), z.span()));
  // The tape of an Mlp serves, and goes back.
  Mlp mlp(config);
  mlp.parameters().copy_values_from(std::as_const(mixed).parameters());
  const Tensor many = random_tensor(9, 3, "many");
  Tensor out({9, 2});
  Tape shared;
  mlp.forward(x.matrix(), z.matrix(), shared);
  mixed.forward(many.matrix(), out.matrix(), shared);
  mixed.backward(out.matrix(), shared);
  mlp.forward(many.matrix(), out.matrix(), shared);
  mlp.backward(out.matrix(), shared);
  Tape inference{.for_backward = false};
  mixed.forward(many.matrix(), out.matrix(), inference);
  EXPECT_THROW(mixed.backward(out.matrix(), inference), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::nets
