// Mlp: fully connected layers, the hidden ones with an activation, the last one without.
//
// Parameters: layers.<k>.weight (inputs, outputs) and layers.<k>.bias (outputs); PyTorch stores the
// transpose of these weights.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/random.h"
#include "pavlov/nets/init.h"
#include "pavlov/nets/network.h"

namespace pavlov::nets {

struct MlpConfig {
  std::size_t inputs = 0;           // >= 1
  std::vector<std::size_t> hidden;  // widths of the hidden layers, each >= 1; may be empty
  std::size_t outputs = 0;          // >= 1
  kernels::Activation activation = kernels::Activation::relu;  // of the hidden layers
};

// The table of parameters and the description of such a network, whoever computes it. Throws
// std::invalid_argument for a width outside [1, 65536] or more than 64 hidden layers.
std::vector<Parameter> mlp_parameters(const MlpConfig& config);
std::map<std::string, std::string> describe_mlp(const MlpConfig& config);

// Draws the values of a buffer with the table of `config`. Orthogonal: gain sqrt(2) for ReLU (1 for
// the others) in hidden layers and `output_gain` in the last; uniform ignores it.
void initialize_mlp(const MlpConfig& config, ParameterBuffer& parameters, Init init,
                    kernels::RandomStream& random, double output_gain = 1.0);

class Mlp final : public Network {
 public:
  // All values zero. Throws as mlp_parameters.
  explicit Mlp(MlpConfig config);
  // On parameters that exist, as part of a larger network. Throws std::invalid_argument where they
  // are not those of `config`.
  Mlp(MlpConfig config, ParameterBuffer parameters);

  void initialize(Init init, kernels::RandomStream& random, double output_gain = 1.0) {
    initialize_mlp(config_, parameters_, init, random, output_gain);
  }

  const MlpConfig& config() const { return config_; }
  std::size_t inputs() const override { return config_.inputs; }
  std::size_t outputs() const override { return config_.outputs; }
  void forward(ConstMatrixView x, MatrixView y, Tape& tape) const override;
  void backward(MatrixView dy, Tape& tape) override;
  ParameterBuffer& parameters() override { return parameters_; }
  const ParameterBuffer& parameters() const override { return parameters_; }
  std::unique_ptr<Network> clone() const override;
  std::map<std::string, std::string> describe() const override { return describe_mlp(config_); }

 private:
  std::size_t layers() const { return config_.hidden.size() + 1; }
  kernels::Activation activation(std::size_t layer) const {
    return layer + 1 == layers() ? kernels::Activation::identity : config_.activation;
  }
  void reserve(Tape& tape, std::size_t batch) const;

  const MlpConfig config_;
  ParameterBuffer parameters_;                 // weight of layer k at 2k, its bias at 2k + 1
  std::vector<kernels::RowLayer> row_layers_;  // views of them
};

// The network that a description of kind "mlp" names; see make_network.
std::unique_ptr<Network> make_mlp_network(const std::map<std::string, std::string>& description,
                                          std::size_t max_parameters);

}  // namespace pavlov::nets
