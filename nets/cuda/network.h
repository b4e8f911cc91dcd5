// Network on the CUDA device: the twin of the native networks, nets/mlp.h and nets/value_network.h
// with all its options, their parameters in one flat device buffer.
//
// It is no nets::Network: a Network's views lie in host memory and its calls return when the work
// is done; here everything is enqueued on a stream, allocates nothing, and can be captured in a
// graph. Noise belongs to the tape: each pass has the draw of its tape, by the numbers that the
// host's network would draw from the same stream.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "pavlov/kernels/cuda/noise.h"
#include "pavlov/nets/cuda/chain.h"
#include "pavlov/nets/network.h"
#include "pavlov/nets/value_network.h"

namespace pavlov::nets::cuda {

// What backward needs of the forward pass before it. Several tapes may serve one network.
class NetworkTape {
 public:
  std::size_t batch() const { return outputs_.batch; }

 private:
  friend class Network;
  Chain::Tape trunk_, outputs_, value_;
  ConstMatrixView features_ = {};              // of the last forward pass
  kernels::Tensor d_value_;                    // (batch, atoms), with dueling
  kernels::Tensor d_features_, d_from_value_;  // (batch, features), where there is a trunk
  kernels::Tensor noise_;                      // of all noisy layers
};

class Network {
 public:
  // With the values of `host`, a native network; another throws std::invalid_argument. Throws
  // std::runtime_error where there is no device.
  explicit Network(const nets::Network& host);

  std::size_t inputs() const { return inputs_; }
  std::size_t outputs() const { return outputs_size_; }

  // For batches of up to `batch` rows.
  NetworkTape make_tape(std::size_t batch, bool for_backward = true) const;

  // Words of a stream that a draw of noise takes; 0: no layer is noisy.
  std::uint64_t noise_words() const { return kernels::cuda::noise_words(noise_sizes_); }
  // Draws the noise of the passes on this tape from now on, as resample_noise of the host's network
  // does. Before the first draw it is zero: outputs are those of the mean weights.
  void draw_noise(Stream& stream, const kernels::cuda::RandomPlace& place, NetworkTape& tape) const;

  // y (B,outputs) = f(x (B,inputs)), B at most tape.batch(). x must live until backward.
  void forward(Stream& stream, ConstMatrixView x, MatrixView y, NetworkTape& tape) const;
  // Adds dL/dparameters to the gradient, from dL/dy of the last forward on this tape, which must be
  // for backward. Overwrites dy.
  void backward(Stream& stream, MatrixView dy, NetworkTape& tape);

  Parameters& parameters() { return parameters_; }
  const Parameters& parameters() const { return parameters_; }

 private:
  void add_layers(const ValueNetworkConfig& config);

  const std::size_t inputs_, outputs_size_;
  Parameters parameters_;
  Chain trunk_;
  Chain outputs_;  // the advantages with dueling; all layers of an Mlp
  Chain value_;    // empty without
  std::vector<std::size_t> noise_sizes_;
};

}  // namespace pavlov::nets::cuda
