#include "pavlov/bench/torch_ops.h"

// torch/torch.h takes three times as long to compile.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>
#include <torch/version.h>

#include <cmath>
#include <stdexcept>
#include <utility>

namespace pavlov::bench {
namespace {

at::Tensor wrap(std::span<const float> values) {
  return at::from_blob(const_cast<float*>(values.data()),
                       {static_cast<std::int64_t>(values.size())}, at::kFloat);
}

at::Tensor wrap(const kernels::Tensor& matrix) {
  const auto last = static_cast<std::int64_t>(matrix.dim(matrix.rank() - 1));
  return wrap(matrix.span()).view({-1, last});
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

Work torch_rows_forward(const std::string& op, const kernels::Tensor& x, kernels::Tensor& y) {
  return without_autograd([op, in = wrap(x), out = wrap(y)]() mutable {
    if (op == "softmax") {
      at::_softmax_out(out, in, 1, false);
    } else if (op == "log_softmax") {
      at::_log_softmax_out(out, in, 1, false);
    } else {
      unknown(op);
    }
  });
}

Work torch_rows_backward(const std::string& op, const kernels::Tensor& y, const kernels::Tensor& dy,
                         kernels::Tensor& dx) {
  return without_autograd([op, in = wrap(y), grad = wrap(dy), out = wrap(dx)]() mutable {
    if (op == "softmax") {
      at::_softmax_backward_data_out(out, grad, in, 1, at::kFloat);
    } else if (op == "log_softmax") {
      at::_log_softmax_backward_data_out(out, grad, in, 1, at::kFloat);
    } else {
      unknown(op);
    }
  });
}

Work torch_cross_entropy(const kernels::Tensor& logits, std::span<const std::int32_t> target,
                         const kernels::Tensor& distribution, kernels::Tensor& gradient) {
  at::Tensor x = wrap(logits), out = wrap(gradient);
  at::Tensor log_p = at::empty_like(x), loss = at::empty({}), total = at::empty({});
  if (target.empty()) {
    return without_autograd([=, t = wrap(distribution)]() mutable {
      at::_log_softmax_out(log_p, x, 1, false);
      const at::Tensor value = -(log_p * t).sum() / static_cast<double>(x.size(0));
      at::_log_softmax_backward_data_out(out, t * (-1.0 / static_cast<double>(x.size(0))), log_p, 1,
                                         at::kFloat);
    });
  }
  const at::Tensor t = at::from_blob(const_cast<std::int32_t*>(target.data()),
                                     {static_cast<std::int64_t>(target.size())}, at::kInt)
                           .to(at::kLong);
  return without_autograd([=, one = at::ones({})]() mutable {
    at::_log_softmax_out(log_p, x, 1, false);
    at::nll_loss_forward_out(loss, total, log_p, t, {}, at::Reduction::Mean, -100);
    const at::Tensor d_log_p =
        at::nll_loss_backward(one, log_p, t, {}, at::Reduction::Mean, -100, total);
    at::_log_softmax_backward_data_out(out, d_log_p, log_p, 1, at::kFloat);
  });
}

Work torch_layer_norm(const kernels::Tensor& x, const kernels::Tensor& gamma,
                      const kernels::Tensor& beta, float epsilon, kernels::Tensor& y) {
  return without_autograd([in = wrap(x), g = wrap(gamma.span()), b = wrap(beta.span()),
                           out = wrap(y), epsilon, first = true]() mutable {
    const auto result = at::native_layer_norm(in, {in.size(1)}, g, b, static_cast<double>(epsilon));
    if (std::exchange(first, false)) out.copy_(std::get<0>(result));
  });
}

Work torch_layer_norm_backward(const kernels::Tensor& x, const kernels::Tensor& gamma,
                               const kernels::Tensor& beta, float epsilon,
                               const kernels::Tensor& dy, kernels::Tensor& dx) {
  const at::Tensor in = wrap(x), g = wrap(gamma.span()), b = wrap(beta.span());
  const auto kept = at::native_layer_norm(in, {in.size(1)}, g, b, static_cast<double>(epsilon));
  return without_autograd([=, grad = wrap(dy), out = wrap(dx), first = true]() mutable {
    const auto result = at::native_layer_norm_backward(grad, in, {in.size(1)}, std::get<1>(kept),
                                                       std::get<2>(kept), g, b, {true, true, true});
    if (std::exchange(first, false)) out.copy_(std::get<0>(result));
  });
}

Work torch_statistic(const std::string& op, std::span<const float> x, std::span<float> out) {
  return without_autograd([op, in = wrap(x), result = wrap(out), first = true]() mutable {
    at::Tensor value;
    if (op == "sum") {
      value = in.sum();
    } else if (op == "max") {
      value = in.max();
    } else if (op == "var_mean") {
      value = std::get<0>(at::var_mean(in, true));
    } else if (op == "standardize") {
      at::div_out(result, in - in.mean(), in.std() + 1e-8);
      return;
    } else {
      unknown(op);
    }
    if (std::exchange(first, false)) result.fill_(value);
  });
}

Work torch_column_moments(const kernels::Tensor& x, std::span<float> out) {
  return without_autograd([in = wrap(x), result = wrap(out), first = true]() mutable {
    const auto moments = at::var_mean(in, at::IntArrayRef({0}), true);
    if (std::exchange(first, false)) result.copy_(std::get<0>(moments));
  });
}

namespace {

at::Tensor column(std::span<const std::int32_t> action) {
  return at::from_blob(const_cast<std::int32_t*>(action.data()),
                       {static_cast<std::int64_t>(action.size()), 1}, at::kInt)
      .to(at::kLong);
}

struct Densities {
  at::Tensor log_prob, entropy;
};

Densities categorical(const at::Tensor& logits, const at::Tensor& action) {
  const at::Tensor log_p = logits.log_softmax(1);
  return {log_p.gather(1, action).squeeze(1), -(log_p * log_p.exp()).sum(1)};
}

Densities gaussian(const at::Tensor& mean, const at::Tensor& log_std, const at::Tensor& action) {
  constexpr double kHalfLogTwoPi = 0.9189385332046727;
  const at::Tensor std = log_std.exp();
  const at::Tensor z = (action - mean) / std;
  return {(z.square() * -0.5 - log_std - kHalfLogTwoPi).sum(1),
          (log_std + (0.5 + kHalfLogTwoPi)).expand_as(mean).sum(1)};
}

// The gradient of the summed densities at the leaf.
template <class Density>
Work gradient_by_autograd(at::Tensor leaf, at::Tensor out, Density density) {
  at::set_num_threads(1);
  leaf = leaf.detach().requires_grad_(true);
  return [=]() mutable {
    const Densities d = density(leaf);
    leaf.mutable_grad() = at::Tensor();
    (d.log_prob.sum() + d.entropy.sum()).backward();
    out.copy_(leaf.grad());
  };
}

}  // namespace

Work torch_categorical_sample(const kernels::Tensor& logits) {
  return without_autograd([x = wrap(logits)]() mutable { at::multinomial(x.softmax(1), 1, true); });
}

Work torch_categorical(const kernels::Tensor& logits, std::span<const std::int32_t> action,
                       std::span<float> log_prob) {
  return without_autograd(
      [x = wrap(logits), a = column(action), out = wrap(log_prob), first = true]() mutable {
        const Densities d = categorical(x, a);
        if (std::exchange(first, false)) out.copy_(d.log_prob);
      });
}

Work torch_categorical_gradient(const kernels::Tensor& logits, std::span<const std::int32_t> action,
                                kernels::Tensor& dlogits) {
  return gradient_by_autograd(
      wrap(logits), wrap(dlogits),
      [a = column(action)](const at::Tensor& x) { return categorical(x, a); });
}

Work torch_gaussian(const kernels::Tensor& mean, const kernels::Tensor& log_std,
                    const kernels::Tensor& action, std::span<float> log_prob) {
  return without_autograd([m = wrap(mean), l = wrap(log_std), a = wrap(action),
                           out = wrap(log_prob), first = true]() mutable {
    const Densities d = gaussian(m, l, a);
    if (std::exchange(first, false)) out.copy_(d.log_prob);
  });
}

Work torch_gaussian_gradient(const kernels::Tensor& mean, const kernels::Tensor& log_std,
                             const kernels::Tensor& action, kernels::Tensor& d_mean) {
  return gradient_by_autograd(
      wrap(mean), wrap(d_mean),
      [l = wrap(log_std), a = wrap(action)](const at::Tensor& m) { return gaussian(m, l, a); });
}

Work torch_tanh_squash(const kernels::Tensor& u, kernels::Tensor& action,
                       std::span<float> log_prob) {
  return without_autograd(
      [x = wrap(u), out = wrap(action), l = wrap(log_prob), first = true]() mutable {
        at::tanh_out(out, x);
        const at::Tensor value = ((std::log(2.0) - x - at::softplus(x * -2.0)) * 2.0).sum(1).neg();
        if (std::exchange(first, false)) l.copy_(value);
      });
}

}  // namespace pavlov::bench
