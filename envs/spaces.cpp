#include "pavlov/envs/spaces.h"

#include <charconv>

namespace pavlov::envs {
namespace {

// Shortest text that reads back to the same float.
std::string number(float value) {
  char text[32];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), value);
  return {text, end};
}

std::string list(const std::vector<float>& values) {
  std::string text = "[";
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text += ", ";
    text += number(values[i]);
  }
  return text + "]";
}

}  // namespace

std::string to_string(const Space& space) {
  if (const auto* discrete = std::get_if<Discrete>(&space)) {
    return "Discrete(" + std::to_string(discrete->n) + ")";
  }
  const Box& box = std::get<Box>(space);
  return "Box(" + list(box.low) + ", " + list(box.high) + ")";
}

}  // namespace pavlov::envs
