// Checks: how a wrong argument, and a broken promise inside the library, are reported.
//
// Every message reads "[module] what value: rule and way out". Arguments and configurations throw
// std::invalid_argument, files and devices std::runtime_error. PAVLOV_ASSERT guards inner loops in
// builds without NDEBUG and costs nothing elsewhere.
#pragma once

#include <cassert>
#include <charconv>
#include <concepts>
#include <stdexcept>
#include <string>
#include <string_view>

#define PAVLOV_ASSERT(condition) assert(condition)

namespace pavlov::kernels {

// Throws std::invalid_argument("[module] message").
[[noreturn]] inline void throw_argument(std::string_view module, std::string_view message) {
  throw std::invalid_argument("[" + std::string(module) + "] " + std::string(message));
}

// Throws std::runtime_error("[module] message").
[[noreturn]] inline void throw_runtime(std::string_view module, std::string_view message) {
  throw std::runtime_error("[" + std::string(module) + "] " + std::string(message));
}

// The shortest text that reads back to the same number: "0.1", "1e-08", "-3", "nan".
template <class Number>
requires(std::integral<Number> || std::floating_point<Number>) std::string
    number_text(Number value) {
  char text[32];
  return {text, std::to_chars(text, text + sizeof text, value).ptr};
}

// Throws std::invalid_argument("[module] field value: must be rule") unless `holds`.
template <class Number>
void require(bool holds, std::string_view module, std::string_view field, Number value,
             std::string_view rule) {
  if (holds) return;
  throw_argument(module,
                 std::string(field) + " " + number_text(value) + ": must be " + std::string(rule));
}

}  // namespace pavlov::kernels
