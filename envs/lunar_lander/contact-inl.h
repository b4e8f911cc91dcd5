// Contacts of a body with resting ground: velocity and position solver for one manifold.
//
// Per point: the normal velocity must not become negative, friction acts against the tangential
// velocity, at most mu times the normal impulse. The normals of two points are solved together as a
// linear complementarity problem, by trying its four cases (both touch, first, second, none).
#if defined(PAVLOV_ENVS_LUNAR_LANDER_CONTACT_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef PAVLOV_ENVS_LUNAR_LANDER_CONTACT_INL_H
#undef PAVLOV_ENVS_LUNAR_LANDER_CONTACT_INL_H
#else
#define PAVLOV_ENVS_LUNAR_LANDER_CONTACT_INL_H
#endif

#include "pavlov/envs/lunar_lander/motion-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

// Where a body touches an edge; meaning of the fields as in Contact.
template <class V>
struct Manifold {
  MaskOf<V> polygon;  // face of the polygon, else of the edge
  MaskOf<V> touches;  // has a point
  MaskOf<V> two;      // has two
  Vector<V> normal, point;
  Vector<V> local[2];
};

template <class V>
struct ContactPointTerms {
  Vector<V> r;          // from the centre of mass
  V minus_normal_mass;  // -1 / (effective inverse mass)
  V minus_tangent_mass;
  V normal_impulse, tangent_impulse;
};

// What a step's velocity iterations need of a contact, and its impulses.
template <class V>
struct ContactTerms {
  MaskOf<V> touches;
  MaskOf<V> two;  // both points are solved, else the first one only
  V friction;
  Vector<V> normal;  // from the edge to the body
  ContactPointTerms<V> points[2];
  V k11, k12, k22;  // normal velocities per normal impulse
  V n11, n12, n22;  // inverse of that
};

// The plane of a face in the world, and the points opposite to it.
template <class V>
struct WorldFace {
  Vector<V> normal, point;
};
template <class V>
PAVLOV_FN WorldFace<V> world_face(const Manifold<V>& m, const Frame<V>& f) {
  return {select(m.polygon, rotate(f.rotation, m.normal), m.normal),
          select(m.polygon, transform(f.origin, f.rotation, m.point), m.point)};
}
template <class V>
PAVLOV_FN Vector<V> world_point(const Manifold<V>& m, const Frame<V>& f, int k) {
  return select(m.polygon, m.local[k], transform(f.origin, f.rotation, m.local[k]));
}

template <class V>
PAVLOV_FN ContactTerms<V> prepare_contact(std::size_t body, const Manifold<V>& m,
                                          const Frame<V>& frame, Vector<V> center, V friction) {
  const V mass(kInverseMass[body]), inertia(kInverseInertia[body]), skin(kSkin);
  const WorldFace<V> face = world_face(m, frame);
  ContactTerms<V> t;
  t.touches = m.touches;
  t.friction = friction;
  t.normal = select(m.polygon, -face.normal, face.normal);
  const Vector<V> tangent = right_of(t.normal);
  V rn[2];
  for (int k = 0; k < 2; ++k) {
    const Vector<V> e = world_point(m, frame, k);
    const Vector<V> on_face = e + (skin - dot(e - face.point, face.normal)) * face.normal;
    const Vector<V> on_other = e - skin * face.normal;
    ContactPointTerms<V>& p = t.points[k];
    p.r = V(0.5F) * (on_face + on_other) - center;
    rn[k] = cross(p.r, t.normal);
    const V rt = cross(p.r, tangent);
    p.minus_normal_mass = -(V(1.0F) / (mass + (inertia * rn[k]) * rn[k]));
    p.minus_tangent_mass = -(V(1.0F) / (mass + (inertia * rt) * rt));
  }
  t.k11 = mass + (inertia * rn[0]) * rn[0];
  t.k22 = mass + (inertia * rn[1]) * rn[1];
  t.k12 = mass + (inertia * rn[0]) * rn[1];
  const V det = t.k11 * t.k22 - t.k12 * t.k12;
  t.two = both(m.two, t.k11 * t.k11 < V(1000.0F) * det);  // else nearly the same point twice
  const V d = V(1.0F) / det;
  t.n11 = d * t.k22;
  t.n12 = -d * t.k12;
  t.n22 = d * t.k11;
  return t;
}

