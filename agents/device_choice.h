// DeviceChoice: where an agent acts and learns, and how the faster device of a run is found.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "pavlov/kernels/memory.h"

namespace pavlov::agents {

enum class DeviceChoice : std::uint8_t {
  cpu,
  cuda,
  automatic,  // both are timed at the sizes of the run
};

struct DeviceVerdict {
  kernels::Device device;
  std::string reason;  // "as asked for", why it cannot be the other one, or what was measured
};

// Seconds that an environment step of the run costs, by an agent on `device`.
using CostOfAStep = std::function<double(kernels::Device device)>;

// `missing` says why this config cannot learn on a CUDA device, and the way out; empty where it
// can. `automatic` measures both, and takes the processor, saying why, where there is no device or
// it fails. For `cuda` throws std::invalid_argument "[<module>] <missing>", and std::runtime_error
// where there is no device.
DeviceVerdict choose_device(std::string_view module, DeviceChoice choice,
                            const std::string& missing, const CostOfAStep& cost);

// Seconds of one call, after `warm_up` to warm up; as many calls as a twentieth of a second holds.
template <class Work>
double seconds_of(const Work& work, int warm_up = 3) {
  using Clock = std::chrono::steady_clock;
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  for (int i = 0; i < warm_up; ++i) work();
  const Clock::time_point start = Clock::now();
  int calls = 0;
  do {
    work();
    ++calls;
  } while (since(start) < 0.05);
  return since(start) / calls;
}

}  // namespace pavlov::agents
