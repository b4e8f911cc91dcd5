// Networks on the device against those of the host: Mlp, and ValueNetwork with all its options.
#include "pavlov/nets/cuda/network.h"

#include <functional>

#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::nets::cuda {
namespace {

using kernels::Activation;
using kernels::cuda::DeviceTest;
using kernels::cuda::expect_close;
using kernels::cuda::matrix_of;
using kernels::cuda::normal_values;
using kernels::cuda::OnDevice;
using kernels::cuda::RandomPlace;

class CudaNetworkTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(CudaNetworkTest);

constexpr std::size_t kInputs = 5, kActions = 3;

nets::Mlp make_mlp(std::vector<std::size_t> hidden, Activation activation, std::uint64_t seed = 1) {
  nets::Mlp mlp(
      {.inputs = kInputs, .hidden = std::move(hidden), .outputs = 3, .activation = activation});
  kernels::RandomStream random(seed, "init");
  mlp.initialize(Init::uniform, random);
  return mlp;
}

nets::ValueNetwork make_value(const ValueNetworkConfig& config) {
  nets::ValueNetwork network(config);
  kernels::RandomStream random(1, "init");
  network.initialize(random);
  return network;
}

const std::vector<std::vector<std::size_t>> kHidden = {{}, {7}, {33, 16}, {64, 40, 24}};

std::vector<float> gradient_of(Network& network) {
  std::vector<float> gradient(network.parameters().gradient().size());
  kernels::copy_bytes(gradient.data(), kernels::Device::cpu, network.parameters().gradient().data(),
                      kernels::Device::cuda, gradient.size() * sizeof(float));
  return gradient;
}

// Forward, then twice backward, on both sides; with a draw of noise where there is any.
void expect_same_passes(Stream& stream, nets::Network& host, std::size_t batch) {
  Network device(host);
  NetworkTape tape = device.make_tape(32);
  nets::Tape host_tape;
  kernels::RandomStream noise(7, "noise");
  OnDevice<std::uint64_t> position(std::vector<std::uint64_t>{noise.position()});
  host.resample_noise(noise);
  EXPECT_EQ(noise.position(), device.noise_words());
  device.draw_noise(stream, {noise.seed(), noise.name_hash(), position.data(), 0}, tape);

  std::vector<float> x = normal_values(batch * kInputs, 1), y(batch * host.outputs());
  const std::vector<float> dy = normal_values(y.size(), 2);
  OnDevice<float> dev_x(x), dev_y(y.size()), dev_dy(dy);
  host.forward(matrix_of(x, batch), matrix_of(y, batch), host_tape);
  device.forward(stream, dev_x.matrix(batch), dev_y.matrix(batch), tape);
  expect_close(y, dev_y.values(), "y");
  for (int pass = 0; pass < 2; ++pass) {  // gradients add up
    std::vector<float> fresh = dy;
    host.backward(matrix_of(fresh, batch), host_tape);
    dev_dy = OnDevice<float>(dy);
    device.backward(stream, dev_dy.matrix(batch), tape);
  }
  stream.synchronize();
  expect_close(host.parameters().gradient(), gradient_of(device), "gradient", 1e-4);
}

TEST_P(CudaNetworkTest, PassesOfAnMlpEqualTheHosts) {
  for (const auto& hidden : kHidden) {
    for (const Activation activation : {Activation::relu, Activation::tanh}) {
      for (const std::size_t batch : {1, 20, 32}) {
        nets::Mlp host = make_mlp(hidden, activation);
        expect_same_passes(stream(), host, batch);
      }
    }
  }
}

TEST_P(CudaNetworkTest, PassesOfAValueNetworkEqualTheHostsWithAllOptions) {
  for (const auto& hidden : kHidden) {
    for (int options = 0; options < 8; ++options) {
      for (const std::size_t atoms : {1, 11, 17}) {
        // Of two the processor computes both advantages by one product.
        nets::ValueNetwork host = make_value({.inputs = kInputs,
                                              .hidden = hidden,
                                              .actions = atoms == 17 ? 2 : kActions,
                                              .atoms = atoms,
                                              .activation = Activation::tanh,
                                              .dueling = (options & 1) != 0,
                                              .noisy = (options & 2) != 0,
                                              .layer_norm = (options & 4) != 0});
        expect_same_passes(stream(), host, 20);
      }
    }
  }
}

// Before the first draw outputs are those of the mean weights, and so is the gradient.
TEST_P(CudaNetworkTest, WithoutADrawThereIsNoNoise) {
  nets::ValueNetwork host = make_value({.inputs = kInputs,
                                        .hidden = {16, 8},
                                        .actions = kActions,
                                        .activation = Activation::tanh,
                                        .noisy = true});
  Network device(host);
  NetworkTape tape = device.make_tape(8);
  nets::Tape host_tape;
  std::vector<float> x = normal_values(8 * kInputs, 1), y(8 * kActions), dy = normal_values(24, 2);
  OnDevice<float> dev_x(x), dev_y(y.size()), dev_dy(dy);
  host.forward(matrix_of(x, 8), matrix_of(y, 8), host_tape);
  device.forward(stream(), dev_x.matrix(8), dev_y.matrix(8), tape);
  expect_close(y, dev_y.values(), "y");
  host.backward(matrix_of(dy, 8), host_tape);
  device.backward(stream(), dev_dy.matrix(8), tape);
  expect_close(host.parameters().gradient(), gradient_of(device), "gradient", 1e-4);
}

TEST_P(CudaNetworkTest, ValuesTravelBothWays) {
  const nets::Mlp host = make_mlp({8}, Activation::relu, 1);
  nets::Mlp other = make_mlp({8}, Activation::relu, 2);
  Network device(host);
  device.parameters().copy_to(other.parameters());
  expect_close(host.parameters().values(), other.parameters().values());
  const nets::Mlp third = make_mlp({8}, Activation::relu, 3);
  device.parameters().copy_from(third.parameters());
  device.parameters().copy_to(other.parameters());
  expect_close(third.parameters().values(), other.parameters().values());
  nets::Mlp wide = make_mlp({9}, Activation::relu);
  EXPECT_THROW(device.parameters().copy_from(wide.parameters()), std::invalid_argument);
  EXPECT_THROW(device.parameters().copy_to(wide.parameters()), std::invalid_argument);
  EXPECT_THROW(device.parameters().find("layers.2.weight"), std::invalid_argument);
}

TEST_P(CudaNetworkTest, WrongShapesAreArguments) {
  const nets::Mlp host = make_mlp({8}, Activation::relu);
  Network device(host), deep(make_mlp({8, 8}, Activation::relu));
  NetworkTape tape = device.make_tape(4), other = deep.make_tape(4),
              forward_only = device.make_tape(4, false);
  OnDevice<float> x(25), y(15), narrow(10);
  const ConstMatrixView four = x.matrix(5).rows_from(0, 4);
  const MatrixView four_out = y.matrix(5).rows_from(0, 4);
  const auto refused = [](const std::function<void()>& work) {
    EXPECT_THROW(work(), std::invalid_argument);
  };
  refused([&] { device.forward(stream(), x.matrix(5), y.matrix(5), tape); });
  refused([&] { device.forward(stream(), four, four_out, other); });
  refused([&] { device.backward(stream(), y.matrix(5), tape); });
  refused([&] { device.forward(stream(), four, narrow.matrix(5).rows_from(0, 4), tape); });
  device.forward(stream(), four, four_out, forward_only);
  refused([&] { device.backward(stream(), four_out, forward_only); });
}

}  // namespace
}  // namespace pavlov::nets::cuda
