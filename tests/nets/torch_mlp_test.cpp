// The networks of LibTorch as programs see them that are not linked with it.
#include "pavlov/nets/torch/torch_mlp.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/kernels/loss.h"
#include "pavlov/nets/backend.h"
#include "pavlov/nets/optimizer.h"

namespace pavlov::nets {
namespace {

using kernels::Activation;
using kernels::Tensor;

Tensor random_tensor(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Tensor tensor({rows, cols});
  kernels::RandomStream random(seed, "tensor");
  for (float& v : tensor.span()) v = static_cast<float>(random.normal());
  return tensor;
}

MlpConfig shape(std::vector<std::size_t> hidden, Activation activation = Activation::tanh) {
  return {.inputs = 3, .hidden = std::move(hidden), .outputs = 2, .activation = activation};
}

std::unique_ptr<Network> make(Backend backend, const MlpConfig& config) {
  std::unique_ptr<Network> network = make_mlp(backend, config);
  kernels::RandomStream random(1, "init");
  initialize_mlp(config, network->parameters(), Init::uniform, random);
  return network;
}

Tensor output(const Network& network, const Tensor& x) {
  Tensor y({x.dim(0), network.outputs()});
  Tape tape{.for_backward = false};
  network.forward(x.matrix(), y.matrix(), tape);
  return y;
}

// Largest difference as a share of the largest element.
double difference(std::span<const float> a, std::span<const float> b) {
  double largest = 0.0;
  double worst = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::abs(a[i])));
    worst = std::max(worst, std::abs(static_cast<double>(a[i]) - static_cast<double>(b[i])));
  }
  return worst / largest;
}

class TorchMlp : public ::testing::TestWithParam<MlpConfig> {};

TEST_P(TorchMlp, LearnsAsTheNativeOneDoes) {
  constexpr std::size_t kBatch = 32;
  std::unique_ptr<Network> networks[] = {make(Backend::native, GetParam()),
                                         make(Backend::torch, GetParam())};
  const std::size_t size = networks[0]->parameters().values().size();
  Adam optimizers[] = {Adam({}, size), Adam({}, size)};
  Tape tapes[2];
  std::vector<float> start(networks[0]->parameters().values().begin(),
                           networks[0]->parameters().values().end());
  for (std::uint64_t update = 0; update < 100; ++update) {
    const Tensor x = random_tensor(kBatch, 3, update);
    std::vector<float> target(kBatch * 2);
    for (std::size_t i = 0; i < kBatch; ++i) {
      target[2 * i] = x.matrix()(i, 0) * x.matrix()(i, 1);
      target[2 * i + 1] = std::sin(x.matrix()(i, 2));
    }
    for (std::size_t n = 0; n < 2; ++n) {
      Tensor y({kBatch, 2});
      Tensor dy({kBatch, 2});
      networks[n]->forward(x.matrix(), y.matrix(), tapes[n]);
      kernels::huber_loss(y.span(), target, {}, 1.0f, dy.span());
      networks[n]->backward(dy.matrix(), tapes[n]);
      optimizers[n].step(networks[n]->parameters(), 1e-3, 10.0);
    }
  }
  const ParameterBuffer& native = networks[0]->parameters();
  const ParameterBuffer& torch = networks[1]->parameters();
  EXPECT_GT(difference(native.values(), start), 1e-2) << "nothing was learned";
  EXPECT_LT(difference(native.values(), torch.values()), 1e-6);
  const Tensor x = random_tensor(64, 3, 1000);
  EXPECT_LT(difference(output(*networks[0], x).span(), output(*networks[1], x).span()), 1e-6);
}

TEST_P(TorchMlp, HasTheSameParameters) {
  const std::unique_ptr<Network> native = make_mlp(Backend::native, GetParam());
  const std::unique_ptr<Network> torch = make_mlp(Backend::torch, GetParam());
  EXPECT_TRUE(same_tensors(native->parameters().table(), torch->parameters().table()));
  EXPECT_TRUE(std::ranges::all_of(torch->parameters().values(), [](float v) { return v == 0.0f; }));
  EXPECT_EQ(native->describe(), torch->describe());
  const auto built = make_network(torch->describe(), torch->parameters().count());
  EXPECT_TRUE(same_tensors(built->parameters().table(), torch->parameters().table()));
}

