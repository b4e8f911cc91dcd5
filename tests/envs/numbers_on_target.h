// The number functions of kernels/simd, element by element, on the SIMD target in force: by vectors
// and by single numbers (One). Where the two differ, std::logic_error.
#pragma once

#include <span>

namespace pavlov::envs {

// `cosine` computes the cosine alone, the sine by the full form.
enum class TrigForm { full, cosine, small, narrow, fast, fast_small };

// sine[i], cosine[i] of x[i]; all three of the same size.
void sin_cos_on_target(TrigForm form, std::span<const double> x, std::span<double> sine,
                       std::span<double> cosine);

// out[i] = pow(x[i], 2), exact_square; with `single`, powf of float32 numbers, exact_float_square.
void square_on_target(bool single, std::span<const double> x, std::span<double> out);

// out[i] = x[i] wrapped to [-pi, pi), exact_wrapped.
void wrap_on_target(std::span<const double> x, std::span<double> out);

// out[i] = a[i] / 1.1, as CartPole divides by its mass.
void divide_by_mass_on_target(std::span<const double> a, std::span<double> out);

}  // namespace pavlov::envs
