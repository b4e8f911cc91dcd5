#include "pavlov/envs/wrappers/frame_stack_observation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <stdexcept>
#include <vector>

#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/wrappers/stream_env.h"

namespace pavlov::envs {
namespace {

constexpr std::size_t kEnvs = 9;
using Frame = std::vector<float>;

// The twin, as Gymnasium writes it: a queue of frames per environment.
struct Queue {
  std::deque<Frame> frames;

  void begin(const Frame& frame, std::size_t size, FramePadding padding) {
    const Frame pad = padding == FramePadding::reset ? frame : Frame(frame.size(), 0.0f);
    frames.assign(size, pad);
    frames.back() = frame;
  }
  void push(const Frame& frame) {
    frames.pop_front();
    frames.push_back(frame);
  }
  Frame flat() const {
    Frame all;
    for (const Frame& frame : frames) all.insert(all.end(), frame.begin(), frame.end());
    return all;
  }
};

Frame row(ConstMatrixView view, std::size_t i) { return {view.row(i).begin(), view.row(i).end()}; }

class FrameStack : public ::testing::TestWithParam<std::tuple<AutoresetMode, FramePadding, int>> {
 protected:
  AutoresetMode mode() const { return std::get<0>(GetParam()); }
  FramePadding padding() const { return std::get<1>(GetParam()); }
  std::size_t stack() const { return static_cast<std::size_t>(std::get<2>(GetParam())); }
  std::unique_ptr<VecEnv> cartpoles() const {
    return make("CartPole-v1",
                {.num_envs = kEnvs, .autoreset_mode = mode(), .max_episode_steps = 17});
  }
};

TEST_P(FrameStack, EqualsQueuesOfFrames) {
  const auto plain = cartpoles();
  FrameStackObservation env(cartpoles(), stack(), padding());
  std::vector<Queue> queues(kEnvs);
  const auto begin = [&](std::size_t i, ConstMatrixView view) {
    queues[i].begin(row(view, i), stack(), padding());
  };
  const auto expect_shown = [&](ConstMatrixView shown) {
    ASSERT_EQ(shown.cols, 4 * stack());
    for (std::size_t i = 0; i < kEnvs; ++i) ASSERT_EQ(row(shown, i), queues[i].flat()) << i;
  };
  const ConstMatrixView first = plain->reset(std::uint64_t{1});
  for (std::size_t i = 0; i < kEnvs; ++i) begin(i, first);
  expect_shown(env.reset(std::uint64_t{1}));

  kernels::Pcg64 random(7);
  std::vector<std::uint8_t> over(kEnvs, 0);
  int ends = 0;
  for (int t = 0; t < 150; ++t) {
    // The reset of disabled mode, and now and then one in the midst of an episode.
    std::vector<std::uint8_t> mask(kEnvs, 0);
    if (mode() == AutoresetMode::disabled) mask = over;
    if (t % 11 == 10) mask[random.integers(0, kEnvs)] = 1;
    if (std::ranges::count(mask, 1) > 0) {
      const ConstMatrixView view = plain->reset(std::span<const std::uint8_t>(mask));
      for (std::size_t i = 0; i < kEnvs; ++i) {
        if (mask[i] == 0) continue;
        begin(i, view);
        over[i] = 0;
      }
      expect_shown(env.reset(std::span<const std::uint8_t>(mask)));
    }
    std::vector<std::int32_t> actions(kEnvs);
    for (std::int32_t& a : actions) a = static_cast<std::int32_t>(random.integers(0, 2));
    const StepView a = plain->step(actions);
    const StepView b = env.step(actions);
    ASSERT_TRUE(std::ranges::equal(a.reward, b.reward));
    ASSERT_TRUE(std::ranges::equal(a.terminated, b.terminated));
    ASSERT_TRUE(std::ranges::equal(a.truncated, b.truncated));
    for (std::size_t i = 0; i < kEnvs; ++i) {
      if (over[i] != 0) {  // next_step mode: this step has reset
        begin(i, a.observation);
        over[i] = 0;
        continue;
      }
      const bool ended = (a.terminated[i] | a.truncated[i]) != 0;
      queues[i].push(row(ended ? a.final_observation : a.observation, i));
      if (!ended) continue;
      ++ends;
      ASSERT_EQ(row(b.final_observation, i), queues[i].flat());
      if (mode() == AutoresetMode::same_step) begin(i, a.observation);
      over[i] = mode() != AutoresetMode::same_step;
    }
    expect_shown(b.observation);
  }
  EXPECT_GT(ends, 50);
}

INSTANTIATE_TEST_SUITE_P(
    Modes, FrameStack,
    ::testing::Combine(::testing::Values(AutoresetMode::next_step, AutoresetMode::same_step,
                                         AutoresetMode::disabled),
                       ::testing::Values(FramePadding::reset, FramePadding::zero),
                       ::testing::Values(1, 2, 5)),
    [](const auto& i) {
      return std::string(to_string(std::get<0>(i.param))) +
             (std::get<1>(i.param) == FramePadding::reset ? "_reset_" : "_zero_") +
             std::to_string(std::get<2>(i.param));
    });

TEST(FrameStackObservation, SpaceIsRepeated) {
  FrameStackObservation env(make("CartPole-v1"), 3);
  const Box one = make("CartPole-v1")->spec().observation_space;
  const Box& box = env.spec().observation_space;
  ASSERT_EQ(box.size(), 12u);
  for (std::size_t k = 0; k < 12; ++k) {
    EXPECT_EQ(box.low[k], one.low[k % 4]);
    EXPECT_EQ(box.high[k], one.high[k % 4]);
  }
}

// Where the bounds exclude zero, the padding is the bound next to it.
TEST(FrameStackObservation, ZeroPaddingStaysInsideTheSpace) {
  class Away final : public Env {
   public:
    const EnvSpec& spec() const override {
      static const EnvSpec spec = {.id = "Away-v0",
                                   .observation_space = {{2, -5, -1}, {4, -3, 1}},
                                   .action_space = Discrete{1},
                                   .max_episode_steps = 0,
                                   .reward_threshold = {},
                                   .render_fps = 10};
      return spec;
    }
    void reset(kernels::Pcg64&) override {}
    Transition step(const Action&, kernels::Pcg64&) override { return {}; }
    void observe(std::span<float> o) const override { o[0] = 3, o[1] = -4, o[2] = 0.5f; }
  };
  FrameStackObservation env(make_vec([] { return std::make_unique<Away>(); }, {}), 2,
                            FramePadding::zero);
  EXPECT_EQ(row(env.reset(), 0), (Frame{2, -3, 0, 3, -4, 0.5f}));
}

TEST(FrameStackObservation, StackSizeIsChecked) {
  EXPECT_THROW(FrameStackObservation(make("CartPole-v1"), 0), std::invalid_argument);
  EXPECT_THROW(FrameStackObservation(make("CartPole-v1"), 1025), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::envs