INSTANTIATE_TEST_SUITE_P(Shapes, TorchMlp,
                         ::testing::Values(shape({}), shape({1}), shape({16, 16}),
                                           shape({33, 7}, Activation::relu),
                                           shape({64, 64}, Activation::relu),
                                           shape({5}, Activation::identity)));

TEST(TorchMlpNetwork, AddsToTheGradient) {
  const std::unique_ptr<Network> network = make(Backend::torch, shape({8}));
  const Tensor x = random_tensor(5, 3, 1);
  const Tensor g = random_tensor(5, 2, 2);
  Tensor y({5, 2});
  Tape tape;
  std::vector<float> once;
  for (int pass = 0; pass < 2; ++pass) {
    network->forward(x.matrix(), y.matrix(), tape);
    Tensor dy = g.clone();
    network->backward(dy.matrix(), tape);
    if (pass == 0) {
      once.assign(network->parameters().gradient().begin(), network->parameters().gradient().end());
    }
  }
  EXPECT_GT(*std::ranges::max_element(once), 0.0f);
  for (std::size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(network->parameters().gradient()[i], 2 * once[i]) << i;
  }
}

TEST(TorchMlpNetwork, ComputesWithTheFlatBuffer) {
  const MlpConfig config = shape({8});
  const std::unique_ptr<Network> native = make(Backend::native, config);
  const std::unique_ptr<Network> torch = make_mlp(Backend::torch, config);
  const Tensor x = random_tensor(6, 3, 1);
  EXPECT_EQ(output(*torch, x).span()[0], 0.0f);
  torch->parameters().copy_values_from(native->parameters());
  EXPECT_LT(difference(output(*native, x).span(), output(*torch, x).span()), 1e-6);
  // Also where the values come from a file.
  native->parameters().values()[1] += 0.5f;
  const std::string bytes = serialize_safetensors(native->parameters().entries(), {});
  torch->parameters().load_values(SafetensorsFile::parse(std::as_bytes(std::span(bytes)), "test"),
                                  "test");
  EXPECT_LT(difference(output(*native, x).span(), output(*torch, x).span()), 1e-6);
}

TEST(TorchMlpNetwork, CloneHasItsOwnEqualValues) {
  const std::unique_ptr<Network> network = make(Backend::torch, shape({8}));
  const std::unique_ptr<Network> copy = network->clone();
  const Tensor x = random_tensor(6, 3, 1);
  const Tensor before = output(*network, x);
  EXPECT_TRUE(std::ranges::equal(output(*copy, x).span(), before.span()));
  EXPECT_EQ(copy->describe(), network->describe());
  std::ranges::fill(copy->parameters().values(), 0.0f);
  EXPECT_EQ(output(*copy, x).span()[0], 0.0f);
  EXPECT_TRUE(std::ranges::equal(output(*network, x).span(), before.span()));
}

TEST(TorchMlpNetwork, RowsMayLieApart) {
  const std::unique_ptr<Network> network = make(Backend::torch, shape({8}));
  const Tensor x = random_tensor(4, 3, 1);
  Tensor wide({4, 7});
  for (std::size_t b = 0; b < 4; ++b) {
    std::ranges::copy(x.matrix().row(b), wide.matrix().row(b).begin());
  }
  Tensor y({4, 5});
  Tape tape;
  network->forward({wide.data(), 4, 3, 7}, {y.data(), 4, 2, 5}, tape);
  const Tensor expected = output(*network, x);
  for (std::size_t b = 0; b < 4; ++b) {
    for (std::size_t o = 0; o < 2; ++o) EXPECT_EQ(y.matrix()(b, o), expected.matrix()(b, o));
    EXPECT_EQ(y.matrix()(b, 2), 0.0f) << "outside the view";
  }
}

