#include "pavlov/envs/lunar_lander/box2d_engine.h"

#include <box2d/box2d.h>

#include <algorithm>
#include <mutex>
#include <string>
#include <vector>

#include "pavlov/kernels/check.h"

namespace pavlov::envs::lunar_lander {
namespace {

constexpr float kScale = 30.0f;  // pixels per unit
constexpr float kStep = 1.0f / 50.0f;
constexpr int kVelocityIterations = 6 * 30, kPositionIterations = 2 * 30;

b2Vec2 to_box2d(Vec2 v) { return {v.x, v.y}; }
Vec2 from_box2d(const b2Vec2& v) { return {v.x, v.y}; }

// One world, built anew for every episode, as v3 of the environment does.
class Scene : public b2ContactListener {
 public:
  Scene(float gravity, std::span<const Vec2, kTerrainPoints> terrain) : world_({0.0f, gravity}) {
    std::ranges::copy(terrain, terrain_.begin());
    world_.SetContactListener(this);
    add_ground(terrain);
    add_hull();
    add_leg(0, -1.0f);
    add_leg(1, 1.0f);
  }

  void BeginContact(b2Contact* contact) override { touch(contact, true); }
  void EndContact(b2Contact* contact) override { touch(contact, false); }

  void push(Vec2 force) { hull_->ApplyForceToCenter(to_box2d(force), true); }
  void apply(const Loads& loads) {
    if (loads.windy) {
      push(loads.force);
      hull_->ApplyTorque(loads.torque, true);
    }
    for (int k = 0; k < loads.pushes; ++k) {
      const Push& p = loads.push[static_cast<std::size_t>(k)];
      hull_->ApplyLinearImpulse(to_box2d(p.impulse), to_box2d(p.point), true);
    }
  }
  void step() { world_.Step(kStep, kVelocityIterations, kPositionIterations); }

  Hull hull() const {
    return {.origin = from_box2d(hull_->GetPosition()),
            .velocity = from_box2d(hull_->GetLinearVelocity()),
            .angle = hull_->GetAngle(),
            .angular_velocity = hull_->GetAngularVelocity(),
            .leg_contact = leg_contact_,
            .crashed = crashed_,
            .awake = hull_->IsAwake()};
  }
  std::array<Body, 3> bodies() const {
    std::array<Body, 3> all{};
    const std::array<const b2Body*, 3> source = {hull_, legs_[0], legs_[1]};
    for (std::size_t k = 0; k < 3; ++k) {
      all[k].origin = from_box2d(source[k]->GetPosition());
      all[k].center = from_box2d(source[k]->GetWorldCenter());
      all[k].angle = source[k]->GetAngle();
      all[k].velocity = from_box2d(source[k]->GetLinearVelocity());
      all[k].angular_velocity = source[k]->GetAngularVelocity();
    }
    return all;
  }
  const std::array<Vec2, kTerrainPoints>& terrain() const { return terrain_; }

 private:
  void touch(b2Contact* contact, bool begins) {
    const b2Body* a = contact->GetFixtureA()->GetBody();
    const b2Body* b = contact->GetFixtureB()->GetBody();
    if (begins && (a == hull_ || b == hull_)) crashed_ = true;
    for (std::size_t k = 0; k < 2; ++k) {
      if (a == legs_[k] || b == legs_[k]) leg_contact_[k] = begins;
    }
  }

  void add_ground(std::span<const Vec2, kTerrainPoints> terrain) {
    const b2BodyDef definition;
    b2Body* ground = world_.CreateBody(&definition);
    b2EdgeShape edge;
    edge.SetTwoSided({0.0f, 0.0f}, {20.0f, 0.0f});
    b2FixtureDef fixture;
    fixture.shape = &edge;
    ground->CreateFixture(&fixture);
    fixture.friction = 0.1f;
    for (std::size_t i = 0; i + 1 < terrain.size(); ++i) {
      edge.SetTwoSided(to_box2d(terrain[i]), to_box2d(terrain[i + 1]));
      ground->CreateFixture(&fixture);
    }
  }

