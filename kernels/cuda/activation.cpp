#include "pavlov/kernels/cuda/activation.h"

#include "pavlov/kernels/cuda/activation-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

template <class Function>
void map(Stream& stream, const char* name, std::span<const float> x, std::span<float> y) {
  check_size("activation", "y", y.size(), x.size());
  launch(stream, {name, {x.size()}},
         Elements<MapElement<Function>>{{x.data(), y.data()}, x.size()});
}

template <class Gradient>
void map_gradient(Stream& stream, const char* name, std::span<const float> a,
                  std::span<const float> dy, std::span<float> dx) {
  check_size("activation", "dy", dy.size(), a.size());
  check_size("activation", "dx", dx.size(), a.size());
  launch(stream, {name, {a.size()}},
         Elements<GradientElement<Gradient>>{{a.data(), dy.data(), dx.data()}, a.size()});
}

}  // namespace

void exp_forward(Stream& stream, std::span<const float> x, std::span<float> y) {
  map<Exp>(stream, "exp_forward", x, y);
}
void exp_backward(Stream& stream, std::span<const float> y, std::span<const float> dy,
                  std::span<float> dx) {
  map_gradient<ExpGradient>(stream, "exp_backward", y, dy, dx);
}

void tanh_forward(Stream& stream, std::span<const float> x, std::span<float> y) {
  map<Tanh>(stream, "tanh_forward", x, y);
}
void tanh_backward(Stream& stream, std::span<const float> y, std::span<const float> dy,
                   std::span<float> dx) {
  map_gradient<TanhGradient>(stream, "tanh_backward", y, dy, dx);
}

void sigmoid_forward(Stream& stream, std::span<const float> x, std::span<float> y) {
  map<Sigmoid>(stream, "sigmoid_forward", x, y);
}
void sigmoid_backward(Stream& stream, std::span<const float> y, std::span<const float> dy,
                      std::span<float> dx) {
  map_gradient<SigmoidGradient>(stream, "sigmoid_backward", y, dy, dx);
}

void relu_forward(Stream& stream, std::span<const float> x, std::span<float> y) {
  map<Relu>(stream, "relu_forward", x, y);
}
void relu_backward(Stream& stream, std::span<const float> y, std::span<const float> dy,
                   std::span<float> dx) {
  map_gradient<ReluGradient>(stream, "relu_backward", y, dy, dx);
}

void gelu_forward(Stream& stream, Gelu form, std::span<const float> x, std::span<float> y) {
  if (form == Gelu::erf) return map<GeluErf>(stream, "gelu_forward erf", x, y);
  map<GeluTanh>(stream, "gelu_forward tanh", x, y);
}
void gelu_backward(Stream& stream, Gelu form, std::span<const float> x, std::span<const float> dy,
                   std::span<float> dx) {
  if (form == Gelu::erf) {
    return map_gradient<GeluErfGradient>(stream, "gelu_backward erf", x, dy, dx);
  }
  map_gradient<GeluTanhGradient>(stream, "gelu_backward tanh", x, dy, dx);
}

}  // namespace pavlov::kernels::cuda
