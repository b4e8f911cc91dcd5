// What changes from one step of an optimizer to the next. It lies in device memory, so that a step
// that was captured once can be replayed with other numbers. C++17.
#pragma once

namespace pavlov::kernels::cuda {

// See adam_update in update.h of the folder above.
struct AdamNumbers {
  float one_minus_beta1, beta2, one_minus_beta2;
  float step_size;        // lr / (1 - beta1^t)
  float root_correction;  // 1 / sqrt(1 - beta2^t)
  float epsilon;
  float decay;  // lr * weight_decay
};

struct RmsPropNumbers {
  float learning_rate, decay, one_minus_decay, epsilon;
};

struct SgdNumbers {
  float learning_rate, momentum;
};

}  // namespace pavlov::kernels::cuda
