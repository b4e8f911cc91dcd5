// A group of worlds that step together, one per lane of a vector.
//
// Lanes are independent: every operation is that of the scalar form, and masks choose where the
// scalar form branches, so the bits are the same. Between the parts of a step the group is plain
// memory; a group of two vectors runs through the velocity iterations side by side, because one
// vector alone would wait for its own results most of the time.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_GROUP_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_GROUP_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_GROUP_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_GROUP_INL_H
#endif

#include "pavlov/envs/lunar_lander/box-inl.h"
#include "pavlov/envs/lunar_lander/contact-inl.h"
#include "pavlov/envs/lunar_lander/joint-inl.h"
#include "pavlov/envs/lunar_lander/lane.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

template <class V>
struct Slot {
  Manifold<V> manifold;
  ContactTerms<V> terms;
};

// What of a group is numbers, all of them V: lane i is every i-th float.
template <class V>
struct GroupState {
  Pose<V> poses[kBodies];
  Motion<V> motions[kBodies];
  Frame<V> frames[kBodies];
  V sleep[kBodies];
  BoxOf<V> tight[kBodies], fat[kBodies], swept[kBodies];
  V sides[kJoints];  // +1 where the lower limit holds, -1 the upper, 0 neither
  JointTerms<V> joints[kJoints];
  JointImpulse<V> impulses[kJoints];
};

template <class V>
struct Group : GroupState<V> {
  Lane* lanes[V::kLanes];        // nullptr: the lane is not in use
  bool has[kBodies][kSlots];     // whether any lane uses the slot
  bool touching;                 // whether any lane uses any
  std::uint64_t moved[kBodies];  // bit i: lane i
  std::uint64_t asleep;
  Slot<V> slots[kBodies][kSlots];
};

template <class V>
PAVLOV_FN JointLimit<V> limit_of(V side) {
  return {side > V(0.0F), side < V(0.0F)};
}

// Columns of a transposed piece of memory: what scalar code writes lane by lane and vectors read.
template <class V, std::size_t fields>
struct Columns {
  alignas(64) float value[fields][V::kLanes];

  PAVLOV_FN V operator[](std::size_t field) const { return V::load(value[field]); }
  PAVLOV_FN Vector<V> vector(std::size_t field) const {
    return {V::load(value[field]), V::load(value[field + 1])};
  }
  PAVLOV_FN BoxOf<V> box(std::size_t field) const { return {vector(field), vector(field + 2)}; }
  PAVLOV_FN void set(std::size_t field, V v) { v.store(value[field]); }
  PAVLOV_FN void set(std::size_t field, Vector<V> v) {
    set(field, v.x);
    set(field + 1, v.y);
  }
  PAVLOV_FN void set(std::size_t field, const BoxOf<V>& b) {
    set(field, b.lower);
    set(field + 2, b.upper);
  }
  PAVLOV_FN void put(std::size_t lane, const float* from) {
    for (std::size_t k = 0; k < fields; ++k) value[k][lane] = from[k];
  }
  PAVLOV_FN void get(std::size_t lane, float* to) const {
    for (std::size_t k = 0; k < fields; ++k) to[k] = value[k][lane];
  }
};

inline constexpr std::size_t kBodyFields = sizeof(Body) / sizeof(float);
static_assert(kBodyFields == 19);

// Forces of the step and what the joints keep.
struct LaneLoads {
  float gravity, force_x, force_y, torque;
  struct {
    float x, y, z, motor, side;  // side: +1 lower limit, -1 upper, 0 none
  } joints[kJoints];
};
inline constexpr std::size_t kLoadFields = sizeof(LaneLoads) / sizeof(float);

PAVLOV_FN LaneLoads loads_of(const Lane& lane) {
  const World& w = *lane.world;
  LaneLoads loads = {lane.gravity, w.force.x, w.force.y, w.torque, {}};
  for (std::size_t k = 0; k < kJoints; ++k) {
    const Joint& j = w.joints[k];
    loads.joints[k] = {j.impulse.x, j.impulse.y, j.limit_impulse, j.motor_impulse,
                       j.limit == Limit::off ? 0.0F : (j.limit == Limit::lower ? 1.0F : -1.0F)};
  }
  return loads;
}

