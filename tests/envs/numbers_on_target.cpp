#include "pavlov/tests/envs/numbers_on_target.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "pavlov/tests/envs/numbers_on_target.cpp"
#include "pavlov/kernels/simd/foreach_target.h"

#include "pavlov/envs/cartpole/cartpole-inl.h"

PAVLOV_REGION_BEGIN
namespace pavlov::envs::PAVLOV_ARCH {

PAVLOV_FN bool same(double a, double b) {
  return One<double>(a).bits() == One<double>(b).bits() || (a != a && b != b);
}

// By whole vectors, and by single numbers, which must give the same bits: returns whether they do.
template <class F>
PAVLOV_FN bool for_each_vector(const double* x, std::size_t size, double* a, double* b, F f) {
  using D = hwy::HWY_NAMESPACE::ScalableTag<double>;
  using V = Lanes<D>;
  constexpr std::size_t kLanes = hwy::HWY_NAMESPACE::MaxLanes(D());
  bool agreed = true;
  for (std::size_t i = 0; i < size; i += kLanes) {
    double in[kLanes] = {}, first[kLanes], second[kLanes];
    for (std::size_t k = 0; k < kLanes && i + k < size; ++k) in[k] = x[i + k];
    const SinCos<V> result = f(V::load(in));
    result.sin.store(first);
    result.cos.store(second);
    for (std::size_t k = 0; k < kLanes && i + k < size; ++k) {
      a[i + k] = first[k];
      b[i + k] = second[k];
      const SinCos<One<double>> alone = f(One<double>(in[k]));
      agreed = agreed && same(alone.sin.raw, first[k]) && same(alone.cos.raw, second[k]);
    }
  }
  return agreed;
}

bool SinCosForm(TrigForm form, const double* x, std::size_t size, double* sine,
                double* cosine_of_x) {
  switch (form) {
    case TrigForm::full:
      return for_each_vector(x, size, sine, cosine_of_x,
                             [](auto v) HWY_ATTR { return sin_cos(v); });
    case TrigForm::cosine:
      return for_each_vector(x, size, sine, cosine_of_x, [](auto v) HWY_ATTR {
        using V = decltype(v);
        return SinCos<V>{sin_cos(v).sin, cosine(v)};
      });
    case TrigForm::small:
      return for_each_vector(x, size, sine, cosine_of_x,
                             [](auto v) HWY_ATTR { return sin_cos_small(v); });
    case TrigForm::narrow:
      return for_each_vector(x, size, sine, cosine_of_x,
                             [](auto v) HWY_ATTR { return sin_cos_narrow(v); });
    case TrigForm::fast:
      return for_each_vector(x, size, sine, cosine_of_x,
                             [](auto v) HWY_ATTR { return fast_sin_cos(v); });
    case TrigForm::fast_small:
      return for_each_vector(x, size, sine, cosine_of_x,
                             [](auto v) HWY_ATTR { return fast_sin_cos_small(v); });
  }
  return false;
}

bool DivideByMass(const double* a, std::size_t size, double* out, double* copy) {
  return for_each_vector(a, size, out, copy, [](auto v) HWY_ATTR {
    using V = decltype(v);
    return SinCos<V>{divide_by(v, cartpole::total_mass()), v};
  });
}

bool Square(bool single, const double* x, std::size_t size, double* out, double* copy) {
  return for_each_vector(x, size, out, copy, [single](auto v) HWY_ATTR {
    using V = decltype(v);
    return SinCos<V>{single ? exact_float_square(v) : exact_square(v), v};
  });
}

bool Wrap(const double* x, std::size_t size, double* out, double* copy) {
  return for_each_vector(x, size, out, copy, [](auto v) HWY_ATTR {
    using V = decltype(v);
    return SinCos<V>{exact_wrapped(v), v};
  });
}

}  // namespace pavlov::envs::PAVLOV_ARCH
PAVLOV_REGION_END

#if HWY_ONCE

#include <stdexcept>
#include <vector>

#include "pavlov/kernels/simd/dispatch.h"

namespace pavlov::envs {

HWY_EXPORT(SinCosForm);
HWY_EXPORT(DivideByMass);
HWY_EXPORT(Square);
HWY_EXPORT(Wrap);

namespace {

void require(bool agreed) {
  if (!agreed) throw std::logic_error("a number alone has other bits than in a vector");
}

}  // namespace

void sin_cos_on_target(TrigForm form, std::span<const double> x, std::span<double> sine,
                       std::span<double> cosine) {
  require(PAVLOV_DISPATCH(SinCosForm)(form, x.data(), x.size(), sine.data(), cosine.data()));
}

void divide_by_mass_on_target(std::span<const double> a, std::span<double> out) {
  std::vector<double> copy(a.size());
  require(PAVLOV_DISPATCH(DivideByMass)(a.data(), a.size(), out.data(), copy.data()));
}

void square_on_target(bool single, std::span<const double> x, std::span<double> out) {
  std::vector<double> copy(x.size());
  require(PAVLOV_DISPATCH(Square)(single, x.data(), x.size(), out.data(), copy.data()));
}

void wrap_on_target(std::span<const double> x, std::span<double> out) {
  std::vector<double> copy(x.size());
  require(PAVLOV_DISPATCH(Wrap)(x.data(), x.size(), out.data(), copy.data()));
}

}  // namespace pavlov::envs
#endif
