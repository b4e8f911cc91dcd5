#include "pavlov/nets/torch/torch_network.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Exception.h>

#include <mutex>
#include <set>
#include <span>
#include <string_view>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"
#include "pavlov/nets/torch/linked_torch.h"

namespace pavlov::nets {
namespace {

std::string shape_text(std::size_t rows, std::size_t cols) {
  return "(" + std::to_string(rows) + ", " + std::to_string(cols) + ")";
}

std::string shape_text(at::IntArrayRef sizes) {
  std::string text = "(";
  for (const std::int64_t size : sizes) {
    text += (text.size() == 1 ? "" : ", ") + std::to_string(size);
  }
  return text + ")";
}

// Runs `body`; what LibTorch throws in it becomes std::runtime_error("[torch] <what>: <message>").
template <class Body>
void translate(std::string_view what, const Body& body) {
  try {
    body();
  } catch (const c10::Error& error) {
    constexpr std::size_t kMostBytes = 500;  // the message, without LibTorch's stack
    kernels::throw_runtime(
        "torch",
        std::string(what) + ": " + kernels::one_line(error.what_without_backtrace(), kMostBytes));
  }
}

// A tensor on memory that is ours and outlives it. LibTorch has no tensors of constants.
at::Tensor view(const float* data, at::IntArrayRef sizes, at::IntArrayRef strides) {
  return at::from_blob(const_cast<float*>(data), sizes, strides, at::kFloat);
}

at::Tensor view(ConstMatrixView m) {
  return view(m.data, {static_cast<std::int64_t>(m.rows), static_cast<std::int64_t>(m.cols)},
              {static_cast<std::int64_t>(m.stride), 1});
}

bool is_stored_transposed(const TorchNetworkConfig& config, std::size_t rank) {
  return config.transpose_matrices && rank == 2;
}

// Of parameter `p` in a flat array: with the shape that the module knows.
at::Tensor view(std::span<float> flat, const Parameter& p, at::IntArrayRef sizes, bool transposed) {
  std::vector<std::int64_t> strides(sizes.size(), 1);
  for (std::size_t d = sizes.size(); d-- > 1;) strides[d - 1] = strides[d] * sizes[d];
  if (transposed) strides = {1, sizes[0]};
  return view(flat.data() + p.offset, sizes, strides);
}

// LibTorch's generator with a seed of ours, until the end of the scope.
class SeededGenerator {
 public:
  explicit SeededGenerator(std::uint64_t seed) : generator_(at::detail::getDefaultCPUGenerator()) {
    const std::lock_guard lock(generator_.mutex());
    state_ = generator_.get_state();
    generator_.set_current_seed(seed);
  }
  ~SeededGenerator() {
    const std::lock_guard lock(generator_.mutex());
    generator_.set_state(state_);
  }
  SeededGenerator(const SeededGenerator&) = delete;
  SeededGenerator& operator=(const SeededGenerator&) = delete;

