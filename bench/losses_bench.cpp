// The losses of the agents, gradient included, against the same in LibTorch: forward and backward
// from the network's output. Every pair is checked for equal results before anything is timed.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/bench/fast_blas.h"
#include "pavlov/bench/pair.h"
#include "pavlov/bench/torch_dqn.h"
#include "pavlov/bench/torch_losses.h"
#include "pavlov/bench/work.h"
#include "pavlov/kernels/distribution.h"
#include "pavlov/kernels/policy_loss.h"
#include "pavlov/kernels/quantile.h"
#include "pavlov/kernels/tensor.h"
#include "pavlov/kernels/update.h"

namespace pavlov::bench {
namespace {

using kernels::Tensor;

// Exits where the two differ by more than 1e-4 of the largest number.
void require_same(const std::string& what, std::span<const float> ours,
                  std::span<const float> theirs) {
  float largest = 0.0f, worst = 0.0f;
  for (std::size_t i = 0; i < ours.size(); ++i) {
    largest = std::max(largest, std::fabs(theirs[i]));
    worst = std::max(worst, std::fabs(ours[i] - theirs[i]));
  }
  if (ours.size() == theirs.size() && largest > 0.0f && worst <= 1e-4f * largest) return;
  std::fprintf(stderr, "%s: %zu and %zu numbers differ by %g of at most %g\n", what.c_str(),
               ours.size(), theirs.size(), static_cast<double>(worst),
               static_cast<double>(largest));
  std::exit(1);
}

// Candidate: `ours` writes `gradient` and returns the loss. Baseline: the same by autograd.
void add_loss(const std::string& name, std::size_t batch, const std::function<float()>& ours,
              std::span<const float> gradient, const std::shared_ptr<TorchLoss>& theirs) {
  const float our_loss = ours(), their_loss = theirs->step();
  require_same(name + " loss", {&our_loss, 1}, {&their_loss, 1});
  require_same(name + " gradient", gradient, theirs->gradient());
  add_pair({.suite = "losses",
            .name = name,
            .n = static_cast<std::int64_t>(batch),
            .unit = "us",
            .baseline = torch_description()},
           timed([ours] { benchmark::DoNotOptimize(ours()); }),
           timed([theirs] { benchmark::DoNotOptimize(theirs->step()); }));
}

void add_quantile(std::size_t batch, std::size_t n) {
  struct Data {
    Tensor quantiles, target, gradient, sample_loss;
  };
  auto data = std::make_shared<Data>(
      Data{Tensor({batch, n}), Tensor({batch, n}), Tensor({batch, n}), Tensor({batch})});
  fill(data->quantiles.span(), 1.0f, "quantiles");
  fill(data->target.span(), 1.5f, "target");
  const auto ours = [data, n] {
    return kernels::quantile_huber_loss({n, 1.0f}, data->quantiles.matrix(), {},
                                        data->target.matrix(), {}, data->gradient.matrix(),
                                        data->sample_loss.span());
  };
  add_loss("quantile_huber_" + std::to_string(n) + "x" + std::to_string(n), batch, ours,
           data->gradient.span(),
           std::make_shared<TorchLoss>(
               TorchLoss::quantile_huber(data->quantiles.matrix(), data->target.matrix())));
}

struct CategoricalData {
  std::size_t batch, actions, atoms;
  Tensor logits, probability, target, gradient, weight, reward, discount, sample_loss;
  std::vector<std::int32_t> action = std::vector<std::int32_t>(batch);
  kernels::Support support;

