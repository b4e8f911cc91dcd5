// Mlp on the CUDA device: the layers of nets/mlp.h, their parameters in one flat device buffer.
//
// The flat arrays have the layout of the host's ParameterBuffer, gaps included, so that copies,
// optimizers, clipping and target updates are one call each. It is no Network: a Network's views
// lie in host memory and its calls return when the work is done; here everything is enqueued on a
// stream, allocates nothing, and can be captured in a graph.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/nets/mlp.h"

namespace pavlov::nets::cuda {

using kernels::cuda::Stream;

// What backward needs of the forward pass before it, for batches of up to `batch` rows. Several
// tapes may serve one network.
class Tape {
 public:
  Tape(const MlpConfig& config, std::size_t batch);

  std::size_t batch() const { return batch_; }

 private:
  friend class Mlp;
  std::size_t batch_;
  ConstMatrixView input_;                    // of the last forward pass
  std::vector<kernels::Tensor> activation_;  // one per hidden layer, (batch, width)
  std::vector<kernels::Tensor> gradient_;    // the same shapes
};

class Mlp {
 public:
  // A network on the device with the values of `host`. Throws std::runtime_error where there is no
  // device.
  explicit Mlp(const nets::Mlp& host);

  const MlpConfig& config() const { return config_; }

  // y (B,outputs) = f(x (B,inputs)), B at most tape.batch(). x must live until backward.
  void forward(Stream& stream, ConstMatrixView x, MatrixView y, Tape& tape) const;
  // Adds dL/dparameters to gradient(), from dL/dy of the last forward on this tape. Overwrites dy.
  void backward(Stream& stream, MatrixView dy, Tape& tape);

  // The flat arrays, in device memory.
  std::span<float> values() { return values_.span(); }
  std::span<const float> values() const { return values_.span(); }
  std::span<float> gradient() { return gradient_.span(); }

  // Copies the values from or to a host network of the same layers (else std::invalid_argument), in
  // order with all streams, and waits.
  void copy_values_from(const nets::Mlp& host);
  void copy_values_to(nets::Mlp& host) const;

 private:
  std::size_t layers() const { return config_.hidden.size() + 1; }
  kernels::Activation activation(std::size_t layer) const {
    return layer + 1 == layers() ? kernels::Activation::identity : config_.activation;
  }
  void check_layers(const nets::Mlp& host) const;

  const MlpConfig config_;
  std::vector<Parameter> table_;  // weight of layer k at 2k, its bias at 2k + 1
  kernels::Tensor values_;
  kernels::Tensor gradient_;
};

}  // namespace pavlov::nets::cuda
