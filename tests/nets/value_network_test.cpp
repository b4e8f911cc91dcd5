// ValueNetwork against a twin of plain loops in double, for every combination of its options.
#include "pavlov/nets/value_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/kernels/noise.h"
#include "pavlov/nets/mlp.h"

namespace pavlov::nets {
namespace {

using kernels::Activation;
using kernels::Tensor;
using Vector = std::vector<double>;

constexpr std::size_t kInputs = 3, kActions = 2;

Tensor random_tensor(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Tensor tensor({rows, cols});
  kernels::RandomStream random(seed, "tensor");
  for (float& v : tensor.span()) v = static_cast<float>(random.normal());
  return tensor;
}

// Every option on and off, no, one and two hidden layers, plain values and distributions, and those
// of which one product gives the advantages of both actions.
std::vector<ValueNetworkConfig> all_configs() {
  std::vector<ValueNetworkConfig> configs;
  for (const std::vector<std::size_t>& hidden :
       {std::vector<std::size_t>{}, {6}, {6, 5}, {4, 6, 5}}) {
    for (int options = 0; options < 16; ++options) {
      configs.push_back({.inputs = kInputs,
                         .hidden = hidden,
                         .actions = kActions,
                         .atoms = (options & 8) != 0 ? 3u : 1u,
                         .activation = Activation::tanh,
                         .dueling = (options & 1) != 0,
                         .noisy = (options & 2) != 0,
                         .layer_norm = (options & 4) != 0});
    }
    ValueNetworkConfig pairs = configs.back();
    pairs.atoms = 17;
    configs.push_back(pairs);
  }
  return configs;
}

std::string text_of(const ValueNetworkConfig& c) {
  return std::to_string(c.hidden.size()) + " hidden, " + std::to_string(c.atoms) + " atoms" +
         (c.dueling ? ", dueling" : "") + (c.noisy ? ", noisy" : "") +
         (c.layer_norm ? ", layer_norm" : "");
}

ValueNetwork drawn(const ValueNetworkConfig& config, std::uint64_t seed = 1) {
  ValueNetwork network(config);
  kernels::RandomStream random(seed, "init");
  network.initialize(random);
  // Gains and shifts away from 1 and 0, so that their part shows.
  for (const Parameter& p : network.parameters().table()) {
    for (std::size_t i = p.offset; i < p.offset + p.size; ++i) {
      network.parameters().values()[i] += 0.1f * static_cast<float>(random.normal());
    }
  }
  return network;
}

// The slow, obvious network: parameters by name, one row at a time.
class Twin {
 public:
  Twin(const ValueNetworkConfig& config, const ParameterBuffer& parameters)
      : config_(config), parameters_(parameters) {}

  // The draw of ValueNetwork::resample_noise from a stream at the same position.
  void draw_noise(kernels::RandomStream& random) {
    noise_.clear();
    for (const Parameter& p : parameters_.table()) {
      if (!p.name.ends_with(".weight_sigma")) continue;
      const std::string layer = p.name.substr(0, p.name.size() - 13);
      std::vector<float> in(p.shape[0]), out(p.shape[1]);
      kernels::draw_factor_noise(random, in);
      kernels::draw_factor_noise(random, out);
      noise_[layer] = {Vector(in.begin(), in.end()), Vector(out.begin(), out.end())};
    }
  }

  Vector forward(std::span<const float> input) const {
    Vector x(input.begin(), input.end());
    const std::size_t trunk = config_.hidden.empty() ? 0 : config_.hidden.size() - 1;
    std::size_t next = 0;
    for (std::size_t k = 0; k < trunk; ++k) x = hidden("trunk", next, x);
    const std::size_t z = config_.atoms;
    if (!config_.dueling) return stream("outputs", x);
    const Vector value = stream("value", x), advantage = stream("advantage", x);
    Vector q(advantage.size());
    for (std::size_t j = 0; j < z; ++j) {
      double mean = 0.0;
      for (std::size_t a = 0; a < kActions; ++a) mean += advantage[a * z + j] / kActions;
      for (std::size_t a = 0; a < kActions; ++a) {
        q[a * z + j] = value[j] + advantage[a * z + j] - mean;
      }
    }
    return q;
  }

 private:
  struct Noise {
    Vector in, out;
  };

