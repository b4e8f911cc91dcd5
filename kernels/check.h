// Checks: how a wrong argument, and a broken promise inside the library, are reported.
//
// Every message reads "[module] what value: rule and way out". Arguments and configurations throw
// std::invalid_argument, files and devices std::runtime_error. PAVLOV_ASSERT guards inner loops in
// builds without NDEBUG and costs nothing elsewhere.
#pragma once

#include <cassert>
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

}  // namespace pavlov::kernels
