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

#include <cstddef>

#include "pavlov/envs/lunar_lander/box-inl.h"
#include "pavlov/envs/lunar_lander/contact-inl.h"
#include "pavlov/envs/lunar_lander/joint-inl.h"
#include "pavlov/envs/lunar_lander/lane.h"
#include "pavlov/envs/lunar_lander/transpose-inl.h"

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
  bool single[kBodies][kSlots];  // whether all lanes have one point there
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
};

inline constexpr std::size_t kBodyFields = sizeof(Body) / sizeof(float);
static_assert(kBodyFields == 19);

// The beginning of a World as a row of floats: bodies, joints, force and torque, and two floats
// more (flags), so that rows are whole quads.
inline constexpr std::size_t kJointFields = sizeof(Joint) / sizeof(float);
inline constexpr std::size_t kJointsAt = kBodies * kBodyFields;
inline constexpr std::size_t kForceAt = kJointsAt + kJoints * kJointFields;
inline constexpr std::size_t kRow = kForceAt + 5;
inline constexpr std::size_t kStored = kForceAt + 1;  // what a step writes back as rows
static_assert(offsetof(World, bodies) == 0 && offsetof(World, joints) == 4 * kJointsAt &&
              offsetof(World, force) == 4 * kForceAt && kRow % 4 == 0 && kStored % 4 == 0);

PAVLOV_FN float* row_of(World& world) { return reinterpret_cast<float*>(&world); }

template <class V>
PAVLOV_FN void gather_bodies(const V* column, Group<V>& g) {
  const auto vector = [&](std::size_t k) HWY_ATTR { return Vector<V>{column[k], column[k + 1]}; };
  for (std::size_t k = 0; k < kBodies; ++k) {
    const std::size_t f = k * kBodyFields;
    g.poses[k] = {vector(f), column[f + 2]};
    g.motions[k] = {vector(f + 3), column[f + 5]};
    g.frames[k] = {vector(f + 6), {column[f + 8], column[f + 9]}};
    g.sleep[k] = column[f + 10];
    g.tight[k] = {vector(f + 11), vector(f + 13)};
    g.fat[k] = {vector(f + 15), vector(f + 17)};
  }
}

// A Limit that was read as a float, and one to be written as such.
template <class V>
PAVLOV_FN JointLimit<V> limit_of_bits(V bits) {
  const hn::RebindToSigned<typename V::Tag> integers;
  const V number = hn::ConvertTo(typename V::Tag(), hn::BitCast(integers, bits.raw));
  return {both(number > V(0.5F), number < V(1.5F)), number > V(1.5F)};
}
template <class V>
PAVLOV_FN V bits_of_limit(JointLimit<V> limit) {
  const hn::RebindToSigned<typename V::Tag> integers;
  const V number = select(limit.lower, V(1.0F), select(limit.upper, V(2.0F), V(0.0F)));
  return hn::BitCast(typename V::Tag(), hn::ConvertTo(integers, number.raw));
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

// Reads one contact of each lane.
template <class V>
PAVLOV_FN Manifold<V> gather_manifold(const Group<V>& g, std::size_t body, std::size_t slot,
                                      Columns<V, kContactFields>& columns) {
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    float fields[kContactFields];
    describe((g.lanes[i] != nullptr ? g.lanes[i] : g.lanes[0])->contacts[body][slot], fields);
    columns.put(i, fields);
  }
  return {columns[13] > V(0.5F), columns[14] > V(0.5F), columns[14] > V(1.5F),
          columns.vector(0),     columns.vector(2),     {columns.vector(4), columns.vector(6)}};
}

