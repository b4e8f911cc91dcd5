// DeviceActions: the actions of some rows in device memory, discrete or continuous.
#pragma once

#include <cstddef>
#include <cstdint>

#include "pavlov/kernels/tensor.h"

namespace pavlov::agents::cuda {

// One of the two has elements.
struct DeviceActions {
  kernels::TensorOf<std::int32_t> discrete;  // (B)
  kernels::Tensor continuous;                // (B,A)

  DeviceActions(std::size_t rows, std::size_t dimensions, bool is_continuous)
      : discrete({is_continuous ? 0 : rows}, kernels::Device::cuda),
        continuous({is_continuous ? rows : 0, dimensions}, kernels::Device::cuda) {}
};

}  // namespace pavlov::agents::cuda