template <class V>
PAVLOV_FN void gather_bodies(Group<V>& g) {
  Columns<V, kBodies * kBodyFields> columns;
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    float fields[kBodies * kBodyFields];
    __builtin_memcpy(fields, g.lanes[g.lanes[i] != nullptr ? i : 0]->world->bodies, sizeof(fields));
    columns.put(i, fields);
  }
  for (std::size_t k = 0; k < kBodies; ++k) {
    const std::size_t f = k * kBodyFields;
    g.poses[k] = {columns.vector(f), columns[f + 2]};
    g.motions[k] = {columns.vector(f + 3), columns[f + 5]};
    g.frames[k] = {columns.vector(f + 6), {columns[f + 8], columns[f + 9]}};
    g.sleep[k] = columns[f + 10];
    g.tight[k] = columns.box(f + 11);
    g.fat[k] = columns.box(f + 15);
  }
}

// Contacts as columns: normal, point, two local points, impulses, friction, face, number of points.
inline constexpr std::size_t kContactFields = 15;
PAVLOV_FN void describe(const Contact* contact, float* f) {
  for (std::size_t k = 0; k < kContactFields; ++k) f[k] = 0.0F;
  if (contact == nullptr) return;
  const Contact& c = *contact;
  f[0] = c.local_normal.x, f[1] = c.local_normal.y;
  f[2] = c.local_point.x, f[3] = c.local_point.y;
  f[12] = kFriction[c.body][c.edge > 0 ? 1 : 0];
  f[13] = c.face == Face::polygon ? 1.0F : 0.0F;
  f[14] = static_cast<float>(c.count);
  for (std::size_t p = 0; p < c.count; ++p) {
    f[4 + 2 * p] = c.points[p].local.x, f[5 + 2 * p] = c.points[p].local.y;
    f[8 + 2 * p] = c.points[p].normal_impulse, f[9 + 2 * p] = c.points[p].tangent_impulse;
  }
}

template <class V>
PAVLOV_FN void gather_slot(Group<V>& g, std::size_t body, std::size_t slot) {
  Columns<V, kContactFields> columns;
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    float fields[kContactFields];
    describe(g.lanes[i] != nullptr ? g.lanes[i]->contacts[body][slot] : nullptr, fields);
    columns.put(i, fields);
  }
  Slot<V>& s = g.slots[body][slot];
  s.manifold = {columns[13] > V(0.5F), columns[14] > V(0.5F),
                columns[14] > V(1.5F), columns.vector(0),
                columns.vector(2),     {columns.vector(4), columns.vector(6)}};
  s.terms = prepare_contact(body, s.manifold, g.frames[body], g.poses[body].center, columns[12]);
  for (std::size_t p = 0; p < 2; ++p) {
    s.terms.points[p].normal_impulse = columns[8 + 2 * p];
    s.terms.points[p].tangent_impulse = columns[9 + 2 * p];
  }
  warm_start_contact(body, s.terms, g.motions[body]);
}

template <class V>
HWY_NOINLINE void gather_contacts(Group<V>& g) {
  for (std::size_t body = 0; body < kBodies; ++body) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      if (g.has[body][slot]) gather_slot(g, body, slot);
    }
  }
}

template <class V>
PAVLOV_FN void prepare_joints(Group<V>& g, const Columns<V, kLoadFields>& loads) {
  const V zero(0.0F);
  for (std::size_t k = kJoints; k-- > 0;) {
    const std::size_t f = 4 + 5 * k;
    const JointLimit<V> before = limit_of(loads[f + 4]);
    const JointScene& scene = kJointScene[k];
    const JointLimit<V> limit =
        joint_limit(scene, joint_angle(scene, g.poses[0].angle, g.poses[k + 1].angle));
    g.sides[k] = select(limit.lower, V(1.0F), select(limit.upper, V(-1.0F), zero));
    g.impulses[k] = {loads[f], loads[f + 1], kept_limit_impulse(limit, before, loads[f + 2]),
                     loads[f + 3]};
    g.joints[k] = prepare_joint(scene, g.frames[0].rotation, g.frames[k + 1].rotation, limit);
    warm_start_joint(g.joints[k], g.impulses[k], g.motions[0], g.motions[k + 1]);
  }
}