  CategoricalData(std::size_t b, std::size_t a, std::size_t z)
      : batch(b),
        actions(a),
        atoms(z),
        logits({b, a * z}),
        probability({b, z}),
        target({b, z}),
        gradient({b, a * z}),
        weight({b}),
        reward({b}),
        discount({b}),
        sample_loss({b}),
        support{-10.0f, 10.0f, z} {
    fill(logits.span(), 1.0f, "logits");
    fill(weight.span(), 1.0f, "weight");
    fill(reward.span(), 1.0f, "reward");
    for (std::size_t i = 0; i < b; ++i) {
      action[i] = static_cast<std::int32_t>(i % a);
      discount.data()[i] = i % 10 == 0 ? 0.0f : 0.99f;
    }
    kernels::categorical_probability(logits.matrix(), action, probability.matrix());
    project();
  }
  void project() {
    kernels::categorical_projection(support, probability.matrix(), reward.span(), discount.span(),
                                    target.matrix());
  }
};

void add_categorical(std::size_t batch, std::size_t actions, std::size_t atoms) {
  auto data = std::make_shared<CategoricalData>(batch, actions, atoms);
  const std::string size = std::to_string(actions) + "x" + std::to_string(atoms);
  auto projection = std::make_shared<TorchProjection>(data->support, data->probability.matrix(),
                                                      data->reward.span(), data->discount.span());
  projection->step();
  require_same("projection", data->target.span(), projection->result());
  add_pair({.suite = "losses",
            .name = "categorical_projection_" + std::to_string(atoms),
            .n = static_cast<std::int64_t>(batch),
            .unit = "us",
            .baseline = torch_description()},
           timed([data] { data->project(); }), timed([projection] { projection->step(); }));
  const auto ours = [data] {
    return kernels::categorical_loss(data->logits.matrix(), data->action, data->target.matrix(),
                                     data->weight.span(), data->gradient.matrix(),
                                     data->sample_loss.span());
  };
  add_loss("categorical_loss_" + size, batch, ours, data->gradient.span(),
           std::make_shared<TorchLoss>(TorchLoss::categorical(
               data->logits.matrix(), data->action, data->target.matrix(), data->weight.span())));
}

void add_ppo(std::size_t batch) {
  struct Data {
    Tensor next, old, target, gradient;
  };
  auto data = std::make_shared<Data>(
      Data{Tensor({batch}), Tensor({batch}), Tensor({batch}), Tensor({batch})});
  constexpr float kClip = 0.2f;
  fill(data->next.span(), 0.2f, "next");
  fill(data->old.span(), 0.2f, "old");
  fill(data->target.span(), 1.0f, "target");
  const auto clip = static_cast<double>(kClip);
  add_loss(
      "ppo_policy", batch,
      [data] {
        return kernels::ppo_policy_loss(data->next.span(), data->old.span(), data->target.span(),
                                        kClip, data->gradient.span())
            .loss;
      },
      data->gradient.span(),
      std::make_shared<TorchLoss>(
          TorchLoss::ppo_policy(data->next.span(), data->old.span(), data->target.span(), clip)));
  add_loss(
      "clipped_value", batch,
      [data] {
        return kernels::clipped_value_loss(data->next.span(), data->old.span(), data->target.span(),
                                           kClip, data->gradient.span());
      },
      data->gradient.span(),
      std::make_shared<TorchLoss>(TorchLoss::clipped_value(data->next.span(), data->old.span(),
                                                           data->target.span(), clip)));
}

// Norm, clip, Adam and zeroing over a flat buffer.
struct FlatAdam {
  static constexpr std::size_t kSizes[] = {768, 96, 8832, 92, 184, 28};
  static constexpr std::size_t kTotal = 10000;
  static constexpr double kMaxNorm = 10.0;
  Tensor value{{kTotal}}, gradient{{kTotal}}, m{{kTotal}}, v{{kTotal}}, source{{kTotal}};
  std::int64_t t = 0;

  FlatAdam() {
    fill(value.span(), 1.0f, "value");
    fill(source.span(), 1.0f, "gradient");
  }
  void set_gradient() { std::ranges::copy(source.span(), gradient.data()); }
  void step() {
    const double norm = kernels::global_norm(gradient.span());
    kernels::adam_update({.gradient_scale = kernels::clip_factor(norm, kMaxNorm), .t = ++t},
                         value.span(), gradient.span(), m.span(), v.span());
  }
};

void add_adam() {
  auto ours = std::make_shared<FlatAdam>();
  auto theirs =
      std::make_shared<TorchAdam>(FlatAdam::kSizes, ours->value.span(), FlatAdam::kMaxNorm);
  for (int k = 0; k < 20; ++k) {
    ours->set_gradient();
    ours->step();
    theirs->set_gradient(ours->source.span());
    theirs->step();
  }
  require_same("adam", ours->value.span(), theirs->result());
  add_pair({.suite = "losses",
            .name = "clip_adam",
            .n = FlatAdam::kTotal,
            .unit = "us",
            .baseline = torch_description()},
           timed([ours] { ours->step(); }), timed([theirs] { theirs->step(); }));
}

// A network of which two thirds of the parameters have had no gradient for 10,000 updates, against
// one whose parameters all live: the same time, where denormals are flushed.
void add_dead_adam() {
  auto dead = std::make_shared<FlatAdam>(), alive = std::make_shared<FlatAdam>();
  const kernels::FlushDenormals flush;
  for (int k = 0; k < 10000; ++k) {
    dead->set_gradient();
    dead->step();
    for (std::size_t i = 0; k == 0 && i < FlatAdam::kTotal; ++i) {
      if (i % 3 != 0) dead->source.data()[i] = 0.0f;
    }
  }
  const auto work = [](const std::shared_ptr<FlatAdam>& adam) {
    return timed([adam] {
      adam->set_gradient();
      adam->step();
    });
  };
  add_pair({.suite = "losses",
            .name = "clip_adam_dead",
            .n = FlatAdam::kTotal,
            .unit = "us",
            .baseline = "the same, no parameter dead"},
           work(dead), work(alive));
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  restart_with_fast_blas(argv);
  add_quantile(64, 10);
  add_quantile(128, 25);
  add_quantile(128, 170);
  add_categorical(64, 2, 51);
  add_categorical(128, 4, 51);
  add_ppo(64);
  add_ppo(1024);
  add_adam();
  add_dead_adam();
  return run_pairs(argc, argv);
}
