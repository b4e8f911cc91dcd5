// Layers on the CUDA device: the twins of nets/layers/, on a stream.
//
// A layer finds its parameters by their names in the host's table. What a pass keeps is allocated
// before, for batches of up to some number of rows: a pass itself allocates nothing and can be
// captured.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/nets/cuda/parameters.h"

namespace pavlov::nets::cuda {

using kernels::cuda::Stream;

// What one layer keeps of a pass, for up to `batch` rows.
struct LayerTape {
  kernels::Tensor output, gradient;                // (batch, outputs), where they are needed
  kernels::Tensor weight, bias, d_weight, d_bias;  // with noise: what the pass multiplied by,
                                                   // and dL/d of them, zero between passes
  std::span<const float> noise_in, noise_out;      // (I), (O) of the draw; empty before the first
  kernels::Tensor mean, inverse_std;               // (batch) where rows are normalized
};

class Layer {
 public:
  virtual ~Layer() = default;

  virtual std::size_t outputs() const = 0;
  virtual std::size_t inputs() const = 0;
  // Adds what the layer itself keeps to a tape that has its output.
  virtual void extend(LayerTape&, std::size_t /*batch*/, bool /*for_backward*/) const {}
  // Whether its weights carry noise: then a draw is a vector (inputs) and one (outputs).
  virtual bool noisy() const { return false; }

  // As nets/layers/layer.h.
  virtual void forward(Stream& stream, const Parameters& parameters, ConstMatrixView x,
                       MatrixView y, LayerTape& tape) const = 0;
  virtual void backward(Stream& stream, Parameters& parameters, ConstMatrixView x,
                        ConstMatrixView y, MatrixView dy, MatrixView dx, LayerTape& tape) const = 0;
};

// The layers whose parameters are "<name>.weight" and so on.
std::unique_ptr<Layer> make_linear(const Parameters& parameters, const std::string& name,
                                   kernels::Activation activation);
std::unique_ptr<Layer> make_noisy_linear(const Parameters& parameters, const std::string& name,
                                         kernels::Activation activation);
std::unique_ptr<Layer> make_layer_norm(const Parameters& parameters, const std::string& name,
                                       kernels::Activation activation);

}  // namespace pavlov::nets::cuda
