// Kernels against Eigen and plain loops, both compiled for this very machine where the build says
// so. Every pair is checked for equal results before anything is timed.
#include <Eigen/Core>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/bench/pair.h"
#include "pavlov/bench/work.h"
#include "pavlov/kernels/dueling.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/loss.h"
#include "pavlov/kernels/noise.h"
#include "pavlov/kernels/noisy_weight.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/kernels/update.h"

namespace pavlov::bench {
namespace {

using kernels::Activation;
using kernels::Tensor;
using EigenMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using EigenRow = Eigen::RowVectorXf;

EigenMatrix eigen(kernels::ConstMatrixView m) {
  EigenMatrix result(m.rows, m.cols);
  for (std::size_t r = 0; r < m.rows; ++r) {
    for (std::size_t c = 0; c < m.cols; ++c) {
      result(static_cast<Eigen::Index>(r), static_cast<Eigen::Index>(c)) = m(r, c);
    }
  }
  return result;
}

// One fully connected layer in both worlds.
struct Layer {
  std::size_t inputs, outputs;
  Activation activation;
  Tensor weight, bias, y, dy, dweight, dbias, scratch;
  EigenMatrix e_weight, e_y, e_dy, e_dweight;
  EigenRow e_bias, e_dbias;

  Layer(std::size_t batch, std::size_t in, std::size_t out, Activation a)
      : inputs(in),
        outputs(out),
        activation(a),
        weight({in, out}),
        bias({out}),
        y({batch, out}),
        dy({batch, out}),
        dweight({in, out}),
        dbias({out}),
        scratch({kernels::linear_backward_scratch(in, out)}) {
    fill(weight.span(), 1.0f / std::sqrt(static_cast<float>(in)), "weight");
    fill(bias.span(), 0.1f, "bias");
    e_weight = eigen(weight.matrix());
    e_bias = Eigen::Map<const EigenRow>(bias.data(), static_cast<Eigen::Index>(out));
    e_y = eigen(y.matrix());
    e_dy = eigen(dy.matrix());
    e_dweight = eigen(dweight.matrix());
    e_dbias = EigenRow::Zero(static_cast<Eigen::Index>(out));
  }

  void forward(kernels::ConstMatrixView x) {
    kernels::linear_forward(x, weight.matrix(), bias.span(), activation, y.matrix());
  }
  void backward(kernels::ConstMatrixView x, kernels::MatrixView dx) {
    kernels::linear_backward(x, weight.matrix(), y.matrix(), activation, dy.matrix(),
                             dweight.matrix(), dbias.span(), dx, scratch.span());
  }
  void eigen_forward(const EigenMatrix& x) {
    e_y.noalias() = x * e_weight;
    if (activation == Activation::relu) {
      e_y = (e_y.rowwise() + e_bias).cwiseMax(0.0f);
    } else if (activation == Activation::tanh) {
      e_y = (e_y.rowwise() + e_bias).array().tanh();
    } else {
      e_y.rowwise() += e_bias;
    }
  }
  void eigen_backward(const EigenMatrix& x, EigenMatrix* dx) {
    if (activation == Activation::relu) {
      e_dy.array() *= (e_y.array() > 0.0f).cast<float>();
    } else if (activation == Activation::tanh) {
      e_dy.array() *= 1.0f - e_y.array().square();
    }
    e_dweight.noalias() += x.transpose() * e_dy;
    e_dbias.noalias() += e_dy.colwise().sum();
    if (dx != nullptr) dx->noalias() = e_dy * e_weight.transpose();
  }
};

struct LayerContest {
  Tensor x, dx;
  EigenMatrix e_x, e_dx;
  Layer layer;

