// A program without LibTorch, its BLAS and Eigen: has_baselines() is false, and nothing else here
// is called.
#include "pavlov/bench/blas.h"
#include "pavlov/bench/eigen_product.h"
#include "pavlov/bench/kernels/baselines.h"
#include "pavlov/bench/torch_dqn.h"
#include "pavlov/bench/torch_losses.h"
#include "pavlov/bench/torch_mlp.h"
#include "pavlov/bench/torch_ops.h"
#include "pavlov/kernels/check.h"

namespace pavlov::bench {
namespace {

using kernels::ConstMatrixView;
using kernels::Tensor;

[[noreturn]] void absent() { kernels::throw_runtime("bench", "this program has no baselines"); }

}  // namespace

bool has_baselines() { return false; }

std::string torch_description() { absent(); }
std::string blas_name() { absent(); }
std::string eigen_name() { absent(); }
void blas_multiply(const Tensor&, const Tensor&, Tensor&) { absent(); }
void torch_multiply(const Tensor&, const Tensor&, Tensor&) { absent(); }
void eigen_multiply(const Tensor&, const Tensor&, Tensor&) { absent(); }

struct TorchMlp::State {};
TorchMlp::TorchMlp(const std::vector<LayerValues>&, double) { absent(); }
TorchMlp::~TorchMlp() = default;
void TorchMlp::set_samples(const Tensor&, const Tensor&) { absent(); }
void TorchMlp::set_learning_rate(double) { absent(); }
void TorchMlp::train(std::size_t, std::size_t) { absent(); }
void TorchMlp::forward(const Tensor&) { absent(); }
std::vector<float> TorchMlp::values(const Tensor&) { absent(); }

Work torch_forward(const std::string&, std::span<const float>, std::span<float>) { absent(); }
Work torch_rows_forward(const std::string&, const Tensor&, Tensor&) { absent(); }
Work torch_rows_backward(const std::string&, const Tensor&, const Tensor&, Tensor&) { absent(); }
Work torch_layer_norm(const Tensor&, const Tensor&, const Tensor&, float, Tensor&) { absent(); }
Work torch_layer_norm_backward(const Tensor&, const Tensor&, const Tensor&, float, const Tensor&,
                               Tensor&) {
  absent();
}

struct TorchLoss::State {};
TorchLoss TorchLoss::quantile_huber(ConstMatrixView, ConstMatrixView) { absent(); }
TorchLoss::~TorchLoss() = default;
TorchLoss::TorchLoss(TorchLoss&&) noexcept = default;
float TorchLoss::step() { absent(); }
std::vector<float> TorchLoss::gradient() const { absent(); }

struct TorchAdam::State {};
TorchAdam::TorchAdam(std::span<const std::size_t>, std::span<const float>, double) { absent(); }
TorchAdam::~TorchAdam() = default;
void TorchAdam::set_gradient(std::span<const float>) { absent(); }
void TorchAdam::step() { absent(); }
std::vector<float> TorchAdam::result() const { absent(); }

}  // namespace pavlov::bench
