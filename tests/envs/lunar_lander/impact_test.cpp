// Distances and times of impact against plain searches.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "pavlov/envs/lunar_lander/continuous-inl.h"
#include "pavlov/envs/lunar_lander/distance.h"
#include "pavlov/kernels/random.h"
#include "pavlov/tests/envs/lunar_lander/plain_game.h"

namespace pavlov::envs::lunar_lander {
namespace {

struct Point {
  double x, y;
};

double to_segment(Point p, Point a, Point b) {
  const double dx = b.x - a.x, dy = b.y - a.y;
  const double t = std::clamp(((p.x - a.x) * dx + (p.y - a.y) * dy) / (dx * dx + dy * dy), 0., 1.);
  return std::hypot(p.x - (a.x + t * dx), p.y - (a.y + t * dy));
}

std::vector<Point> corners(std::size_t body, Vec2 origin, double angle) {
  const Shape& shape = kShapes[body];
  std::vector<Point> points;
  for (int k = 0; k < shape.count; ++k) {
    const double x = shape.vertices[k].x, y = shape.vertices[k].y;
    points.push_back({double{origin.x} + std::cos(angle) * x - std::sin(angle) * y,
                      double{origin.y} + std::sin(angle) * x + std::cos(angle) * y});
  }
  return points;
}

// Least distance of two segments' end points from the other segment: that of apart segments.
double plain_distance(const std::vector<Point>& polygon, Point a, Point b) {
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t k = 0; k < polygon.size(); ++k) {
    const Point p = polygon[k], q = polygon[(k + 1) % polygon.size()];
    least = std::min({least, to_segment(p, a, b), to_segment(a, p, q), to_segment(b, p, q)});
  }
  return least;
}

// Whether a line separates them: only then are they apart.
bool apart(const std::vector<Point>& polygon, Point a, Point b) {
  std::vector<std::pair<Point, Point>> lines = {{a, b}};
  for (std::size_t k = 0; k < polygon.size(); ++k) {
    lines.emplace_back(polygon[k], polygon[(k + 1) % polygon.size()]);
  }
  return std::any_of(lines.begin(), lines.end(), [&](const auto& line) {
    const double nx = line.second.y - line.first.y, ny = line.first.x - line.second.x;
    double low = 1e30, high = -1e30;
    for (const Point p : polygon) {
      low = std::min(low, nx * p.x + ny * p.y);
      high = std::max(high, nx * p.x + ny * p.y);
    }
    const double first = nx * a.x + ny * a.y, second = nx * b.x + ny * b.y;
    return std::min(first, second) > high || std::max(first, second) < low;
  });
}

TEST(LunarLanderDistance, EqualsAPlainSearch) {
  kernels::Pcg64 random(3);
  int overlapping = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    const auto body = static_cast<std::size_t>(trial % 3);
    const auto coordinate = [&] { return static_cast<float>(random.uniform(-1.5, 1.5)); };
    const Vec2 edge[2] = {{coordinate(), coordinate()}, {coordinate(), coordinate()}};
    const Vec2 origin = {coordinate(), coordinate()};
    const auto angle = static_cast<float>(random.uniform(-7, 7));
    const PlacedPolygon placed = {&kShapes[body], origin, sine_cosine_of(angle)};
    SimplexCache cache;
    const float found = distance(edge, placed, cache);
    const std::vector<Point> polygon = corners(body, origin, angle);
    const Point a = {edge[0].x, edge[0].y}, b = {edge[1].x, edge[1].y};
    const bool is_apart = apart(polygon, a, b);
    overlapping += is_apart ? 0 : 1;
    ASSERT_NEAR(found, is_apart ? plain_distance(polygon, a, b) : 0.0, 2e-5) << trial;
    // The cache only says where to start.
    ASSERT_NEAR(distance(edge, placed, cache), found, 1e-6) << trial;
  }
  EXPECT_GT(overlapping, 1000);
}

struct Fall {
  World world;
  portable::Beginning beginning;
  Sweep sweep;
  Contact contact;
};

// A body that moves at random near an edge.
Fall random_fall(kernels::Pcg64& random) {
  Fall f;
  PlainGame game;
  game.begin(static_cast<std::uint64_t>(random.integers(0, 50)));
  f.world = game.world;
  f.contact = {};
  f.contact.body = static_cast<std::uint8_t>(random.integers(0, 3));
  f.contact.edge = static_cast<std::uint8_t>(random.integers(1, 11));
  const std::size_t index = f.contact.body;
  const Edge& edge = f.world.edges[f.contact.edge];
  Body& body = f.world.bodies[index];
  const auto x = static_cast<float>(random.uniform(edge.v1.x - 1, edge.v2.x + 1));
  const float y = 0.5F * (edge.v1.y + edge.v2.y) + static_cast<float>(random.uniform(-0.5, 1.5));
  portable::Pose<float> pose = {{x, y}, static_cast<float>(random.uniform(-4, 4))};
  portable::place(index, body, pose);
  body.tight = tight_box(kShapes[index], portable::frame_of(body));
  const Box tight = body.tight;
  f.beginning = {pose, portable::frame_of(body), {}};
  f.sweep = {pose.center, {}, pose.angle, 0.0F, 0.0F};
  pose.center.x += static_cast<float>(random.uniform(-0.3, 0.3));
  pose.center.y += static_cast<float>(random.uniform(-0.5, 0.2));
  pose.angle += static_cast<float>(random.uniform(-0.5, 0.5));
  portable::place(index, body, pose);
  f.sweep.center = pose.center;
  f.sweep.angle = pose.angle;
  portable::update_boxes(index, body, tight, f.beginning);
  return f;
}

TEST(LunarLanderImpact, HitsLieWithinTheToleranceOfTheTarget) {
  kernels::Pcg64 random(7);
  int hits = 0;
  for (int trial = 0; trial < 20000; ++trial) {
    const Fall f = random_fall(random);
    const Edge& edge = f.world.edges[f.contact.edge];
    const Impact impact = time_of_impact(edge, f.contact.body, f.sweep);
    if (!impact.hit || impact.time <= 0.0F || impact.time >= 1.0F) continue;  // 0: was near
    ++hits;
    const float t = impact.time;
    const portable::Pose<float> pose = {{(1 - t) * f.sweep.center0.x + t * f.sweep.center.x,
                                         (1 - t) * f.sweep.center0.y + t * f.sweep.center.y},
                                        (1 - t) * f.sweep.angle0 + t * f.sweep.angle};
    const portable::Frame<float> frame = portable::frame_of(f.contact.body, pose);
    const double d = plain_distance(corners(f.contact.body, frame.origin, pose.angle),
                                    {edge.v1.x, edge.v1.y}, {edge.v2.x, edge.v2.y});
    ASSERT_NEAR(d, 0.005, 0.00125 + 1e-5) << trial;
  }
  EXPECT_GT(hits, 1000);
}

TEST(LunarLanderImpact, WhatIsProvedToStayApartNeverHits) {
  kernels::Pcg64 random(9);
  int proved = 0, hits = 0;
  for (int trial = 0; trial < 50000; ++trial) {
    const Fall f = random_fall(random);
    const Edge& edge = f.world.edges[f.contact.edge];
    const Impact impact = time_of_impact(edge, f.contact.body, f.sweep);
    const bool apart = portable::impacts::stays_apart(f.world, f.contact, f.beginning);
    hits += impact.hit ? 1 : 0;
    proved += apart ? 1 : 0;
    ASSERT_FALSE(apart && impact.hit && impact.time < 1.0F) << trial;
  }
  EXPECT_GT(proved, 10000);
  EXPECT_GT(hits, 1000);
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
