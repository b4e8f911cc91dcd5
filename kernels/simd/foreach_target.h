// Compiles the including source once per SIMD target. Use, at the top of a .cpp:
//
//   #undef HWY_TARGET_INCLUDE
//   #define HWY_TARGET_INCLUDE "pavlov/kernels/cpu/update.cpp"   // this very file
//   #include "pavlov/kernels/simd/foreach_target.h"
//
// and then the -inl.h headers. Highway is named nowhere outside kernels/. No `#pragma once`: every
// pass over the source must see highway.h again, which then selects that pass's target.
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
