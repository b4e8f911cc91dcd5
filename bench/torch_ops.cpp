#include "pavlov/bench/torch_ops.h"

#include <torch/torch.h>

#include <stdexcept>
#include <utility>

namespace pavlov::bench {
namespace {

at::Tensor wrap(std::span<const float> values) {
  return torch::from_blob(const_cast<float*>(values.data()),
                          {static_cast<std::int64_t>(values.size())}, torch::kFloat32);
}

// Runs without autograd.
template <class Call>
Work without_autograd(Call call) {
  at::set_num_threads(1);
  return [call = std::move(call)]() mutable {
    const c10::InferenceMode guard;
    call();
  };
}

[[noreturn]] void unknown(const std::string& op) {
  throw std::invalid_argument("[torch_ops] op " + op + ": unknown");
}

}  // namespace

std::string torch_name() { return "LibTorch " + std::string(TORCH_VERSION); }

Work torch_forward(const std::string& op, std::span<const float> x, std::span<float> y) {
  return without_autograd([op, in = wrap(x), out = wrap(y)]() mutable {
    if (op == "exp") {
      at::exp_out(out, in);
    } else if (op == "tanh") {
      at::tanh_out(out, in);
    } else if (op == "sigmoid") {
      at::sigmoid_out(out, in);
    } else if (op == "relu") {
      at::clamp_min_out(out, in, 0.0);
    } else if (op == "gelu_erf") {
      at::gelu_out(out, in, "none");
    } else if (op == "gelu_tanh") {
      at::gelu_out(out, in, "tanh");
    } else {
      unknown(op);
    }
  });
}

Work torch_backward(const std::string& op, std::span<const float> kept, std::span<const float> dy,
                    std::span<float> dx) {
  return without_autograd([op, in = wrap(kept), grad = wrap(dy), out = wrap(dx)]() mutable {
    if (op == "exp") {
      at::mul_out(out, grad, in);
    } else if (op == "tanh") {
      at::tanh_backward_out(out, grad, in);
    } else if (op == "sigmoid") {
      at::sigmoid_backward_out(out, grad, in);
    } else if (op == "relu") {
      at::threshold_backward_out(out, grad, in, 0.0);
    } else if (op == "gelu_erf") {
      at::gelu_backward_out(out, grad, in, "none");
    } else if (op == "gelu_tanh") {
      at::gelu_backward_out(out, grad, in, "tanh");
    } else {
      unknown(op);
    }
  });
}

}  // namespace pavlov::bench