// The mask of all lanes, which costs nothing.
struct Always {};
template <class M, class T>
PAVLOV_FN T chosen(M m, const T& a, const T& b) {
  return select(m, a, b);
}
template <class T>
PAVLOV_FN T chosen(Always, const T& a, const T&) {
  return a;
}

// The velocity of a point at r.
template <class V>
PAVLOV_FN Vector<V> point_velocity(const Motion<V>& m, Vector<V> r) {
  return {m.v.x - m.w * r.y, m.v.y + m.w * r.x};
}

// Along the tangent t = right_of(n), dot(v, t) is cross(v, n), and an impulse l t changes the
// motion by the negative of what l (-n.y, n.x) does: the same bits, without negations.
template <class V>
PAVLOV_FN Motion<V> rubbed(std::size_t body, const Motion<V>& m, Vector<V> r, Vector<V> n, V l) {
  const V mass(kInverseMass[body]), inertia(kInverseInertia[body]);
  const V along_x = l * n.y, along_y = l * n.x;
  return {{m.v.x + mass * along_x, m.v.y - mass * along_y},
          m.w - inertia * (r.x * along_y + r.y * along_x)};
}

template <class V>
PAVLOV_FN Motion<V> pushed(std::size_t body, const Motion<V>& m, Vector<V> r, Vector<V> p) {
  return {m.v + V(kInverseMass[body]) * p, m.w + V(kInverseInertia[body]) * cross(r, p)};
}

template <class V, class M>
PAVLOV_FN Motion<V> select(M m, const Motion<V>& a, const Motion<V>& b) {
  return {select(m, a.v, b.v), select(m, a.w, b.w)};
}

template <class V>
PAVLOV_FN void warm_start_contact(std::size_t body, const ContactTerms<V>& t, Motion<V>& m) {
  const Vector<V> tangent = right_of(t.normal);
  for (int k = 0; k < 2; ++k) {
    const ContactPointTerms<V>& p = t.points[k];
    const Vector<V> impulse = p.normal_impulse * t.normal + p.tangent_impulse * tangent;
    m = select(k == 0 ? t.touches : t.two, pushed(body, m, p.r, impulse), m);
  }
}

// Friction in point k, where `acts`.
template <class V, class M>
PAVLOV_FN void iterate_friction(std::size_t body, M acts, ContactTerms<V>& t, int k, Motion<V>& m) {
  ContactPointTerms<V>& p = t.points[k];
  const V wanted = p.minus_tangent_mass * cross(point_velocity(m, p.r), t.normal);
  const V most = t.friction * p.normal_impulse;
  const V clamped = bounded(p.tangent_impulse + wanted, -most, most);
  const V change = clamped - p.tangent_impulse;
  p.tangent_impulse = chosen(acts, clamped, p.tangent_impulse);
  m = chosen(acts, rubbed(body, m, p.r, t.normal, change), m);
}

template <class V, class M>
PAVLOV_FN void iterate_one_normal(std::size_t body, M acts, ContactTerms<V>& t, Motion<V>& m) {
  ContactPointTerms<V>& p = t.points[0];
  const V wanted = p.minus_normal_mass * dot(point_velocity(m, p.r), t.normal);
  const V pushing = maximum(p.normal_impulse + wanted, V(0.0F));
  const V change = pushing - p.normal_impulse;
  p.normal_impulse = chosen(acts, pushing, p.normal_impulse);
  m = chosen(acts, pushed(body, m, p.r, change * t.normal), m);
}

