// The engine of our own: one World of world.h per row.
#include <vector>

#include "pavlov/envs/lunar_lander/engine.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs::lunar_lander {
namespace {

class ExactEngine final : public Engine {
 public:
  explicit ExactEngine(std::span<const float> gravity)
      : gravity_(gravity.begin(), gravity.end()), worlds_(gravity.size()) {
    std::array<Vec2, kTerrainPoints> flat;
    for (std::size_t i = 0; i < flat.size(); ++i) flat[i] = {2.0f * static_cast<float>(i), 0.0f};
    for (World& world : worlds_) lunar_lander::start(world, flat);
  }

  void start(std::size_t row, std::span<const Vec2, kTerrainPoints> terrain, Vec2 force) override {
    lunar_lander::start(worlds_[row], terrain);
    apply_force(worlds_[row], force);
  }
  void apply(std::size_t row, const Loads& loads) override {
    World& world = worlds_[row];
    if (loads.windy) {
      apply_force(world, loads.force);
      apply_torque(world, loads.torque);
    }
    for (int k = 0; k < loads.pushes; ++k) {
      const Push& p = loads.push[static_cast<std::size_t>(k)];
      apply_impulse(world, p.impulse, p.point);
    }
  }
  void step(std::span<const std::uint32_t> rows) override {
    PAVLOV_ASSERT(rows.size() <= kMostWorlds);
    std::array<World*, kMostWorlds> worlds;
    std::array<float, kMostWorlds> gravity;
    std::size_t count = 0;
    for (const std::uint32_t row : rows) {
      World& world = worlds_[row];
      if (!world.awake) continue;  // nothing wakes a world: it stays as it was when it came to rest
      worlds[count] = &world;
      gravity[count++] = gravity_[row];
    }
    lunar_lander::step(std::span<World* const>(worlds.data(), count),
                       std::span<const float>(gravity.data(), count));
  }

  Hull hull(std::size_t row) const override {
    const World& world = worlds_[row];
    const Body& body = world.bodies[0];
    return {.origin = body.origin,
            .velocity = body.velocity,
            .angle = body.angle,
            .angular_velocity = body.angular_velocity,
            .leg_contact = {world.leg_contact[0], world.leg_contact[1]},
            .crashed = world.game_over,
            .awake = world.awake};
  }
  std::array<Body, 3> bodies(std::size_t row) const override {
    const World& world = worlds_[row];
    return {world.bodies[0], world.bodies[1], world.bodies[2]};
  }
  std::array<Vec2, kTerrainPoints> terrain(std::size_t row) const override {
    const World& world = worlds_[row];  // edge 0 is the floor
    std::array<Vec2, kTerrainPoints> points;
    for (std::size_t k = 0; k + 1 < kTerrainPoints; ++k) points[k] = world.edges[k + 1].v1;
    points.back() = world.edges[kEdges - 1].v2;
    return points;
  }

  void save(std::string_view, StateWriter& out) const override {
    for (const World& world : worlds_) out.put(world);
  }
  void load(std::string_view id, StateReader& in) override {
    for (World& world : worlds_) {
      world = in.get<World>();
      if (!is_valid(world)) kernels::throw_runtime(id, "load: a world that cannot be");
    }
  }

 private:
  std::vector<float> gravity_;
  std::vector<World> worlds_;
};

}  // namespace

std::unique_ptr<Engine> make_exact_engine(std::span<const float> gravity) {
  return std::make_unique<ExactEngine>(gravity);
}

}  // namespace pavlov::envs::lunar_lander
