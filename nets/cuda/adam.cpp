#include "pavlov/nets/cuda/adam.h"

#include "pavlov/kernels/check.h"

namespace pavlov::nets::cuda {

using kernels::Device;

Adam::Adam(AdamConfig config, std::size_t flat_size)
    : config_(config),
      numbers_({1}, Device::cuda),
      m_({flat_size}, Device::cuda),
      v_({flat_size}, Device::cuda),
      scale_({1}, Device::cuda),
      scratch_({kernels::cuda::norm_scratch(flat_size)}, Device::cuda),
      norm_({1}, Device::cuda) {
  if (config.weight_decay != 0.0) {
    kernels::throw_argument("adam", "weight_decay " + kernels::number_text(config.weight_decay) +
                                        ": must be 0 on a CUDA device");
  }
}

void Adam::prepare(double learning_rate) {
  prepared_[0] = kernels::cuda::adam_numbers({
      .learning_rate = static_cast<float>(learning_rate),
      .beta1 = static_cast<float>(config_.beta1),
      .beta2 = static_cast<float>(config_.beta2),
      .epsilon = static_cast<float>(config_.epsilon),
      .t = ++steps_,
  });
}

void Adam::enqueue(Stream& stream, std::span<float> values, std::span<float> gradient,
                   double max_norm, const float* loss) {
  stream.copy(numbers_.data(), prepared_.data(), prepared_.bytes());
  kernels::cuda::clip_by_norm(stream, gradient, max_norm, loss, scratch_.span(), norm_.data(),
                              scale_.data());
  kernels::cuda::adam_update(stream, numbers_.data(), scale_.data(), values, gradient, m_.span(),
                             v_.span());
}

}  // namespace pavlov::nets::cuda