  // `resting`: as in a trained ReLU network, a third of the inputs and two thirds of the outputs
  // are zero for the whole batch.
  LayerContest(std::size_t batch, std::size_t in, std::size_t out, Activation a, bool resting)
      : x({batch, in}), dx({batch, in}), layer(batch, in, out, a) {
    fill(x.span(), 1.0f, "x");
    if (resting) {
      for (std::size_t b = 0; b < batch; ++b) {
        for (std::size_t i = 0; i < in; i += 3) x.matrix()(b, i) = 0.0f;
      }
      for (std::size_t o = 0; o < out; ++o) {
        if (o % 3 != 0) layer.bias.data()[o] = layer.e_bias[static_cast<Eigen::Index>(o)] = -1e3f;
      }
    }
    fill(layer.dy.span(), 1.0f, "dy");
    e_x = eigen(x.matrix());
    e_dx = eigen(dx.matrix());
    layer.e_dy = eigen(layer.dy.matrix());
    forward();
    eigen_forward();
    require_near("forward", layer.y.span(), layer.e_y.data());
    backward();
    eigen_backward();
    require_near("dweight", layer.dweight.span(), layer.e_dweight.data());
    require_near("dbias", layer.dbias.span(), layer.e_dbias.data());
    require_near("dx", dx.span(), e_dx.data());
  }
  void forward() { layer.forward(x.matrix()); }
  void backward() { layer.backward(x.matrix(), dx.matrix()); }
  void eigen_forward() { layer.eigen_forward(e_x); }
  void eigen_backward() { layer.eigen_backward(e_x, &e_dx); }
};

void add_layer(std::size_t batch, std::size_t in, std::size_t out, Activation activation,
               bool resting = false) {
  auto contest = std::make_shared<LayerContest>(batch, in, out, activation, resting);
  const std::string act = activation == Activation::relu   ? "_relu"
                          : activation == Activation::tanh ? "_tanh"
                                                           : "";
  const std::string size =
      std::to_string(in) + "x" + std::to_string(out) + act + (resting ? "_resting" : "");
  Row row{.suite = "kernels",
          .name = "forward_" + size,
          .n = static_cast<std::int64_t>(batch),
          .unit = "us",
          .baseline = kEigen};
  add_pair(row, timed([contest] { contest->forward(); }),
           timed([contest] { contest->eigen_forward(); }));
  if (batch == 1) return;
  row.name = "backward_" + size;
  add_pair(row, timed([contest] { contest->backward(); }),
           timed([contest] { contest->eigen_backward(); }));
}

// Adam over P parameters, the gradient zeroed in the same pass.
struct Parameters {
  Tensor value, gradient, m, v;
  std::int64_t t = 0;
  explicit Parameters(std::size_t size) : value({size}), gradient({size}), m({size}), v({size}) {
    fill(value.span(), 1.0f, "value");
    fill(gradient.span(), 1.0f, "gradient");
  }
  kernels::AdamStep next() {
    kernels::AdamStep step;
    step.gradient_scale = 0.9f;
    step.t = ++t;
    return step;
  }
  void update() { kernels::adam_update(next(), value.span(), gradient.span(), m.span(), v.span()); }
  void eigen_update() {
    const kernels::AdamStep step = next();
    const double power = static_cast<double>(step.t);
    const auto lr = static_cast<float>(1e-3 / (1.0 - std::pow(0.9, power)));
    const auto root = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(0.999, power)));
    // in blocks that stay in the first-level cache between the four expressions
    constexpr std::size_t kBlock = 1024;
    for (std::size_t i = 0; i < value.size(); i += kBlock) {
      const auto size = static_cast<Eigen::Index>(std::min(kBlock, value.size() - i));
      using Block = Eigen::Map<Eigen::ArrayXf>;
      Block w(value.data() + i, size), g(gradient.data() + i, size);
      Block first(m.data() + i, size), second(v.data() + i, size);
      first = 0.9f * first + (0.1f * step.gradient_scale) * g;
      second = 0.999f * second + 0.001f * (step.gradient_scale * g).square();
      w -= lr * first / (second.sqrt() * root + 1e-8f);
      g.setZero();
    }
  }
};

void add_adam(std::size_t size) {
  auto ours = std::make_shared<Parameters>(size);
  auto theirs = std::make_shared<Parameters>(size);
  for (int i = 0; i < 3; ++i) {
    ours->update();
    theirs->eigen_update();
  }
  require_near("adam", ours->value.span(), theirs->value.data());
  add_pair({.suite = "kernels",
            .name = "adam",
            .n = static_cast<std::int64_t>(size),
            .unit = "us",
            .baseline = kEigen},
           timed([ours] { ours->update(); }), timed([theirs] { theirs->eigen_update(); }));
}

