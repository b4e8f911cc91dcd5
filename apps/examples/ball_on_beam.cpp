#include "pavlov/apps/examples/ball_on_beam.h"

#include <box2d/box2d.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <mutex>

namespace pavlov::examples {
namespace {

constexpr float kTimeStep = 1.0f / 50.0f;  // s
constexpr int kVelocityIterations = 8;     // Box2D's manual
constexpr int kPositionIterations = 3;
constexpr float kHalfLength = 3.0f;  // m, of the beam
constexpr float kHalfHeight = 0.1f;  // m
constexpr float kRadius = 0.25f;     // m, of the ball
constexpr float kTiltSpeed = 1.0f;   // rad/s
constexpr float kMostTilt = 0.35f;   // rad
constexpr float kBallSpeed = 5.0f;   // m/s, observed as 1

}  // namespace

struct BallOnBeam::Scene {
  b2World world{b2Vec2(0.0f, -10.0f)};
  b2Body* beam = nullptr;  // turns about its middle, whatever lies on it
  b2Body* ball = nullptr;

  // `position` of the ball in m from the middle; `tilt` in rad.
  Scene(float position, float tilt) {
    world.SetAllowSleeping(false);  // a ball at rest would not notice the beam's next tilt

    b2BodyDef beam_def;
    beam_def.type = b2_kinematicBody;
    beam_def.angle = tilt;
    beam = world.CreateBody(&beam_def);
    b2PolygonShape box;
    box.SetAsBox(kHalfLength, kHalfHeight);
    beam->CreateFixture(&box, 0.0f);

    b2BodyDef ball_def;
    ball_def.type = b2_dynamicBody;
    ball_def.position = beam->GetWorldPoint(b2Vec2(position, kHalfHeight + kRadius));
    ball = world.CreateBody(&ball_def);
    b2CircleShape circle;
    circle.m_radius = kRadius;
    b2FixtureDef fixture;
    fixture.shape = &circle;
    fixture.density = 1.0f;
    fixture.friction = 0.6f;
    ball->CreateFixture(&fixture);
  }

  // `direction`: -1, 0 or 1.
  void step(int direction) {
    const float tilt = beam->GetAngle();
    const bool stopped = static_cast<float>(direction) * tilt >= kMostTilt;
    beam->SetAngularVelocity(stopped ? 0.0f : kTiltSpeed * static_cast<float>(direction));
    // Box2D counts its calls in global variables: one world steps at a time.
    static std::mutex turn;
    const std::lock_guard lock(turn);
    world.Step(kTimeStep, kVelocityIterations, kPositionIterations);
  }

  // Of the ball, in the beam's frame.
  b2Vec2 position() const { return beam->GetLocalPoint(ball->GetPosition()); }
  float velocity() const { return beam->GetLocalVector(ball->GetLinearVelocity()).x; }
};

// Box2D fills a table of its own at the first contact; made and stepped here, one environment after
// the other, the first contact is never one of several threads.
BallOnBeam::BallOnBeam() : scene_(std::make_unique<Scene>(0.0f, 0.0f)) { scene_->step(0); }
BallOnBeam::~BallOnBeam() = default;

const envs::EnvSpec& BallOnBeam::spec() const {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  static const envs::EnvSpec spec = {
      .id = "BallOnBeam-v0",
      .observation_space = {{-kInfinity, -kInfinity, -1.1f}, {kInfinity, kInfinity, 1.1f}},
      .action_space = envs::Discrete{3},
      .max_episode_steps = 400,
      .reward_threshold = {},
      .render_fps = 50};
  return spec;
}

void BallOnBeam::reset(kernels::Pcg64& random) {
  const auto position = static_cast<float>(random.uniform(-1.5, 1.5));
  const auto tilt = static_cast<float>(random.uniform(-0.2, 0.2));
  scene_ = std::make_unique<Scene>(position, tilt);
}

envs::Transition BallOnBeam::step(const envs::Action& action, kernels::Pcg64&) {
  scene_->step(action.discrete - 1);
  const b2Vec2 position = scene_->position();
  const float distance = std::abs(position.x) / kHalfLength;
  const bool lost = distance > 1.0f || position.y < 0.0f;
  return {.reward = lost ? 0.0 : 1.0 - static_cast<double>(distance), .terminated = lost};
}

void BallOnBeam::observe(std::span<float> observation) const {
  observation[0] = scene_->position().x / kHalfLength;
  observation[1] = scene_->velocity() / kBallSpeed;
  observation[2] = scene_->beam->GetAngle() / kMostTilt;
}

}  // namespace pavlov::examples
