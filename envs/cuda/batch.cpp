#include "pavlov/envs/cuda/batch.h"

#include <array>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/envs/cuda/batch-inl.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/cuda/launch.h"
#include "pavlov/kernels/names.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::envs::cuda {
namespace {

using kernels::Device;
using kernels::throw_argument;

template <class T>
kernels::cuda::Table<T> table(const kernels::BasicMatrixView<T>& view) {
  return {view.data, view.rows, view.cols, view.stride};
}

template <class Game>
class BatchOf final : public Batch {
 public:
  BatchOf(EnvSpec spec, std::size_t num_envs, std::int32_t max_episode_steps)
      : spec_(std::move(spec)), size_(num_envs) {
    if (num_envs == 0) throw_argument(spec_.id, "num_envs 0: must be at least 1");
    if (max_episode_steps < 0) {
      throw_argument(spec_.id, "max_episode_steps " + std::to_string(max_episode_steps) +
                                   ": must be at least 1, or 0 for the default");
    }
    if (max_episode_steps > 0) spec_.max_episode_steps = max_episode_steps;
    kernels::cuda::named({spec_.id.c_str(), {size_}}, [&] {
      state_ = kernels::TensorOf<double>({Physics::kColumns, size_}, Device::cuda);
      random_ = kernels::TensorOf<Pcg64>({size_}, Device::cuda);
      elapsed_ = kernels::TensorOf<std::int32_t>({size_}, Device::cuda);
    });
  }

  const EnvSpec& spec() const override { return spec_; }
  std::size_t size() const override { return size_; }

  void reset(Stream& stream, std::span<const std::uint64_t> seeds,
             MatrixView observation) override {
    check("reset", "seeds", seeds.size(), size_);
    check("reset", "rows of observation", observation.rows, size_);
    check("reset", "columns of observation", observation.cols, Physics::kObservations);
    std::vector<Pcg64> random;
    random.reserve(size_);
    for (const std::uint64_t seed : seeds) random.emplace_back(seed);
    kernels::copy_bytes(random_.data(), Device::cuda, random.data(), Device::cpu,
                        size_ * sizeof(Pcg64));
    launch(stream, {"reset", {size_}},
           ResetKernel<Game>{{Game(), storage(), table(observation)}, size_});
    started_ = true;
  }

  void step(Stream& stream, ActionView actions, const Steps& out) override {
    if (!started_) throw_argument(spec_.id, "step: no episode has been started: call reset first");
    const std::span<const Action> given = actions_of(actions);
    if (given.size() % size_ != 0 || given.empty()) {
      throw_argument(spec_.id, "step: " + std::to_string(given.size()) +
                                   " actions: must be a multiple, above 0, of " +
                                   std::to_string(size_));
    }
    const std::size_t rows = given.size();
    check("step", "rows of observation", out.observation.rows, rows);
    check("step", "columns of observation", out.observation.cols, Physics::kObservations);
    check("step", "rows of final_observation", out.final_observation.rows, rows);
    check("step", "columns of final_observation", out.final_observation.cols,
          Physics::kObservations);
    check("step", "reward", out.reward.size(), rows);
    check("step", "terminated", out.terminated.size(), rows);
    check("step", "truncated", out.truncated.size(), rows);
    const StepEnvironment<Game> kernel{Game(),
                                       storage(),
                                       spec_.max_episode_steps,
                                       rows / size_,
                                       given.data(),
                                       table(out.observation),
                                       out.reward.data(),
                                       out.terminated.data(),
                                       out.truncated.data(),
                                       table(out.final_observation)};
    launch(stream, {"step", {rows / size_, size_}}, StepKernel<Game>{kernel, size_});
  }

 private:
  using Physics = typename Game::Physics;
  using Action = typename Physics::Action;

  Storage storage() { return {state_.data(), random_.data(), elapsed_.data(), size_}; }

  void check(const char* call, const char* name, std::size_t size, std::size_t wanted) const {
    if (size == wanted) return;
    throw_argument(spec_.id, std::string(call) + ": " + std::to_string(size) + " " + name +
                                 ": must be " + std::to_string(wanted));
  }

  std::span<const Action> actions_of(const ActionView& actions) const {
    if constexpr (std::is_same_v<Action, float>) {
      const kernels::ConstMatrixView given = actions.continuous();
      check("step", "action dimensions", given.cols, 1);
      check("step", "values between actions", given.stride - given.cols, 0);
      return {given.data, given.rows};
    } else {
      return actions.discrete();
    }
  }

  EnvSpec spec_;
  std::size_t size_;
  bool started_ = false;
  kernels::TensorOf<double> state_;
  kernels::TensorOf<Pcg64> random_;
  kernels::TensorOf<std::int32_t> elapsed_;
};

template <class Game>
std::unique_ptr<Batch> make_of(EnvSpec spec, std::size_t num_envs, std::int32_t max_episode_steps) {
  return std::make_unique<BatchOf<Game>>(std::move(spec), num_envs, max_episode_steps);
}

// The one table of environments with kernels.
struct Entry {
  std::string_view id;
  EnvSpec (*spec)(std::string_view id);
  std::unique_ptr<Batch> (*make)(EnvSpec, std::size_t, std::int32_t);
};
constexpr Entry kEntries[] = {
    {"CartPole-v1", cartpole_spec, make_of<CartPoleGame>},
    {"CartPole-v0", cartpole_spec, make_of<CartPoleGame>},
    {"Acrobot-v1", [](std::string_view) { return acrobot_spec(); }, make_of<AcrobotGame>},
    {"MountainCar-v0", [](std::string_view) { return mountain_car_spec(); },
     make_of<MountainCarGame>},
    {"MountainCarContinuous-v0", [](std::string_view) { return mountain_car_continuous_spec(); },
     make_of<MountainCarContinuousGame>},
    {"Pendulum-v1", [](std::string_view) { return pendulum_spec(); }, make_of<PendulumGame>},
};

}  // namespace

std::unique_ptr<Batch> make_batch(std::string_view id, std::size_t num_envs,
                                  std::int32_t max_episode_steps) {
  std::vector<std::string_view> known;
  for (const Entry& entry : kEntries) {
    if (entry.id == id) return entry.make(entry.spec(id), num_envs, max_episode_steps);
    known.push_back(entry.id);
  }
  throw_argument("cuda", kernels::unknown_name_message("environment with a kernel", id, known));
}

}  // namespace pavlov::envs::cuda
