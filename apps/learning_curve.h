// The picture of a run: mean evaluation return over environment steps, as SVG.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pavlov::apps {

// One evaluation during training.
struct CurvePoint {
  std::int64_t env_steps = 0;
  double mean = 0.0;
  double min = 0.0;  // over the episodes of this evaluation
  double max = 0.0;
};

// A stand-alone SVG document: the curve of means, the range of the episodes as a band, and the line
// at which the environment counts as solved. `title` is drawn above it. Needs no fonts or scripts
// beyond a viewer's own.
std::string learning_curve_svg(const std::string& title, const std::vector<CurvePoint>& points,
                               std::optional<double> threshold);

}  // namespace pavlov::apps
