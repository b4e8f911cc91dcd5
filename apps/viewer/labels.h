// Labels: numbers and times as short text for the viewer.
#pragma once

#include <cstdint>
#include <string>

namespace pavlov::apps {

// "189,440".
std::string grouped(std::int64_t value);
// Three or so digits: "0.42", "38.1", "231", "12.4 k", "1.84 M"; "-" for what is not finite.
std::string short_number(double value);
// With a sign, for returns: "+112.4", "-31", "0".
std::string signed_number(double value, bool fraction);
// "0:07", "12:04", "1:02:33".
std::string clock_time(double seconds);

}  // namespace pavlov::apps