// The arithmetic of one DQN update on O-H-H-A with batch 64: target forward, online forward, Huber
// gradient at the taken actions, backward, norm, clip, Adam.
struct DqnArithmetic {
  static constexpr std::size_t kBatch = 64, kInputs = 4, kActions = 2;
  Tensor x{{kBatch, kInputs}}, dx1, dx2, target{{kBatch}}, q{{kBatch}}, dq{{kBatch}};
  Tensor best{{kBatch}};
  std::vector<std::int32_t> action = std::vector<std::int32_t>(kBatch);
  EigenMatrix e_x, e_dx1, e_dx2;
  Layer layer1, layer2, layer3;
  Parameters flat;  // stands for all parameters: same count, same work

  explicit DqnArithmetic(std::size_t hidden)
      : dx1({kBatch, hidden}),
        dx2({kBatch, hidden}),
        layer1(kBatch, kInputs, hidden, Activation::relu),
        layer2(kBatch, hidden, hidden, Activation::relu),
        layer3(kBatch, hidden, kActions, Activation::identity),
        flat(kInputs * hidden + hidden * hidden + hidden * kActions + 2 * hidden + kActions) {
    fill(x.span(), 1.0f, "x");
    fill(target.span(), 1.0f, "target");
    for (std::size_t b = 0; b < kBatch; ++b) action[b] = static_cast<std::int32_t>(b % kActions);
    e_x = eigen(x.matrix());
    e_dx1 = eigen(dx1.matrix());
    e_dx2 = eigen(dx2.matrix());
  }
  void forward() {
    layer1.forward(x.matrix());
    layer2.forward(layer1.y.matrix());
    layer3.forward(layer2.y.matrix());
  }
  void update() {
    forward();
    kernels::max_rows(layer3.y.matrix(), best.span());
    forward();
    kernels::select_columns(layer3.y.matrix(), action, q.span());
    kernels::huber_loss(q.span(), target.span(), {}, 1.0f, dq.span());
    kernels::scatter_columns(dq.span(), action, layer3.dy.matrix());
    layer3.backward(layer2.y.matrix(), layer2.dy.matrix());
    layer2.backward(layer1.y.matrix(), layer1.dy.matrix());
    layer1.backward(x.matrix(), {});
    kernels::AdamStep step = flat.next();
    step.gradient_scale = kernels::clip_factor(kernels::global_norm(flat.gradient.span()), 10.0);
    kernels::adam_update(step, flat.value.span(), flat.gradient.span(), flat.m.span(),
                         flat.v.span());
  }
  void eigen_forward() {
    layer1.eigen_forward(e_x);
    layer2.eigen_forward(layer1.e_y);
    layer3.eigen_forward(layer2.e_y);
  }
  void eigen_update() {
    eigen_forward();
    Eigen::Map<EigenMatrix>(best.data(), kBatch, 1) = layer3.e_y.rowwise().maxCoeff();
    eigen_forward();
    for (std::size_t b = 0; b < kBatch; ++b) {
      const auto row = static_cast<Eigen::Index>(b);
      layer3.e_dy.row(row).setZero();
      layer3.e_dy(row, action[b]) =
          std::clamp(layer3.e_y(row, action[b]) - target.span()[b], -1.0f, 1.0f) / kBatch;
    }
    layer3.eigen_backward(layer2.e_y, &layer2.e_dy);
    layer2.eigen_backward(layer1.e_y, &layer1.e_dy);
    layer1.eigen_backward(e_x, nullptr);
    const Eigen::Map<const EigenRow> gradient(flat.gradient.data(),
                                              static_cast<Eigen::Index>(flat.gradient.size()));
    benchmark::DoNotOptimize(gradient.norm());
    flat.eigen_update();
  }
};

void add_dqn(std::size_t hidden) {
  auto ours = std::make_shared<DqnArithmetic>(hidden);
  auto theirs = std::make_shared<DqnArithmetic>(hidden);
  ours->update();
  theirs->eigen_update();
  require_near("dqn dweight", ours->layer1.dweight.span(), theirs->layer1.e_dweight.data());
  require_near("dqn dweight", ours->layer3.dweight.span(), theirs->layer3.e_dweight.data());
  const std::string width = std::to_string(hidden);
  add_pair({.suite = "kernels",
            .name = "dqn_4-" + width + "-" + width + "-2",
            .n = DqnArithmetic::kBatch,
            .unit = "us/update",
            .baseline = kEigen},
           timed([ours] { ours->update(); }), timed([theirs] { theirs->eigen_update(); }));
}

