// From worlds to lanes: reads a group and prepares what its velocity iterations need.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_GATHER_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_GATHER_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_GATHER_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_GATHER_INL_H
#endif

#include "pavlov/envs/lunar_lander/group-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

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

// Reads one contact of each lane; a lane without one, or without a world, touches nothing.
template <class V>
PAVLOV_FN Manifold<V> gather_manifold(const Group<V>& g, std::size_t body, std::size_t slot,
                                      Columns<V, kContactFields>& columns) {
  for (std::size_t i = 0; i < V::kLanes; ++i) {
    float fields[kContactFields];
    describe(g.lanes[i] != nullptr ? g.lanes[i]->contacts[body][slot] : nullptr, fields);
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
  g.single[body][slot] = (used_lanes(g) & ~s.terms.touches.bits()) == 0 && !any(s.terms.two);
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

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_GATHER_INL_H
