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
#include "pavlov/tests/nets/value_networks.h"

namespace pavlov::nets {
namespace {

using Vector = std::vector<double>;

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
