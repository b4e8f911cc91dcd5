// Networks and their optimizer on the device against those of the host.
#include "pavlov/nets/cuda/mlp.h"

#include "pavlov/nets/cuda/adam.h"
#include "pavlov/nets/optimizer.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::nets::cuda {
namespace {

using kernels::Activation;
using kernels::cuda::DeviceTest;
using kernels::cuda::expect_close;
using kernels::cuda::Graph;
using kernels::cuda::matrix_of;
using kernels::cuda::normal_values;
using kernels::cuda::OnDevice;

class CudaMlpTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(CudaMlpTest);

nets::Mlp make_host(std::vector<std::size_t> hidden, Activation activation,
                    std::uint64_t seed = 1) {
  nets::Mlp mlp({.inputs = 5, .hidden = std::move(hidden), .outputs = 3, .activation = activation});
  kernels::RandomStream random(seed, "init");
  mlp.initialize(Init::uniform, random);
  return mlp;
}

const std::vector<std::vector<std::size_t>> kHidden = {{}, {7}, {33, 16}, {64, 64}};

TEST_P(CudaMlpTest, PassesEqualTheHosts) {
  for (const auto& hidden : kHidden) {
    for (const Activation activation : {Activation::relu, Activation::tanh}) {
      for (const std::size_t batch : {1, 20, 32}) {
        nets::Mlp host = make_host(hidden, activation);
        Mlp device(host);
        Tape tape(host.config(), 32);
        nets::Tape host_tape;
        std::vector<float> x = normal_values(batch * 5, 1), y(batch * 3);
        std::vector<float> dy = normal_values(batch * 3, 2);
        OnDevice<float> dev_x(x), dev_y(y.size()), dev_dy(dy);
        host.forward(matrix_of(x, batch), matrix_of(y, batch), host_tape);
        device.forward(stream(), dev_x.matrix(batch), dev_y.matrix(batch), tape);
        expect_close(y, dev_y.values(), "y");
        for (int pass = 0; pass < 2; ++pass) {  // gradients add up
          std::vector<float> fresh = dy;
          host.backward(matrix_of(fresh, batch), host_tape);
          dev_dy = OnDevice<float>(dy);
          device.backward(stream(), dev_dy.matrix(batch), tape);
        }
        stream().synchronize();
        std::vector<float> gradient(host.parameters().gradient().size());
        kernels::copy_bytes(gradient.data(), kernels::Device::cpu, device.gradient().data(),
                            kernels::Device::cuda, gradient.size() * sizeof(float));
        expect_close(host.parameters().gradient(), gradient, "gradient", 1e-4);
      }
    }
  }
}

TEST_P(CudaMlpTest, ValuesTravelBothWays) {
  const nets::Mlp host = make_host({8}, Activation::relu, 1);
  nets::Mlp other = make_host({8}, Activation::relu, 2);
  Mlp device(host);
  device.copy_values_to(other);
  expect_close(host.parameters().values(), other.parameters().values());
  const nets::Mlp third = make_host({8}, Activation::relu, 3);
  device.copy_values_from(third);
  device.copy_values_to(other);
  expect_close(third.parameters().values(), other.parameters().values());
  nets::Mlp wide = make_host({9}, Activation::relu);
  EXPECT_THROW(device.copy_values_from(wide), std::invalid_argument);
  EXPECT_THROW(device.copy_values_to(wide), std::invalid_argument);
}

TEST_P(CudaMlpTest, WrongShapesAreArguments) {
  const nets::Mlp host = make_host({8}, Activation::relu);
  Mlp device(host);
  Tape tape(host.config(), 4), other(make_host({8, 8}, Activation::relu).config(), 4);
  OnDevice<float> x(25), y(15), narrow(10);
  EXPECT_THROW(device.forward(stream(), x.matrix(5), y.matrix(5), tape), std::invalid_argument);
  EXPECT_THROW(
      device.forward(stream(), x.matrix(5).rows_from(0, 4), y.matrix(5).rows_from(0, 4), other),
      std::invalid_argument);
  EXPECT_THROW(device.backward(stream(), y.matrix(5), tape), std::invalid_argument);
  EXPECT_THROW(
      device.forward(stream(), x.matrix(5).rows_from(0, 4), narrow.matrix(5).rows_from(0, 4), tape),
      std::invalid_argument);
}

// Updates enqueued once and replayed, each with another learning rate.
TEST_P(CudaMlpTest, CapturedUpdatesEqualTheHosts) {
  nets::Mlp host = make_host({16}, Activation::tanh);
  const std::size_t size = host.parameters().values().size();
  Mlp device(host);
  nets::Adam host_adam({}, size);
  Adam device_adam({}, size);
  Tape tape(host.config(), 8);
  nets::Tape host_tape;
  std::vector<float> x = normal_values(8 * 5, 1), y(8 * 3);
  const std::vector<float> dy = normal_values(8 * 3, 2, 3.0f);
  OnDevice<float> dev_x(x), dev_y(y.size()), kept_dy(dy), dev_dy(dy.size());
  const auto update = [&] {
    stream().copy(dev_dy.data(), kept_dy.data(), dy.size() * sizeof(float));
    device.forward(stream(), dev_x.matrix(8), dev_y.matrix(8), tape);
    device.backward(stream(), dev_dy.matrix(8), tape);
    device_adam.enqueue(stream(), device.values(), device.gradient(), 0.5, nullptr);
  };
  Graph graph;
  for (int t = 0; t < 6; ++t) {
    const double learning_rate = 0.01 / (1 + t);
    std::vector<float> fresh = dy;
    host.forward(matrix_of(x, 8), matrix_of(y, 8), host_tape);
    host.backward(matrix_of(fresh, 8), host_tape);
    const double norm = host_adam.step(host.parameters(), learning_rate, 0.5);

    device_adam.prepare(learning_rate);
    if (t == 0) {
      update();
    } else {
      if (graph.empty()) graph = Graph::capture(stream(), {"update"}, update);
      graph.launch(stream());
    }
    stream().synchronize();
    double device_norm = 0.0;
    kernels::copy_bytes(&device_norm, kernels::Device::cpu, device_adam.norm(),
                        kernels::Device::cuda, sizeof device_norm);
    EXPECT_NEAR(device_norm, norm, 1e-4 * norm) << t;
  }
  nets::Mlp result = make_host({16}, Activation::tanh);
  device.copy_values_to(result);
  expect_close(host.parameters().values(), result.parameters().values());
}

TEST_P(CudaMlpTest, NothingFiniteNothingUpdated) {
  const nets::Mlp host = make_host({4}, Activation::relu);
  Mlp device(host);
  Adam adam({}, device.values().size());
  std::vector<float> gradient(device.gradient().size(), 1.0f);
  gradient[3] = NAN;
  kernels::copy_bytes(device.gradient().data(), kernels::Device::cuda, gradient.data(),
                      kernels::Device::cpu, gradient.size() * sizeof(float));
  adam.prepare(0.1);
  adam.enqueue(stream(), device.values(), device.gradient(), 1.0, nullptr);
  stream().synchronize();
  nets::Mlp after = make_host({4}, Activation::relu, 9);
  device.copy_values_to(after);
  expect_close(host.parameters().values(), after.parameters().values());
  kernels::copy_bytes(gradient.data(), kernels::Device::cpu, device.gradient().data(),
                      kernels::Device::cuda, gradient.size() * sizeof(float));
  for (const float g : gradient) EXPECT_EQ(g, 0.0f);
}

}  // namespace
}  // namespace pavlov::nets::cuda