template <class V>
PAVLOV_FN void gather_slot(Group<V>& g, std::size_t body, std::size_t slot) {
  Columns<V, kContactFields> columns;
  Slot<V>& s = g.slots[body][slot];
  s.manifold = gather_manifold(g, body, slot, columns);
  s.terms = prepare_contact(body, s.manifold, g.frames[body], g.poses[body].center, columns[12]);
  for (std::size_t p = 0; p < 2; ++p) {
    s.terms.points[p].normal_impulse = columns[8 + 2 * p];
    s.terms.points[p].tangent_impulse = columns[9 + 2 * p];
  }
  warm_start_contact(body, s.terms, g.motions[body]);
  g.single[body][slot] = !any(not_of(s.terms.touches)) && !any(s.terms.two);
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
PAVLOV_FN void prepare_joints(const V* column, Group<V>& g) {
  for (std::size_t k = kJoints; k-- > 0;) {
    const V* f = column + kJointsAt + k * kJointFields;
    const JointScene& scene = kJointScene[k];
    const JointLimit<V> limit =
        joint_limit(scene, joint_angle(scene, g.poses[0].angle, g.poses[k + 1].angle));
    g.sides[k] = select(limit.lower, V(1.0F), select(limit.upper, V(-1.0F), V(0.0F)));
    g.impulses[k] = {f[0], f[1], kept_limit_impulse(limit, limit_of_bits(f[4]), f[2]), f[3]};
    g.joints[k] = prepare_joint(scene, g.frames[0].rotation, g.frames[k + 1].rotation, limit);
    warm_start_joint(g.joints[k], g.impulses[k], g.motions[0], g.motions[k + 1]);
  }
}

// Finds out which slots the lanes use.
template <class V>
PAVLOV_FN void find_slots(Group<V>& g) {
  g.touching = false;
  for (std::size_t body = 0; body < kBodies; ++body) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      bool has = false;
      for (const Lane* lane : g.lanes) {
        has = has || (lane != nullptr && lane->contacts[body][slot] != nullptr);
      }
      g.has[body][slot] = has;
      g.touching = g.touching || has;
    }
  }
}

// Reads lanes, at most as many as the vector has, and brings them to the point where velocity
// iterations begin.
template <class V>
HWY_NOINLINE void gather(Lane* const* lanes, std::size_t count, Group<V>& g) {
  for (std::size_t i = 0; i < V::kLanes; ++i) g.lanes[i] = i < count ? lanes[i] : nullptr;
  find_slots(g);
  const float* rows[V::kLanes];
  alignas(64) float gravities[V::kLanes];
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    const Lane& lane = *lanes[i < count ? i : 0];
    rows[i] = row_of(*lane.world);
    gravities[i] = lane.gravity;
  }
  V column[kRow];
  for (std::size_t k = 0; k < kRow; k += 4) {
    load_columns(rows, k, reinterpret_cast<V(&)[4]>(column[k]));
  }
  gather_bodies(column, g);
  const V zero(0.0F);
  const Vector<V> force = {column[kForceAt], column[kForceAt + 1]}, none = {zero, zero};
  for (std::size_t k = 0; k < kBodies; ++k) {
    g.motions[k] = accelerate(k, g.motions[k], V::load(gravities), k == 0 ? force : none,
                              k == 0 ? column[kForceAt + 2] : zero);
  }
  if (g.touching) gather_contacts(g);
  prepare_joints(column, g);
}

// Bit i: lane i is in use.
template <class V>
PAVLOV_FN std::uint64_t used_lanes(const Group<V>& g) {
  std::uint64_t used = 0;
  for (std::size_t i = 0; i < V::kLanes; ++i) used |= std::uint64_t{g.lanes[i] != nullptr} << i;
  return used;
}

