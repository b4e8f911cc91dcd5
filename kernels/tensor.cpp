#include "pavlov/kernels/tensor.h"

#include <stdexcept>

namespace pavlov::kernels {

std::string dimensions_text(std::span<const std::size_t> shape) {
  std::string text = "(";
  for (std::size_t i = 0; i < shape.size(); ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  }
  return text + ")";
}

std::size_t checked_size(std::span<const std::size_t> shape, std::size_t most_dimensions,
                         std::size_t element_bytes) {
  const auto reject = [shape](const std::string& rule) {
    throw_argument("tensor", "shape " + dimensions_text(shape) + ": " + rule);
  };
  if (shape.size() > most_dimensions) {
    reject("must have at most " + std::to_string(most_dimensions) + " dimensions");
  }
  std::size_t bytes = element_bytes;
  std::size_t count = 1;
  for (const std::size_t d : shape) {
    if (__builtin_mul_overflow(bytes, d, &bytes)) reject("has more bytes than an address space");
    count *= d;
  }
  return count;
}

void* allocate_shape(std::span<const std::size_t> shape, std::size_t bytes, Device device) {
  try {
    return allocate(bytes, device);
  } catch (const OutOfMemory& error) {
    throw OutOfMemory("[tensor] shape " + dimensions_text(shape) + ": " + error.what());
  } catch (const std::runtime_error& error) {
    throw_runtime("tensor", "shape " + dimensions_text(shape) + ": " + error.what());
  }
}

}  // namespace pavlov::kernels
