// TorchNetwork with modules of one's own, in a program that is linked with LibTorch.
#include "pavlov/nets/torch/torch_network.h"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/kernels/random.h"

namespace pavlov::nets {
namespace {

using kernels::Tensor;

Tensor random_tensor(std::size_t rows, std::size_t cols, std::uint64_t seed) {
  Tensor tensor({rows, cols});
  kernels::RandomStream random(seed, "tensor");
  for (float& v : tensor.span()) v = static_cast<float>(random.normal());
  return tensor;
}

torch::Tensor as_torch(Tensor& tensor) {
  return torch::from_blob(tensor.data(), {static_cast<std::int64_t>(tensor.dim(0)),
                                          static_cast<std::int64_t>(tensor.dim(1))});
}

// Two frames of 6 x 5 to three values, through a convolution and a scale that is a scalar.
struct ConvImpl : torch::nn::Module {
  ConvImpl()
      : conv(register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(2, 4, 3)))),
        head(register_module("head", torch::nn::Linear(4 * 4 * 3, 3))),
        scale(register_parameter("scale", torch::full({}, 0.5f))) {}
  torch::Tensor forward(torch::Tensor x) {
    x = torch::relu(conv->forward(x.view({-1, 2, 6, 5})));
    return scale * head->forward(x.flatten(1));
  }
  torch::nn::Conv2d conv;
  torch::nn::Linear head;
  torch::Tensor scale;
};
TORCH_MODULE(Conv);

constexpr std::size_t kInputs = 2 * 6 * 5;

TorchNetworkConfig conv_config(std::uint64_t seed = 0) {
  return {.inputs = kInputs, .outputs = 3, .description = {{"network", "conv"}}, .seed = seed};
}

TorchNetwork make_conv(std::uint64_t seed = 0) {
  return TorchNetwork([] { return Conv(); }, conv_config(seed));
}

std::vector<float> copy_of(std::span<const float> values) { return {values.begin(), values.end()}; }

TEST(TorchNetwork, ParametersAreViewsOfTheFlatBuffer) {
  TorchNetwork network = make_conv();
  ParameterBuffer& flat = network.parameters();
  const auto named = network.module().named_parameters();
  ASSERT_EQ(flat.table().size(), named.size());
  for (std::size_t k = 0; k < named.size(); ++k) {
    const Parameter& p = flat.table()[k];
    const torch::Tensor& tensor = named[k].value();
    EXPECT_EQ(p.name, named[k].key());
    EXPECT_EQ(p.size, static_cast<std::size_t>(tensor.numel()));
    float& first = flat.values()[p.offset];
    EXPECT_EQ(tensor.data_ptr<float>(), &first);
    first = 7.0f;
    EXPECT_EQ(tensor.flatten()[0].item<float>(), 7.0f);
    const torch::NoGradGuard no_graph;
    tensor.flatten()[0].fill_(8.0f);
    EXPECT_EQ(first, 8.0f);
    EXPECT_EQ(tensor.grad().data_ptr<float>(), &flat.gradient()[p.offset]);
  }
  EXPECT_EQ(flat.table()[0].name, "scale");
  EXPECT_EQ(flat.table()[0].shape, (std::vector<std::size_t>{1}));
  EXPECT_EQ(flat.table()[1].name, "conv.weight");
  EXPECT_EQ(flat.table()[1].shape, (std::vector<std::size_t>{4, 2, 3, 3}));
}

