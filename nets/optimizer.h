// Optimizers over a network's flat parameter buffer: Adam and AdamW, RMSprop as PyTorch and as
// TensorFlow has it, gradient descent with momentum.
//
// Formulas: kernels/update.h. A step reads the gradient twice, for its norm and for the update, and
// allocates nothing. What an optimizer remembers is its number of steps and M moments of the length
// P of the flat buffer; a run that restores them goes on bit for bit.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <variant>

#include "pavlov/kernels/tensor.h"
#include "pavlov/kernels/update.h"
#include "pavlov/nets/parameter_buffer.h"

namespace pavlov::nets {

// Kingma & Ba 2015 (arXiv:1412.6980), as in PyTorch. With a weight decay it is AdamW, which decays
// every parameter, biases too (Loshchilov & Hutter 2019, arXiv:1711.05101).
struct AdamConfig {
  double beta1 = 0.9;         // [0, 1)
  double beta2 = 0.999;       // [0, 1)
  double epsilon = 1e-8;      // > 0
  double weight_decay = 0.0;  // >= 0; PyTorch's AdamW: 0.01
};

// Tieleman & Hinton 2012 (lecture 6.5), neither centered nor with momentum.
struct RmsPropConfig {
  double alpha = 0.99;    // [0, 1), what the mean of the squares keeps at a step (PyTorch)
  double epsilon = 1e-8;  // > 0 (PyTorch); A2C of Stable-Baselines3 has 1e-5
  // outside_root: PyTorch, the mean starting at 0. inside_root: TensorFlow, the mean starting at 1,
  // so that the first steps go with the size of the gradient.
  kernels::EpsilonPlacement placement = kernels::EpsilonPlacement::outside_root;
};

// Stochastic gradient descent, as in PyTorch without dampening.
struct SgdConfig {
  double momentum = 0.0;  // [0, 1)
  bool nesterov = false;  // needs a momentum
};

class Optimizer {
 public:
  virtual ~Optimizer() = default;
  Optimizer(const Optimizer&) = delete;
  Optimizer& operator=(const Optimizer&) = delete;

  // Scales the gradient to a global norm of at most `max_norm` (0: no limit), steps, and zeroes the
  // gradient. Returns the norm before scaling. Where that is not finite, it zeroes the gradient,
  // changes nothing else and throws std::runtime_error. Throws std::invalid_argument for a buffer
  // of another length.
  double step(ParameterBuffer& parameters, double learning_rate, double max_norm);

  // Steps so far.
  std::int64_t steps() const { return steps_; }
  // (M,P): m and v of Adam, v of RMSprop, the velocity of SGD with momentum.
  ConstMatrixView moments() const { return moments_.matrix(); }
  // Takes over what another optimizer of the same config remembered. Throws std::invalid_argument
  // for another shape, a negative number of steps, or numbers that are not finite.
  void restore(std::int64_t steps, ConstMatrixView moments);

 protected:
  // `name` opens error messages; it must outlive the optimizer.
  Optimizer(std::string_view name, std::size_t moments, std::size_t flat_size);

  std::span<float> moment(std::size_t i) {
    return moments_.span().subspan(i * moments_.dim(1), moments_.dim(1));
  }

 private:
  // Step number steps(), from 1; zeroes the gradient.
  virtual void update(ParameterBuffer& parameters, float learning_rate, float gradient_scale) = 0;

  const std::string_view name_;
  std::int64_t steps_ = 0;
  kernels::Tensor moments_;
};

// Each is made for a buffer of `flat_size` elements, and throws std::invalid_argument for a config
// outside its ranges.
class Adam final : public Optimizer {
 public:
  Adam(AdamConfig config, std::size_t flat_size);

 private:
  void update(ParameterBuffer& parameters, float learning_rate, float gradient_scale) override;

  const AdamConfig config_;
};

class RmsProp final : public Optimizer {
 public:
  RmsProp(RmsPropConfig config, std::size_t flat_size);

 private:
  void update(ParameterBuffer& parameters, float learning_rate, float gradient_scale) override;

  const RmsPropConfig config_;
};

class Sgd final : public Optimizer {
 public:
  Sgd(SgdConfig config, std::size_t flat_size);

 private:
  void update(ParameterBuffer& parameters, float learning_rate, float gradient_scale) override;

  const SgdConfig config_;
};

using OptimizerConfig = std::variant<AdamConfig, RmsPropConfig, SgdConfig>;
std::unique_ptr<Optimizer> make_optimizer(const OptimizerConfig& config, std::size_t flat_size);

}  // namespace pavlov::nets
