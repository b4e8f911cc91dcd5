// Ops on arrays beside the layers and the losses, against plain loops and Eigen, both compiled for
// this very machine where the build says so. Every pair is checked for equal results before
// anything is timed.
#include <Eigen/Core>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/bench/pair.h"
#include "pavlov/bench/work.h"
#include "pavlov/kernels/bf16_linear.h"
#include "pavlov/kernels/convert.h"
#include "pavlov/kernels/distance.h"
#include "pavlov/kernels/int8_linear.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/returns.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {
namespace {

using kernels::Tensor;

// Advantages and returns of T steps of N environments.
struct Advantages {
  std::size_t steps, n;
  Tensor reward, value, final_value, next_value, advantage, returns;
  kernels::TensorOf<std::uint8_t> terminated, truncated;
  static constexpr float kDiscount = 0.99f, kLambda = 0.95f;

  Advantages(std::size_t t, std::size_t environments)
      : steps(t),
        n(environments),
        reward({t, n}),
        value({t, n}),
        final_value({t, n}),
        next_value({n}),
        advantage({t, n}),
        returns({t, n}),
        terminated({t, n}),
        truncated({t, n}) {
    fill(reward.span(), 1.0f, "reward");
    fill(value.span(), 1.0f, "value");
    fill(final_value.span(), 1.0f, "final value");
    fill(next_value.span(), 1.0f, "next value");
    for (std::size_t i = 0; i < t * n; ++i) {
      terminated.data()[i] = i % 91 == 0;
      truncated.data()[i] = i % 173 == 0;
    }
  }
  void ours() {
    kernels::generalized_advantages({reward.matrix(), terminated.matrix(), truncated.matrix(),
                                     final_value.matrix(), next_value.span()},
                                    value.matrix(), static_cast<double>(kDiscount),
                                    static_cast<double>(kLambda), advantage.matrix(),
                                    returns.matrix());
  }
  // In float32, row after row, so that the compiler may run the environments in lanes.
  void plain() {
    for (std::size_t t = steps; t-- > 0;) {
      const bool last = t + 1 == steps;
      const float* v = value.data() + t * n;
      const float* ahead = last ? next_value.data() : v + n;
      const float* later = advantage.data() + (last ? t : t + 1) * n;
      float* a = advantage.data() + t * n;
      for (std::size_t e = 0; e < n; ++e) {
        const std::size_t i = t * n + e;
        const bool ended = terminated.data()[i] != 0, cut = truncated.data()[i] != 0;
        const float rest = ended ? 0.0f : cut ? final_value.data()[i] : ahead[e];
        const float delta = reward.data()[i] + kDiscount * rest - v[e];
        a[e] = delta + (ended || cut || last ? 0.0f : kDiscount * kLambda * later[e]);
        returns.data()[i] = a[e] + v[e];
      }
    }
  }
};

void add_advantages(std::size_t steps, std::size_t n) {
  auto ours = std::make_shared<Advantages>(steps, n);
  auto theirs = std::make_shared<Advantages>(steps, n);
  ours->ours();
  theirs->plain();
  require_near("advantage", ours->advantage.span(), theirs->advantage.data());
  require_near("returns", ours->returns.span(), theirs->returns.data());
  add_pair({.suite = "arrays",
            .name = "advantages_" + std::to_string(steps),
            .n = static_cast<std::int64_t>(n),
            .unit = "us",
            .baseline = kLoop},
           timed([ours] { ours->ours(); }), timed([theirs] { theirs->plain(); }));
}

void add_bfloat16(std::size_t size) {
  auto x = std::make_shared<Tensor>(Tensor({size}));
  fill(x->span(), 1.0f, "x");
  using Bits = std::vector<std::uint16_t>;
  auto ours = std::make_shared<Bits>(size), theirs = std::make_shared<Bits>(size);
  const auto candidate = [x, ours] { kernels::to_bfloat16(x->span(), *ours); };
  const auto baseline = [x, theirs] {
    for (std::size_t i = 0; i < theirs->size(); ++i) {
      const auto bits = std::bit_cast<std::uint32_t>(x->data()[i]);
      const bool is_nan = (bits & 0x7FFFFFFFu) > 0x7F800000u;
      const std::uint32_t rounded = bits + 0x7FFFu + (bits >> 16 & 1u);
      (*theirs)[i] = static_cast<std::uint16_t>((is_nan ? bits | 0x00400000u : rounded) >> 16);
    }
  };
  candidate();
  baseline();
  if (*ours != *theirs) std::exit(1);
  add_pair({.suite = "arrays",
            .name = "to_bfloat16",
            .n = static_cast<std::int64_t>(size),
            .unit = "us",
            .baseline = kLoop},
           timed(candidate), timed(baseline));
  auto back = std::make_shared<Tensor>(Tensor({size}));
  auto plain = std::make_shared<Tensor>(Tensor({size}));
  const auto widen = [ours, back] { kernels::from_bfloat16(*ours, back->span()); };
  const auto widen_plainly = [ours, plain] {
    for (std::size_t i = 0; i < ours->size(); ++i) {
      plain->data()[i] = std::bit_cast<float>(std::uint32_t{(*ours)[i]} << 16);
    }
  };
  widen();
  widen_plainly();
  require_near("from_bfloat16", back->span(), plain->data());
  add_pair({.suite = "arrays",
            .name = "from_bfloat16",
            .n = static_cast<std::int64_t>(size),
            .unit = "us",
            .baseline = kLoop},
           timed(widen), timed(widen_plainly));
}

// A layer of the same numbers: the float32 one gets the weights that the 8-bit one stands for.
struct Int8Layer {
  Tensor x, weight, scale, bias, y, plain_y;
  kernels::TensorOf<std::int8_t> quantized;

