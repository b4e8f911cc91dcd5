// The same test on every SIMD target of this processor.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <string_view>

#include "pavlov/kernels/simd_target.h"

namespace pavlov::envs {

// Runs body(fused), `fused` where the target has fused multiply-add.
inline void on_every_target(const std::function<void(bool)>& body) {
  for (const std::string_view target : kernels::simd_targets()) {
    SCOPED_TRACE(target);
    kernels::force_simd_target(target);
    body(kernels::simd_has_fma(target));
  }
  kernels::force_simd_target("");
}

}  // namespace pavlov::envs
