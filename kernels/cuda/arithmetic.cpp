#include "pavlov/kernels/cuda/arithmetic.h"

#include "pavlov/kernels/cuda/arithmetic-inl.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/cuda/shapes.h"

namespace pavlov::kernels::cuda {
namespace {

constexpr const char* kModule = "arithmetic";

}  // namespace

void fill(Stream& stream, std::span<float> x, float value) {
  launch(stream, {"fill", {x.size()}}, Elements<FillElement>{{x.data(), value}, x.size()});
}

void scale(Stream& stream, std::span<float> x, float factor) {
  launch(stream, {"scale", {x.size()}}, Elements<ScaleElement>{{x.data(), factor}, x.size()});
}

void add(Stream& stream, std::span<const float> x, std::span<float> to) {
  check_size(kModule, "add: to", to.size(), x.size());
  launch(stream, {"add", {x.size()}}, Elements<AddElement>{{x.data(), to.data()}, x.size()});
}

void absolute_difference(Stream& stream, std::span<const float> a, std::span<const float> b,
                         std::span<float> out) {
  check_size(kModule, "absolute_difference: b", b.size(), a.size());
  check_size(kModule, "absolute_difference: out", out.size(), a.size());
  launch(stream, {"absolute_difference", {a.size()}},
         Elements<AbsoluteDifference>{{a.data(), b.data(), out.data()}, a.size()});
}

void narrow(Stream& stream, std::span<const double> x, std::span<float> out) {
  check_size(kModule, "narrow: out", out.size(), x.size());
  launch(stream, {"narrow", {x.size()}}, Elements<NarrowElement>{{x.data(), out.data()}, x.size()});
}

void check_finite(Stream& stream, std::span<const float> x, float* health) {
  launch(stream, {"check_finite", {x.size()}},
         Elements<CheckFinite, 32>{{x.data(), x.size(), health}, 1});
}

void copy_matrix(Stream& stream, ConstMatrixView from, MatrixView to) {
  check_shape(kModule, "copy_matrix: to", to, from.rows, from.cols);
  launch(stream, {"copy_matrix", {from.rows, from.cols}},
         Elements<CopyEntry>{{table(from), table(to)}, from.rows * from.cols});
}

}  // namespace pavlov::kernels::cuda
