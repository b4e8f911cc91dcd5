// Boxes around bodies: the tight one of a pose, and the fat one that says which edges are near.
//
// The fat box is renewed only when the body leaves it, and then reaches ahead of its movement: it
// is part of the state, because the moment at which a contact appears decides its place in the
// list.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_BOX_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_BOX_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_BOX_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_BOX_INL_H
#endif

#include "pavlov/envs/lunar_lander/motion-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

template <class V>
PAVLOV_FN BoxOf<V> tight_box(const Shape& shape, const Frame<V>& f) {
  Vector<V> lower = transform(f.origin, f.rotation, broadcast<V>(shape.vertices[0]));
  Vector<V> upper = lower;
  for (int k = 1; k < shape.count; ++k) {
    const Vector<V> v = transform(f.origin, f.rotation, broadcast<V>(shape.vertices[k]));
    lower = minimum(lower, v);
    upper = maximum(upper, v);
  }
  const Vector<V> skin = {V(kSkin), V(kSkin)};
  return {lower - skin, upper + skin};
}

template <class V>
PAVLOV_FN BoxOf<V> grown(const BoxOf<V>& box) {
  const Vector<V> margin = {V(kFatMargin), V(kFatMargin)};
  return {box.lower - margin, box.upper + margin};
}

template <class V>
PAVLOV_FN BoxOf<V> united(const BoxOf<V>& a, const BoxOf<V>& b) {
  return {minimum(a.lower, b.lower), maximum(a.upper, b.upper)};
}

template <class V>
PAVLOV_FN MaskOf<V> contains(const BoxOf<V>& outer, const BoxOf<V>& inner) {
  return both(both(outer.lower.x <= inner.lower.x, outer.lower.y <= inner.lower.y),
              both(inner.upper.x <= outer.upper.x, inner.upper.y <= outer.upper.y));
}

// The fat box of a body that has swept over `swept` and moved by `way`.
template <class V>
PAVLOV_FN BoxOf<V> fattened(const BoxOf<V>& swept, Vector<V> way) {
  const BoxOf<V> box = grown(swept);
  const V zero(0.0F);
  const Vector<V> ahead = V(2.0F) * way;
  const auto left = ahead.x < zero, down = ahead.y < zero;
  return {{select(left, box.lower.x + ahead.x, box.lower.x),
           select(down, box.lower.y + ahead.y, box.lower.y)},
          {select(left, box.upper.x, box.upper.x + ahead.x),
           select(down, box.upper.y, box.upper.y + ahead.y)}};
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_BOX_INL_H
