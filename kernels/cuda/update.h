// Updates of flat parameter buffers on the device: update.h of the folder above, on a stream.
//
// All spans of one call have the same length P. Every optimizer scales the gradient, steps and
// zeroes the gradient in one pass; a scale that is NaN means that there is no step: then only the
// gradient is zeroed. So a loss or a norm that is not finite stops the update on the device, before
// the host has seen it. Denormals are not flushed: they cost a device nothing.
#pragma once

#include <cstddef>
#include <span>

#include "pavlov/kernels/cuda/optimizer_numbers.h"
#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/update.h"

namespace pavlov::kernels::cuda {

// Doubles of scratch that the norm of P values needs.
std::size_t norm_scratch(std::size_t size);

// norm[0] = sqrt(sum x^2). Blocks of 4096 values are summed in double (thread t takes t, t + 256,
// ... in ascending order, then as sum_over_block of block-inl.h), then the blocks likewise. Differs
// from the processor's: squares are double, so that only |x| > 1.3e154 would leave them.
void global_norm(Stream& stream, std::span<const float> x, std::span<double> scratch, double* norm);

// The same and, for the optimizers, factor[0] = min(1, max_norm / norm), or 1 where max_norm <= 0;
// NaN where the norm, or loss[0] unless `loss` is null, is not finite.
void clip_by_norm(Stream& stream, std::span<const float> gradient, double max_norm,
                  const float* loss, std::span<double> scratch, double* norm, float* factor);

// What the optimizers below read, from the structs of the processor's (whose gradient_scale is not
// used here: see `scale`). Throw std::invalid_argument where those do.
AdamNumbers adam_numbers(const AdamStep& step);
RmsPropNumbers rmsprop_numbers(const RmsPropStep& step);
SgdNumbers sgd_numbers(const SgdStep& step);

// `numbers` and `scale` (1, null: the scale is 1) are in device memory.
void adam_update(Stream& stream, const AdamNumbers* numbers, const float* scale,
                 std::span<float> value, std::span<float> gradient, std::span<float> m,
                 std::span<float> v);
void rmsprop_update(Stream& stream, const RmsPropNumbers* numbers, EpsilonPlacement placement,
                    const float* scale, std::span<float> value, std::span<float> gradient,
                    std::span<float> v);
// `velocity` may be empty where the momentum is 0.
void sgd_update(Stream& stream, const SgdNumbers* numbers, bool nesterov, const float* scale,
                std::span<float> value, std::span<float> gradient, std::span<float> velocity);

// target += tau * (online - target), tau in [0,1]; tau = 1 copies.
void polyak_update(Stream& stream, std::span<float> target, std::span<const float> online,
                   float tau);

}  // namespace pavlov::kernels::cuda
