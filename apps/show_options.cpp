#include "pavlov/apps/show_options.h"

#include <array>
#include <charconv>
#include <string_view>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::apps {
namespace {

const Theme& parse_theme(const std::string& name) {
  constexpr std::array<std::string_view, 2> kNames = {"dark", "light"};
  if (name == kNames[0]) return dark_theme();
  if (name == kNames[1]) return light_theme();
  kernels::throw_argument("viewer", kernels::unknown_name_message("theme", name, kNames));
}

}  // namespace

ShowOptions show_options(const std::string& size, const std::string& theme, double scale) {
  kernels::require(scale == 0.0 || (scale >= 0.5 && scale <= 8.0), "viewer", "scale", scale,
                   "in [0.5, 8] (0: what the screen asks for)");
  ShowOptions options;
  options.theme = &parse_theme(theme);
  options.scale = scale;
  const char* const end = size.data() + size.size();
  const auto width = std::from_chars(size.data(), end, options.width);
  const bool crossed = width.ec == std::errc() && width.ptr != end && *width.ptr == 'x';
  const auto height = std::from_chars(crossed ? width.ptr + 1 : end, end, options.height);
  const bool whole = crossed && height.ec == std::errc() && height.ptr == end;
  if (!whole || options.width < 160 || options.height < 120 || options.width > 7680 ||
      options.height > 4320) {
    kernels::throw_argument("viewer", "size '" + kernels::one_line(size, 40) +
                                          "': must be WIDTHxHEIGHT, from 160x120 to 7680x4320");
  }
  return options;
}

}  // namespace pavlov::apps
