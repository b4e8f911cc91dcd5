// ActionDistribution: the distribution over actions that the outputs of a policy network describe.
//
//   Categorical       A logits; an action is one of A
//   DiagonalGaussian  A means, with a log_std (1,A) of its own; an action is A numbers
//
// Squashing needs no distribution of its own here: tanh is applied to an action on its way to the
// environment, what is stored is the action before it, and the term that tanh adds to a
// log-probability depends on that action alone, so it falls out of every ratio and gradient. The
// entropy is then that before tanh.
//
// Shapes: B rows, A actions or action dimensions. Formulas: kernels/categorical.h,
// kernels/gaussian.h. Objects hold scratch of the largest batch they have seen; not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::nets {

using kernels::ConstMatrixView;
using kernels::MatrixView;

// The actions of B rows: one of the two.
struct ConstActions {
  std::span<const std::int32_t> discrete;  // (B)
  ConstMatrixView continuous;              // (B,A)
};
struct Actions {
  std::span<std::int32_t> discrete;
  MatrixView continuous;

  operator ConstActions() const { return {discrete, continuous}; }  // NOLINT
};

class ActionDistribution {
 public:
  virtual ~ActionDistribution() = default;

  // Draws one action per row of outputs (B,A), with its log-probability (B). As many draws are
  // taken from the stream whatever the outputs are.
  virtual void sample(ConstMatrixView outputs, ConstMatrixView log_std,
                      kernels::RandomStream& random, const Actions& action,
                      std::span<float> log_prob) = 0;
  // Log-probability (B) of given actions, and entropy (B).
  virtual void forward(ConstMatrixView outputs, ConstMatrixView log_std, const ConstActions& action,
                       std::span<float> log_prob, std::span<float> entropy) = 0;
  // From the same arguments as the last forward and the gradients at its results: d_outputs (B,A),
  // and what is added to d_log_std (1,A).
  virtual void backward(ConstMatrixView outputs, ConstMatrixView log_std,
                        const ConstActions& action, std::span<const float> d_log_prob,
                        std::span<const float> d_entropy, MatrixView d_outputs,
                        MatrixView d_log_std) = 0;
};

class Categorical final : public ActionDistribution {
 public:
  void sample(ConstMatrixView outputs, ConstMatrixView log_std, kernels::RandomStream& random,
              const Actions& action, std::span<float> log_prob) override;
  void forward(ConstMatrixView outputs, ConstMatrixView log_std, const ConstActions& action,
               std::span<float> log_prob, std::span<float> entropy) override;
  void backward(ConstMatrixView outputs, ConstMatrixView log_std, const ConstActions& action,
                std::span<const float> d_log_prob, std::span<const float> d_entropy,
                MatrixView d_outputs, MatrixView d_log_std) override;

 private:
  MatrixView reserve(ConstMatrixView outputs);

  kernels::Tensor log_p_;       // (>= B, A)
  std::vector<float> uniform_;  // (>= B)
  std::vector<float> entropy_;  // (>= B)
};

class DiagonalGaussian final : public ActionDistribution {
 public:
  void sample(ConstMatrixView outputs, ConstMatrixView log_std, kernels::RandomStream& random,
              const Actions& action, std::span<float> log_prob) override;
  void forward(ConstMatrixView outputs, ConstMatrixView log_std, const ConstActions& action,
               std::span<float> log_prob, std::span<float> entropy) override;
  void backward(ConstMatrixView outputs, ConstMatrixView log_std, const ConstActions& action,
                std::span<const float> d_log_prob, std::span<const float> d_entropy,
                MatrixView d_outputs, MatrixView d_log_std) override;

 private:
  std::vector<float> entropy_;    // (>= B)
  std::vector<float> d_log_std_;  // (A)
};

}  // namespace pavlov::nets