// Against the same module left to itself.
TEST(TorchNetwork, ValuesAndGradientsAreThoseOfTheModule) {
  TorchNetwork network = make_conv();
  Conv plain;
  {
    const torch::NoGradGuard no_graph;
    const auto bound = network.module().named_parameters();
    for (auto& parameter : plain->named_parameters()) {
      parameter.value().copy_(bound[parameter.key()]);
    }
  }
  Tape tape;
  for (const std::size_t batch : {7u, 1u, 16u}) {
    Tensor x = random_tensor(batch, kInputs, batch);
    Tensor y({batch, 3});
    Tensor dy = random_tensor(batch, 3, 100 + batch);
    const torch::Tensor expected = plain->forward(as_torch(x));
    expected.backward(as_torch(dy));
    network.forward(x.matrix(), y.matrix(), tape);
    EXPECT_TRUE(torch::equal(as_torch(y), expected));
    network.backward(dy.matrix(), tape);  // adds to what the batches before have left
  }
  const auto bound = network.module().named_parameters();
  for (const auto& parameter : plain->named_parameters()) {
    const torch::Tensor gradient = bound[parameter.key()].grad();
    EXPECT_TRUE(torch::allclose(gradient, parameter.value().grad(), 1e-5, 1e-6)) << parameter.key();
    EXPECT_GT(gradient.abs().max().item<float>(), 0.0f) << parameter.key();
  }
  std::size_t k = 0;
  for (const auto& parameter : bound) {  // still views after three passes
    EXPECT_EQ(parameter.value().grad().data_ptr<float>(), network.parameters().gradient(k++).data);
  }
}

TEST(TorchNetwork, CloneIsOfTheSameKindWithItsOwnValues) {
  TorchNetwork network = make_conv();
  network.parameters().values()[0] = 3.0f;
  const std::unique_ptr<Network> copy = network.clone();
  EXPECT_EQ(copy_of(copy->parameters().values()), copy_of(network.parameters().values()));
  EXPECT_EQ(copy->describe(), network.describe());
  copy->parameters().values()[0] = 4.0f;
  EXPECT_EQ(network.parameters().values()[0], 3.0f);
  const Tensor x = random_tensor(2, kInputs, 1);
  Tensor y({2, 3});
  Tape tape;
  EXPECT_NO_THROW(copy->forward(x.matrix(), y.matrix(), tape));
}

TEST(TorchNetwork, TravelsThroughAFile) {
  const TorchNetwork from = make_conv(1);
  TorchNetwork to = make_conv(2);
  const std::string bytes = serialize_safetensors(from.parameters().entries(), from.describe());
  const auto file = SafetensorsFile::parse(std::as_bytes(std::span(bytes)), "test");
  EXPECT_EQ(file.shape("conv.weight"), (std::vector<std::size_t>{4, 2, 3, 3}));
  to.parameters().load_values(file, "test");
  const Tensor x = random_tensor(4, kInputs, 1);
  Tensor expected({4, 3});
  Tensor y({4, 3});
  Tape tape;
  from.forward(x.matrix(), expected.matrix(), tape);
  to.forward(x.matrix(), y.matrix(), tape);
  EXPECT_EQ(copy_of(y.span()), copy_of(expected.span()));
}

TEST(TorchNetwork, DescribesItself) {
  using Description = std::map<std::string, std::string>;
  EXPECT_EQ(make_conv().describe(),
            (Description{{"network", "conv"}, {"inputs", "60"}, {"outputs", "3"}}));
  const TorchNetwork unnamed([] { return torch::nn::Linear(3, 2); },
                             TorchNetworkConfig{.inputs = 3, .outputs = 2});
  EXPECT_EQ(unnamed.describe(),
            (Description{{"network", "torch"}, {"inputs", "3"}, {"outputs", "2"}}));
  try {
    make_network(unnamed.describe(), 1000);
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("Policy::load"), std::string::npos) << error.what();
  }
}

TEST(TorchNetwork, TakesModulesInEveryForm) {
  const TorchNetworkConfig config = {.inputs = 3, .outputs = 2};
  const Tensor x = random_tensor(4, 3, 1);
  Tensor y({4, 2});
  Tape tape;
  const TorchNetwork sequential(
      [] { return torch::nn::Sequential(torch::nn::Linear(3, 5), torch::nn::Linear(5, 2)); },
      config);
  sequential.forward(x.matrix(), y.matrix(), tape);
  const TorchNetwork shared([] { return std::make_shared<torch::nn::LinearImpl>(3, 2); }, config);
  shared.forward(x.matrix(), y.matrix(), tape);
}