  void add_hull() {
    b2BodyDef definition;
    definition.type = b2_dynamicBody;
    definition.position.Set(10.0f, 400.0f / kScale);
    hull_ = world_.CreateBody(&definition);
    constexpr float pixels[6][2] = {{-14, 17}, {-17, 0}, {-17, -10}, {17, -10}, {17, 0}, {14, 17}};
    b2Vec2 corners[6];
    for (int k = 0; k < 6; ++k) corners[k].Set(pixels[k][0] / kScale, pixels[k][1] / kScale);
    b2PolygonShape shape;
    shape.Set(corners, 6);
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = 5.0f;
    fixture.friction = 0.1f;
    fixture.filter.categoryBits = 0x0010;
    fixture.filter.maskBits = 0x0001;  // collides with the ground only
    hull_->CreateFixture(&fixture);
  }

  // side: -1 for the right leg, 1 for the left.
  void add_leg(std::size_t k, float side) {
    b2BodyDef definition;
    definition.type = b2_dynamicBody;
    definition.position.Set(10.0f - side * 20.0f / kScale, 400.0f / kScale);
    definition.angle = side * 0.05f;
    legs_[k] = world_.CreateBody(&definition);
    b2PolygonShape shape;
    shape.SetAsBox(2.0f / kScale, 8.0f / kScale);
    b2FixtureDef fixture;
    fixture.shape = &shape;
    fixture.density = 1.0f;
    fixture.filter.categoryBits = 0x0020;
    fixture.filter.maskBits = 0x0001;
    legs_[k]->CreateFixture(&fixture);

    b2RevoluteJointDef joint;
    joint.bodyA = hull_;
    joint.bodyB = legs_[k];
    joint.localAnchorB.Set(side * 20.0f / kScale, 18.0f / kScale);
    joint.referenceAngle = side * 0.05f;
    joint.enableMotor = true;
    joint.maxMotorTorque = 40.0f;
    joint.motorSpeed = 0.3f * side;  // turns the leg outwards, against its limit
    joint.enableLimit = true;
    joint.lowerAngle = side < 0.0f ? 0.4f : -0.9f;
    joint.upperAngle = side < 0.0f ? 0.9f : -0.4f;
    world_.CreateJoint(&joint);
  }

  b2World world_;
  std::array<Vec2, kTerrainPoints> terrain_;
  b2Body* hull_ = nullptr;
  std::array<b2Body*, 2> legs_ = {nullptr, nullptr};
  std::array<bool, 2> leg_contact_ = {false, false};
  bool crashed_ = false;
};

class Box2dEngine final : public Engine {
 public:
  explicit Box2dEngine(std::span<const float> gravity)
      : gravity_(gravity.begin(), gravity.end()), scenes_(gravity.size()) {
    std::array<Vec2, kTerrainPoints> flat;
    for (std::size_t i = 0; i < flat.size(); ++i) flat[i] = {2.0f * static_cast<float>(i), 0.0f};
    for (std::size_t row = 0; row < scenes_.size(); ++row) start(row, flat, {0.0f, 0.0f});
  }

  void start(std::size_t row, std::span<const Vec2, kTerrainPoints> terrain, Vec2 force) override {
    const std::lock_guard lock(turn());
    scenes_[row] = std::make_unique<Scene>(gravity_[row], terrain);
    scenes_[row]->push(force);
  }
  void apply(std::size_t row, const Loads& loads) override { scenes_[row]->apply(loads); }
  void step(std::span<const std::uint32_t> rows) override {
    const std::lock_guard lock(turn());
    for (const std::uint32_t row : rows) scenes_[row]->step();
  }
  Hull hull(std::size_t row) const override { return scenes_[row]->hull(); }
  std::array<Body, 3> bodies(std::size_t row) const override { return scenes_[row]->bodies(); }
  std::array<Vec2, kTerrainPoints> terrain(std::size_t row) const override {
    return scenes_[row]->terrain();
  }

  void save(std::string_view id, StateWriter&) const override { refuse(id); }
  void load(std::string_view id, StateReader&) override { refuse(id); }

 private:
  // Box2D counts its calls in global variables.
  static std::mutex& turn() {
    static std::mutex mutex;
    return mutex;
  }
  [[noreturn]] static void refuse(std::string_view id) {
    kernels::throw_runtime(id, "engine box2d: its worlds cannot be saved: use engine=exact");
  }

  std::vector<float> gravity_;
  std::vector<std::unique_ptr<Scene>> scenes_;
};

}  // namespace

bool has_box2d() { return true; }

std::unique_ptr<Engine> make_box2d_engine(std::span<const float> gravity) {
  return std::make_unique<Box2dEngine>(gravity);
}

}  // namespace pavlov::envs::lunar_lander
