#include "pavlov/apps/examples/pixel_cartpole.h"

#include <algorithm>
#include <cmath>

#include "pavlov/envs/catalog.h"

namespace pavlov::examples {
namespace {

// In pixels; rows count from the top.
constexpr float kPixelsPerMetre = static_cast<float>(PixelCartPole::kColumns) / 4.8f;
constexpr float kMiddle = static_cast<float>(PixelCartPole::kColumns) / 2.0f;  // column of x = 0
constexpr float kCartHalfWidth = 3.0f;
constexpr float kCartTop = 20.0f;
constexpr float kCartBottom = 23.0f;
constexpr float kCartGrey = 0.5f;  // so that the pole shows before it
constexpr float kPoleLength = 17.0f;
constexpr float kPoleHalfWidth = 1.0f;

// How much of [pixel, pixel + 1] lies in [from, to].
float covered(std::size_t pixel, float from, float to) {
  const auto low = static_cast<float>(pixel);
  return std::clamp(std::min(to, low + 1.0f) - std::max(from, low), 0.0f, 1.0f);
}

}  // namespace

PixelCartPole::Frame draw_frame(float position, float angle) {
  PixelCartPole::Frame frame{};
  const float centre = kMiddle + position * kPixelsPerMetre;
  const float left = centre - kCartHalfWidth, right = centre + kCartHalfWidth;
  for (std::size_t r = 0; r < PixelCartPole::kRows; ++r) {
    const float cart = kCartGrey * covered(r, kCartTop, kCartBottom);
    // The pole leans so little that its edges are those of this row's middle, moved sideways.
    const float height = kCartTop - (static_cast<float>(r) + 0.5f);
    const float pole = centre + height * std::tan(angle);
    const bool on_pole = height > 0.0f && height < kPoleLength * std::cos(angle);
    for (std::size_t c = 0; c < PixelCartPole::kColumns; ++c) {
      frame[r * PixelCartPole::kColumns + c] =
          on_pole ? covered(c, pole - kPoleHalfWidth, pole + kPoleHalfWidth)
                  : cart * covered(c, left, right);
    }
  }
  return frame;
}

PixelCartPole::PixelCartPole()
    : game_(envs::make("CartPole-v1", {.autoreset_mode = envs::AutoresetMode::disabled})) {
  game_->reset();
}

const envs::EnvSpec& PixelCartPole::spec() const {
  static const envs::EnvSpec spec = [] {
    constexpr std::size_t kPixels = kFrames * kRows * kColumns;
    envs::EnvSpec pixels = PixelCartPole().game_->spec();
    pixels.id = "PixelCartPole-v0";
    pixels.observation_space = {std::vector<float>(kPixels, 0.0f),
                                std::vector<float>(kPixels, 1.0f)};
    return pixels;
  }();
  return spec;
}

void PixelCartPole::reset(kernels::Pcg64& random) {
  const envs::ConstMatrixView state = game_->reset(random.next());
  now_ = draw_frame(state(0, 0), state(0, 2));
  before_ = now_;
}

envs::Transition PixelCartPole::step(const envs::Action& action, kernels::Pcg64&) {
  const envs::StepView step = game_->step(std::span(&action.discrete, 1));
  before_ = now_;
  now_ = draw_frame(step.observation(0, 0), step.observation(0, 2));
  return {.reward = step.reward[0], .terminated = step.terminated[0] != 0};
}

void PixelCartPole::observe(std::span<float> observation) const {
  std::ranges::copy(now_, std::ranges::copy(before_, observation.begin()).out);
}

void PixelCartPole::save(envs::StateWriter& out) const {
  out.put(before_), out.put(now_);
  game_->save(out);
}

void PixelCartPole::load(envs::StateReader& in) {
  before_ = in.get<Frame>();
  now_ = in.get<Frame>();
  game_->load(in);
}

}  // namespace pavlov::examples
