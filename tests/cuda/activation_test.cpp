#include "pavlov/kernels/cuda/activation.h"

#include <bit>

#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class ActivationTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(ActivationTest);

using In = std::span<const float>;
using Out = std::span<float>;

struct Pair {
  const char* name;
  void (*host_forward)(In, Out);
  void (*device_forward)(Stream&, In, Out);
  void (*host_backward)(In, In, Out);
  void (*device_backward)(Stream&, In, In, Out);
  bool from_result;
};

template <Gelu kForm>
void host_gelu(In x, Out y) {
  kernels::gelu_forward(kForm, x, y);
}
template <Gelu kForm>
void device_gelu(Stream& stream, In x, Out y) {
  gelu_forward(stream, kForm, x, y);
}
template <Gelu kForm>
void host_gelu_backward(In x, In dy, Out dx) {
  kernels::gelu_backward(kForm, x, dy, dx);
}
template <Gelu kForm>
void device_gelu_backward(Stream& stream, In x, In dy, Out dx) {
  gelu_backward(stream, kForm, x, dy, dx);
}

const Pair kPairs[] = {
    {"exp", kernels::exp_forward, exp_forward, kernels::exp_backward, exp_backward, true},
    {"tanh", kernels::tanh_forward, tanh_forward, kernels::tanh_backward, tanh_backward, true},
    {"sigmoid", kernels::sigmoid_forward, sigmoid_forward, kernels::sigmoid_backward,
     sigmoid_backward, true},
    {"relu", kernels::relu_forward, relu_forward, kernels::relu_backward, relu_backward, true},
    {"gelu erf", host_gelu<Gelu::erf>, device_gelu<Gelu::erf>, host_gelu_backward<Gelu::erf>,
     device_gelu_backward<Gelu::erf>, false},
    {"gelu tanh", host_gelu<Gelu::tanh>, device_gelu<Gelu::tanh>, host_gelu_backward<Gelu::tanh>,
     device_gelu_backward<Gelu::tanh>, false},
};

// A device makes NaN with all bits set.
const float kDeviceNan = std::bit_cast<float>(0x7fffffff);

std::vector<float> arguments() {
  std::vector<float> x = normal_values(500, 1);
  for (const float scale : {1e-6f, 0.01f, 30.0f}) {
    const std::vector<float> more = normal_values(500, 2, scale);
    x.insert(x.end(), more.begin(), more.end());
  }
  for (const float special : {0.0f, -0.0f, INFINITY, -INFINITY, NAN, kDeviceNan, 88.8f, -88.0f,
                              -104.5f, 1e-40f, 0.625f, -0.625f, 9.1f, 1e30f, -1e30f}) {
    x.push_back(special);
  }
  return x;
}

TEST_P(ActivationTest, EqualTheProcessors) {
  const std::vector<float> x = arguments();
  const std::vector<float> dy = normal_values(x.size(), 3);
  std::vector<float> y(x.size()), dx(x.size());
  OnDevice<float> device_x(x), device_dy(dy), device_y(x.size()), device_dx(x.size());
  for (const Pair& f : kPairs) {
    f.host_forward(x, y);
    f.device_forward(stream(), device_x, device_y);
    const std::vector<float> result = device_y.values();
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::bit_cast<int>(x[i]) == 0x7fffffff) {
        y[i] = NAN;  // all of them give NaN there
      }
    }
    expect_close(y, result, f.name);
    const std::vector<float>& from = f.from_result ? result : x;
    f.host_backward(from, dy, dx);
    f.device_backward(stream(), f.from_result ? device_y : device_x, device_dy, device_dx);
    for (std::size_t i = 0; i < x.size(); ++i) {
      if (std::isnan(x[i])) dx[i] = std::string(f.name) == "relu" ? dy[i] : NAN;
    }
    expect_close(dx, device_dx.values(), std::string(f.name) + " backward");
  }
}

TEST_P(ActivationTest, OutputsMayBeInputs) {
  const std::vector<float> x = normal_values(300, 1);
  std::vector<float> y(300);
  kernels::tanh_forward(x, y);
  OnDevice<float> values(x);
  tanh_forward(stream(), values, values);
  expect_close(y, values.values());
}

TEST_P(ActivationTest, WrongSizesAreArguments) {
  OnDevice<float> a(3), b(4);
  EXPECT_THROW(exp_forward(stream(), a, b), std::invalid_argument);
  EXPECT_THROW(tanh_backward(stream(), a, b, a), std::invalid_argument);
  EXPECT_THROW(gelu_backward(stream(), Gelu::erf, a, a, b), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
