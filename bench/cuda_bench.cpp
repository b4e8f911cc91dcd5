// The CUDA side against the processor's kernels and environments on one thread: device time by the
// device's own clock (events), launches included, copies of a batch where a learner has them.
// Without a device it says so and measures nothing.
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "pavlov/bench/cuda_agents.h"
#include "pavlov/bench/pair.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/envs/cuda/batch.h"
#include "pavlov/kernels/cuda/linear.h"
#include "pavlov/kernels/cuda/softmax.h"
#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/cuda/update.h"
#include "pavlov/kernels/denormals.h"
#include "pavlov/kernels/linear.h"
#include "pavlov/kernels/random.h"
#include "pavlov/kernels/softmax.h"
#include "pavlov/kernels/update.h"

namespace pavlov::bench {
namespace {

using kernels::Activation;
using kernels::Device;
using kernels::Tensor;
using kernels::cuda::Event;
using kernels::cuda::Stream;

constexpr const char* kProcessor = "the processor, one thread";
constexpr int kRepeats = 20;  // launches between two events

Tensor normal(std::initializer_list<std::size_t> shape, const char* name) {
  Tensor tensor(shape);
  kernels::RandomStream random(1, name);
  for (float& x : tensor.span()) x = static_cast<float>(random.normal());
  return tensor;
}

// Exits where the device does not compute what the processor does.
void require_near(const char* what, const Tensor& device, std::span<const float> host) {
  const Tensor copy = device.clone(Device::cpu);
  for (std::size_t i = 0; i < host.size(); ++i) {
    const float a = copy.span()[i], b = host[i];
    if (std::fabs(a - b) <= 1e-3f * (1.0f + std::fabs(b))) continue;
    std::fprintf(stderr, "%s: element %zu is %g on the device, %g on the processor\n", what, i,
                 static_cast<double>(a), static_cast<double>(b));
    std::exit(1);
  }
}

// Device time of what `work` enqueues.
Body on_device(std::shared_ptr<Stream> stream, std::function<void()> work) {
  return [stream = std::move(stream), work = std::move(work)](benchmark::State& state) {
    Event begin, end;
    for (auto _ : state) {
      begin.record(*stream);
      for (int i = 0; i < kRepeats; ++i) work();
      end.record(*stream);
      state.SetIterationTime(static_cast<double>(end.milliseconds_since(begin)) * 1e-3 / kRepeats);
    }
  };
}

// Time by the clock of one call.
Body on_processor(std::function<void()> work) {
  return [work = std::move(work)](benchmark::State& state) {
    const kernels::FlushDenormals flush;
    for (auto _ : state) {
      const auto start = std::chrono::steady_clock::now();
      work();
      benchmark::ClobberMemory();
      state.SetIterationTime(
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
  };
}

Row row(std::string name, std::size_t n, std::string unit, double items = 1.0) {
  return {.suite = "cuda",
          .name = std::move(name),
          .n = static_cast<std::int64_t>(n),
          .unit = std::move(unit),
          .items = items,
          .baseline = kProcessor,
          .by_the_clock = true};
}

void add_layer(std::shared_ptr<Stream> stream, std::size_t batch, std::size_t width) {
  struct Layer {
    Tensor x, weight, bias, y, dy, dweight, dbias, dx, scratch;
    Tensor dev_x, dev_weight, dev_bias, dev_y, dev_dy, dev_dweight, dev_dbias, dev_dx;
  };
  auto l = std::make_shared<Layer>();
  l->x = normal({batch, width}, "x");
  l->weight = normal({width, width}, "weight");
  for (float& w : l->weight.span()) w /= std::sqrt(static_cast<float>(width));
  l->bias = normal({width}, "bias");
  l->dy = normal({batch, width}, "dy");
  l->y = Tensor({batch, width});
  l->dweight = Tensor({width, width});
  l->dbias = Tensor({width});
  l->dx = Tensor({batch, width});
  l->scratch = Tensor({kernels::linear_backward_scratch(width, width)});
  l->dev_x = l->x.clone(Device::cuda);
  l->dev_weight = l->weight.clone(Device::cuda);
  l->dev_bias = l->bias.clone(Device::cuda);
  l->dev_y = l->y.clone(Device::cuda);
  l->dev_dy = l->dy.clone(Device::cuda);
  l->dev_dweight = l->dweight.clone(Device::cuda);
  l->dev_dbias = l->dbias.clone(Device::cuda);
  l->dev_dx = l->dx.clone(Device::cuda);
  const auto forward = [stream, l] {
    kernels::cuda::linear_forward(*stream, l->dev_x.matrix(), l->dev_weight.matrix(),
                                  l->dev_bias.span(), Activation::relu, l->dev_y.matrix());
  };
  const auto backward = [stream, l] {
    kernels::cuda::linear_backward(
        *stream, l->dev_x.matrix(), l->dev_weight.matrix(), l->dev_y.matrix(), Activation::relu,
        l->dev_dy.matrix(), l->dev_dweight.matrix(), l->dev_dbias.span(), l->dev_dx.matrix());
  };
  const auto host_forward = [l] {
    kernels::linear_forward(l->x.matrix(), l->weight.matrix(), l->bias.span(), Activation::relu,
                            l->y.matrix());
  };
  const auto host_backward = [l] {
    kernels::linear_backward(l->x.matrix(), l->weight.matrix(), l->y.matrix(), Activation::relu,
                             l->dy.matrix(), l->dweight.matrix(), l->dbias.span(), l->dx.matrix(),
                             l->scratch.span());
  };
  forward();
  host_forward();
  require_near("forward", l->dev_y, l->y.span());
  backward();
  host_backward();
  require_near("backward", l->dev_dx, l->dx.span());
  const std::string size = std::to_string(width) + "x" + std::to_string(width) + "_relu";
  add_pair(row("forward_" + size, batch, "us"), on_device(stream, forward),
           on_processor(host_forward));
  add_pair(row("backward_" + size, batch, "us"), on_device(stream, backward),
           on_processor(host_backward));
}

void add_softmax(std::shared_ptr<Stream> stream, std::size_t rows, std::size_t cols) {
  auto x = std::make_shared<Tensor>(normal({rows, cols}, "x"));
  auto y = std::make_shared<Tensor>(Tensor({rows, cols}));
  auto dev_x = std::make_shared<Tensor>(x->clone(Device::cuda));
  auto dev_y = std::make_shared<Tensor>(y->clone(Device::cuda));
  const auto device = [=] {
    kernels::cuda::softmax_forward(*stream, dev_x->matrix(), dev_y->matrix());
  };
  const auto host = [=] { kernels::softmax_forward(x->matrix(), y->matrix()); };
  device();
  host();
  require_near("softmax", *dev_y, y->span());
  add_pair(row("softmax_" + std::to_string(cols), rows, "us"), on_device(stream, device),
           on_processor(host));
}

void add_adam(std::shared_ptr<Stream> stream, std::size_t size) {
  struct Buffers {
    Tensor value, gradient, m, v;
    explicit Buffers(std::size_t n) : value({n}), gradient({n}), m({n}), v({n}) {}
  };
  auto host = std::make_shared<Buffers>(size);
  auto device = std::make_shared<Buffers>(0);
  device->value = host->value.clone(Device::cuda);
  device->gradient = host->gradient.clone(Device::cuda);
  device->m = host->m.clone(Device::cuda);
  device->v = host->v.clone(Device::cuda);
  auto numbers = std::make_shared<kernels::TensorOf<kernels::cuda::AdamNumbers>>(
      kernels::TensorOf<kernels::cuda::AdamNumbers>({1}, Device::cuda));
  const kernels::cuda::AdamNumbers given = kernels::cuda::adam_numbers({});
  kernels::copy_bytes(numbers->data(), Device::cuda, &given, Device::cpu, sizeof given);
  add_pair(row("adam", size, "us"),
           on_device(stream,
                     [=] {
                       kernels::cuda::adam_update(*stream, numbers->data(), nullptr,
                                                  device->value.span(), device->gradient.span(),
                                                  device->m.span(), device->v.span());
                     }),
           on_processor([=] {
             kernels::adam_update({}, host->value.span(), host->gradient.span(), host->m.span(),
                                  host->v.span());
           }));
}

// N environments, K steps in one launch, actions drawn before.
void add_environment(std::shared_ptr<Stream> stream, const std::string& id, std::size_t n,
                     std::size_t steps) {
  struct Contest {
    std::unique_ptr<envs::cuda::Batch> batch;
    Tensor first, observation, final_observation, reward;
    kernels::TensorOf<std::uint8_t> terminated, truncated;
    kernels::TensorOf<std::int32_t> action;
    std::vector<std::int32_t> host_action;
    std::unique_ptr<envs::VecEnv> env;
  };
  auto c = std::make_shared<Contest>();
  c->batch = envs::cuda::make_batch(id, n);
  const std::size_t columns = c->batch->spec().observation_space.size();
  const std::size_t rows = n * steps;
  c->first = Tensor({n, columns}, Device::cuda);
  c->observation = Tensor({rows, columns}, Device::cuda);
  c->final_observation = Tensor({rows, columns}, Device::cuda);
  c->reward = Tensor({rows}, Device::cuda);
  c->terminated = kernels::TensorOf<std::uint8_t>({rows}, Device::cuda);
  c->truncated = kernels::TensorOf<std::uint8_t>({rows}, Device::cuda);
  kernels::TensorOf<std::int32_t> drawn({rows});
  kernels::RandomStream random(1, "actions");
  const auto actions = std::get<envs::Discrete>(c->batch->spec().action_space).n;
  for (auto& a : drawn.span()) {
    a = static_cast<std::int32_t>(random.below(static_cast<std::uint32_t>(actions)));
  }
  c->action = drawn.clone(Device::cuda);
  std::vector<std::uint64_t> seeds(n);
  for (std::size_t i = 0; i < n; ++i) seeds[i] = i;
  c->batch->reset(*stream, seeds, c->first.matrix());

  constexpr std::size_t kHostEnvs = 1024;  // what the processor's caches like best
  c->env = envs::make(id, {.num_envs = kHostEnvs});
  c->env->reset(std::uint64_t{0});
  c->host_action.assign(drawn.span().begin(), drawn.span().begin() + kHostEnvs);
  const double host_items = static_cast<double>(kHostEnvs);
  const double device_items = static_cast<double>(rows);
  add_pair(
      row(id + "_" + std::to_string(steps) + "_steps", n, "G steps/s", host_items),
      [=](benchmark::State& state) {
        // The table divides by the processor's items: bring the device's time to as many.
        Event begin, end;
        for (auto _ : state) {
          begin.record(*stream);
          c->batch->step(*stream, std::span<const std::int32_t>(c->action.span()),
                         {c->observation.matrix(), c->reward.span(), c->terminated.span(),
                          c->truncated.span(), c->final_observation.matrix()});
          end.record(*stream);
          state.SetIterationTime(static_cast<double>(end.milliseconds_since(begin)) * 1e-3 *
                                 host_items / device_items);
        }
      },
      on_processor([=] { c->env->step(std::span<const std::int32_t>(c->host_action)); }));
}

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;
  std::string description;
  if (!pavlov::kernels::cuda::available(description)) {
    std::fprintf(stderr, "bench_cuda: NOT RUN: no CUDA device: %s\n", description.c_str());
    return 0;
  }
  std::fprintf(stderr, "bench_cuda: device %s\n", description.c_str());
  auto stream = std::make_shared<Stream>();
  add_layer(stream, 64, 64);
  add_layer(stream, 64, 256);
  add_layer(stream, 4096, 256);
  add_layer(stream, 4096, 1024);
  add_softmax(stream, 64, 51);
  add_softmax(stream, 4096, 51);
  add_adam(stream, 70000);
  add_adam(stream, 4000000);
  add_agents();
  add_agents_against_torch();
  for (const char* id : {"CartPole-v1", "Acrobot-v1", "MountainCar-v0"}) {
    add_environment(stream, id, 65536, 16);
  }
  return run_pairs(argc, argv);
}
