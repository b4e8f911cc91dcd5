// Optimizers on the device against those of the host.
#include "pavlov/nets/cuda/optimizer.h"

#include <utility>

#include "pavlov/nets/cuda/parameters.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::nets::cuda {
namespace {

using kernels::EpsilonPlacement;
using kernels::cuda::Cursor;
using kernels::cuda::DeviceTest;
using kernels::cuda::expect_close;
using kernels::cuda::Graph;
using kernels::cuda::normal_values;
using kernels::cuda::OnDevice;

class CudaOptimizerTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(CudaOptimizerTest);

const std::pair<const char*, OptimizerConfig> kOptimizers[] = {
    {"adam", AdamConfig{.epsilon = 1e-5}},
    {"adamw", AdamConfig{.beta1 = 0.8, .epsilon = 1e-5, .weight_decay = 0.1}},
    {"rmsprop", RmsPropConfig{.alpha = 0.9, .epsilon = 1e-5}},
    {"rmsprop of TensorFlow", RmsPropConfig{.placement = EpsilonPlacement::inside_root}},
    {"sgd", SgdConfig{}},
    {"momentum", SgdConfig{.momentum = 0.9}},
    {"nesterov", SgdConfig{.momentum = 0.9, .nesterov = true}},
};

constexpr std::size_t kSteps = 5;

ParameterBuffer random_parameters(std::uint64_t seed) {
  ParameterBuffer buffer({{"a", {7, 11}}, {"b", {33}}});
  std::ranges::copy(normal_values(77, seed), buffer.value(0).data);
  std::ranges::copy(normal_values(33, seed + 1), buffer.value(1).data);
  return buffer;
}

// A gradient of step t in both places.
void set_gradient(std::size_t t, ParameterBuffer& host, Parameters& device) {
  std::ranges::copy(normal_values(77, 10 * t + 3), host.gradient(0).data);
  std::ranges::copy(normal_values(33, 10 * t + 4), host.gradient(1).data);
  kernels::copy_bytes(device.gradient().data(), kernels::Device::cuda, host.gradient().data(),
                      kernels::Device::cpu, host.gradient().size_bytes());
}

double norm_of(const Optimizer& optimizer) {
  double norm = 0.0;
  kernels::copy_bytes(&norm, kernels::Device::cpu, optimizer.norm(), kernels::Device::cuda,
                      sizeof norm);
  return norm;
}

void expect_same_values(const ParameterBuffer& host, const Parameters& device,
                        const std::string& what) {
  ParameterBuffer copy = random_parameters(99);
  device.copy_to(copy);
  expect_close(host.values(), copy.values(), what);
}

TEST_P(CudaOptimizerTest, StepsThatAreCapturedEqualTheHosts) {
  for (const auto& [name, config] : kOptimizers) {
    ParameterBuffer host = random_parameters(1);
    Parameters device(host);
    const auto host_optimizer = nets::make_optimizer(config, host.values().size());
    const auto optimizer = cuda::make_optimizer(config, host.values().size());
    Graph graph;
    for (std::size_t t = 0; t < kSteps; ++t) {
      const double learning_rate = 0.02 / static_cast<double>(1 + t), max_norm = t == 2 ? 0.0 : 3.0;
      set_gradient(t, host, device);
      optimizer->prepare(learning_rate);
      const auto step = [&] {
        optimizer->enqueue_prepared(stream());
        optimizer->enqueue(stream(), device.values(), device.gradient(), 3.0, nullptr);
      };
      if (max_norm == 0.0) {  // not captured: without a limit
        optimizer->enqueue_prepared(stream());
        optimizer->enqueue(stream(), device.values(), device.gradient(), max_norm, nullptr);
      } else {
        if (graph.empty()) graph = Graph::capture(stream(), {"step"}, step);
        graph.launch(stream());
      }
      stream().synchronize();
      const double norm = host_optimizer->step(host, learning_rate, max_norm);
      EXPECT_NEAR(norm_of(*optimizer), norm, 1e-6 * norm) << name;
      expect_same_values(host, device, name);
    }
  }
}

// A round: its steps are prepared at once, and the cursor finds the numbers of each.
TEST_P(CudaOptimizerTest, PreparedRoundsEqualTheHosts) {
  for (const auto& [name, config] : kOptimizers) {
    ParameterBuffer host = random_parameters(1);
    Parameters device(host);
    const auto host_optimizer = nets::make_optimizer(config, host.values().size());
    const auto optimizer = cuda::make_optimizer(config, host.values().size(), kSteps);
    OnDevice<Cursor> cursor(1);
    Graph graph;
    for (int round = 0; round < 2; ++round) {
      const double learning_rate = round == 0 ? 0.02 : 0.01;
      // The first round takes back two of its steps.
      const std::size_t steps = round == 0 ? kSteps - 2 : kSteps;
      optimizer->prepare(learning_rate, kSteps);
      optimizer->enqueue_prepared(stream());
      stream().zero(cursor.data(), sizeof(Cursor));
      for (std::size_t t = 0; t < steps; ++t) {
        set_gradient(t, host, device);
        if (graph.empty()) {
          graph = Graph::capture(stream(), {"step"}, [&] {
            optimizer->enqueue(stream(), device.values(), device.gradient(), 3.0, nullptr,
                               cursor.data());
            kernels::cuda::advance(stream(), cursor.data());
          });
        }
        graph.launch(stream());
        host_optimizer->step(host, learning_rate, 3.0);
        expect_same_values(host, device, name);
      }
      optimizer->take_back(kSteps - steps);
      stream().synchronize();
    }
  }
}

TEST_P(CudaOptimizerTest, NothingFiniteNothingUpdated) {
  for (const auto& [name, config] : kOptimizers) {
    ParameterBuffer host = random_parameters(1);
    Parameters device(host);
    const auto optimizer = cuda::make_optimizer(config, host.values().size());
    for (const bool by_loss : {false, true}) {
      set_gradient(1, host, device);
      if (!by_loss) {
        const float nan = NAN;
        kernels::copy_bytes(&device.gradient()[3], kernels::Device::cuda, &nan,
                            kernels::Device::cpu, sizeof nan);
      }
      optimizer->prepare(0.1);
      optimizer->enqueue_prepared(stream());
      OnDevice<float> loss(std::vector<float>{by_loss ? NAN : 1.0f});
      optimizer->enqueue(stream(), device.values(), device.gradient(), 1.0, loss.data());
      stream().synchronize();
      expect_same_values(host, device, name);
      std::vector<float> gradient(device.gradient().size());
      kernels::copy_bytes(gradient.data(), kernels::Device::cpu, device.gradient().data(),
                          kernels::Device::cuda, gradient.size() * sizeof(float));
      for (const float g : gradient) EXPECT_EQ(g, 0.0f) << name;
    }
  }
}

TEST_P(CudaOptimizerTest, WrongArgumentsAreRefused) {
  EXPECT_THROW(cuda::make_optimizer(AdamConfig{.epsilon = 0.0}, 16), std::invalid_argument);
  EXPECT_THROW(cuda::make_optimizer(SgdConfig{.momentum = 1.0}, 16), std::invalid_argument);
  EXPECT_THROW(cuda::make_optimizer(AdamConfig{}, 16, 3)->prepare(0.1, 4), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::nets::cuda
