// Replay against the same work as it is usually written (plain_replay.h), compiled for this very
// machine: tree descents and updates alone, then whole prioritized batches, uniform batches, and
// the adding of transitions. Entries are drawn all over the buffer, so most lines that a batch
// touches come from beyond the second cache.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/bench/contest.h"
#include "pavlov/bench/plain_replay.h"
#include "pavlov/bench/work.h"
#include "pavlov/replay/replay.h"
#include "pavlov/replay/sum_tree.h"

namespace pavlov::bench {
namespace {

constexpr const char* kBinary = "binary float32 tree, one by one";
constexpr std::size_t kRounds = 64;  // batches of inputs, drawn beforehand

// Whole weights and targets: sums are exact in float32 too, so both trees must find the same.
struct Trees {
  std::size_t batch, round = 0, plain_round = 0;
  replay::SumTree ours;
  BinaryTree plain;
  std::vector<double> part, weight;  // kRounds batches: where in its part a target lies; weights
  std::vector<double> target;
  std::vector<std::uint32_t> found, plain_found;

  Trees(std::size_t entries, std::size_t b)
      : batch(b), ours(entries), plain(entries), target(b), found(b), plain_found(b) {
    kernels::RandomStream random(1, "trees");
    std::vector<std::uint32_t> entry(1);
    for (std::size_t i = 0; i < entries; ++i) {
      const double w = 1 + random.below(15);
      entry[0] = static_cast<std::uint32_t>(i);
      ours.set(entry, std::span(&w, 1));
      plain.set(i, static_cast<float>(w));
    }
    for (std::size_t k = 0; k < kRounds * batch; ++k) {
      part.push_back(random.uniform_double());
      weight.push_back(1 + random.below(15));
    }
    for (int k = 0; k < 100; ++k) {
      play();
      play_plain();
      if (found != plain_found) fail("sum_tree", entries, k);
    }
  }
  void play() {
    const std::size_t first = round++ % kRounds * batch;
    const double mass = ours.total() / static_cast<double>(batch);
    for (std::size_t b = 0; b < batch; ++b) {
      target[b] = std::floor((static_cast<double>(b) + part[first + b]) * mass);
    }
    ours.find(target, found);
    ours.set(found, std::span(weight).subspan(first, batch));
  }
  void play_plain() {
    const std::size_t first = plain_round++ % kRounds * batch;
    const double mass = static_cast<double>(plain.total()) / static_cast<double>(batch);
    for (std::size_t b = 0; b < batch; ++b) {
      const double t = std::floor((static_cast<double>(b) + part[first + b]) * mass);
      plain_found[b] = plain.find(static_cast<float>(t));
    }
    for (std::size_t b = 0; b < batch; ++b) {
      plain.set(plain_found[b], static_cast<float>(weight[first + b]));
    }
  }
};

void add_trees(std::size_t entries, std::size_t batch) {
  add_contest(
      {.suite = "replay",
       .name = "sum_tree_" + std::to_string(entries),
       .n = static_cast<std::int64_t>(batch),
       .unit = "us/batch",
       .baseline = kBinary},
      [=] { return std::make_unique<Trees>(entries, batch); }, [](Trees& t) { t.play(); },
      [](Trees& t) { t.play_plain(); });
}

// Transitions with observations of 8 floats, all of which tell their number.
struct Buffers {
  static constexpr std::size_t kWidth = 8, kEnvs = 64;
  replay::Replay ours;
  PlainReplay plain;
  replay::ReplayBatch batch, plain_batch;
  kernels::RandomStream random{1, "draws"};
  std::vector<float> priority;
  std::size_t round = 0, plain_round = 0, number = 0;
  std::vector<float> observation, next, one;
  std::vector<std::int32_t> action;
  std::vector<double> reward;
  std::vector<std::uint8_t> terminated, truncated;

