#include "pavlov/nets/cuda/optimizer.h"

#include <algorithm>
#include <variant>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/pinned.h"

namespace pavlov::nets::cuda {
namespace {

using kernels::Device;
using kernels::Tensor;
using kernels::cuda::Cursor;

Tensor filled(std::size_t size, float value) {
  Tensor host({size});
  std::ranges::fill(host.span(), value);
  return host.clone(Device::cuda);
}

struct AdamRule {
  using Numbers = kernels::cuda::AdamNumbers;
  AdamConfig config;
  Tensor m, v;

  AdamRule(const AdamConfig& c, std::size_t size)
      : config(c), m({size}, Device::cuda), v({size}, Device::cuda) {}
  Numbers numbers(double learning_rate, std::int64_t t) const {
    return kernels::cuda::adam_numbers({
        .learning_rate = static_cast<float>(learning_rate),
        .beta1 = static_cast<float>(config.beta1),
        .beta2 = static_cast<float>(config.beta2),
        .epsilon = static_cast<float>(config.epsilon),
        .t = t,
        .weight_decay = static_cast<float>(config.weight_decay),
    });
  }
  void step(Stream& stream, const Numbers* numbers, const float* scale, std::span<float> values,
            std::span<float> gradient) {
    kernels::cuda::adam_update(stream, numbers, scale, values, gradient, m.span(), v.span());
  }
};

struct RmsPropRule {
  using Numbers = kernels::cuda::RmsPropNumbers;
  RmsPropConfig config;
  Tensor v;

  RmsPropRule(const RmsPropConfig& c, std::size_t size)
      : config(c),
        v(filled(size, c.placement == kernels::EpsilonPlacement::inside_root ? 1.0f : 0.0f)) {}
  Numbers numbers(double learning_rate, std::int64_t) const {
    return kernels::cuda::rmsprop_numbers({.learning_rate = static_cast<float>(learning_rate),
                                           .decay = static_cast<float>(config.alpha),
                                           .epsilon = static_cast<float>(config.epsilon)});
  }
  void step(Stream& stream, const Numbers* numbers, const float* scale, std::span<float> values,
            std::span<float> gradient) {
    kernels::cuda::rmsprop_update(stream, numbers, config.placement, scale, values, gradient,
                                  v.span());
  }
};

struct SgdRule {
  using Numbers = kernels::cuda::SgdNumbers;
  SgdConfig config;
  Tensor velocity;  // empty without momentum

  SgdRule(const SgdConfig& c, std::size_t size)
      : config(c), velocity({c.momentum == 0.0 ? 0 : size}, Device::cuda) {}
  Numbers numbers(double learning_rate, std::int64_t) const {
    return kernels::cuda::sgd_numbers({.learning_rate = static_cast<float>(learning_rate),
                                       .momentum = static_cast<float>(config.momentum)});
  }
  void step(Stream& stream, const Numbers* numbers, const float* scale, std::span<float> values,
            std::span<float> gradient) {
    kernels::cuda::sgd_update(stream, numbers, config.nesterov, scale, values, gradient,
                              velocity.span());
  }
};

template <class Rule>
class OptimizerOf final : public Optimizer {
 public:
  template <class Config>
  OptimizerOf(const Config& config, std::size_t flat_size, std::size_t most_steps)
      : Optimizer(flat_size),
        rule_(config, flat_size),
        prepared_(most_steps),
        coming_({most_steps}, Device::cuda),
        numbers_({1}, Device::cuda) {}

  void prepare(double learning_rate, std::size_t steps) override {
    if (steps > prepared_.size()) {
      kernels::throw_argument("optimizer", "prepare: " + std::to_string(steps) +
                                               " steps: must be at most " +
                                               std::to_string(prepared_.size()));
    }
    for (std::size_t k = 0; k < steps; ++k) {
      prepared_[k] = rule_.numbers(learning_rate, ++steps_);
    }
  }
  void take_back(std::size_t steps) override { steps_ -= static_cast<std::int64_t>(steps); }
  void enqueue_prepared(Stream& stream) override {
    stream.copy(coming_.data(), prepared_.data(), prepared_.bytes());
  }

 private:
  using Numbers = typename Rule::Numbers;

  void update(Stream& stream, std::span<float> values, std::span<float> gradient,
              const float* scale, const Cursor* cursor) override {
    if (cursor == nullptr) {
      rule_.step(stream, coming_.data(), scale, values, gradient);
      return;
    }
    constexpr std::size_t kFloats = sizeof(Numbers) / sizeof(float);
    static_assert(sizeof(Numbers) == kFloats * sizeof(float));
    kernels::cuda::read_row(
        stream, {reinterpret_cast<const float*>(coming_.data()), coming_.size(), kFloats}, cursor,
        {reinterpret_cast<float*>(numbers_.data()), kFloats});
    rule_.step(stream, numbers_.data(), scale, values, gradient);
  }

  Rule rule_;
  std::int64_t steps_ = 0;
  kernels::cuda::PinnedArray<Numbers> prepared_;
  kernels::TensorOf<Numbers> coming_;   // what was prepared
  kernels::TensorOf<Numbers> numbers_;  // of the running step
};

}  // namespace

Optimizer::Optimizer(std::size_t flat_size)
    : scale_({1}, Device::cuda),
      scratch_({kernels::cuda::norm_scratch(flat_size)}, Device::cuda),
      norm_({1}, Device::cuda) {}

void Optimizer::enqueue(Stream& stream, std::span<float> values, std::span<float> gradient,
                        double max_norm, const float* loss, const Cursor* cursor) {
  kernels::cuda::clip_by_norm(stream, gradient, max_norm, loss, scratch_.span(), norm_.data(),
                              scale_.data());
  update(stream, values, gradient, scale_.data(), cursor);
}

std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, std::size_t flat_size,
                                          std::size_t most_steps) {
  nets::make_optimizer(config, 0);  // checks the config
  struct Make {
    std::size_t size, most_steps;
    std::unique_ptr<Optimizer> operator()(const AdamConfig& c) const {
      return std::make_unique<OptimizerOf<AdamRule>>(c, size, most_steps);
    }
    std::unique_ptr<Optimizer> operator()(const RmsPropConfig& c) const {
      return std::make_unique<OptimizerOf<RmsPropRule>>(c, size, most_steps);
    }
    std::unique_ptr<Optimizer> operator()(const SgdConfig& c) const {
      return std::make_unique<OptimizerOf<SgdRule>>(c, size, most_steps);
    }
  };
  return std::visit(Make{flat_size, most_steps}, config);
}

}  // namespace pavlov::nets::cuda
