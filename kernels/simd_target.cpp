#include "pavlov/kernels/simd_target.h"

#include <hwy/highway.h>
#include <hwy/targets.h>

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"
#include "pavlov/kernels/simd/dispatch.h"
#include "pavlov/kernels/simd/library_fma.h"

namespace pavlov::kernels {
namespace {

struct NamedTarget {
  std::string_view name;
  std::int64_t bit;  // Highway's
};

// Targets that are compiled in; best first. The scalar fallback is called EMU128 where the
// compiler supports it and SCALAR elsewhere.
constexpr std::int64_t kScalarBit = HWY_TARGETS & (HWY_SCALAR | HWY_EMU128);
constexpr NamedTarget kNamed[] = {
    {"avx512", HWY_AVX3}, {"avx2", HWY_AVX2},     {"sse4", HWY_SSE4},
    {"neon", HWY_NEON},   {"scalar", kScalarBit},
};

struct Available {
  std::vector<std::string_view> names;
  std::int64_t bits = 0;
};

// Asked once, before any restriction: Highway reports the restricted set afterwards.
const Available& available() {
  static const Available result = [] {
    Available found;
    const std::int64_t cpu = hwy::SupportedTargets() & HWY_TARGETS;
    for (const NamedTarget& target : kNamed) {
      if ((cpu & target.bit) == 0) continue;
      found.names.push_back(target.name);
      found.bits |= target.bit;
    }
    return found;
  }();
  return result;
}

std::int64_t bit_of(std::string_view name) {
  for (const NamedTarget& target : kNamed) {
    if (target.name == name && (available().bits & target.bit) != 0) return target.bit;
  }
  throw_argument("simd", unknown_name_message("SIMD target", name, available().names) +
                             "; PAVLOV_SIMD must be one that this processor has");
}

std::string_view current;  // empty: the best

void apply(std::string_view name) {
  const std::string_view chosen = name.empty() ? available().names.front() : name;
  const std::int64_t bit = bit_of(chosen);
  for (const std::string_view known : available().names) {
    if (known == chosen) current = known;
  }
  hwy::SetSupportedTargetsForTest(name.empty() ? 0 : bit);
  // At once, not at the next dispatch: a kept pointer must be that of the target.
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

}  // namespace

bool simd_detail::library_fuses = false;

bool simd_detail::apply_environment() {
  volatile double x = 0x1.2fbcd2d69f374p-4;  // where the two forms of the cosine differ
  library_fuses = std::cos(x) == 0x1.fe97c9be4855fp-1;
  const char* forced = std::getenv("PAVLOV_SIMD");
  apply(forced == nullptr ? "" : forced);
  return true;
}

std::string_view simd_target() {
  simd_detail::choose_target();
  return current;
}

std::span<const std::string_view> simd_targets() { return available().names; }

bool simd_has_fma(std::string_view target) {
  simd_detail::choose_target();
  return (target != "scalar" && target != "sse4") || simd_detail::library_fuses;
}

void force_simd_target(std::string_view target) {
  simd_detail::choose_target();
  apply(target);
}

}  // namespace pavlov::kernels
