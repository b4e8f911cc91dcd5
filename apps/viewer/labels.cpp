#include "pavlov/apps/viewer/labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace pavlov::apps {

std::string grouped(std::int64_t value) {
  std::string digits = std::to_string(value);
  const std::size_t first = digits.starts_with('-') ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3; at -= 3) digits.insert(at - 3, 1, ',');
  return digits;
}

std::string short_number(double value) {
  if (!std::isfinite(value)) return "-";
  const double size = std::abs(value);
  const auto three_digits = [](double number) {
    const double rounded = std::abs(number);
    return rounded >= 99.95   ? fmt::format("{:.0f}", number)
           : rounded >= 9.995 ? fmt::format("{:.1f}", number)
                              : fmt::format("{:.2f}", number);
  };
  if (size >= 999.5e6) return three_digits(value / 1e9) + " G";
  if (size >= 999.5e3) return three_digits(value / 1e6) + " M";
  if (size >= 9999.5) return three_digits(value / 1e3) + " k";
  if (size >= 0.01 || size == 0.0) return three_digits(value);
  return fmt::format("{:.1e}", value);
}

std::string signed_number(double value, bool fraction) {
  if (!std::isfinite(value)) return "-";
  const std::string text = fraction ? fmt::format("{:+.1f}", value) : fmt::format("{:+.0f}", value);
  return text == "+0" || text == "-0" ? "0" : text;
}

std::string clock_time(double seconds) {
  if (!std::isfinite(seconds)) return "-";
  const auto whole = static_cast<std::int64_t>(std::clamp(seconds, 0.0, 3.6e6));
  const std::int64_t hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  if (hours > 0) return fmt::format("{}:{:02}:{:02}", hours, minutes, rest);
  return fmt::format("{}:{:02}", minutes, rest);
}

}  // namespace pavlov::apps
