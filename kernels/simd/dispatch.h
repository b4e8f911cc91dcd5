// Run-time dispatch: calls the variant of a Highway function that fits this processor.
//
// Include after the region of a multi-target source, inside its `#if HWY_ONCE` part:
//   HWY_EXPORT(AdamUpdate);
//   void adam_update(...) { PAVLOV_DISPATCH(AdamUpdate)(...); }
// PAVLOV_DISPATCH_POINTER gives the variant itself, for a caller of a few nanoseconds to keep.
#pragma once

namespace pavlov::kernels::simd_detail {

// Restricts Highway to the target that PAVLOV_SIMD names; throws where there is none. Returns true.
bool apply_environment();

// Costs one predictable branch after the first call.
inline void choose_target() {
  static const bool chosen = apply_environment();
  static_cast<void>(chosen);
}

}  // namespace pavlov::kernels::simd_detail

#define PAVLOV_DISPATCH(function) \
  (::pavlov::kernels::simd_detail::choose_target(), HWY_DYNAMIC_DISPATCH(function))

#define PAVLOV_DISPATCH_POINTER(function) \
  (::pavlov::kernels::simd_detail::choose_target(), &HWY_DYNAMIC_DISPATCH(function))
