// Single ops of LibTorch as calls on our memory: the baselines of bench_ops.
//
// LibTorch stays behind this header. Every call runs on one thread, without autograd, and writes to
// the memory it was given.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "pavlov/bench/kernels/row.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {

// "LibTorch 1.13.1"
std::string torch_name();

// op: exp, tanh, sigmoid, relu, gelu_erf, gelu_tanh; y (N) = op(x (N)).
Work torch_forward(const std::string& op, std::span<const float> x, std::span<float> y);
// dx (N) from dy (N) and what the op keeps: its result, or for gelu its input.
Work torch_backward(const std::string& op, std::span<const float> kept, std::span<const float> dy,
                    std::span<float> dx);

// op: softmax, log_softmax; y (B,C) = op along the rows of x (B,C).
Work torch_rows_forward(const std::string& op, const kernels::Tensor& x, kernels::Tensor& y);
Work torch_rows_backward(const std::string& op, const kernels::Tensor& y, const kernels::Tensor& dy,
                         kernels::Tensor& dx);
// Mean cross-entropy of logits (B,C) and its gradient at them, as autograd computes it, from
// targets (B) or, where those are empty, from target distributions (B,C).
Work torch_cross_entropy(const kernels::Tensor& logits, std::span<const std::int32_t> target,
                         const kernels::Tensor& distribution, kernels::Tensor& gradient);

// Layer normalization of x (B,C) with gamma (C) and beta (C), and all its gradients. These allocate
// their results, as LibTorch's modules do; the first call copies y or dx out.
Work torch_layer_norm(const kernels::Tensor& x, const kernels::Tensor& gamma,
                      const kernels::Tensor& beta, float epsilon, kernels::Tensor& y);
Work torch_layer_norm_backward(const kernels::Tensor& x, const kernels::Tensor& gamma,
                               const kernels::Tensor& beta, float epsilon,
                               const kernels::Tensor& dy, kernels::Tensor& dx);

// op: sum, max, var_mean, standardize ((x - mean) / (std + 1e-8), unbiased, into `out` (N)); the
// first three put one number into `out`, the variance for var_mean.
Work torch_statistic(const std::string& op, std::span<const float> x, std::span<float> out);
// Variances (C) of the columns of x (N,C) into `out`; the means are computed as well.
Work torch_column_moments(const kernels::Tensor& x, std::span<float> out);

// One action per row of logits (B,A), drawn with LibTorch's generator: softmax and multinomial, as
// in torch.distributions. Nothing is written.
Work torch_categorical_sample(const kernels::Tensor& logits);
// Log-probabilities (B) of actions and entropies under logits (B,A), as torch.distributions
// computes them. The gradient is LibTorch's autograd of sum log_prob + sum entropy, forward pass
// included.
Work torch_categorical(const kernels::Tensor& logits, std::span<const std::int32_t> action,
                       std::span<float> log_prob);
Work torch_categorical_gradient(const kernels::Tensor& logits, std::span<const std::int32_t> action,
                                kernels::Tensor& dlogits);

// Log-probabilities (B) of actions (B,A) under a Gaussian with mean (B,A) and log_std (1,A), and
// its entropies; the gradient at the means likewise.
Work torch_gaussian(const kernels::Tensor& mean, const kernels::Tensor& log_std,
                    const kernels::Tensor& action, std::span<float> log_prob);
Work torch_gaussian_gradient(const kernels::Tensor& mean, const kernels::Tensor& log_std,
                             const kernels::Tensor& action, kernels::Tensor& d_mean);
// tanh of u (B,A) and log_prob (B) = -sum 2 (log 2 - u - softplus(-2u)).
Work torch_tanh_squash(const kernels::Tensor& u, kernels::Tensor& action,
                       std::span<float> log_prob);

}  // namespace pavlov::bench