void add_argmax(std::size_t rows) {
  constexpr std::size_t kCols = 2;
  auto values = std::make_shared<Tensor>(Tensor({rows, kCols}));
  fill(values->span(), 1.0f, "values");
  auto ours = std::make_shared<std::vector<std::int32_t>>(rows);
  auto theirs = std::make_shared<std::vector<std::int32_t>>(rows);
  const auto candidate = [values, ours] { kernels::argmax_rows(values->matrix(), *ours); };
  const auto baseline = [values, theirs] {
    for (std::size_t r = 0; r < theirs->size(); ++r) {
      const auto row = values->matrix().row(r);
      (*theirs)[r] =
          static_cast<std::int32_t>(std::max_element(row.begin(), row.end()) - row.begin());
    }
  };
  candidate();
  baseline();
  if (*ours != *theirs) std::exit(1);
  add_pair({.suite = "kernels",
            .name = "argmax_2",
            .n = static_cast<std::int64_t>(rows),
            .unit = "us",
            .baseline = kLoop},
           timed(candidate), timed(baseline));
}

void add_dueling(std::size_t rows, std::size_t actions, std::size_t atoms) {
  auto value = std::make_shared<Tensor>(Tensor({rows, atoms}));
  auto advantage = std::make_shared<Tensor>(Tensor({rows, actions * atoms}));
  fill(value->span(), 1.0f, "value");
  fill(advantage->span(), 1.0f, "advantage");
  auto ours = std::make_shared<Tensor>(Tensor({rows, actions * atoms}));
  auto theirs = std::make_shared<Tensor>(Tensor({rows, actions * atoms}));
  const auto candidate = [=] {
    kernels::dueling_forward(value->matrix(), advantage->matrix(), ours->matrix());
  };
  const auto baseline = [=] {
    const auto z = static_cast<Eigen::Index>(atoms), a = static_cast<Eigen::Index>(actions);
    for (std::size_t b = 0; b < rows; ++b) {
      const Eigen::Map<const EigenMatrix> in(&advantage->matrix()(b, 0), a, z);
      const Eigen::Map<const EigenRow> v(&value->matrix()(b, 0), z);
      Eigen::Map<EigenMatrix>(&theirs->matrix()(b, 0), a, z) =
          in.rowwise() + (v - in.colwise().mean());
    }
  };
  candidate();
  baseline();
  require_near("dueling", ours->span(), theirs->data());
  add_pair({.suite = "kernels",
            .name = "dueling_" + std::to_string(actions) + "x" + std::to_string(atoms),
            .n = static_cast<std::int64_t>(rows),
            .unit = "us",
            .baseline = kEigen},
           timed(candidate), timed(baseline));
}

void add_noisy_weight(std::size_t width) {
  auto mean = std::make_shared<Tensor>(Tensor({width, width}));
  auto scale = std::make_shared<Tensor>(Tensor({width, width}));
  auto noise = std::make_shared<Tensor>(Tensor({2, width}));
  fill(mean->span(), 1.0f, "mean");
  fill(scale->span(), 1.0f, "scale");
  fill(noise->span(), 1.0f, "noise");
  auto ours = std::make_shared<Tensor>(Tensor({width, width}));
  auto theirs = std::make_shared<Tensor>(Tensor({width, width}));
  const auto candidate = [=] {
    kernels::noisy_weight(mean->matrix(), scale->matrix(), noise->span().first(width),
                          noise->span().last(width), ours->matrix());
  };
  const auto baseline = [=] {
    const auto n = static_cast<Eigen::Index>(width);
    const Eigen::Map<const EigenMatrix> mu(mean->data(), n, n), sigma(scale->data(), n, n);
    const Eigen::Map<const Eigen::VectorXf> in(noise->data(), n);
    const Eigen::Map<const EigenRow> out(noise->data() + width, n);
    Eigen::Map<EigenMatrix>(theirs->data(), n, n) = mu.array() + sigma.array() * (in * out).array();
  };
  candidate();
  baseline();
  require_near("noisy_weight", ours->span(), theirs->data());
  add_pair({.suite = "kernels",
            .name = "noisy_weight",
            .n = static_cast<std::int64_t>(width),
            .unit = "us",
            .baseline = kEigen},
           timed(candidate), timed(baseline));
}

