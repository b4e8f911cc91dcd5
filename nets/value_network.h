// ValueNetwork: fully connected layers for action values, with the parts of Rainbow as options.
//
//   dueling     Wang et al. 2016 (arXiv:1511.06581): streams of value and advantage, added by atom
//   noisy       Fortunato et al. 2018 (arXiv:1706.10295): learned noise in place of random actions
//   layer_norm  Ba et al. 2016 (arXiv:1607.06450) before the activation of hidden layers
//
// Without an option it computes what Mlp does, which is the faster one. With dueling the last
// hidden layer exists once per stream, as in the paper; with noisy that layer and the outputs are
// noisy, and the layers before are plain, as the convolutions are in the papers. Dopamine has
// linear streams on a shared trunk instead, and makes all layers noisy.
//
// Asked for the outputs of one action per row, it multiplies by that action's columns alone, which
// are centered in place of the outputs where it is dueling. Of two actions one lies as far above
// the mean advantage as the other below it, so that one product gives both. It is taken where
// noise makes new weights for every pass, which are centered on the way.
//
// Parameters: trunk.<k>.*, then outputs.<k>.*, or value.<k>.* and advantage.<k>.* with dueling; see
// layers/ for theirs.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/random.h"
#include "pavlov/nets/layers/chain.h"
#include "pavlov/nets/network.h"

namespace pavlov::nets {

struct ValueNetworkConfig {
  std::size_t inputs = 0;           // [1, 65536]
  std::vector<std::size_t> hidden;  // widths of the hidden layers, each in [1, 65536]; at most 64
  std::size_t actions = 0;          // >= 1
  std::size_t atoms = 1;  // numbers per action (kernels/distribution.h, quantile.h), >= 1;
                          // actions * atoms in [1, 65536]
  kernels::Activation activation = kernels::Activation::relu;  // of the hidden layers
  bool dueling = false;
  bool noisy = false;
  double noisy_sigma = 0.5;  // sigma0, [0, 10] (Fortunato et al. 2018, section 3.2)
  bool layer_norm = false;

  bool operator==(const ValueNetworkConfig&) const = default;
};

class ValueNetwork final : public Network {
 public:
  // All values zero. Throws std::invalid_argument for the first field outside its range.
  explicit ValueNetwork(ValueNetworkConfig config);

  // Draws the values: see layers/.
  void initialize(kernels::RandomStream& random);

  const ValueNetworkConfig& config() const { return config_; }
  std::size_t inputs() const override { return config_.inputs; }
  std::size_t outputs() const override { return config_.actions * config_.atoms; }
  void forward(ConstMatrixView x, MatrixView y, Tape& tape) const override;
  void backward(MatrixView dy, Tape& tape) override;
  // Through the last products go only the atoms of the actions taken, or half the difference of
  // two.
  void forward_action(ConstMatrixView x, std::span<const std::int32_t> action, MatrixView y,
                      Tape& tape) const override;
  void backward_action(std::span<const std::int32_t> action, MatrixView dy, Tape& tape) override;
  void resample_noise(kernels::RandomStream& random) override;
  ParameterBuffer& parameters() override { return parameters_; }
  const ParameterBuffer& parameters() const override { return parameters_; }
  std::unique_ptr<Network> clone() const override;
  std::map<std::string, std::string> describe() const override;

 private:
  struct Passes;  // what a tape keeps

  Passes& passes_of(Tape& tape) const;
  // Those of the forward that a backward of dy belongs to. Throws where there was none.
  Passes& last_passes(Tape& tape, ConstMatrixView dy, bool of_actions) const;
  // Whether blocks of so many columns go through the last products alone.
  bool takes_blocks(std::size_t cols) const;
  // Whether one product gives the advantages of both actions: value (B,Z) + half (B,Z) are the
  // outputs of action 0, value - half those of action 1.
  bool takes_pairs() const;
  struct Pair {
    ConstMatrixView value, half;
  };
  Pair forward_pair(std::size_t rows, Passes& passes) const;
  void backward_pair(MatrixView d_value, MatrixView d_half, Passes& passes);
  MatrixView backward_value(MatrixView d_value, std::size_t rows, Passes& passes);
  void backward_trunk(MatrixView d_features, Passes& passes);

  const ValueNetworkConfig config_;
  Chain trunk_;
  Chain outputs_;  // the advantages with dueling
  Chain value_;    // empty without
  bool has_noise_ = false;
  ParameterBuffer parameters_;
};

// The network that a description of kind "value" names; see make_network.
std::unique_ptr<Network> make_value_network(const std::map<std::string, std::string>& description,
                                            std::size_t max_parameters);

}  // namespace pavlov::nets