  Buffers(std::size_t entries, std::size_t size, bool prioritized)
      : ours({.buffer_size = entries, .prioritized = prioritized}, kWidth),
        plain(entries, kWidth, 0.6f, 1e-6f),
        batch(size, kWidth),
        plain_batch(size, kWidth),
        observation(kEnvs * kWidth),
        next(kEnvs * kWidth),
        one(kEnvs, 0.99f),
        action(kEnvs),
        reward(kEnvs),
        terminated(kEnvs),
        truncated(kEnvs) {
    kernels::RandomStream values(2, "priorities");
    for (std::size_t k = 0; k < kRounds * size; ++k) priority.push_back(values.uniform() + 1e-3f);
    ours.start(kEnvs, 0.99, 1);
    for (std::size_t k = 0; k < entries; k += kEnvs) {
      add();
      number -= kEnvs;
      add_plain();
    }
    if (!prioritized) return;
    for (std::size_t k = 0; k < 2 * entries; k += size) {  // until priorities differ
      sample_and_update();
      sample_and_update_plain();
    }
    check();
  }
  void add() {
    for (std::size_t i = 0; i < kEnvs; ++i, ++number) {
      const auto value = static_cast<float>(number % (1 << 20));
      std::fill_n(&observation[i * kWidth], kWidth, value);
      std::fill_n(&next[i * kWidth], kWidth, value + 0.5f);
      action[i] = static_cast<std::int32_t>(number % 4);
      reward[i] = static_cast<double>(value);
    }
    ours.add({{observation.data(), kEnvs, kWidth},
              action,
              reward,
              {next.data(), kEnvs, kWidth},
              terminated,
              truncated});
  }
  void add_plain() {
    for (std::size_t i = 0; i < kEnvs; ++i, ++number) {
      const auto value = static_cast<float>(number % (1 << 20));
      std::fill_n(&observation[i * kWidth], kWidth, value);
      std::fill_n(&next[i * kWidth], kWidth, value + 0.5f);
      plain.add(std::span(observation).subspan(i * kWidth, kWidth),
                static_cast<std::int32_t>(number % 4), value,
                std::span(next).subspan(i * kWidth, kWidth), 0.99f);
    }
  }
  void sample() { ours.sample(0.0, batch); }
  void sample_and_update() {
    sample();
    const std::size_t first = round++ % kRounds * batch.size();
    std::copy_n(priority.begin() + static_cast<std::ptrdiff_t>(first), batch.size(),
                batch.priority.begin());
    ours.update(batch);
  }
  void sample_and_update_plain() {
    plain.sample(random, 0.4f, plain_batch);
    const std::size_t first = plain_round++ % kRounds * batch.size();
    std::copy_n(priority.begin() + static_cast<std::ptrdiff_t>(first), batch.size(),
                plain_batch.priority.begin());
    plain.update(plain_batch);
  }
  void sample_plain() {
    plain.sample_uniform(random, static_cast<std::uint32_t>(ours.size()), plain_batch);
  }
  // Both sides return whole transitions; mean weight and mean observation agree to the noise of
  // the draws.
  void check() {
    double ours_weight = 0.0, plain_weight = 0.0;
    constexpr int kBatches = 200;
    for (int k = 0; k < kBatches; ++k) {
      sample_and_update();
      sample_and_update_plain();
      for (const replay::ReplayBatch* b : {&batch, &plain_batch}) {
        for (std::size_t i = 0; i < b->size(); ++i) {
          const float value = b->observation.matrix()(i, 0);
          if (b->next_observation.matrix()(i, 7) != value + 0.5f || b->reward[i] != value) {
            fail("transition", b->size(), k);
          }
          (b == &batch ? ours_weight : plain_weight) += static_cast<double>(b->weight[i]);
        }
      }
    }
    if (std::fabs(ours_weight / plain_weight - 1.0) > 0.05) fail("weights", batch.size(), 0);
  }
};

void add_buffers(std::size_t entries, std::size_t size) {
  const auto row = [&](const char* name) {
    return Row{.suite = "replay",
               .name = name + std::to_string(entries),
               .n = static_cast<std::int64_t>(size),
               .unit = "us/batch",
               .baseline = kBinary};
  };
  add_contest(
      row("prioritized_"), [=] { return std::make_unique<Buffers>(entries, size, true); },
      [](Buffers& b) { b.sample_and_update(); }, [](Buffers& b) { b.sample_and_update_plain(); });
  Row uniform = row("uniform_");
  uniform.baseline = "plain loop";
  add_contest(
      uniform, [=] { return std::make_unique<Buffers>(entries, size, false); },
      [](Buffers& b) { b.sample(); }, [](Buffers& b) { b.sample_plain(); });
}

void add_adding(std::size_t entries) {
  add_contest(
      {.suite = "replay",
       .name = "add_" + std::to_string(entries),
       .n = Buffers::kEnvs,
       .unit = "us/batch",
       .baseline = kBinary},
      [=] { return std::make_unique<Buffers>(entries, 256, true); }, [](Buffers& b) { b.add(); },
      [](Buffers& b) { b.add_plain(); });
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  for (const std::size_t entries : {std::size_t{1} << 16, std::size_t{1} << 20}) {
    for (const std::size_t batch : {32, 256}) add_trees(entries, batch);
  }
  for (const std::size_t entries : {100000, 1000000}) {
    for (const std::size_t batch : {32, 64, 256, 1024}) add_buffers(entries, batch);
    add_adding(entries);
  }
  return run_pairs(argc, argv);
}
