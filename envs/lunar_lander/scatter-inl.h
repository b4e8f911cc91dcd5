// From lanes to worlds: writes a group back and ends the steps of its lanes.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_SCATTER_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_SCATTER_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_SCATTER_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_SCATTER_INL_H
#endif

#include "pavlov/envs/lunar_lander/group-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

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

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_SCATTER_INL_H
