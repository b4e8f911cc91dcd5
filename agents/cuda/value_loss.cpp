#include "pavlov/agents/cuda/value_loss.h"

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/arithmetic.h"
#include "pavlov/kernels/cuda/distribution.h"
#include "pavlov/kernels/cuda/loss.h"
#include "pavlov/kernels/cuda/quantile.h"
#include "pavlov/kernels/cuda/rows.h"

namespace pavlov::agents::cuda {
namespace {

using kernels::Device;
using kernels::Tensor;
using kernels::cuda::Stream;

constexpr float kHuberKappa = 1.0f;

class ExpectedLoss final : public ValueLoss {
 public:
  ExpectedLoss(Loss loss, std::size_t batch)
      : loss_(loss),
        bootstrap_({batch}, Device::cuda),
        target_({batch}, Device::cuda),
        prediction_({batch}, Device::cuda),
        dprediction_({batch}, Device::cuda) {}

  void enqueue_target(Stream& stream, const Bootstrap& b) override {
    kernels::cuda::select_columns(stream, b.next_outputs, b.next_action, bootstrap_.span());
    kernels::cuda::bootstrap_target(stream, b.reward, b.discount, bootstrap_.span(),
                                    target_.span());
  }

  void enqueue(Stream& stream, ConstMatrixView outputs, std::span<const std::int32_t> action,
               std::span<const float> weight, MatrixView gradient, std::span<float> priority,
               float* loss) override {
    kernels::cuda::select_columns(stream, outputs, action, prediction_.span());
    if (loss_ == Loss::huber) {
      kernels::cuda::huber_loss(stream, prediction_.span(), target_.span(), weight, kHuberKappa,
                                dprediction_.span(), loss);
    } else {
      kernels::cuda::mse_loss(stream, prediction_.span(), target_.span(), weight,
                              dprediction_.span(), loss);
    }
    kernels::cuda::scatter_columns(stream, dprediction_.span(), action, gradient);
    kernels::cuda::absolute_difference(stream, prediction_.span(), target_.span(), priority);
  }

 private:
  const Loss loss_;
  Tensor bootstrap_, target_, prediction_, dprediction_;  // (B)
};

class CategoricalLoss final : public ValueLoss {
 public:
  CategoricalLoss(const kernels::Support& support, std::size_t batch)
      : support_(support),
        probability_({batch, support.atoms}, Device::cuda),
        target_({batch, support.atoms}, Device::cuda) {}

  void enqueue_target(Stream& stream, const Bootstrap& b) override {
    kernels::cuda::categorical_probability(stream, b.next_outputs, b.next_action,
                                           probability_.matrix());
    kernels::cuda::categorical_projection(stream, support_, probability_.matrix(), b.reward,
                                          b.discount, target_.matrix());
  }

  void enqueue(Stream& stream, ConstMatrixView outputs, std::span<const std::int32_t> action,
               std::span<const float> weight, MatrixView gradient, std::span<float> priority,
               float* loss) override {
    kernels::cuda::categorical_loss(stream, outputs, action, target_.matrix(), weight, gradient,
                                    priority, loss);
  }

 private:
  const kernels::Support support_;
  Tensor probability_, target_;  // (B,Z)
};

class QuantileLoss final : public ValueLoss {
 public:
  QuantileLoss(const kernels::QuantileLoss& loss, std::size_t batch)
      : loss_(loss), target_({batch, loss.quantiles}, Device::cuda) {}

  void enqueue_target(Stream& stream, const Bootstrap& b) override {
    kernels::cuda::quantile_target(stream, b.next_outputs, b.next_action, b.reward, b.discount,
                                   target_.matrix());
  }

  void enqueue(Stream& stream, ConstMatrixView outputs, std::span<const std::int32_t> action,
               std::span<const float> weight, MatrixView gradient, std::span<float> priority,
               float* loss) override {
    kernels::cuda::quantile_huber_loss(stream, loss_, outputs, action, target_.matrix(), weight,
                                       gradient, priority, loss);
  }

 private:
  const kernels::QuantileLoss loss_;
  Tensor target_;  // (B,N)
};

}  // namespace

std::unique_ptr<ValueLoss> make_value_loss(const DqnConfig& c, std::size_t batch) {
  switch (c.distribution) {
    case Distribution::c51:
      return std::make_unique<CategoricalLoss>(
          kernels::Support{static_cast<float>(c.v_min), static_cast<float>(c.v_max), c.atoms},
          batch);
    case Distribution::quantile:
      return std::make_unique<QuantileLoss>(
          kernels::QuantileLoss{c.quantiles, static_cast<float>(c.kappa)}, batch);
    case Distribution::none:
      break;
  }
  return std::make_unique<ExpectedLoss>(c.loss, batch);
}

ConstMatrixView enqueue_scores(Stream& stream, const ActionHead& head, ConstMatrixView outputs,
                               MatrixView scratch) {
  switch (head.kind) {
    case HeadKind::categorical_values:
      kernels::cuda::categorical_mean(stream, head.support, outputs, scratch);
      return scratch;
    case HeadKind::quantile_values:
      kernels::cuda::quantile_mean(stream, outputs, scratch);
      return scratch;
    case HeadKind::values:
    case HeadKind::logits:
    case HeadKind::gaussian:
    case HeadKind::squashed_gaussian:
      break;
  }
  return outputs;
}

}  // namespace pavlov::agents::cuda
