#include "pavlov/envs/wrappers/frame_stack_observation.h"

#include <algorithm>
#include <string>
#include <utility>

#include "pavlov/kernels/check.h"

namespace pavlov::envs {
namespace {

constexpr const char* kName = "FrameStackObservation";

std::string describe(std::size_t stack_size, FramePadding padding) {
  kernels::require(stack_size >= 1 && stack_size <= 1024, kName, "stack_size", stack_size,
                   "in [1, 1024]");
  return "stack_size=" + std::to_string(stack_size) +
         " padding=" + (padding == FramePadding::reset ? "reset" : "zero");
}

std::vector<float> repeated(const std::vector<float>& values, std::size_t times) {
  std::vector<float> all;
  for (std::size_t k = 0; k < times; ++k) all.insert(all.end(), values.begin(), values.end());
  return all;
}

std::vector<float> nearest_to_zero(const Box& box) {
  std::vector<float> values;
  for (std::size_t k = 0; k < box.size(); ++k) {
    values.push_back(std::clamp(0.0f, box.low[k], box.high[k]));
  }
  return values;
}

}  // namespace

FrameStackObservation::FrameStackObservation(std::unique_ptr<VecEnv> env, std::size_t stack_size,
                                             FramePadding padding)
    : VecEnvWrapper(std::move(env), kName, describe(stack_size, padding)),
      spec_(inner().spec()),
      stack_size_(stack_size),
      columns_(spec_.observation_space.size()),
      padding_(padding),
      zero_(nearest_to_zero(spec_.observation_space)),
      rows_(size(), autoreset_mode()),
      observation_({size(), stack_size * columns_}),
      final_observation_({size(), stack_size * columns_}) {
  Box& box = spec_.observation_space;
  box = {repeated(box.low, stack_size), repeated(box.high, stack_size)};
}

// First frame of an episode.
void FrameStackObservation::begin(std::size_t i, std::span<const float> frame) {
  float* stack = observation_.data() + i * stack_size_ * columns_;
  const std::span<const float> older = padding_ == FramePadding::reset ? frame : zero_;
  for (std::size_t k = 0; k + 1 < stack_size_; ++k) {
    stack = std::copy(older.begin(), older.end(), stack);
  }
  std::copy(frame.begin(), frame.end(), stack);
}

void FrameStackObservation::push(std::size_t i, std::span<const float> frame) {
  float* stack = observation_.data() + i * stack_size_ * columns_;
  std::copy(stack + columns_, stack + stack_size_ * columns_, stack);
  set_newest(i, frame);
}

// All stacks move at once: what comes over from the next row is its oldest frame, where this row's
// newest belongs.
void FrameStackObservation::push_all(ConstMatrixView frames) {
  const std::span<float> stacks = observation_.span();
  std::copy(stacks.begin() + static_cast<std::ptrdiff_t>(columns_), stacks.end(), stacks.begin());
  for (std::size_t i = 0; i < size(); ++i) set_newest(i, frames.row(i));
}

void FrameStackObservation::set_newest(std::size_t i, std::span<const float> frame) {
  std::copy(frame.begin(), frame.end(),
            observation_.data() + ((i + 1) * stack_size_ - 1) * columns_);
}

ConstMatrixView FrameStackObservation::after_reset(ConstMatrixView observation,
                                                   std::span<const std::uint8_t> mask) {
  for (std::size_t i = 0; i < size(); ++i) {
    if (selects(mask, i)) begin(i, observation.row(i));
  }
  rows_.note_reset(mask);
  return observation_.matrix();
}

StepView FrameStackObservation::after_step(const StepView& step) {
  if (rows_.any_resting()) {
    for (std::size_t i = 0; i < size(); ++i) {
      if (rows_.stepped(i)) push(i, step.observation.row(i));
    }
  } else {
    push_all(step.observation);
  }
  rows_.for_each_idle([&](std::size_t i) {
    if (rows_.restarted(i)) begin(i, step.observation.row(i));
  });
  for_each_ended(step, [&](std::size_t i) {
    set_newest(i, step.final_observation.row(i));
    const std::size_t width = stack_size_ * columns_;
    std::copy_n(observation_.data() + i * width, width, final_observation_.data() + i * width);
    if (rows_.mode() == AutoresetMode::same_step) begin(i, step.observation.row(i));
  });
  rows_.note(step);
  StepView view = step;
  view.observation = observation_.matrix();
  view.final_observation = final_observation_.matrix();
  return view;
}

void FrameStackObservation::save_state(StateWriter& out) const {
  rows_.save(out);
  out.put(std::span<const float>(observation_.span()));
}

void FrameStackObservation::load_state(StateReader& in) {
  rows_.load(in);
  in.get(observation_.span());
}

}  // namespace pavlov::envs
