// The number functions of kernels/simd, element by element, on the SIMD target in force.
#pragma once

#include <span>

namespace pavlov::envs {

enum class TrigForm { full, small, narrow, fast, fast_small };

// sine[i], cosine[i] of x[i]; all three of the same size.
void sin_cos_on_target(TrigForm form, std::span<const double> x, std::span<double> sine,
                       std::span<double> cosine);

// out[i] = a[i] / 1.1, as CartPole divides by its mass.
void divide_by_mass_on_target(std::span<const double> a, std::span<double> out);

}  // namespace pavlov::envs