// One block of two, as a dueling network of two actions takes it.
void add_centered_weight(std::size_t inputs, std::size_t atoms) {
  auto mean = std::make_shared<Tensor>(Tensor({inputs, 2 * atoms}));
  auto scale = std::make_shared<Tensor>(Tensor({inputs, 2 * atoms}));
  auto noise_in = std::make_shared<Tensor>(Tensor({inputs}));
  auto noise_out = std::make_shared<Tensor>(Tensor({2 * atoms}));
  fill(mean->span(), 1.0f, "mean");
  fill(scale->span(), 1.0f, "scale");
  fill(noise_in->span(), 1.0f, "noise_in");
  fill(noise_out->span(), 1.0f, "noise_out");
  auto ours = std::make_shared<Tensor>(Tensor({inputs, atoms}));
  auto theirs = std::make_shared<Tensor>(Tensor({inputs, atoms}));
  const auto candidate = [=] {
    kernels::centered_weight(mean->matrix(), scale->matrix(), noise_in->span(), noise_out->span(),
                             2, ours->matrix());
  };
  const auto baseline = [=] {
    const auto n = static_cast<Eigen::Index>(inputs), z = static_cast<Eigen::Index>(atoms);
    const Eigen::Map<const EigenMatrix> mu(mean->data(), n, 2 * z), sigma(scale->data(), n, 2 * z);
    const Eigen::Map<const Eigen::VectorXf> in(noise_in->data(), n);
    const Eigen::Map<const EigenRow> out(noise_out->data(), 2 * z);
    Eigen::Map<EigenMatrix>(theirs->data(), n, z) =
        0.5f * ((mu.leftCols(z) - mu.rightCols(z)).array() +
                sigma.leftCols(z).array() * (in * out.leftCols(z)).array() -
                sigma.rightCols(z).array() * (in * out.rightCols(z)).array());
  };
  candidate();
  baseline();
  require_near("centered_weight", ours->span(), theirs->data());
  add_pair({.suite = "kernels",
            .name = "centered_weight_2x" + std::to_string(atoms),
            .n = static_cast<std::int64_t>(inputs),
            .unit = "us",
            .baseline = kEigen},
           timed(candidate), timed(baseline));
}

// Against one call per number, as a RandomStream gives them.
void add_normal(std::size_t size) {
  auto ours = std::make_shared<Tensor>(Tensor({size}));
  auto theirs = std::make_shared<Tensor>(Tensor({size}));
  auto our_random = std::make_shared<kernels::RandomStream>(1, "noise");
  auto their_random = std::make_shared<kernels::RandomStream>(1, "noise");
  add_pair({.suite = "kernels",
            .name = "draw_normal",
            .n = static_cast<std::int64_t>(size),
            .unit = "us",
            .baseline = kLoop},
           timed([=] { kernels::draw_normal(*our_random, ours->span()); }), timed([=] {
             for (float& x : theirs->span()) x = static_cast<float>(their_random->normal());
           }));
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  for (const std::size_t width : {64, 256}) {
    add_layer(64, 4, width, Activation::relu);
    add_layer(64, width, width, Activation::relu);
    add_layer(64, width, 2, Activation::identity);
    add_layer(64, width, width, Activation::relu, true);
    add_layer(1, width, width, Activation::relu);
    add_adam(width * width + 9 * width);
    add_dqn(width);
  }
  add_layer(64, 64, 64, Activation::tanh);
  add_dueling(64, 2, 51);
  add_dueling(64, 4, 1);
  add_noisy_weight(128);
  add_centered_weight(128, 51);
  add_normal(1000);
  add_layer(256, 512, 512, Activation::relu);
  add_layer(64, 128, 102, Activation::identity);
  add_argmax(1024);
  return run_pairs(argc, argv);
}