TEST(TorchMlpNetwork, TwoTapesDoNotDisturbEachOther) {
  const std::unique_ptr<Network> network = make(Backend::torch, shape({8}));
  const Tensor x = random_tensor(2, 3, 1);
  const Tensor other = random_tensor(9, 3, 2);
  Tensor y({2, 2});
  Tensor other_y({9, 2});
  Tape tape;
  Tape second;
  Tensor dy = random_tensor(2, 2, 3);
  network->forward(x.matrix(), y.matrix(), tape);
  network->backward(dy.matrix(), tape);
  const std::vector<float> alone(network->parameters().gradient().begin(),
                                 network->parameters().gradient().end());
  std::ranges::fill(network->parameters().gradient(), 0.0f);
  network->forward(x.matrix(), y.matrix(), tape);
  network->forward(other.matrix(), other_y.matrix(), second);
  dy = random_tensor(2, 2, 3);
  network->backward(dy.matrix(), tape);
  EXPECT_TRUE(std::ranges::equal(alone, network->parameters().gradient()));
}

TEST(TorchMlpNetwork, WrongShapesAreRefused) {
  const std::unique_ptr<Network> network = make(Backend::torch, shape({8}));
  const Tensor x = random_tensor(4, 3, 1);
  const Tensor narrow = random_tensor(4, 2, 1);
  Tensor y({4, 2});
  Tensor wide({4, 3});
  Tensor few({3, 2});
  Tape tape;
  EXPECT_THROW(network->forward(narrow.matrix(), y.matrix(), tape), std::invalid_argument);
  EXPECT_THROW(network->forward(x.matrix(), wide.matrix(), tape), std::invalid_argument);
  EXPECT_THROW(network->forward(x.matrix(), few.matrix(), tape), std::invalid_argument);
  network->forward(x.matrix(), y.matrix(), tape);
  EXPECT_THROW(network->backward(few.matrix(), tape), std::invalid_argument);
  network->forward(x.matrix(), y.matrix(), tape);
  EXPECT_THROW(network->backward(wide.matrix(), tape), std::invalid_argument);
  for (const MlpConfig& bad : {MlpConfig{.inputs = 0, .hidden = {}, .outputs = 1},
                               MlpConfig{.inputs = 1, .hidden = {0}, .outputs = 1},
                               MlpConfig{.inputs = 1, .hidden = {}, .outputs = 65537}}) {
    EXPECT_THROW(make_torch_mlp(bad), std::invalid_argument);
  }
}

TEST(TorchMlpNetwork, BackwardNeedsItsForward) {
  const std::unique_ptr<Network> network = make(Backend::torch, shape({8}));
  const std::unique_ptr<Network> other = make(Backend::torch, shape({8}));
  const Tensor x = random_tensor(4, 3, 1);
  Tensor y({4, 2});
  Tensor dy = random_tensor(4, 2, 2);
  Tape tape;
  EXPECT_THROW(network->backward(dy.matrix(), tape), std::invalid_argument);
  other->forward(x.matrix(), y.matrix(), tape);
  EXPECT_THROW(network->backward(dy.matrix(), tape), std::invalid_argument) << "of another network";
  network->forward(x.matrix(), y.matrix(), tape);
  EXPECT_NO_THROW(network->backward(dy.matrix(), tape));
  EXPECT_THROW(network->backward(dy.matrix(), tape), std::invalid_argument) << "a second time";
  Tape act{.for_backward = false};
  network->forward(x.matrix(), y.matrix(), act);
  EXPECT_THROW(network->backward(dy.matrix(), act), std::invalid_argument) << "not for backward";
}

TEST(Torch, SaysWhatItIsAndRunsOnOneThread) {
  std::string description;
  ASSERT_TRUE(torch_available(description)) << description;
  EXPECT_NE(description.find(", 1 thread, "), std::string::npos) << description;
}

}  // namespace
}  // namespace pavlov::nets
