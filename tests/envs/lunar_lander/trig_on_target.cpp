#include "pavlov/tests/envs/lunar_lander/trig_on_target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/tests/envs/lunar_lander/trig_on_target.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/lunar_lander/trig-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::lunar_lander::PAVLOV_ARCH {

void SineCosine(const float* x, std::size_t size, float* sine, float* cosine) {
  using V = Lanes<hwy::HWY_NAMESPACE::ScalableTag<float>>;
  for (std::size_t i = 0; i < size; i += V::kLanes) {
    float in[V::kLanes] = {}, s[V::kLanes], c[V::kLanes];
    for (std::size_t k = 0; k < V::kLanes && i + k < size; ++k) in[k] = x[i + k];
    const RotationOf<V> q = sine_cosine(V::load(in));
    q.sin.store(s);
    q.cos.store(c);
    for (std::size_t k = 0; k < V::kLanes && i + k < size; ++k) {
      sine[i + k] = s[k];
      cosine[i + k] = c[k];
    }
  }
}

}  // namespace pavlov::envs::lunar_lander::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs::lunar_lander {

HWY_EXPORT(SineCosine);

void sine_cosine_on_target(std::span<const float> x, std::span<float> sine,
                           std::span<float> cosine) {
  PAVLOV_DISPATCH(SineCosine)(x.data(), x.size(), sine.data(), cosine.data());
}

}  // namespace pavlov::envs::lunar_lander
#endif