  ConstMatrixView value(const std::string& name) const {
    for (std::size_t i = 0; i < parameters_.table().size(); ++i) {
      if (parameters_.table()[i].name == name) return parameters_.value(i);
    }
    throw std::runtime_error("no parameter " + name);
  }

  Vector linear(const std::string& layer, const Vector& x) const {
    const ConstMatrixView weight = value(layer + ".weight"), bias = value(layer + ".bias");
    const auto noise = noise_.find(layer);
    Vector y(weight.cols);
    for (std::size_t o = 0; o < weight.cols; ++o) {
      y[o] = static_cast<double>(bias(0, o));
      if (noise != noise_.end()) {
        y[o] += static_cast<double>(value(layer + ".bias_sigma")(0, o)) * noise->second.out[o];
      }
      for (std::size_t i = 0; i < weight.rows; ++i) {
        double w = static_cast<double>(weight(i, o));
        if (noise != noise_.end()) {
          w += static_cast<double>(value(layer + ".weight_sigma")(i, o)) * noise->second.in[i] *
               noise->second.out[o];
        }
        y[o] += x[i] * w;
      }
    }
    return y;
  }

  Vector hidden(const std::string& chain, std::size_t& next, const Vector& x) const {
    Vector y = linear(chain + "." + std::to_string(next++), x);
    if (config_.layer_norm) {
      const std::string layer = chain + "." + std::to_string(next++);
      double mean = 0.0, variance = 0.0;
      for (const double v : y) mean += v / static_cast<double>(y.size());
      for (const double v : y) variance += (v - mean) * (v - mean) / static_cast<double>(y.size());
      for (std::size_t i = 0; i < y.size(); ++i) {
        y[i] = (y[i] - mean) / std::sqrt(variance + 1e-5) *
                   static_cast<double>(value(layer + ".weight")(0, i)) +
               static_cast<double>(value(layer + ".bias")(0, i));
      }
    }
    for (double& v : y)
      v = config_.activation == Activation::tanh ? std::tanh(v) : std::max(v, 0.0);
    return y;
  }

  Vector stream(const std::string& chain, Vector x) const {
    std::size_t next = 0;
    if (!config_.hidden.empty()) x = hidden(chain, next, x);
    return linear(chain + "." + std::to_string(next), x);
  }

