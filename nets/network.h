// Network: a function with parameters, y (B,out) = f(x (B,in)), float32, and its gradient.
//
// Losses stop at the outputs: an agent computes dL/dy with a kernel, and the network turns it into
// parameter gradients. So agents do not know how a network is made, and networks do not know about
// losses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/kernels/random.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/nets/parameter_buffer.h"

namespace pavlov::nets {

// What backward needs of the forward pass before it. Belongs to the caller, so that one network can
// be evaluated on several batches at once; grows to the largest batch it has seen and allocates
// nothing from then on.
struct Tape {
  // What a network of another kind keeps, for instance the graph of an autograd library.
  struct Memory {
    virtual ~Memory() = default;
  };

  bool for_backward = true;    // false: only forward is wanted, so that nothing needs to be kept
  ConstMatrixView input = {};  // x; must live until backward
  std::vector<kernels::Tensor> activation = {};  // one per hidden layer, (>= B, width)
  std::vector<kernels::Tensor> gradient = {};    // the same shapes, for backward
  kernels::Tensor scratch = {};
  std::vector<float*> row = {};      // where a single row's results go, layer by layer
  kernels::Tensor all_actions = {};  // (>= B, outputs) of forward_action where it computes them
  std::unique_ptr<Memory> memory = {};
};

class Network {
 public:
  virtual ~Network() = default;

  virtual std::size_t inputs() const = 0;
  virtual std::size_t outputs() const = 0;

  // y (B,outputs) = f(x (B,inputs)).
  virtual void forward(ConstMatrixView x, MatrixView y, Tape& tape) const = 0;
  // Adds dL/dparameters to parameters().gradient(), from dL/dy of the last forward on this tape,
  // once for each forward. Overwrites dy. Throws std::invalid_argument where dy does not fit that
  // forward, or the tape is not for backward.
  virtual void backward(MatrixView dy, Tape& tape) = 0;

  // Of outputs in blocks of y.cols, one per action, those of the action of each row:
  //   y (B,Z)[b] = f(x (B,inputs)[b])[action[b] Z, (action[b] + 1) Z)
  // A network may do less than for all of them, which then rounds otherwise.
  virtual void forward_action(ConstMatrixView x, std::span<const std::int32_t> action, MatrixView y,
                              Tape& tape) const;
  // As backward, from dL/dy (B,Z) of the last forward_action on this tape, with its actions.
  virtual void backward_action(std::span<const std::int32_t> action, MatrixView dy, Tape& tape);

  // Draws the noise of the forward passes from now on, where the network has noisy layers; one draw
  // serves all rows of a pass. Before the first draw, and in a clone, the noise is zero: outputs
  // are those of the mean weights, as an evaluation wants them.
  virtual void resample_noise(kernels::RandomStream&) {}

  virtual ParameterBuffer& parameters() = 0;
  virtual const ParameterBuffer& parameters() const = 0;

  // A network of its own with the same values.
  virtual std::unique_ptr<Network> clone() const = 0;
  // What make_network needs to build this network again, as text: {"network": "mlp", ...}.
  virtual std::map<std::string, std::string> describe() const = 0;
};

// The network that `description` (of describe) names, its values being zero. Throws
// std::runtime_error for a description that is incomplete, out of range, or of more than
// `max_parameters` parameters (a file's claim must not allocate more than the file could fill).
std::unique_ptr<Network> make_network(const std::map<std::string, std::string>& description,
                                      std::size_t max_parameters);

}  // namespace pavlov::nets
