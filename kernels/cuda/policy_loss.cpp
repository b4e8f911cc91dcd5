#include "pavlov/kernels/cuda/policy_loss.h"

#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/policy_loss-inl.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "policy_loss";

float nearest_share(std::size_t size) {
  return static_cast<float>(1.0 / static_cast<double>(size));
}

void check(std::size_t size, std::size_t old, std::size_t target, float clip,
           std::size_t gradient) {
  check_least(kModule, "batch", size, 1);
  check_size(kModule, "old values", old, size);
  check_size(kModule, "advantage or target", target, size);
  check_size(kModule, "gradient", gradient, size);
  require(clip > 0.0f, kModule, "clip", clip, "positive");
}

}  // namespace

void ppo_policy_loss(Stream& stream, std::span<const float> log_prob,
                     std::span<const float> old_log_prob, std::span<const float> advantage,
                     float clip, std::span<float> gradient, std::span<float> result) {
  const std::size_t size = log_prob.size();
  check(size, old_log_prob.size(), advantage.size(), clip, gradient.size());
  check_size(kModule, "result", result.size(), 3);
  launch(stream, {"ppo_policy_loss", {size}},
         PolicyLossKernel{log_prob.data(), old_log_prob.data(), advantage.data(), gradient.data(),
                          size, clip, nearest_share(size), result.data()});
}

void clipped_value_loss(Stream& stream, std::span<const float> value,
                        std::span<const float> old_value, std::span<const float> target, float clip,
                        std::span<float> gradient, float* loss) {
  const std::size_t size = value.size();
  check(size, old_value.size(), target.size(), clip, gradient.size());
  launch(stream, {"clipped_value_loss", {size}},
         ClippedValueKernel{value.data(), old_value.data(), target.data(), gradient.data(), size,
                            clip, nearest_share(size), loss});
}

}  // namespace pavlov::kernels::cuda