// Reads lanes, at most as many as the vector has, and brings them to the point where velocity
// iterations begin.
template <class V>
HWY_NOINLINE void gather(Lane* const* lanes, std::size_t count, Group<V>& g) {
  g.touching = false;
  for (std::size_t i = 0; i < V::kLanes; ++i) g.lanes[i] = i < count ? lanes[i] : nullptr;
  for (std::size_t body = 0; body < kBodies; ++body) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      g.has[body][slot] = false;
      for (std::size_t i = 0; i < count; ++i) {
        g.has[body][slot] = g.has[body][slot] || lanes[i]->contacts[body][slot] != nullptr;
      }
      g.touching = g.touching || g.has[body][slot];
    }
  }
  gather_bodies(g);
  Columns<V, kLoadFields> loads;
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    const LaneLoads lane = loads_of(*lanes[i < count ? i : 0]);
    float fields[kLoadFields];
    __builtin_memcpy(fields, &lane, sizeof(fields));
    loads.put(i, fields);
  }
  for (std::size_t k = 0; k < kBodies; ++k) {
    const V zero(0.0F);
    const Vector<V> none = {zero, zero};
    g.motions[k] = accelerate(k, g.motions[k], loads[0], k == 0 ? loads.vector(1) : none,
                              k == 0 ? loads[3] : zero);
  }
  if (g.touching) gather_contacts(g);
  prepare_joints(g, loads);
}

// What changes in the velocity iterations of free bodies.
template <class V>
struct Moving {
  Motion<V> motions[kBodies];
  JointImpulse<V> impulses[kJoints];
};

template <class V>
PAVLOV_FN void load(const GroupState<V>& g, Moving<V>& m) {
  for (std::size_t k = 0; k < kBodies; ++k) m.motions[k] = g.motions[k];
  for (std::size_t k = 0; k < kJoints; ++k) m.impulses[k] = g.impulses[k];
}
template <class V>
PAVLOV_FN void store(const Moving<V>& m, GroupState<V>& g) {
  for (std::size_t k = 0; k < kBodies; ++k) g.motions[k] = m.motions[k];
  for (std::size_t k = 0; k < kJoints; ++k) g.impulses[k] = m.impulses[k];
}

template <class V>
PAVLOV_FN JointChange<V> iterate(std::size_t k, const GroupState<V>& g, Moving<V>& m) {
  return iterate_joint(kJointScene[k], g.joints[k], m.impulses[k], m.motions[0], m.motions[k + 1]);
}
template <class V>
PAVLOV_FN void iterate_free(std::size_t k, const GroupState<V>& g, Moving<V>& m) {
  iterate_free_joint(kJointScene[k], g.joints[k], m.impulses[k], m.motions[0], m.motions[k + 1]);
}

template <class V>
PAVLOV_FN void iterate_contacts(Group<V>& g, Moving<V>& m) {
  for (std::size_t body = kBodies; body-- > 0;) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      if (g.has[body][slot]) iterate_contact(body, g.slots[body][slot].terms, m.motions[body]);
    }
  }
}

// All velocity iterations from `iteration` on, of n groups side by side.
template <std::size_t n, class V>
HWY_NOINLINE void solve_velocities(int iteration, Group<V>* g) {
  bool limited[kJoints] = {}, touching = false;
  Moving<V> m[n];
  for (std::size_t i = 0; i < n; ++i) {
    load(g[i], m[i]);
    touching = touching || g[i].touching;
    for (std::size_t k = 0; k < kJoints; ++k) {
      limited[k] = limited[k] || any(absolute(g[i].sides[k]) > V(0.0F));
    }
  }
  for (; iteration < kVelocityIterations; ++iteration) {
    for (std::size_t k = kJoints; k-- > 0;) {
      for (std::size_t i = 0; i < n; ++i) {
        if (limited[k]) {
          iterate(k, g[i], m[i]);
        } else {
          iterate_free(k, g[i], m[i]);
        }
      }
    }
    if (!touching) continue;
    for (std::size_t i = 0; i < n; ++i) iterate_contacts(g[i], m[i]);
  }
  for (std::size_t i = 0; i < n; ++i) store(m[i], g[i]);
}

