#include "pavlov/nets/cuda/mlp.h"

#include <string>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/linear.h"

namespace pavlov::nets::cuda {
namespace {

using kernels::Device;

// Parameter number i of a flat array; rank 1 is a matrix of one row.
template <class T>
kernels::BasicMatrixView<T> view(T* flat, const Parameter& p) {
  const std::size_t cols = p.shape.back();
  return {flat + p.offset, p.size / cols, cols};
}

template <class T>
std::span<T> values_of(const kernels::BasicMatrixView<T>& row) {
  return {row.data, row.cols};
}

// The first `batch` rows.
MatrixView rows(kernels::Tensor& tensor, std::size_t batch) {
  return tensor.matrix().rows_from(0, batch);
}

}  // namespace

Tape::Tape(const MlpConfig& config, std::size_t batch) : batch_(batch) {
  for (const std::size_t width : config.hidden) {
    activation_.push_back(kernels::Tensor({batch, width}, Device::cuda));
    gradient_.push_back(kernels::Tensor({batch, width}, Device::cuda));
  }
}

Mlp::Mlp(const nets::Mlp& host)
    : config_(host.config()),
      table_(host.parameters().table().begin(), host.parameters().table().end()),
      values_({host.parameters().values().size()}, Device::cuda),
      gradient_({host.parameters().values().size()}, Device::cuda) {
  copy_values_from(host);
}

void Mlp::forward(Stream& stream, ConstMatrixView x, MatrixView y, Tape& tape) const {
  if (x.rows > tape.batch_ || tape.activation_.size() != config_.hidden.size()) {
    kernels::throw_argument("mlp", "forward: " + std::to_string(x.rows) +
                                       " rows: must be at most the " + std::to_string(tape.batch_) +
                                       " of a tape for this network");
  }
  tape.input_ = x;
  ConstMatrixView in = x;
  for (std::size_t k = 0; k < layers(); ++k) {
    const MatrixView out = k + 1 == layers() ? y : rows(tape.activation_[k], x.rows);
    kernels::cuda::linear_forward(stream, in, view(values_.data(), table_[2 * k]),
                                  values_of(view(values_.data(), table_[2 * k + 1])), activation(k),
                                  out);
    in = out;
  }
}

void Mlp::backward(Stream& stream, MatrixView dy, Tape& tape) {
  const std::size_t batch = dy.rows;
  if (tape.activation_.size() != config_.hidden.size() || tape.input_.rows != batch ||
      dy.cols != config_.outputs) {
    kernels::throw_argument("mlp", "backward: needs dy (" + std::to_string(tape.input_.rows) +
                                       ", " + std::to_string(config_.outputs) +
                                       ") after a forward pass on the same tape");
  }
  for (std::size_t k = layers(); k-- > 0;) {
    const ConstMatrixView in = k == 0 ? tape.input_ : rows(tape.activation_[k - 1], batch);
    // The last layer has no activation, so its own result is not needed; dy has its shape.
    const ConstMatrixView out = k + 1 == layers() ? dy : rows(tape.activation_[k], batch);
    const MatrixView dx = k == 0 ? MatrixView() : rows(tape.gradient_[k - 1], batch);
    kernels::cuda::linear_backward(stream, in, view<const float>(values_.data(), table_[2 * k]),
                                   out, activation(k), dy, view(gradient_.data(), table_[2 * k]),
                                   values_of(view(gradient_.data(), table_[2 * k + 1])), dx);
    dy = dx;
  }
}

void Mlp::check_layers(const nets::Mlp& host) const {
  const std::span<const Parameter> table = host.parameters().table();
  const bool same = std::equal(table.begin(), table.end(), table_.begin(), table_.end(),
                               [](const Parameter& a, const Parameter& b) {
                                 return a.name == b.name && a.shape == b.shape;
                               });
  if (!same) kernels::throw_argument("mlp", "copy between networks of different layers");
}

void Mlp::copy_values_from(const nets::Mlp& host) {
  check_layers(host);
  kernels::copy_bytes(values_.data(), Device::cuda, host.parameters().values().data(), Device::cpu,
                      values_.size() * sizeof(float));
}

void Mlp::copy_values_to(nets::Mlp& host) const {
  check_layers(host);
  kernels::copy_bytes(host.parameters().values().data(), Device::cpu, values_.data(), Device::cuda,
                      values_.size() * sizeof(float));
}

}  // namespace pavlov::nets::cuda
