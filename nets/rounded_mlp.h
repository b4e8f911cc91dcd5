// RoundedMlp: what an Mlp for inference alone has in common, whatever its weights are rounded to.
//
// The weights are fixed: what is to be trained or saved is the Mlp that it was made from.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/nets/mlp.h"

namespace pavlov::nets {

class RoundedMlp : public Network {
 public:
  std::size_t inputs() const final { return config_.inputs; }
  std::size_t outputs() const final { return config_.outputs; }
  // Bytes of weights and of parameters().
  std::size_t parameter_bytes() const;

  void forward(ConstMatrixView x, MatrixView y, Tape& tape) const final;
  // Throws std::invalid_argument.
  void backward(MatrixView dy, Tape& tape) final;
  ParameterBuffer& parameters() final { return parameters_; }
  const ParameterBuffer& parameters() const final { return parameters_; }
  // That of the Mlp, but for {"network": kind}.
  std::map<std::string, std::string> describe() const final;

 protected:
  // `kind`, "int8_mlp", outlives the network; `table` is what is not rounded.
  RoundedMlp(const char* kind, MlpConfig config, std::vector<Parameter> table);
  RoundedMlp(const RoundedMlp& other);

  const MlpConfig& config() const { return config_; }

 private:
  // Layer k of the network.
  virtual void layer_forward(std::size_t k, ConstMatrixView x, kernels::Activation activation,
                             MatrixView y) const = 0;
  virtual std::size_t weight_bytes() const = 0;

  void reserve(Tape& tape, std::size_t batch) const;

  const char* const kind_;
  const MlpConfig config_;
  ParameterBuffer parameters_;
};

// The config of a network that describes itself as an mlp and has its parameters. Throws
// std::invalid_argument "[<module>] ..." for any other.
MlpConfig config_of_mlp(const Network& network, const char* module);

}  // namespace pavlov::nets
