// Rows of the wrappers: a wrapped batch against the same batch with a plain loop that computes the
// same (wrappers_scalar.h). Both sides contain the step of the batch, CartPole-v1.
#pragma once

namespace pavlov::bench {

void add_wrappers();

}  // namespace pavlov::bench