 private:
  at::Generator generator_;
  at::Tensor state_;
};

// Throws where a weight file or the flat buffer could not hold what the module learns.
void check_module(const torch::nn::Module& module) {
  for (const auto& buffer : module.named_buffers()) {
    kernels::throw_argument("torch", "buffer '" + buffer.key() +
                                         "' of the module: only parameters are kept in weight "
                                         "files; layer or group normalization has no buffers");
  }
  std::set<const void*> memory;
  for (const auto& parameter : module.named_parameters()) {
    const at::Tensor& value = parameter.value();
    if (value.scalar_type() != at::kFloat || !value.device().is_cpu()) {
      kernels::throw_argument("torch", "parameter '" + parameter.key() + "' " + value.toString() +
                                           ": must be float32 on the CPU");
    }
    if (value.numel() > 0 && !memory.insert(value.data_ptr()).second) {
      kernels::throw_argument("torch", "parameter '" + parameter.key() +
                                           "' shares the memory of another: must have its own");
    }
  }
}

std::vector<Parameter> parameter_table(const torch::nn::Module& module,
                                       const TorchNetworkConfig& config) {
  std::vector<Parameter> table;
  for (const auto& parameter : module.named_parameters()) {
    const at::IntArrayRef sizes = parameter.value().sizes();
    std::vector<std::size_t> shape(sizes.begin(), sizes.end());
    if (shape.empty()) shape = {1};  // a scalar
    if (is_stored_transposed(config, shape.size())) std::swap(shape[0], shape[1]);
    table.push_back({parameter.key(), std::move(shape)});
  }
  return table;
}

}  // namespace

struct TorchNetwork::Graph final : Tape::Memory {
  const TorchNetwork* owner = nullptr;
  at::Tensor output;  // (B,outputs) with what LibTorch needs to go back from it
};

TorchNetwork::TorchNetwork(Factory make, TorchNetworkConfig config)
    : make_(std::move(make)),
      config_(std::move(config)),
      module_(make_module()),
      parameters_(parameter_table(*module_.module, config_)) {
  translate("parameters", [this] { bind_parameters(); });
  const kernels::Tensor probe({2, inputs()});
  translate("forward of x " + shape_text(2, inputs()), [&] {
    const c10::InferenceMode no_graph;
    run(probe.matrix());
  });
}

TorchModule TorchNetwork::make_module() const {
  kernels::require(config_.inputs >= 1, "torch", "inputs", config_.inputs, "at least 1");
  kernels::require(config_.outputs >= 1, "torch", "outputs", config_.outputs, "at least 1");
  use_one_torch_thread();
  TorchModule made;
  translate("making the module", [&] {
    const c10::InferenceMode with_gradients(false);
    const SeededGenerator seeded(config_.seed);
    made = make_();
    made.module->eval();
    check_module(*made.module);
  });
  return made;
}

void TorchNetwork::bind_parameters() {
  const c10::InferenceMode with_gradients(false);  // views made in it could not be learned
  const at::NoGradGuard no_graph;
  std::size_t k = 0;
  for (auto& parameter : module_.module->named_parameters()) {
    const Parameter& p = parameters_.table()[k++];
    at::Tensor& tensor = parameter.value();
    const std::vector<std::int64_t> sizes = tensor.sizes().vec();
    const bool transposed = is_stored_transposed(config_, sizes.size());
    const at::Tensor values = view(parameters_.values(), p, sizes, transposed);
    values.copy_(tensor);
    tensor.set_data(values);
    // Autograd adds to a gradient that is already there, in its place.
    if (tensor.requires_grad()) {
      tensor.mutable_grad() = view(parameters_.gradient(), p, sizes, transposed);
    }
  }
}

at::Tensor TorchNetwork::run(ConstMatrixView x) const {
  at::Tensor output = module_.forward(view(x));
  const bool fits = output.defined() && output.dim() == 2 && output.scalar_type() == at::kFloat &&
                    output.size(0) == static_cast<std::int64_t>(x.rows) &&
                    output.size(1) == static_cast<std::int64_t>(outputs());
  if (!fits) {
    const std::string given =
        output.defined() ? output.toString() + " " + shape_text(output.sizes()) : "nothing";
    kernels::throw_argument("torch", "the module gives " + given + " for x " +
                                         shape_text(x.rows, x.cols) + ": must be float32 " +
                                         shape_text(x.rows, outputs()));
  }
  return output;
}

void TorchNetwork::forward(ConstMatrixView x, MatrixView y, Tape& tape) const {
  if (x.cols != inputs() || y.rows != x.rows || y.cols != outputs()) {
    kernels::throw_argument("torch", "forward: x " + shape_text(x.rows, x.cols) + " and y " +
                                         shape_text(y.rows, y.cols) + ": must be (B, " +
                                         std::to_string(inputs()) + ") and (B, " +
                                         std::to_string(outputs()) + ")");
  }
  tape.memory.reset();  // should this pass fail, none is there to go back from
  translate("forward of x " + shape_text(x.rows, x.cols), [&] {
    const c10::InferenceMode without_graph(!tape.for_backward);
    at::Tensor output = run(x);
    const at::NoGradGuard no_graph;
    view(y).copy_(output);
    if (!tape.for_backward) return;
    auto graph = std::make_unique<Graph>();
    graph->owner = this;
    graph->output = std::move(output);
    tape.memory = std::move(graph);
  });
}

void TorchNetwork::backward(MatrixView dy, Tape& tape) {
  const std::unique_ptr<Tape::Memory> memory = std::move(tape.memory);
  const auto* graph = dynamic_cast<const Graph*>(memory.get());
  if (graph == nullptr || graph->owner != this || dy.cols != outputs() ||
      static_cast<std::int64_t>(dy.rows) != graph->output.size(0)) {
    kernels::throw_argument("torch",
                            "backward of dy " + shape_text(dy.rows, dy.cols) +
                                ": needs a forward pass of this network on the same tape, of as "
                                "many rows, that no backward has used");
  }
  translate("backward of dy " + shape_text(dy.rows, dy.cols), [&] {
    const c10::InferenceMode with_graph(false);
    graph->output.backward(view(dy));
  });
}

std::unique_ptr<Network> TorchNetwork::clone() const {
  std::unique_ptr<TorchNetwork> copy(new TorchNetwork(make_, config_));
  copy->parameters_.copy_values_from(parameters_);
  return copy;
}

std::map<std::string, std::string> TorchNetwork::describe() const {
  std::map<std::string, std::string> description = config_.description;
  description.try_emplace("network", "torch");
  description.try_emplace("inputs", std::to_string(inputs()));
  description.try_emplace("outputs", std::to_string(outputs()));
  return description;
}

}  // namespace pavlov::nets
