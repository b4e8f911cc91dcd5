#include "pavlov/kernels/cuda/noisy_weight.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/noisy_weight-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "noisy_weight";

void check(const char* name, const ConstAffine& a, std::size_t inputs, std::size_t outputs) {
  check_shape(kModule, name, a.weight, inputs, outputs);
  check_size(kModule, std::string("bias of ") + name, a.bias.size(), outputs);
}

AffineTable<const float> table(const ConstAffine& a) {
  return {kernels::cuda::table(a.weight), a.bias.data()};
}
AffineTable<float> table(const Affine& a) {
  return {kernels::cuda::table(a.weight), a.bias.data()};
}

}  // namespace

void noisy_weight(Stream& stream, const ConstAffine& mean, const ConstAffine& scale,
                  std::span<const float> noise_in, std::span<const float> noise_out,
                  const Affine& out) {
  const std::size_t inputs = noise_in.size(), outputs = noise_out.size();
  check("mean", mean, inputs, outputs);
  check("scale", scale, inputs, outputs);
  check("out", out, inputs, outputs);
  const NoisyWeight kernel{
      table(mean), table(scale), {noise_in.data(), noise_out.data(), inputs}, table(out)};
  launch(stream, {"noisy_weight", {inputs, outputs}},
         Elements<NoisyWeight>{kernel, (inputs + 1) * outputs});
}

void noisy_weight_backward(Stream& stream, const Affine& d_out, std::span<const float> noise_in,
                           std::span<const float> noise_out, const Affine& d_mean,
                           const Affine& d_scale) {
  const std::size_t inputs = noise_in.size(), outputs = noise_out.size();
  check("d_out", d_out, inputs, outputs);
  check("d_mean", d_mean, inputs, outputs);
  check("d_scale", d_scale, inputs, outputs);
  const NoisyWeightBackward kernel{
      table(d_out), {noise_in.data(), noise_out.data(), inputs}, table(d_mean), table(d_scale)};
  launch(stream, {"noisy_weight_backward", {inputs, outputs}},
         Elements<NoisyWeightBackward>{kernel, (inputs + 1) * outputs});
}

}  // namespace pavlov::kernels::cuda