template <class V>
PAVLOV_FN Pose<V> select(MaskOf<V> m, const Pose<V>& a, const Pose<V>& b) {
  return {select(m, a.center, b.center), select(m, a.angle, b.angle)};
}

// One position pass; returns where everything is good enough.
template <class V>
PAVLOV_FN MaskOf<V> correct_positions(const Group<V>& g, Pose<V> (&poses)[kBodies]) {
  V worst(0.0F);
  for (std::size_t body = kBodies; g.touching && body-- > 0;) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      if (!g.has[body][slot]) continue;
      worst = correct_contact(body, g.slots[body][slot].manifold, kStepPositionRule, worst,
                              poses[body]);
    }
  }
  const auto left = correct_joint(kJointScene[1], limit_of(g.sides[1]), poses[0], poses[2]);
  const auto right = correct_joint(kJointScene[0], limit_of(g.sides[0]), poses[0], poses[1]);
  return both(worst >= V(kStepPositionRule.limit), both(left, right));
}

// Repeats passes until each lane is solved; a lane that is, rests.
template <class V>
PAVLOV_FN MaskOf<V> solve_positions(Group<V>& g) {
  auto solved = correct_positions(g, g.poses);
  for (int pass = 1; pass < kPositionIterations && any(not_of(solved)); ++pass) {
    Pose<V> poses[kBodies] = {g.poses[0], g.poses[1], g.poses[2]};
    const auto now = correct_positions(g, poses);
    for (std::size_t k = 0; k < kBodies; ++k) g.poses[k] = select(solved, g.poses[k], poses[k]);
    solved = either(solved, now);
  }
  return solved;
}

template <class V>
PAVLOV_FN void put_to_sleep(Group<V>& g, MaskOf<V> solved) {
  const V zero(0.0F);
  for (std::size_t k = 0; k < kBodies; ++k) g.sleep[k] = rested(g.sleep[k], g.motions[k]);
  const V least = minimum(minimum(g.sleep[0], g.sleep[1]), g.sleep[2]);
  const auto asleep = both(least >= V(kTimeToSleep), solved);
  g.asleep = asleep.bits();
  if (g.asleep == 0) return;
  for (std::size_t k = 0; k < kBodies; ++k) {
    g.motions[k] = select(asleep, Motion<V>{{zero, zero}, zero}, g.motions[k]);
    g.sleep[k] = select(asleep, zero, g.sleep[k]);
  }
}

template <class V>
PAVLOV_FN void update_boxes(std::size_t k, const Frame<V>& begin, Group<V>& g) {
  const BoxOf<V> before = g.tight[k];
  g.tight[k] = tight_box(kShapes[k], g.frames[k]);
  g.swept[k] = united(before, g.tight[k]);
  const auto inside = contains(g.fat[k], g.swept[k]);
  g.moved[k] = not_of(inside).bits();
  if (g.moved[k] == 0) return;
  const BoxOf<V> fat = fattened(g.swept[k], g.frames[k].origin - begin.origin);
  g.fat[k] = {select(inside, g.fat[k].lower, fat.lower), select(inside, g.fat[k].upper, fat.upper)};
}

// From velocities to the end of the vector part: positions, rest, boxes.
template <class V>
HWY_NOINLINE void move(Group<V>& g) {
  for (std::size_t k = 0; k < kBodies; ++k) integrate(V(kTimeStep), g.poses[k], g.motions[k]);
  const auto solved = solve_positions(g);
  put_to_sleep(g, solved);
  for (std::size_t k = 0; k < kBodies; ++k) {
    const Frame<V> begin = g.frames[k];
    g.frames[k] = frame_of(k, g.poses[k]);
    update_boxes(k, begin, g);
  }
}

