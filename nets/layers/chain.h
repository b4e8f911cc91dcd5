// Chain: layers one after the other, on the flat buffer of one network.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "pavlov/kernels/linear_block.h"
#include "pavlov/nets/layers/layer.h"

namespace pavlov::nets {

class Chain {
 public:
  struct Tape {
    ConstMatrixView input = {};  // x; must live until backward
    std::vector<LayerTape> layer = {};
  };

  // Its parameters are named "<name>.<k>.weight" and so on, k counting the layers.
  explicit Chain(std::string name) : name_(std::move(name)) {}

  // The layer must take what the one before it gives.
  void add(std::unique_ptr<Layer> layer) { layers_.push_back(std::move(layer)); }
  bool empty() const { return layers_.empty(); }

  void declare(std::vector<Parameter>& table);
  void initialize(ParameterBuffer& parameters, kernels::RandomStream& random) const;
  void resample_noise(kernels::RandomStream& random);

  // Returns the result (B,outputs): `y`, where it is given and the last layer ends without an
  // activation, else a view of the tape. An empty chain returns x and leaves y alone.
  ConstMatrixView forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                          Tape& tape) const;
  // As Layer::backward, for the last forward on this tape.
  void backward(ParameterBuffer& parameters, MatrixView dy, MatrixView dx, Tape& tape) const;

  // Of a last layer without an activation whose outputs are blocks of y.cols, one per action, the
  // block of the action that each row names, and with `center` what it exceeds the mean of all
  // blocks by: y (B,Z). Linear, so the weights are centered in place of the outputs.
  void forward_block(const ParameterBuffer& parameters, ConstMatrixView x,
                     const kernels::BlockRows& rows, bool center, MatrixView y, Tape& tape) const;
  // As backward, for the last forward_block on this tape. dy (B,Z) stays.
  void backward_block(ParameterBuffer& parameters, const kernels::BlockRows& rows, bool center,
                      ConstMatrixView dy, MatrixView dx, Tape& tape) const;

  // Of such a layer with two blocks, what the first one exceeds their mean by: half their
  // difference, y (B,Z). The second one lies below the mean by the same.
  void forward_half_difference(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                               Tape& tape) const;
  // As backward, for the last forward_half_difference on this tape.
  void backward_half_difference(ParameterBuffer& parameters, MatrixView dy, MatrixView dx,
                                Tape& tape) const;

 private:
  // Layers [0, count).
  ConstMatrixView forward(const ParameterBuffer& parameters, ConstMatrixView x, MatrixView y,
                          std::size_t count, Tape& tape) const;
  void backward(ParameterBuffer& parameters, MatrixView dy, MatrixView dx, std::size_t count,
                Tape& tape) const;
  // The last layer's part of a pass: its inputs at the last forward, and room for their gradient,
  // which is `dx` where it is the only layer.
  struct LastLayer {
    const Layer& layer;
    LayerTape& tape;
    ConstMatrixView in;
    MatrixView d_in;
  };
  LastLayer last_layer(std::size_t rows, MatrixView dx, Tape& tape) const;

  const std::string name_;
  std::vector<std::unique_ptr<Layer>> layers_;
};

}  // namespace pavlov::nets