  Int8Layer(std::size_t batch, std::size_t in, std::size_t out)
      : x({batch, in}),
        weight({in, out}),
        scale({out}),
        bias({out}),
        y({batch, out}),
        plain_y({batch, out}),
        quantized({in, out}) {
    fill(x.span(), 1.0f, "x");
    fill(weight.span(), 1.0f / std::sqrt(static_cast<float>(in)), "weight");
    fill(bias.span(), 0.1f, "bias");
    kernels::quantize_int8(weight.matrix(), quantized.matrix(), scale.span());
    for (std::size_t i = 0; i < in; ++i) {
      for (std::size_t o = 0; o < out; ++o) {
        const auto q = static_cast<float>(quantized.data()[i * out + o]);
        weight.data()[i * out + o] = q * scale.data()[o];
      }
    }
  }
  void ours() {
    kernels::int8_linear_forward(x.matrix(), quantized.matrix(), scale.span(), bias.span(),
                                 kernels::Activation::relu, y.matrix());
  }
  void plain() {
    kernels::linear_forward(x.matrix(), weight.matrix(), bias.span(), kernels::Activation::relu,
                            plain_y.matrix());
  }
};

void add_int8(std::size_t batch, std::size_t in, std::size_t out) {
  auto layer = std::make_shared<Int8Layer>(batch, in, out);
  layer->ours();
  layer->plain();
  require_near("int8 layer", layer->y.span(), layer->plain_y.data());
  add_pair({.suite = "arrays",
            .name = "int8_layer_" + std::to_string(in) + "x" + std::to_string(out),
            .n = static_cast<std::int64_t>(batch),
            .unit = "us",
            .baseline = "linear_forward, float32 weights"},
           timed([layer] { layer->ours(); }), timed([layer] { layer->plain(); }));
}

// Likewise for bfloat16.
struct Bf16Layer {
  Tensor x, weight, bias, y, plain_y;
  kernels::TensorOf<std::uint16_t> rounded;

