#include "pavlov/kernels/linear_backend.h"

namespace pavlov::kernels {
namespace {

// Least rows over which a weight is copied: every entry is written once and read once more, which
// many rows must pay for.
constexpr std::size_t kLeastRowsOfPanels = 32;

// Rows of the weight that lie a multiple of a large power of two apart fall on few sets of a cache:
// of a 1 MiB second-level cache with ways of 64 KiB, so many that they do not stay there until the
// next rows of the batch want them.
bool lies_badly(std::size_t inputs, std::size_t weight_stride) {
  constexpr std::size_t kCache = std::size_t{1} << 20;
  constexpr std::size_t kWay = std::size_t{1} << 16;
  const std::size_t bytes = weight_stride * sizeof(float);
  const std::size_t power = bytes & (~bytes + 1);  // the largest power of two that divides it
  return inputs > kCache / (power < kWay ? power : kWay);
}

}  // namespace

LinearBackend linear_forward_backend(std::size_t rows, std::size_t inputs, std::size_t outputs,
                                     std::size_t weight_stride) {
  if (rows == 1) return LinearBackend::row;
  if (outputs <= kMostNarrowOutputs) return LinearBackend::narrow;
  if (rows >= kLeastRowsOfPanels && lies_badly(inputs, weight_stride)) {
    return LinearBackend::copied_panels;
  }
  return LinearBackend::tiles;
}

std::string_view linear_backend_name(LinearBackend backend) {
  switch (backend) {
    case LinearBackend::row:
      return "row";
    case LinearBackend::narrow:
      return "narrow";
    case LinearBackend::tiles:
      return "tiles";
    case LinearBackend::copied_panels:
      return "copied panels";
  }
  return "";
}

std::string_view linear_backend_reason(LinearBackend backend) {
  switch (backend) {
    case LinearBackend::row:
      return "one row at a time: as wide as the registers allow, zero inputs are passed over";
    case LinearBackend::narrow:
      return "so few outputs leave vectors along them mostly empty: lanes run along the batch";
    case LinearBackend::tiles:
      return "the weight stays in the caches where it lies";
    case LinearBackend::copied_panels:
      return "rows of the weight would throw each other out of the caches: copied side by side";
  }
  return "";
}

}  // namespace pavlov::kernels
