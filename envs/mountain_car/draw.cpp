#include "pavlov/envs/mountain_car/draw.h"

#include <array>
#include <cmath>

#include "pavlov/envs/mountain_car/mountain_car.h"
#include "pavlov/envs/mountain_car/mountain_car_continuous.h"
#include "pavlov/envs/sketch.h"

namespace pavlov::envs {

void draw_valley(double position, double goal, Picture& picture) {
  constexpr double kWidth = 600, kHeight = 400;
  constexpr double kScale = kWidth / (mountain_car::kRightEnd - mountain_car::kLeftWall);
  constexpr double kCarWidth = 40, kCarHeight = 20, kClearance = 10;
  constexpr std::size_t kPoints = 100;
  constexpr Color kRubber{128, 128, 128};
  const auto on_hill = [](double x) {
    return Spot{(x - mountain_car::kLeftWall) * kScale, (std::sin(3 * x) * 0.45 + 0.55) * kScale};
  };

  Sketch sketch(picture, kWidth, kHeight, kWhite);
  std::array<Point, kPoints> hill;
  for (std::size_t k = 0; k < kPoints; ++k) {
    const double share = static_cast<double>(k) / (kPoints - 1);
    hill[k] = sketch.at(on_hill(mountain_car::kLeftWall +
                                share * (mountain_car::kRightEnd - mountain_car::kLeftWall)));
  }
  picture.polyline(hill, kBlack, 1.0f);
  const double slope = std::cos(3 * position);  // taken as the angle of the car
  const Spot foot = on_hill(position);
  const Spot car{foot.x, foot.y + kClearance};
  sketch.box(-kCarWidth / 2, kCarWidth / 2, 0.0, kCarHeight, slope, car, kBlack);
  for (const double side : {1.0, -1.0}) {
    sketch.disc(Sketch::turned({side * kCarWidth / 4, 0.0}, slope, car), kCarHeight / 2.5, kRubber);
  }
  sketch.flag(on_hill(goal), kBlack);
}

bool MountainCar::draw(std::size_t row, const ActionView&, Picture& picture) const {
  draw_valley(state(row).position, mountain_car::kGoal, picture);
  return true;
}

bool MountainCarContinuous::draw(std::size_t row, const ActionView&, Picture& picture) const {
  draw_valley(state(row).position, mountain_car_continuous::kGoal, picture);
  return true;
}

}  // namespace pavlov::envs
