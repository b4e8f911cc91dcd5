// What the device is asked to do, by name and sizes: for the messages of errors. C++17.
#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>

namespace pavlov::kernels::cuda {

// Shown as "softmax_forward (64,51)".
struct Operation {
  const char* name;
  std::size_t sizes[3] = {0, 0, 0};  // zeros are not shown

  std::string text() const {
    std::string text;
    for (const std::size_t size : sizes) {
      if (size != 0) text += (text.empty() ? "" : ",") + std::to_string(size);
    }
    return text.empty() ? name : name + (" (" + text + ")");
  }
};

// make(), whose std::runtime_error then says what it was for: "[cuda] dqn update (64,4,2):
// cudaMalloc of 262144 bytes: out of memory".
template <class Make>
decltype(auto) named(const Operation& operation, Make&& make) {
  try {
    return make();
  } catch (const std::runtime_error& error) {
    const std::string module = "[cuda] ", what = error.what();
    throw std::runtime_error(module + operation.text() + ": " +
                             (what.rfind(module, 0) == 0 ? what.substr(module.size()) : what));
  }
}

}  // namespace pavlov::kernels::cuda
