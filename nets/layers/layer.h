// Layer: one step of a feed-forward network, y (B,outputs) = f(x (B,inputs)).
//
// Its parameters stand in the flat buffer of its network, and a pass keeps what it needs on a tape:
// a layer itself holds only its place in the table and, where it has noise, the current draw. So
// passes over several batches do not disturb each other.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/nets/parameter_buffer.h"

namespace pavlov::nets {

// What one layer keeps of a pass. Grows to the largest batch it has seen.
struct LayerTape {
  kernels::Tensor output = {};    // y (>= B, outputs)
  kernels::Tensor gradient = {};  // dL/dy, the same shape, for backward

  // What a pass multiplies by, where that is not the parameters: (I,C) and (C), C = O or with
  // Centering fewer; and dL/d of them, zero between passes.
  kernels::Tensor weight = {}, bias = {};
  kernels::Tensor d_weight = {}, d_bias = {};

  kernels::Tensor noise_in = {}, noise_out = {};  // the draw of this pass (I), (O)
  bool noisy = false;                             // whether this pass had noise

  kernels::Tensor mean = {}, inverse_std = {};  // of each row (>= B), where rows are normalized
  kernels::Tensor scratch = {};
};

// Makes `tensor` (>= rows, cols), unless it is; what it held is lost where it grows.
inline void reserve(kernels::Tensor& tensor, std::size_t rows, std::size_t cols) {
  if (tensor.rank() == 2 && tensor.dim(0) >= rows && tensor.dim(1) == cols) return;
  tensor = kernels::Tensor({rows, cols});
}

// How a product that is done elsewhere takes the outputs of a linear layer: as they are, or as
// blocks of columns, one per action, of which the first `kept` are wanted, less the mean of all
// (centered_weight of kernels/noisy_weight.h).
struct Centering {
  std::size_t actions = 0;  // 0: outputs as they are
  std::size_t kept = 0;
};

// All elements of a matrix without gaps between its rows.
template <class T>
std::span<T> flat(kernels::BasicMatrixView<T> m) {
  PAVLOV_ASSERT(m.rows <= 1 || m.stride == m.cols);
  return {m.data, m.rows * m.cols};
}

class Layer {
 public:
  virtual ~Layer() = default;

  virtual std::size_t inputs() const = 0;
  virtual std::size_t outputs() const = 0;

  // Appends its parameters, "<name>.weight" and so on, to the table of its network.
  virtual void declare(const std::string& name, std::vector<Parameter>& table) = 0;
  // Draws their initial values.
  virtual void initialize(ParameterBuffer& parameters, kernels::RandomStream& random) const = 0;
  // Draws the noise of the passes from now on, where the layer has any.
  virtual void resample_noise(kernels::RandomStream&) {}

  // y may not overlap x.
  virtual void forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                       LayerTape& tape) const = 0;
  // From x and y of the last forward on this tape and dL/dy, which is overwritten: adds to the
  // gradient of the parameters; dx (B,inputs) = dL/dx, unless it is empty. `y` is not read where
  // the layer ends without an activation.
  virtual void backward(ParameterBuffer& parameters, ConstMatrixView x, ConstMatrixView y,
                        MatrixView dy, MatrixView dx, LayerTape& tape) const = 0;

  // Of linear layers, for products that are done elsewhere. make_weight sets tape.weight and
  // tape.bias to what a pass multiplies by, noise included; take_gradient adds tape.d_weight and
  // tape.d_bias to the gradient of the parameters and zeroes them.
  virtual void make_weight(const ParameterBuffer&, const Centering&, LayerTape&) const {
    kernels::throw_argument("layer", "make_weight: it is not linear");
  }
  virtual void take_gradient(ParameterBuffer&, const Centering&, LayerTape&) const {
    kernels::throw_argument("layer", "take_gradient: it is not linear");
  }
};

// Columns of that weight.
inline std::size_t columns_of(const Layer& layer, const Centering& centering) {
  if (centering.actions == 0) return layer.outputs();
  return layer.outputs() / centering.actions * centering.kept;
}

}  // namespace pavlov::nets