  Bf16Layer(std::size_t batch, std::size_t in, std::size_t out)
      : x({batch, in}),
        weight({in, out}),
        bias({out}),
        y({batch, out}),
        plain_y({batch, out}),
        rounded({in, out}) {
    fill(x.span(), 1.0f, "x");
    fill(weight.span(), 1.0f / std::sqrt(static_cast<float>(in)), "weight");
    fill(bias.span(), 0.1f, "bias");
    kernels::to_bfloat16(weight.span(), rounded.span());
    kernels::from_bfloat16(rounded.span(), weight.span());
  }
  void ours() {
    kernels::bf16_linear_forward(x.matrix(), rounded.matrix(), bias.span(),
                                 kernels::Activation::relu, y.matrix());
  }
  void plain() {
    kernels::linear_forward(x.matrix(), weight.matrix(), bias.span(), kernels::Activation::relu,
                            plain_y.matrix());
  }
};

void add_bf16(std::size_t batch, std::size_t in, std::size_t out) {
  auto layer = std::make_shared<Bf16Layer>(batch, in, out);
  layer->ours();
  layer->plain();
  require_near("bf16 layer", layer->y.span(), layer->plain_y.data());
  add_pair({.suite = "arrays",
            .name = "bf16_layer_" + std::to_string(in) + "x" + std::to_string(out),
            .n = static_cast<std::int64_t>(batch),
            .unit = "us",
            .baseline = "linear_forward, float32 weights"},
           timed([layer] { layer->ours(); }), timed([layer] { layer->plain(); }));
}

using EigenMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// The baseline is the usual expansion, |x|^2 + |y|^2 - 2 x.y: one matrix product, fewer digits.
void add_distance(std::size_t batch, std::size_t centres, std::size_t depth) {
  struct Data {
    Tensor x, y, out;
    EigenMatrix e_x, e_y, e_out;
  };
  auto data = std::make_shared<Data>(
      Data{Tensor({batch, depth}), Tensor({centres, depth}), Tensor({batch, centres}), {}, {}, {}});
  fill(data->x.span(), 1.0f, "x");
  fill(data->y.span(), 1.0f, "y");
  const auto eigen = [](const Tensor& t) {
    return Eigen::Map<const EigenMatrix>(t.data(), static_cast<Eigen::Index>(t.dim(0)),
                                         static_cast<Eigen::Index>(t.dim(1)));
  };
  data->e_x = eigen(data->x);
  data->e_y = eigen(data->y);
  const auto candidate = [data] {
    kernels::squared_distance(data->x.matrix(), data->y.matrix(), data->out.matrix());
  };
  const auto baseline = [data] {
    data->e_out.noalias() = -2.0f * data->e_x * data->e_y.transpose();
    data->e_out.colwise() += data->e_x.rowwise().squaredNorm();
    data->e_out.rowwise() += data->e_y.rowwise().squaredNorm().transpose();
  };
  candidate();
  baseline();
  require_near("distance", data->out.span(), data->e_out.data());
  add_pair({.suite = "arrays",
            .name = "squared_distance_" + std::to_string(centres) + "x" + std::to_string(depth),
            .n = static_cast<std::int64_t>(batch),
            .unit = "us",
            .baseline = kEigen},
           timed(candidate), timed(baseline));
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  add_advantages(2048, 8);
  add_advantages(128, 64);
  add_advantages(128, 4096);
  add_bfloat16(4096);
  add_bfloat16(1 << 20);
  for (const std::size_t width : {64, 256, 512, 1024, 2048}) add_int8(1, width, width);
  for (const std::size_t width : {64, 256, 512, 1024, 2048}) add_bf16(1, width, width);
  add_bf16(64, 256, 256);
  add_int8(64, 256, 256);
  add_int8(256, 1024, 1024);
  add_distance(64, 64, 8);
  add_distance(64, 512, 8);
  add_distance(256, 256, 128);
  return run_pairs(argc, argv);
}
