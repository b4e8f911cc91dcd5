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

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_GROUP_INL_H
