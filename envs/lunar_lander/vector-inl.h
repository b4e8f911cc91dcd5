// Vectors of the plane, over any number type; each line fixes the order of rounding.
#if defined(PAVLOV_ENVS_LUNAR_LANDER_VECTOR_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_VECTOR_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_VECTOR_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_VECTOR_INL_H
#endif

#include "pavlov/envs/lunar_lander/scene.h"
#include "pavlov/kernels/simd/lanes-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

using namespace kernels::PAVLOV_ARCH;  // NOLINT: functions of numbers, which float finds only so
#if !defined(HWY_TARGET)
// Would be hidden by the overloads for vectors below.
using kernels::portable::maximum;
using kernels::portable::minimum;
using kernels::portable::select;
#endif

template <class V>
using MaskOf = decltype(V() < V());

template <class V>
PAVLOV_FN Vector<V> operator+(Vector<V> a, Vector<V> b) {
  return {a.x + b.x, a.y + b.y};
}
template <class V>
PAVLOV_FN Vector<V> operator-(Vector<V> a, Vector<V> b) {
  return {a.x - b.x, a.y - b.y};
}
template <class V>
PAVLOV_FN Vector<V> operator-(Vector<V> a) {
  return {-a.x, -a.y};
}
template <class V>
PAVLOV_FN Vector<V> operator*(V s, Vector<V> a) {
  return {s * a.x, s * a.y};
}

template <class V>
PAVLOV_FN V dot(Vector<V> a, Vector<V> b) {
  return a.x * b.x + a.y * b.y;
}
template <class V>
PAVLOV_FN V cross(Vector<V> a, Vector<V> b) {
  return a.x * b.y - a.y * b.x;
}
// An angular velocity crossed with an arm: the velocity of the arm's end.
template <class V>
PAVLOV_FN Vector<V> cross(V s, Vector<V> v) {
  return {-s * v.y, s * v.x};
}
// v turned clockwise by a right angle.
template <class V>
PAVLOV_FN Vector<V> right_of(Vector<V> v) {
  return {v.y, -v.x};
}
template <class V>
PAVLOV_FN V length(Vector<V> v) {
  return square_root(v.x * v.x + v.y * v.y);
}

template <class V, class M>
PAVLOV_FN Vector<V> select(M m, Vector<V> a, Vector<V> b) {
  return {select(m, a.x, b.x), select(m, a.y, b.y)};
}
template <class V>
PAVLOV_FN Vector<V> minimum(Vector<V> a, Vector<V> b) {
  return {minimum(a.x, b.x), minimum(a.y, b.y)};
}
template <class V>
PAVLOV_FN Vector<V> maximum(Vector<V> a, Vector<V> b) {
  return {maximum(a.x, b.x), maximum(a.y, b.y)};
}

template <class V>
PAVLOV_FN Vector<V> rotate(RotationOf<V> q, Vector<V> v) {
  return {q.cos * v.x - q.sin * v.y, q.sin * v.x + q.cos * v.y};
}
template <class V>
PAVLOV_FN Vector<V> rotate_back(RotationOf<V> q, Vector<V> v) {
  return {q.cos * v.x + q.sin * v.y, -q.sin * v.x + q.cos * v.y};
}
// From body to world coordinates, for a body with its origin at p.
template <class V>
PAVLOV_FN Vector<V> transform(Vector<V> p, RotationOf<V> q, Vector<V> v) {
  return rotate(q, v) + p;
}
template <class V>
PAVLOV_FN Vector<V> transform_back(Vector<V> p, RotationOf<V> q, Vector<V> v) {
  return rotate_back(q, v - p);
}

template <class V>
PAVLOV_FN Vector<V> broadcast(Vec2 v) {
  return {V(v.x), V(v.y)};
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_VECTOR_INL_H
