#include "pavlov/agents/device_choice.h"

#include <stdexcept>

#include "pavlov/kernels/check.h"

namespace pavlov::agents {
namespace {

using kernels::Device;

std::string microseconds(double seconds) {
  return kernels::number_text(static_cast<int>(seconds * 1e7 + 0.5) / 10.0) + " us";
}

// Times both, `gpu` being the name of the device.
DeviceVerdict faster_device(const CostOfAStep& cost, const std::string& gpu) {
  const double cpu = cost(Device::cpu), device = cost(Device::cuda);
  return {device < cpu ? Device::cuda : Device::cpu, "an environment step costs " +
                                                         microseconds(cpu) + " on the processor, " +
                                                         microseconds(device) + " on " + gpu};
}

}  // namespace

DeviceVerdict choose_device(std::string_view module, DeviceChoice choice,
                            const std::string& missing, const CostOfAStep& cost) {
  if (choice == DeviceChoice::cpu) return {Device::cpu, "as asked for"};
  std::string description;
  const bool present = kernels::cuda::available(description);
  if (choice == DeviceChoice::cuda) {
    if (!missing.empty()) kernels::throw_argument(module, missing);
    if (!present) {
      kernels::throw_runtime(module, "device cuda: " + description + "; cpu runs everywhere");
    }
    return {Device::cuda, "as asked for"};
  }
  if (!missing.empty()) return {Device::cpu, missing};
  if (!present) return {Device::cpu, "no CUDA device: " + description};
  try {
    return faster_device(cost, description);
  } catch (const std::runtime_error& error) {
    return {Device::cpu, "the CUDA device failed: " + std::string(error.what())};
  }
}

}  // namespace pavlov::agents