// Both normals at once, where `acts`. If no case holds, nothing changes.
template <class V>
PAVLOV_FN void iterate_two_normals(std::size_t body, MaskOf<V> acts, ContactTerms<V>& t,
                                   Motion<V>& m) {
  ContactPointTerms<V>&p1 = t.points[0], &p2 = t.points[1];
  const V zero(0.0F), x0 = p1.normal_impulse, y0 = p2.normal_impulse;
  V b1 = dot(point_velocity(m, p1.r), t.normal);
  V b2 = dot(point_velocity(m, p2.r), t.normal);
  b1 = b1 - (t.k11 * x0 + t.k12 * y0);
  b2 = b2 - (t.k12 * x0 + t.k22 * y0);

  const V both_x = -(t.n11 * b1 + t.n12 * b2), both_y = -(t.n12 * b1 + t.n22 * b2);
  const V first_x = p1.minus_normal_mass * b1, second_y = p2.minus_normal_mass * b2;
  const auto none = both(b1 >= zero, b2 >= zero);
  const auto second = both(second_y >= zero, t.k12 * second_y + b1 >= zero);
  const auto first = both(first_x >= zero, t.k12 * first_x + b2 >= zero);
  const auto two = both(both_x >= zero, both_y >= zero);
  V x = select(none, zero, x0), y = select(none, zero, y0);
  x = select(second, zero, x), y = select(second, second_y, y);
  x = select(first, first_x, x), y = select(first, zero, y);
  x = select(two, both_x, x), y = select(two, both_y, y);

  const Vector<V> q1 = (x - x0) * t.normal, q2 = (y - y0) * t.normal;
  const Motion<V> after = {m.v + V(kInverseMass[body]) * (q1 + q2),
                           m.w + V(kInverseInertia[body]) * (cross(p1.r, q1) + cross(p2.r, q2))};
  p1.normal_impulse = select(acts, x, x0);
  p2.normal_impulse = select(acts, y, y0);
  m = select(acts, after, m);
}

template <class V>
PAVLOV_FN void iterate_contact(std::size_t body, ContactTerms<V>& t, Motion<V>& m) {
  iterate_friction(body, t.touches, t, 0, m);
  if (!any(t.two)) return iterate_one_normal(body, t.touches, t, m);
  iterate_friction(body, t.two, t, 1, m);
  const auto one = both(t.touches, not_of(t.two));
  if (any(one)) iterate_one_normal(body, one, t, m);
  iterate_two_normals(body, t.two, t, m);
}

// The same where every lane has one point.
template <class V>
PAVLOV_FN void iterate_single(std::size_t body, ContactTerms<V>& t, Motion<V>& m) {
  iterate_friction(body, Always(), t, 0, m);
  iterate_one_normal(body, Always(), t, m);
}

// One position pass over the points of a contact, the pose refreshed at each; returns the deepest
// separation so far.
template <class V>
PAVLOV_FN V correct_contact(std::size_t body, const Manifold<V>& m, PositionRule rule, V worst,
                            Pose<V>& pose) {
  const V mass(kInverseMass[body]), inertia(kInverseInertia[body]), skin(kSkin);
  for (int k = 0; k < 2; ++k) {
    const auto acts = k == 0 ? m.touches : m.two;
    if (!any(acts)) break;
    const Frame<V> frame = frame_of(body, pose);
    const WorldFace<V> face = world_face(m, frame);
    const Vector<V> e = world_point(m, frame, k);
    const V separation = (dot(e - face.point, face.normal) - skin) - skin;
    const Vector<V> normal = select(m.polygon, -face.normal, face.normal);
    const Vector<V> r = e - pose.center;
    worst = select(acts, minimum(worst, separation), worst);
    const V correction =
        bounded(V(rule.beta) * (separation + V(kSlop)), V(-kMaxLinearCorrection), V(0.0F));
    const V rn = cross(r, normal);
    const Vector<V> p = (-correction / (mass + (inertia * rn) * rn)) * normal;
    pose.center = select(acts, pose.center + mass * p, pose.center);
    pose.angle = select(acts, pose.angle + inertia * cross(r, p), pose.angle);
  }
  return worst;
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#endif  // PAVLOV_ENVS_LUNAR_LANDER_CONTACT_INL_H