TEST(TorchNetwork, MatricesMayBeStoredTransposed) {
  TorchNetwork network([] { return torch::nn::Linear(3, 2); },
                       {.inputs = 3, .outputs = 2, .transpose_matrices = true});
  const torch::Tensor weight = network.module().named_parameters()["weight"];
  EXPECT_EQ(weight.sizes(), (std::vector<std::int64_t>{2, 3}));
  const MatrixView stored = network.parameters().value(0);
  ASSERT_EQ(stored.rows, 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t o = 0; o < 2; ++o) {
      EXPECT_EQ(weight[static_cast<std::int64_t>(o)][static_cast<std::int64_t>(i)].item<float>(),
                stored(i, o));
    }
  }
}

TEST(TorchNetwork, FrozenParametersGetNoGradient) {
  struct Frozen : torch::nn::Module {
    Frozen() {
      for (const char* name : {"fixed", "free"}) {
        register_module(name, torch::nn::Linear(3, 2));
      }
      for (auto& p : named_children()["fixed"]->parameters()) p.set_requires_grad(false);
    }
    torch::Tensor forward(const torch::Tensor& x) {
      torch::Tensor sum = torch::zeros({x.size(0), 2});
      for (auto& child : children()) sum = sum + child->as<torch::nn::LinearImpl>()->forward(x);
      return sum;
    }
  };
  TorchNetwork network([] { return std::make_shared<Frozen>(); },
                       TorchNetworkConfig{.inputs = 3, .outputs = 2});
  const Tensor x = random_tensor(4, 3, 1);
  Tensor y({4, 2});
  Tensor dy = random_tensor(4, 2, 2);
  Tape tape;
  network.forward(x.matrix(), y.matrix(), tape);
  network.backward(dy.matrix(), tape);
  for (std::size_t k = 0; k < network.parameters().table().size(); ++k) {
    const bool free = network.parameters().table()[k].name.starts_with("free");
    EXPECT_EQ(network.parameters().gradient(k)(0, 0) != 0.0f, free);
  }
}

TEST(TorchNetwork, SeedsItsModuleAndNothingElse) {
  EXPECT_EQ(copy_of(make_conv(3).parameters().values()),
            copy_of(make_conv(3).parameters().values()));
  EXPECT_NE(copy_of(make_conv(3).parameters().values()),
            copy_of(make_conv(4).parameters().values()));
  torch::manual_seed(11);
  const torch::Tensor expected = torch::rand({4});
  torch::manual_seed(11);
  make_conv(3);
  EXPECT_TRUE(torch::equal(torch::rand({4}), expected));
}

TEST(TorchNetwork, DropoutIsOff) {
  const TorchNetwork network(
      [] { return torch::nn::Sequential(torch::nn::Linear(3, 2), torch::nn::Dropout(0.9)); },
      TorchNetworkConfig{.inputs = 3, .outputs = 2});
  const Tensor x = random_tensor(50, 3, 1);
  Tensor first({50, 2});
  Tensor second({50, 2});
  Tape tape;
  network.forward(x.matrix(), first.matrix(), tape);
  network.forward(x.matrix(), second.matrix(), tape);
  EXPECT_EQ(copy_of(first.span()), copy_of(second.span()));
}

TEST(TorchNetwork, KeepsNothingWhereNoBackwardFollows) {
  const TorchNetwork network = make_conv();
  const Tensor x = random_tensor(2, kInputs, 1);
  Tensor y({2, 3});
  Tape tape{.for_backward = false};
  network.forward(x.matrix(), y.matrix(), tape);
  EXPECT_EQ(tape.memory, nullptr);
  tape.for_backward = true;
  network.forward(x.matrix(), y.matrix(), tape);
  EXPECT_NE(tape.memory, nullptr);
}