template <class V>
PAVLOV_FN void scatter_contacts(Group<V>& g) {
  for (std::size_t body = 0; body < kBodies; ++body) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      if (!g.has[body][slot]) continue;
      const ContactTerms<V>& t = g.slots[body][slot].terms;
      Columns<V, 4> columns;
      for (std::size_t p = 0; p < 2; ++p) {
        columns.set(2 * p, t.points[p].normal_impulse);
        columns.set(2 * p + 1, t.points[p].tangent_impulse);
      }
      const std::uint64_t two = t.two.bits();
      for (std::size_t i = 0; i < V::kLanes; ++i) {
        Contact* contact = g.lanes[i] != nullptr ? g.lanes[i]->contacts[body][slot] : nullptr;
        if (contact == nullptr) continue;
        for (std::size_t p = 0; p < ((two >> i & 1) != 0 ? 2 : 1); ++p) {
          contact->points[p].normal_impulse = columns.value[2 * p][i];
          contact->points[p].tangent_impulse = columns.value[2 * p + 1][i];
        }
      }
    }
  }
}

template <class V>
PAVLOV_FN void scatter_joints(const Group<V>& g) {
  for (std::size_t k = 0; k < kJoints; ++k) {
    Columns<V, 4> columns;
    columns.set(0, g.impulses[k].x);
    columns.set(1, g.impulses[k].y);
    columns.set(2, g.impulses[k].z);
    columns.set(3, g.impulses[k].motor);
    const JointLimit<V> limits = limit_of(g.sides[k]);
    const std::uint64_t lower = limits.lower.bits(), upper = limits.upper.bits();
    for (std::size_t i = 0; i < V::kLanes; ++i) {
      if (g.lanes[i] == nullptr) continue;
      const Limit limit = (lower >> i & 1) != 0   ? Limit::lower
                          : (upper >> i & 1) != 0 ? Limit::upper
                                                  : Limit::off;
      g.lanes[i]->world->joints[k] = {{columns.value[0][i], columns.value[1][i]},
                                      columns.value[2][i],
                                      columns.value[3][i],
                                      limit};
    }
  }
}

// Writes the lanes back and ends their steps.
template <class V>
HWY_NOINLINE void scatter(Group<V>& g) {
  if (g.touching) scatter_contacts(g);
  scatter_joints(g);
  Columns<V, kBodies * kBodyFields> columns;
  Columns<V, kBodies * 4> swept;
  for (std::size_t k = 0; k < kBodies; ++k) {
    const std::size_t f = k * kBodyFields;
    columns.set(f, g.poses[k].center);
    columns.set(f + 2, g.poses[k].angle);
    columns.set(f + 3, g.motions[k].v);
    columns.set(f + 5, g.motions[k].w);
    columns.set(f + 6, g.frames[k].origin);
    columns.set(f + 8, g.frames[k].rotation.sin);
    columns.set(f + 9, g.frames[k].rotation.cos);
    columns.set(f + 10, g.sleep[k]);
    columns.set(f + 11, g.tight[k]);
    columns.set(f + 15, g.fat[k]);
    swept.set(4 * k, g.swept[k]);
  }
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    if (g.lanes[i] == nullptr) continue;
    World& world = *g.lanes[i]->world;
    BodyMove moves[kBodies];
    BodySet moved = 0;
    for (std::size_t k = 0; k < kBodies; ++k) {
      const Body& body = world.bodies[k];
      moves[k] = {body.center,
                  body.origin,
                  body.angle,
                  body.rotation,
                  {{swept.value[4 * k][i], swept.value[4 * k + 1][i]},
                   {swept.value[4 * k + 2][i], swept.value[4 * k + 3][i]}}};
      moved |= static_cast<BodySet>(g.moved[k] >> i & 1) << k;
    }
    float fields[kBodies * kBodyFields];
    columns.get(i, fields);
    __builtin_memcpy(world.bodies, fields, sizeof(fields));
    if ((g.asleep >> i & 1) != 0) world.awake = false;
    end_lane(*g.lanes[i], moved, moves);
  }
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_GROUP_INL_H
