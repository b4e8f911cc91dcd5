// Chain: layers one after the other, the twin of nets/layers/chain.h on the CUDA device.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/nets/cuda/layers.h"
#include "pavlov/nets/mlp.h"

namespace pavlov::nets::cuda {

class Chain {
 public:
  struct Tape {
    std::size_t batch = 0;  // rows that there is room for
    bool for_backward = false;
    ConstMatrixView input = {};  // of the last forward pass; must live until backward
    std::vector<LayerTape> layer = {};
  };

  void add(std::unique_ptr<Layer> layer) { layers_.push_back(std::move(layer)); }
  bool empty() const { return layers_.empty(); }
  std::size_t outputs() const { return layers_.back()->outputs(); }

  // For batches of up to `batch` rows. `own_result`: the last layer's result stays in the tape,
  // else forward is given a place for it.
  Tape make_tape(std::size_t batch, bool for_backward, bool own_result) const;

  // Appends the sizes of the vectors of a draw of noise, in the order in which the host draws them.
  void append_noise(std::vector<std::size_t>& sizes) const;
  // Takes its part of a draw, which must live as long as the tape, off the front of `noise`.
  void take_noise(std::span<const float>& noise, Tape& tape) const;

  // Returns the result (B,outputs): `y`, or a view of the tape. An empty chain returns x.
  ConstMatrixView forward(Stream& stream, const Parameters& parameters, ConstMatrixView x,
                          MatrixView y, Tape& tape) const;
  // For the last forward on this tape; overwrites dy. dx (B,inputs) may be empty.
  void backward(Stream& stream, Parameters& parameters, MatrixView dy, MatrixView dx,
                Tape& tape) const;

 private:
  std::vector<std::unique_ptr<Layer>> layers_;
};

// The layers of an Mlp whose parameters are "<prefix>layers.<k>.*".
Chain make_mlp_chain(const Parameters& parameters, const std::string& prefix,
                     const MlpConfig& config);

}  // namespace pavlov::nets::cuda
