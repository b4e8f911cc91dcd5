#include "pavlov/envs/wrappers/vec_env_wrapper.h"

#include <utility>
#include <vector>

#include "pavlov/envs/state_frame.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs {

VecEnvWrapper::VecEnvWrapper(std::unique_ptr<VecEnv> env, std::string name,
                             std::string configuration)
    : env_(std::move(env)), name_(std::move(name)), configuration_(std::move(configuration)) {
  if (env_ == nullptr) kernels::throw_argument(name_, "no environment: there must be one to wrap");
  num_envs_ = env_->size();
}

ConstMatrixView VecEnvWrapper::reset(std::span<const std::uint64_t> seeds) {
  return after_reset(env_->reset(seeds), {});
}

ConstMatrixView VecEnvWrapper::reset() { return after_reset(env_->reset(), {}); }

ConstMatrixView VecEnvWrapper::reset(std::span<const std::uint8_t> mask) {
  return after_reset(env_->reset(mask), mask);
}

ConstMatrixView VecEnvWrapper::after_reset(ConstMatrixView observation,
                                           std::span<const std::uint8_t>) {
  return observation;
}

StepView VecEnvWrapper::after_step(const StepView& step) { return step; }

void VecEnvWrapper::save_state(StateWriter&) const {}
void VecEnvWrapper::load_state(StateReader&) {}
void VecEnvWrapper::loaded() {}

void VecEnvWrapper::save(StateWriter& out) const {
  StateWriter body;
  save_state(body);
  put_frame(out, {name_, configuration_, size()}, body.bytes());
  env_->save(out);
}

void VecEnvWrapper::load(StateReader& in) {
  const std::vector<std::byte> bytes = get_frame(in, {name_, configuration_, size()});
  StateWriter before;
  save_state(before);
  try {
    StateReader body(bytes, name_);
    load_state(body);
    if (body.remaining() != 0) kernels::throw_runtime(name_, "load: the state is too long");
    env_->load(in);  // last: it changes nothing where it throws
  } catch (...) {
    StateReader body(before.bytes(), name_);
    load_state(body);
    throw;
  }
  loaded();
}

}  // namespace pavlov::envs
