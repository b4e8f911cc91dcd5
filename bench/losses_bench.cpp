// The losses of the agents, gradient included, against the same in LibTorch: forward and backward
// from the network's output. Every pair is checked for equal results before anything is timed.
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/bench/fast_blas.h"
#include "pavlov/bench/kernels/rows.h"
#include "pavlov/bench/pair.h"
#include "pavlov/bench/torch_dqn.h"
#include "pavlov/bench/torch_losses.h"
#include "pavlov/bench/work.h"
#include "pavlov/kernels/distribution.h"
#include "pavlov/kernels/policy_loss.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::bench {
namespace {

using kernels::Tensor;

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

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  restart_with_fast_blas(argv);
  add_row(quantile_row(64, 10));
  add_row(quantile_row(128, 25));
  add_row(quantile_row(128, 170, 20.0));
  add_categorical(64, 2, 51);
  add_categorical(128, 4, 51);
  add_ppo(64);
  add_ppo(1024);
  add_row(adam_row(10.0));
  add_row(dead_adam_row(10000, 10.0));
  add_row(dead_against_live_adam_row(10000));
  return run_pairs(argc, argv);
}
