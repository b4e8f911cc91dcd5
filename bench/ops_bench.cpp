// Single ops of the tensor core against LibTorch's, on the same memory in the cache. Every pair is
// checked for equal results before anything is timed.
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/bench/pair.h"
#include "pavlov/bench/torch_ops.h"
#include "pavlov/kernels/activation.h"
#include "pavlov/kernels/denormals.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {
namespace {

using kernels::Gelu;
using kernels::Tensor;

// Uniform on [-scale, scale).
void fill(std::span<float> values, float scale, const char* name) {
  kernels::RandomStream random(1, name);
  for (float& value : values) value = scale * (2.0f * random.uniform() - 1.0f);
}

// Exits where the two do not compute the same.
void require_near(const std::string& what, std::span<const float> ours,
                  std::span<const float> theirs) {
  for (std::size_t i = 0; i < ours.size(); ++i) {
    if (std::fabs(ours[i] - theirs[i]) <= 1e-5f * (1.0f + std::fabs(theirs[i]))) continue;
    std::fprintf(stderr, "%s: element %zu is %g, baseline %g\n", what.c_str(), i,
                 static_cast<double>(ours[i]), static_cast<double>(theirs[i]));
    std::exit(1);
  }
}

// Times `work` with denormals flushed, as a learner runs it.
Body timed(Work work) {
  return [work = std::move(work)](benchmark::State& state) {
    const kernels::FlushDenormals flush;
    for (auto _ : state) {
      work();
      benchmark::ClobberMemory();
    }
  };
}

// Both sides of one op with one output.
void add(const std::string& name, std::size_t n, const char* unit, double items, const Work& ours,
         std::span<const float> our_result, const Work& theirs,
         std::span<const float> their_result) {
  ours();
  theirs();
  require_near(name, our_result, their_result);
  add_pair({.suite = "ops",
            .name = name,
            .n = static_cast<std::int64_t>(n),
            .unit = unit,
            .items = items,
            .baseline = torch_name()},
           timed(ours), timed(theirs));
}

using Forward = void (*)(std::span<const float>, std::span<float>);
using Backward = void (*)(std::span<const float>, std::span<const float>, std::span<float>);

void add_activation(const std::string& op, Forward forward, Backward backward, bool from_result) {
  constexpr std::size_t kSize = 16384;
  struct Buffers {
    Tensor x{{kSize}}, y{{kSize}}, dy{{kSize}}, dx{{kSize}}, their_y{{kSize}}, their_dx{{kSize}};
  };
  auto b = std::make_shared<Buffers>();
  fill(b->x.span(), 4.0f, "x");
  fill(b->dy.span(), 1.0f, "dy");
  add(op, kSize, "ns/element", kSize, [b, forward] { forward(b->x.span(), b->y.span()); },
      b->y.span(), torch_forward(op, b->x.span(), b->their_y.span()), b->their_y.span());
  const Tensor& kept = from_result ? b->y : b->x;
  add(op + "_backward", kSize, "ns/element", kSize,
      [b, backward, &kept] { backward(kept.span(), b->dy.span(), b->dx.span()); }, b->dx.span(),
      torch_backward(op, kept.span(), b->dy.span(), b->their_dx.span()), b->their_dx.span());
}

template <Gelu form>
void gelu_forward(std::span<const float> x, std::span<float> y) {
  kernels::gelu_forward(form, x, y);
}
template <Gelu form>
void gelu_backward(std::span<const float> x, std::span<const float> dy, std::span<float> dx) {
  kernels::gelu_backward(form, x, dy, dx);
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  using namespace pavlov::kernels;
  add_activation("exp", exp_forward, exp_backward, true);
  add_activation("tanh", tanh_forward, tanh_backward, true);
  add_activation("sigmoid", sigmoid_forward, sigmoid_backward, true);
  add_activation("relu", relu_forward, relu_backward, true);
  add_activation("gelu_erf", pavlov::bench::gelu_forward<Gelu::erf>,
                 pavlov::bench::gelu_backward<Gelu::erf>, false);
  add_activation("gelu_tanh", pavlov::bench::gelu_forward<Gelu::tanh>,
                 pavlov::bench::gelu_backward<Gelu::tanh>, false);
  return run_pairs(argc, argv);
}
