// Single ops of LibTorch as calls on our memory: the baselines of bench_ops.
//
// LibTorch stays behind this header. Every call runs on one thread, without autograd. It writes to
// the memory it was given where LibTorch's op can; the others allocate their results, as everywhere
// in LibTorch, and copy_results() copies them out for the check.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>

#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {

using Work = std::function<void()>;

// "LibTorch 1.13.1"
std::string torch_name();

// op: exp, tanh, sigmoid, relu, gelu_erf, gelu_tanh; y (N) = op(x (N)).
Work torch_forward(const std::string& op, std::span<const float> x, std::span<float> y);
// dx (N) from dy (N) and what the op keeps: its result, or for gelu its input.
Work torch_backward(const std::string& op, std::span<const float> kept, std::span<const float> dy,
                    std::span<float> dx);

}  // namespace pavlov::bench
