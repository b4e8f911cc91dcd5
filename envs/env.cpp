#include "pavlov/envs/env.h"

#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/envs/batch_env.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs {
namespace {

using kernels::throw_argument;
using kernels::throw_runtime;

// N instances of a user's environment behind BatchEnv.
class UserBatchEnv final : public BatchEnv {
  // One step may take long: as many workers as there are environments shall have work.
  static constexpr std::size_t kBlockRows = 1;

 public:
  UserBatchEnv(std::vector<std::unique_ptr<Env>> envs, const VecOptions& options)
      : BatchEnv(envs.front()->spec(), options, "user environment", kBlockRows),
        envs_(std::move(envs)) {}

  bool draw(std::size_t row, const ActionView& last, Picture& picture) const override {
    if (last.discrete().empty() && last.continuous().rows == 0) {
      return envs_[row]->draw(nullptr, picture);
    }
    const Action action = action_of(row, last);
    return envs_[row]->draw(&action, picture);
  }

 protected:
  void reset_rows(std::span<const std::uint32_t> rows) override {
    for (const std::uint32_t i : rows) {
      envs_[i]->reset(random(i));
      observe(i);
    }
  }

  void step_rows(kernels::RowRange rows, const ActionView& actions) override {
    for (std::size_t i = rows.begin; i < rows.end; ++i) {
      Block& block = blocks()[i];
      if (block.resting != 0) continue;
      const Transition transition = envs_[i]->step(action_of(i, actions), random(i));
      if (!std::isfinite(transition.reward)) {
        throw_runtime(spec().id, "reward " + std::to_string(transition.reward) +
                                     " of environment " + std::to_string(i) + ": must be finite");
      }
      reward()[i] = transition.reward;
      block.terminated = transition.terminated ? 1 : 0;
      block.truncated = transition.truncated ? 1 : 0;
      observe(i);
    }
  }

  void save_rows(StateWriter& out) const override {
    for (const std::unique_ptr<Env>& env : envs_) env->save(out);
  }
  void load_rows(StateReader& in) override {
    for (const std::unique_ptr<Env>& env : envs_) env->load(in);
  }

 private:
  Action action_of(std::size_t i, const ActionView& actions) const {
    if (std::holds_alternative<Discrete>(spec().action_space)) return {actions.discrete()[i], {}};
    return {0, actions.continuous().row(i)};
  }

  void observe(std::size_t i) {
    const std::size_t size = spec().observation_space.size();
    const std::span<float> row(observation() + i * size, size);
    envs_[i]->observe(row);
    for (std::size_t k = 0; k < size; ++k) {
      if (!std::isfinite(row[k])) {
        throw_runtime(spec().id, "observation " + std::to_string(k) + " of environment " +
                                     std::to_string(i) + " is " + std::to_string(row[k]) +
                                     ": must be finite");
      }
    }
  }

  std::vector<std::unique_ptr<Env>> envs_;
};

void check_spec(const EnvSpec& spec) {
  const auto check_box = [&](const Box& box, const char* what) {
    if (box.low.empty() || box.low.size() != box.high.size()) {
      throw_argument(spec.id, std::string(what) + " space with " + std::to_string(box.low.size()) +
                                  " low and " + std::to_string(box.high.size()) +
                                  " high bounds: must be as many, and at least one");
    }
    for (std::size_t i = 0; i < box.size(); ++i) {
      if (!(box.low[i] <= box.high[i])) {
        throw_argument(spec.id, std::string(what) + " space, dimension " + std::to_string(i) +
                                    ": low must not exceed high");
      }
    }
  };
  check_box(spec.observation_space, "observation");
  if (const auto* discrete = std::get_if<Discrete>(&spec.action_space)) {
    if (discrete->n < 1) {
      throw_argument(spec.id, "action space Discrete(" + std::to_string(discrete->n) +
                                  "): must have at least one action");
    }
  } else {
    check_box(std::get<Box>(spec.action_space), "action");
  }
  if (spec.max_episode_steps < 0) {
    throw_argument(spec.id, "max_episode_steps " + std::to_string(spec.max_episode_steps) +
                                ": must be at least 1, or 0 for no limit");
  }
}

}  // namespace

bool Env::draw(const Action*, Picture&) const { return false; }

void Env::save(StateWriter&) const {
  throw_runtime(spec().id, "save: this environment has no save; override Env::save and Env::load");
}

void Env::load(StateReader&) {
  throw_runtime(spec().id, "load: this environment has no load; override Env::save and Env::load");
}

std::unique_ptr<VecEnv> make_vec(const EnvFactory& factory, const VecOptions& options) {
  if (options.num_envs == 0) throw_argument("envs", "num_envs 0: must be at least 1");
  std::vector<std::unique_ptr<Env>> envs;
  for (std::size_t i = 0; i < options.num_envs; ++i) {
    envs.push_back(factory());
    if (envs.back() == nullptr) throw_argument("envs", "make_vec: the factory gave no environment");
  }
  check_spec(envs.front()->spec());
  return std::make_unique<UserBatchEnv>(std::move(envs), options);
}

}  // namespace pavlov::envs