TEST(TorchNetwork, LearnsWhereTheCallerHasGradientsOff) {
  const c10::InferenceMode off;
  TorchNetwork network = make_conv();
  const Tensor x = random_tensor(2, kInputs, 1);
  Tensor y({2, 3});
  Tensor dy = random_tensor(2, 3, 1);
  Tape tape;
  network.forward(x.matrix(), y.matrix(), tape);
  network.backward(dy.matrix(), tape);
  EXPECT_NE(network.parameters().gradient(0)(0, 0), 0.0f);
}

TEST(TorchNetwork, SetsLibTorchAndBlasToOneThread) {
  make_conv();
  EXPECT_EQ(at::get_num_threads(), 1);
  EXPECT_EQ(at::get_num_interop_threads(), 1);
  auto* blas = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "openblas_get_num_threads"));
  EXPECT_TRUE(blas == nullptr || blas() == 1);
}

template <class Make>
std::string refusal(Make make, const TorchNetworkConfig& config) {
  try {
    TorchNetwork(make, config);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(TorchNetwork, ModulesThatCannotBeKeptAreRefused) {
  const TorchNetworkConfig config = {.inputs = 3, .outputs = 2};
  EXPECT_EQ(refusal([] { return torch::nn::Linear(3, 2); }, {.inputs = 0, .outputs = 2}),
            "[torch] inputs 0: must be at least 1");
  EXPECT_EQ(refusal([] { return torch::nn::Linear(3, 2); }, {.inputs = 3, .outputs = 0}),
            "[torch] outputs 0: must be at least 1");
  EXPECT_EQ(refusal([] { return torch::nn::Linear(3, 5); }, config),
            "[torch] the module gives CPUFloatType (2, 5) for x (2, 3): must be float32 (2, 2)");
  const auto norm = [] {
    return torch::nn::Sequential(torch::nn::Linear(3, 2), torch::nn::BatchNorm1d(2));
  };
  EXPECT_NE(refusal(norm, config).find("buffer '1.running_mean'"), std::string::npos);
  const auto wide = [] {
    torch::nn::Linear linear(3, 2);
    linear->to(torch::kFloat64);
    return linear;
  };
  EXPECT_NE(refusal(wide, config).find("parameter 'weight' CPUDoubleType: must be float32"),
            std::string::npos);
  const auto tied = [] {
    torch::nn::Linear first(3, 3);
    torch::nn::Linear second(3, 3);
    second->weight = first->weight;
    second->named_parameters(false)["weight"].set_data(first->weight);
    return torch::nn::Sequential(first, second, torch::nn::Linear(3, 2));
  };
  EXPECT_NE(refusal(tied, config).find("shares the memory"), std::string::npos);
}

TEST(TorchNetwork, ErrorsOfLibTorchNameThePassAndItsShapes) {
  try {
    TorchNetwork([] { return torch::nn::Linear(4, 2); },
                 TorchNetworkConfig{.inputs = 3, .outputs = 2});
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    const std::string message = error.what();
    EXPECT_TRUE(message.starts_with("[torch] forward of x (2, 3): ")) << message;
    EXPECT_NE(message.find("mat1 and mat2"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
  // A module without parameters has nothing to go back to.
  TorchNetwork constant([] { return torch::nn::Flatten(); },
                        TorchNetworkConfig{.inputs = 2, .outputs = 2});
  const Tensor x = random_tensor(5, 2, 1);
  Tensor y({5, 2});
  Tensor dy({5, 2});
  Tape tape;
  constant.forward(x.matrix(), y.matrix(), tape);
  try {
    constant.backward(dy.matrix(), tape);
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_TRUE(std::string(error.what()).starts_with("[torch] backward of dy (5, 2): "))
        << error.what();
  }
}

}  // namespace
}  // namespace pavlov::nets