  const ValueNetworkConfig config_;
  const ParameterBuffer& parameters_;
  std::map<std::string, Noise> noise_;
};

TEST(ValueNetwork, ForwardEqualsThePlainLoopsForEveryOption) {
  for (ValueNetworkConfig config : all_configs()) {
    for (const Activation activation : {Activation::tanh, Activation::relu}) {
      config.activation = activation;
      SCOPED_TRACE(text_of(config));
      ValueNetwork network = drawn(config);
      Twin twin(config, network.parameters());
      kernels::RandomStream noise(5, "noise"), twin_noise(5, "noise");
      Tape tape;
      for (const std::size_t batch : {1u, 7u, 3u}) {  // grows, then shrinks
        network.resample_noise(noise);
        twin.draw_noise(twin_noise);
        const Tensor x = random_tensor(batch, kInputs, batch);
        Tensor y({batch, network.outputs()});
        network.forward(x.matrix(), y.matrix(), tape);
        for (std::size_t b = 0; b < batch; ++b) {
          const Vector expected = twin.forward(x.matrix().row(b));
          for (std::size_t o = 0; o < expected.size(); ++o) {
            ASSERT_NEAR(static_cast<double>(y.matrix()(b, o)), expected[o], 2e-5);
          }
        }
      }
    }
  }
}

// L = sum of y * g for fixed g, so dL/dy = g.
double weighted_output(const Twin& twin, const Tensor& x, const Tensor& g) {
  double sum = 0.0;
  for (std::size_t b = 0; b < x.dim(0); ++b) {
    const Vector y = twin.forward(x.matrix().row(b));
    for (std::size_t o = 0; o < y.size(); ++o) sum += y[o] * static_cast<double>(g.matrix()(b, o));
  }
  return sum;
}

TEST(ValueNetwork, GradientEqualsCentralDifferencesForEveryOption) {
  constexpr std::size_t kBatch = 4;
  for (const ValueNetworkConfig& config : all_configs()) {
    SCOPED_TRACE(text_of(config));
    ValueNetwork network = drawn(config);
    Twin twin(config, network.parameters());
    kernels::RandomStream noise(5, "noise"), twin_noise(5, "noise");
    network.resample_noise(noise);
    twin.draw_noise(twin_noise);
    const Tensor x = random_tensor(kBatch, kInputs, 21);
    const Tensor g = random_tensor(kBatch, network.outputs(), 22);
    Tensor y({kBatch, network.outputs()});
    Tape tape;
    network.forward(x.matrix(), y.matrix(), tape);
    network.resample_noise(noise);  // a pass keeps its own draw
    Tensor dy = g.clone();
    network.backward(dy.matrix(), tape);
    for (const Parameter& p : network.parameters().table()) {
      for (std::size_t i = p.offset; i < p.offset + p.size; ++i) {
        float& value = network.parameters().values()[i];
        const float kept = value;
        value = kept + 1e-3f;
        const double up_at = static_cast<double>(value), up = weighted_output(twin, x, g);
        value = kept - 1e-3f;
        const double down_at = static_cast<double>(value), down = weighted_output(twin, x, g);
        value = kept;
        const double expected = (up - down) / (up_at - down_at);
        ASSERT_NEAR(static_cast<double>(network.parameters().gradient()[i]), expected,
                    2e-3 * (1.0 + std::abs(expected)))
            << p.name << " " << i;
      }
    }
  }
}

TEST(ValueNetwork, BackwardAddsToTheGradient) {
  for (const ValueNetworkConfig& config : all_configs()) {
    SCOPED_TRACE(text_of(config));
    ValueNetwork network = drawn(config);
    kernels::RandomStream noise(5, "noise");
    network.resample_noise(noise);
    const Tensor x = random_tensor(5, kInputs, 1), g = random_tensor(5, network.outputs(), 2);
    Tensor y({5, network.outputs()});
    Tape tape;
    std::vector<float> once;
    for (int pass = 0; pass < 2; ++pass) {
      network.forward(x.matrix(), y.matrix(), tape);
      Tensor dy = g.clone();
      network.backward(dy.matrix(), tape);
      const std::span<const float> gradient = std::as_const(network).parameters().gradient();
      if (pass == 0) once.assign(gradient.begin(), gradient.end());
    }
    for (std::size_t i = 0; i < once.size(); ++i) {
      ASSERT_NEAR(network.parameters().gradient()[i], 2 * once[i], 1e-5f * (1 + std::abs(once[i])));
    }
  }
}

ValueNetworkConfig rainbow() {
  return {.inputs = kInputs,
          .hidden = {6, 5},
          .actions = kActions,
          .atoms = 3,
          .dueling = true,
          .noisy = true};
}

std::vector<float> outputs_of(const Network& network, const Tensor& x) {
  Tensor y({x.dim(0), network.outputs()});
  Tape tape;
  network.forward(x.matrix(), y.matrix(), tape);
  return {y.span().begin(), y.span().end()};
}

TEST(ValueNetwork, WithoutADrawAndInAClonePlaysTheMeanWeights) {
  for (const std::size_t atoms : {3, 17}) {
    ValueNetworkConfig config = rainbow();
    config.atoms = atoms;
    ValueNetwork network = drawn(config);
    const Tensor x = random_tensor(4, kInputs, 1);
    const std::vector<float> mean = outputs_of(network, x);
    kernels::RandomStream noise(5, "noise");
    network.resample_noise(noise);
    const std::vector<float> first = outputs_of(network, x);
    EXPECT_NE(first, mean);
    EXPECT_EQ(outputs_of(network, x), first) << "a draw stays until the next one";
    network.resample_noise(noise);
    EXPECT_NE(outputs_of(network, x), first);
    EXPECT_EQ(outputs_of(*network.clone(), x), mean);
  }
}

// The first draw of a network of two actions changes how its advantages are computed; a pass of
// before it is still that of the mean weights.
TEST(ValueNetwork, FirstDrawBetweenForwardAndBackward) {
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

// Over many draws, outputs of a linear noisy layer have the mean of the mean weights and the
// variance that the products of independent factors give: E f(e)^2 = sqrt(2/pi).
TEST(ValueNetwork, NoiseHasItsMomentsAndLayersDrawApart) {
  ValueNetworkConfig config = {.inputs = 2, .hidden = {}, .actions = 2};
  config.dueling = true;  // two layers of equal inputs
  config.noisy = true;
  ValueNetwork network(config);
  kernels::RandomStream random(1, "init"), noise(2, "noise");
  network.initialize(random);
  std::ranges::fill(network.parameters().values(), 0.0f);
  const auto set_sigma = [&](const std::string& layer) {
    for (std::size_t i = 0; i < network.parameters().table().size(); ++i) {
      if (network.parameters().table()[i].name != layer + ".weight_sigma") continue;
      for (std::size_t r = 0; r < 2; ++r) {
        for (float& v : network.parameters().value(i).row(r)) v = 1.0f;
      }
    }
  };
  set_sigma("value.0");
  set_sigma("advantage.0");
  Tensor x({1, 2}), y({1, 2});
  x.span()[0] = 1.0f;
  Tape tape;
  constexpr int kDraws = 20000;
  double mean = 0.0, difference_square = 0.0, product = 0.0, sum_square = 0.0;
  for (int k = 0; k < kDraws; ++k) {
    network.resample_noise(noise);
    network.forward(x.matrix(), y.matrix(), tape);
    const auto q0 = static_cast<double>(y.data()[0]), q1 = static_cast<double>(y.data()[1]);
    mean += q0 / kDraws;
    const double value = (q0 + q1) / 2, half_difference = (q0 - q1) / 2;
    sum_square += value * value / kDraws;
    difference_square += half_difference * half_difference / kDraws;
    product += value * half_difference / kDraws;
  }
  const double factor = 2.0 / 3.141592653589793;  // (E f^2)^2 = 2/pi
  EXPECT_NEAR(mean, 0.0, 0.04);
  EXPECT_NEAR(sum_square, factor, 0.05);
  EXPECT_NEAR(difference_square, factor / 2, 0.03) << "two outputs share the noise of the input";
  EXPECT_NEAR(product, 0.0, 0.02) << "value and advantage must not share a draw";
}

// Adding a constant to all advantages of an atom leaves the outputs as they are.
TEST(ValueNetwork, DuelingIgnoresAShiftOfTheAdvantages) {
  ValueNetworkConfig config = rainbow();
  config.noisy = false;
  ValueNetwork network = drawn(config);
  const Tensor x = random_tensor(4, kInputs, 1);
  const std::vector<float> before = outputs_of(network, x);
  for (std::size_t i = 0; i < network.parameters().table().size(); ++i) {
    if (network.parameters().table()[i].name != "advantage.1.bias") continue;
    for (std::size_t j = 0; j < kActions * 3; ++j) {
      network.parameters().value(i)(0, j) += 2.0f + static_cast<float>(j % 3);
    }
  }
  const std::vector<float> after = outputs_of(network, x);
  for (std::size_t i = 0; i < after.size(); ++i) EXPECT_NEAR(after[i], before[i], 1e-5f);
}

TEST(ValueNetwork, WithoutOptionsEqualsMlp) {
  for (const std::vector<std::size_t>& hidden : {std::vector<std::size_t>{}, {16}, {16, 8}}) {
    ValueNetwork network(
        {.inputs = kInputs, .hidden = hidden, .actions = kActions, .activation = Activation::relu});
    Mlp mlp({.inputs = kInputs, .hidden = hidden, .outputs = kActions});
    kernels::RandomStream a(1, "init"), b(1, "init");
    network.initialize(a);
    mlp.initialize(Init::uniform, b);
    const Tensor x = random_tensor(9, kInputs, 1);
    EXPECT_EQ(outputs_of(network, x), outputs_of(mlp, x));
  }
}

TEST(ValueNetwork, TwoTapesDoNotDisturbEachOtherAndOneMayMove) {
  ValueNetwork network = drawn(rainbow());
  kernels::RandomStream noise(5, "noise");
  network.resample_noise(noise);
  const Tensor x = random_tensor(2, kInputs, 1), other = random_tensor(9, kInputs, 2);
  const Tensor g = random_tensor(2, network.outputs(), 3);
  Tensor y({2, network.outputs()}), other_y({9, network.outputs()});
  Tape tape, second;
  network.forward(x.matrix(), y.matrix(), tape);
  Tensor dy = g.clone();
  network.backward(dy.matrix(), tape);
  const std::span<const float> gradient = std::as_const(network).parameters().gradient();
  const std::vector<float> alone(gradient.begin(), gradient.end());
  std::ranges::fill(network.parameters().gradient(), 0.0f);
  network.forward(x.matrix(), y.matrix(), tape);
  network.resample_noise(noise);
  network.forward(other.matrix(), other_y.matrix(), second);
  dy = g.clone();
  network.backward(dy.matrix(), tape);
  EXPECT_TRUE(std::ranges::equal(alone, gradient));

  ValueNetworkConfig wide = rainbow();
  wide.hidden = {33, 7};
  const ValueNetwork moved = drawn(wide);
  moved.forward(other.matrix(), other_y.matrix(), tape);
  EXPECT_TRUE(std::ranges::equal(outputs_of(moved, other), other_y.span()));
}

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

TEST(ValueNetwork, OutputsOfActionsAreTheirPartOfAllOutputs) {
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

TEST(ValueNetwork, BackwardOfActionsNeedsTheirForward) {
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

TEST(ValueNetwork, BackwardNeedsTheForwardOfItsTape) {
  ValueNetwork network = drawn(rainbow());
  Tensor dy({4, network.outputs()}), y({3, network.outputs()});
  Tape fresh;
  EXPECT_THROW(network.backward(dy.matrix(), fresh), std::invalid_argument);
  const Tensor x = random_tensor(3, kInputs, 1);
  network.forward(x.matrix(), y.matrix(), fresh);
  EXPECT_THROW(network.backward(dy.matrix(), fresh), std::invalid_argument);
  Tape forward_only{.for_backward = false};
  network.forward(x.matrix(), y.matrix(), forward_only);
  EXPECT_THROW(network.backward(y.matrix(), forward_only), std::invalid_argument);
  Tensor narrow({3, 2});
  EXPECT_THROW(network.forward(x.matrix(), narrow.matrix(), fresh), std::invalid_argument);
}

TEST(ValueNetwork, DescriptionBuildsTheSameNetwork) {
  for (const ValueNetworkConfig& config : all_configs()) {
    SCOPED_TRACE(text_of(config));
    const ValueNetwork network(config);
    const std::unique_ptr<Network> copy =
        make_network(network.describe(), network.parameters().count());
    EXPECT_EQ(copy->describe(), network.describe());
    EXPECT_TRUE(same_tensors(copy->parameters().table(), network.parameters().table()));
    // The count of the description is exact: one parameter fewer in the file, and it is refused.
    EXPECT_THROW(make_network(network.describe(), network.parameters().count() - 1),
                 std::runtime_error);
  }
}

TEST(ValueNetwork, HostileDescriptionsAreRefused) {
  const std::map<std::string, std::string> good = ValueNetwork(rainbow()).describe();
  const auto refused = [&](const std::string& key, const std::string& value) {
    auto bad = good;
    bad[key] = value;
    EXPECT_THROW(make_network(bad, 100000), std::runtime_error) << key << "=" << value;
  };
  refused("network", "values");
  refused("inputs", "0");
  refused("hidden", "65536,65536");
  refused("hidden", "4,,4");
  refused("actions", "-1");
  refused("actions", "65536");  // times three atoms
  refused("atoms_per_action", "1e3");
  refused("activation", "swish");
  refused("dueling", "yes");
  refused("noisy", "");
  refused("layer_norm", "1");
  for (const auto& [key, value] : good) {
    auto missing = good;
    missing.erase(key);
    EXPECT_THROW(make_network(missing, 100000), std::runtime_error) << key;
  }
}

TEST(ValueNetwork, FieldsOutsideTheirRangeAreRefused) {
  const auto refused = [](auto change) {
    ValueNetworkConfig config = rainbow();
    change(config);
    EXPECT_THROW(ValueNetwork{config}, std::invalid_argument);
  };
  refused([](ValueNetworkConfig& c) { c.inputs = 0; });
  refused([](ValueNetworkConfig& c) { c.hidden = {0}; });
  refused([](ValueNetworkConfig& c) { c.hidden.assign(65, 1); });
  refused([](ValueNetworkConfig& c) { c.actions = 0; });
  refused([](ValueNetworkConfig& c) { c.atoms = 0; });
  refused([](ValueNetworkConfig& c) { c.atoms = 40000; });
  refused([](ValueNetworkConfig& c) { c.noisy_sigma = -0.5; });
  refused([](ValueNetworkConfig& c) { c.noisy_sigma = std::nan(""); });
}

}  // namespace
}  // namespace pavlov::nets