// Takes lane `from` out of one group and makes it lane `to` of another; all but the contacts.
template <class V>
PAVLOV_FN void transfer(Group<V>& source, std::size_t from, Group<V>& target, std::size_t to) {
  constexpr std::size_t kNumbers = sizeof(GroupState<V>) / sizeof(V);
  const auto* a = reinterpret_cast<const float*>(static_cast<const GroupState<V>*>(&source));
  auto* b = reinterpret_cast<float*>(static_cast<GroupState<V>*>(&target));
  // Lanes without a world shall hold numbers of some world, too.
  if (to == 0) static_cast<GroupState<V>&>(target) = source;
  for (std::size_t k = 0; k < kNumbers; ++k) b[k * V::kLanes + to] = a[k * V::kLanes + from];
  target.lanes[to] = source.lanes[from];
  source.lanes[from] = nullptr;
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

template <std::size_t k, class V>
PAVLOV_FN JointChange<V> iterate(const GroupState<V>& g, Moving<V>& m) {
  return iterate_joint(kJointScene[k], g.joints[k], m.impulses[k], m.motions[0], m.motions[k + 1]);
}
template <std::size_t k, class V>
PAVLOV_FN void iterate(bool limited, const GroupState<V>& g, Moving<V>& m) {
  if (limited) {
    iterate<k>(g, m);
  } else {
    iterate_free_joint(kJointScene[k], g.joints[k], m.impulses[k], m.motions[0], m.motions[k + 1]);
  }
}

template <std::size_t body, class V>
PAVLOV_FN void iterate_slot(Group<V>& g, std::size_t slot, Moving<V>& m) {
  if (!g.has[body][slot]) return;
  if (g.single[body][slot]) {
    iterate_single(body, g.slots[body][slot].terms, m.motions[body]);
  } else {
    iterate_contact(body, g.slots[body][slot].terms, m.motions[body]);
  }
}
template <std::size_t body, class V>
PAVLOV_FN void iterate_contacts(Group<V>& g, Moving<V>& m) {
  iterate_slot<body>(g, 0, m);
  iterate_slot<body>(g, 1, m);
}
template <class V>
PAVLOV_FN bool any_limited(const GroupState<V>& g, std::size_t joint) {
  return any(absolute(g.sides[joint]) > V(0.0F));
}

// All velocity iterations from `iteration` on: left joint, right joint, contacts. The order of bodies
// among the contacts does not matter, nor that those of the left leg come before the right joint,
// which does not touch it: so they have something to run beside.
template <class V>
HWY_NOINLINE void solve_velocities(int iteration, Group<V>& g) {
  const bool right = any_limited(g, 0), left = any_limited(g, 1);
  Moving<V> m;
  load(g, m);
  for (; iteration < kVelocityIterations; ++iteration) {
    iterate<1>(left, g, m);
    if (g.touching) iterate_contacts<2>(g, m);
    iterate<0>(right, g, m);
    if (!g.touching) continue;
    iterate_contacts<1>(g, m);
    iterate_contacts<0>(g, m);
  }
  store(m, g);
}

// The same for two groups side by side.
template <class V>
HWY_NOINLINE void solve_velocities(int iteration, Group<V>& g, Group<V>& h) {
  const bool right_g = any_limited(g, 0), left_g = any_limited(g, 1);
  const bool right_h = any_limited(h, 0), left_h = any_limited(h, 1);
  const bool touching = g.touching || h.touching;
  Moving<V> m, n;
  load(g, m);
  load(h, n);
  for (; iteration < kVelocityIterations; ++iteration) {
    iterate<1>(left_g, g, m);
    iterate<1>(left_h, h, n);
    iterate<0>(right_g, g, m);
    if (touching) iterate_contacts<2>(g, m);
    iterate<0>(right_h, h, n);
    if (!touching) continue;
    iterate_contacts<2>(h, n);
    iterate_contacts<1>(g, m);
    iterate_contacts<1>(h, n);
    iterate_contacts<0>(g, m);
    iterate_contacts<0>(h, n);
  }
  store(m, g);
  store(n, h);
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

// Position passes from number `first` to `last`, ended early where all lanes are solved; a lane
// that is, rests. Returns the solved lanes.
template <class V>
PAVLOV_FN std::uint64_t solve_positions(Group<V>& g, int first, int last) {
  const std::uint64_t used = used_lanes(g);
  auto solved = MaskOf<V>::from_bits(~used);
  for (int pass = first; pass < last && any(not_of(solved)); ++pass) {
    Pose<V> poses[kBodies] = {g.poses[0], g.poses[1], g.poses[2]};
    const auto now = correct_positions(g, poses);
    for (std::size_t k = 0; k < kBodies; ++k) g.poses[k] = select(solved, g.poses[k], poses[k]);
    solved = either(solved, now);
  }
  return solved.bits() & used;
}

template <class V>
PAVLOV_FN void put_to_sleep(Group<V>& g, std::uint64_t solved) {
  const V zero(0.0F);
  for (std::size_t k = 0; k < kBodies; ++k) g.sleep[k] = rested(g.sleep[k], g.motions[k]);
  const V least = minimum(minimum(g.sleep[0], g.sleep[1]), g.sleep[2]);
  const auto rests = least >= V(kTimeToSleep);
  g.asleep = rests.bits() & solved;
  if (g.asleep == 0) return;
  const auto asleep = MaskOf<V>::from_bits(g.asleep);
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

// Rest and boxes, when the positions are final.
template <class V>
PAVLOV_FN void settle(Group<V>& g, std::uint64_t solved) {
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
PAVLOV_FN void scatter_bodies(const Group<V>& g, V* column) {
  const auto set = [&](std::size_t k, Vector<V> v)
                       HWY_ATTR { column[k] = v.x, column[k + 1] = v.y; };
  for (std::size_t k = 0; k < kBodies; ++k) {
    const std::size_t f = k * kBodyFields;
    set(f, g.poses[k].center);
    column[f + 2] = g.poses[k].angle;
    set(f + 3, g.motions[k].v);
    column[f + 5] = g.motions[k].w;
    set(f + 6, g.frames[k].origin);
    column[f + 8] = g.frames[k].rotation.sin;
    column[f + 9] = g.frames[k].rotation.cos;
    column[f + 10] = g.sleep[k];
    set(f + 11, g.tight[k].lower);
    set(f + 13, g.tight[k].upper);
    set(f + 15, g.fat[k].lower);
    set(f + 17, g.fat[k].upper);
  }
  for (std::size_t k = 0; k < kJoints; ++k) {
    V* f = column + kJointsAt + k * kJointFields;
    f[0] = g.impulses[k].x;
    f[1] = g.impulses[k].y;
    f[2] = g.impulses[k].z;
    f[3] = g.impulses[k].motor;
    f[4] = bits_of_limit(limit_of(g.sides[k]));
  }
  column[kForceAt] = V(0.0F);
}

// How the bodies of the lanes in `asked` moved; before the lanes are written back.
template <class V>
PAVLOV_FN void describe_moves(const Group<V>& g, std::uint64_t asked, BodyMove (*moves)[kBodies]) {
  Columns<V, kBodies * 4> swept;
  for (std::size_t k = 0; k < kBodies; ++k) swept.set(4 * k, g.swept[k]);
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    if ((asked >> i & 1) == 0) continue;
    for (std::size_t k = 0; k < kBodies; ++k) {
      const Body& body = g.lanes[i]->world->bodies[k];
      moves[i][k] = {body.center,
                     body.origin,
                     body.angle,
                     body.rotation,
                     {{swept.value[4 * k][i], swept.value[4 * k + 1][i]},
                      {swept.value[4 * k + 2][i], swept.value[4 * k + 3][i]}}};
    }
  }
}

// Writes the lanes back, all but their contacts, and ends their steps.
template <class V>
HWY_NOINLINE void scatter(Group<V>& g) {
  std::uint64_t asked = g.moved[0] | g.moved[1] | g.moved[2];
  float unused[kRow];
  float* rows[V::kLanes];
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    const std::uint64_t bit = std::uint64_t{1} << i;
    rows[i] = g.lanes[i] != nullptr ? row_of(*g.lanes[i]->world) : unused;
    if (g.lanes[i] == nullptr) asked &= ~bit;
    if (g.lanes[i] != nullptr && g.lanes[i]->world->contact_count > 0) asked |= bit;
  }
  BodyMove moves[V::kLanes][kBodies];
  if (asked != 0) describe_moves(g, asked, moves);
  V column[kStored];
  scatter_bodies(g, column);
  for (std::size_t k = 0; k < kStored; k += 4) {
    store_columns(reinterpret_cast<V(&)[4]>(column[k]), rows, k);
  }
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    if (g.lanes[i] == nullptr) continue;
    World& world = *g.lanes[i]->world;
    world.force.y = world.torque = 0.0F;
    if ((g.asleep >> i & 1) != 0) world.awake = false;
    if ((asked >> i & 1) == 0) continue;
    BodySet moved = 0;
    for (std::size_t k = 0; k < kBodies; ++k) {
      moved |= static_cast<BodySet>(g.moved[k] >> i & 1) << k;
    }
    end_lane(*g.lanes[i], moved, moves[i]);
  }
}

// Passes that all lanes of a group make before those still unsolved go on among themselves.
inline constexpr int kCommonPasses = 3;

// Lanes of all groups that need many position passes: spinning legs, crashes.
template <class V>
struct Unsolved {
  Group<V> group;
  std::size_t count = 0;
};

template <class V>
HWY_NOINLINE void finish_unsolved(Unsolved<V>& rest) {
  if (rest.count == 0) return;
  Group<V>& g = rest.group;
  for (std::size_t i = rest.count; i < V::kLanes; ++i) g.lanes[i] = nullptr;
  find_slots(g);
  for (std::size_t body = 0; body < kBodies; ++body) {
    for (std::size_t slot = 0; slot < kSlots; ++slot) {
      Columns<V, kContactFields> columns;
      if (g.has[body][slot]) {
        g.slots[body][slot].manifold = gather_manifold(g, body, slot, columns);
      }
    }
  }
  settle(g, solve_positions(g, kCommonPasses, kPositionIterations));
  scatter(g);
  rest.count = 0;
}

// From the velocities to the end of the step; what needs many passes is put aside.
template <class V>
HWY_NOINLINE void finish(Group<V>& g, Unsolved<V>& rest) {
  if (g.touching) scatter_contacts(g);
  for (std::size_t k = 0; k < kBodies; ++k) integrate(V(kTimeStep), g.poses[k], g.motions[k]);
  const std::uint64_t solved = solve_positions(g, 0, kCommonPasses);
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    if (g.lanes[i] == nullptr || (solved >> i & 1) != 0) continue;
    transfer(g, i, rest.group, rest.count);
    if (++rest.count == V::kLanes) finish_unsolved(rest);
  }
  settle(g, solved);
  scatter(g);
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_GROUP_INL_H
