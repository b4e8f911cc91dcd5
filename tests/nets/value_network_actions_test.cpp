// Passes of a ValueNetwork for one action per row against those for all actions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "pavlov/nets/value_network.h"
#include "pavlov/tests/nets/value_networks.h"

namespace pavlov::nets {
namespace {

// Blocks of outputs: few atoms and few actions take the path of all outputs, the others their own,
// and two actions one that both share.
std::vector<ValueNetworkConfig> configs_of_blocks() {
  std::vector<ValueNetworkConfig> configs;
  for (ValueNetworkConfig config : all_configs()) {
    for (const auto& [atoms, actions] : {std::pair{1u, 2u}, {17u, 2u}, {17u, 4u}}) {
      config.atoms = atoms;
      config.actions = actions;
      configs.push_back(config);
    }
  }
  return configs;
}

TEST(ValueNetworkActions, OutputsOfActionsAreTheirPartOfAllOutputs) {
  constexpr std::size_t kBatch = 7;
  for (const ValueNetworkConfig& config : configs_of_blocks()) {
    SCOPED_TRACE(text_of(config));
    ValueNetwork network = drawn(config);
    kernels::RandomStream noise(5, "noise");
    network.resample_noise(noise);
    const Tensor x = random_tensor(kBatch, kInputs, 2);
    std::vector<std::int32_t> action(kBatch);
    for (std::size_t b = 0; b < kBatch; ++b) {
      action[b] = static_cast<std::int32_t>((5 * b + 1) % config.actions);
    }
    Tensor all({kBatch, network.outputs()}), y({kBatch, config.atoms});
    Tape tape, tape_of_action;
    network.forward(x.matrix(), all.matrix(), tape);
    network.forward_action(x.matrix(), action, y.matrix(), tape_of_action);
    Tensor d_all({kBatch, network.outputs()}), dy = random_tensor(kBatch, config.atoms, 3);
    for (std::size_t b = 0; b < kBatch; ++b) {
      const std::size_t first = static_cast<std::size_t>(action[b]) * config.atoms;
      for (std::size_t z = 0; z < config.atoms; ++z) {
        ASSERT_NEAR(y.matrix()(b, z), all.matrix()(b, first + z), 1e-5f);
        d_all.matrix()(b, first + z) = dy.matrix()(b, z);
      }
    }
    // Twice each: a second pass adds to the gradient of the first.
    const auto gradient_of = [&](auto&& backward) {
      std::ranges::fill(network.parameters().gradient(), 0.0f);
      for (int pass = 0; pass < 2; ++pass) backward();
      const std::span<const float> g = network.parameters().gradient();
      return std::vector<float>(g.begin(), g.end());
    };
    const std::vector<float> expected = gradient_of([&] {
      network.forward(x.matrix(), all.matrix(), tape);
      Tensor d({kBatch, network.outputs()});
      std::ranges::copy(d_all.span(), d.data());
      network.backward(d.matrix(), tape);
    });
    const std::vector<float> found = gradient_of([&] {
      network.forward_action(x.matrix(), action, y.matrix(), tape_of_action);
      Tensor d({kBatch, config.atoms});
      std::ranges::copy(dy.span(), d.data());
      network.backward_action(action, d.matrix(), tape_of_action);
    });
    for (std::size_t i = 0; i < found.size(); ++i) {
      ASSERT_NEAR(found[i], expected[i], 2e-5f * (1.0f + std::abs(expected[i])))
          << "parameter " << i;
    }
  }
}

TEST(ValueNetworkActions, BackwardOfActionsNeedsTheirForward) {
  ValueNetwork network = drawn({.inputs = kInputs, .hidden = {4}, .actions = 3, .atoms = 16});
  const Tensor x = random_tensor(2, kInputs, 2);
  const std::vector<std::int32_t> action = {0, 2};
  Tensor all({2, network.outputs()}), y({2, 16});
  Tape tape;
  network.forward(x.matrix(), all.matrix(), tape);
  EXPECT_THROW(network.backward_action(action, y.matrix(), tape), std::invalid_argument);
  network.forward_action(x.matrix(), action, y.matrix(), tape);
  EXPECT_THROW(network.backward(all.matrix(), tape), std::invalid_argument);
  EXPECT_NO_THROW(network.backward_action(action, y.matrix(), tape));
  const std::vector<std::int32_t> beyond = {0, 3}, fewer = {0};
  EXPECT_THROW(network.forward_action(x.matrix(), beyond, y.matrix(), tape), std::invalid_argument);
  EXPECT_THROW(network.forward_action(x.matrix(), fewer, y.matrix(), tape), std::invalid_argument);

  ValueNetworkConfig two = rainbow();
  two.atoms = 16;
  ValueNetwork pairs = drawn(two);
  kernels::RandomStream noise(5, "noise");
  pairs.resample_noise(noise);
  const std::vector<std::int32_t> either = {0, 1}, third = {0, 2};
  EXPECT_THROW(pairs.forward_action(x.matrix(), third, y.matrix(), tape), std::invalid_argument);
  EXPECT_THROW(pairs.forward_action(x.matrix(), fewer, y.matrix(), tape), std::invalid_argument);
  pairs.forward_action(x.matrix(), either, y.matrix(), tape);
  Tensor both({2, 32});
  EXPECT_THROW(pairs.backward(both.matrix(), tape), std::invalid_argument);
  EXPECT_THROW(pairs.backward_action(third, y.matrix(), tape), std::invalid_argument);
  EXPECT_THROW(pairs.backward_action(either, both.matrix(), tape), std::invalid_argument);
  EXPECT_NO_THROW(pairs.backward_action(either, y.matrix(), tape));
}

// The first draw of a network of two actions changes how its advantages are computed; a pass of
// before it is still that of the mean weights.
TEST(ValueNetworkActions, FirstDrawBetweenForwardAndBackward) {
  ValueNetworkConfig config = rainbow();
  config.atoms = 17;
  const Tensor x = random_tensor(5, kInputs, 1), g = random_tensor(5, config.atoms, 2);
  const std::vector<std::int32_t> action = {0, 1, 1, 0, 1};
  const auto gradient = [&](bool draws) {
    ValueNetwork network = drawn(config);
    Tensor y({5, config.atoms}), dy = g.clone();
    Tape tape;
    network.forward_action(x.matrix(), action, y.matrix(), tape);
    kernels::RandomStream noise(5, "noise");
    if (draws) network.resample_noise(noise);
    network.backward_action(action, dy.matrix(), tape);
    const std::span<const float> all = std::as_const(network).parameters().gradient();
    return std::vector<float>(all.begin(), all.end());
  };
  EXPECT_EQ(gradient(true), gradient(false));
}

}  // namespace
}  // namespace pavlov::nets
