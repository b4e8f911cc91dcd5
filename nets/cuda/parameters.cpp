#include "pavlov/nets/cuda/parameters.h"

#include <string>

#include "pavlov/kernels/check.h"

namespace pavlov::nets::cuda {

using kernels::Device;

Parameters::Parameters(const ParameterBuffer& host)
    : table_(host.table().begin(), host.table().end()),
      values_({host.values().size()}, Device::cuda),
      gradient_({host.values().size()}, Device::cuda) {
  copy_from(host);
}

std::size_t Parameters::find(std::string_view name) const {
  for (std::size_t i = 0; i < table_.size(); ++i) {
    if (table_[i].name == name) return i;
  }
  kernels::throw_argument("parameters", "tensor '" + std::string(name) + "' is missing");
}

void Parameters::check(const ParameterBuffer& host) const {
  if (!same_tensors(host.table(), table_)) {
    kernels::throw_argument("parameters", "copy between networks of different layers");
  }
}

void Parameters::copy_from(const ParameterBuffer& host) {
  check(host);
  kernels::copy_bytes(values_.data(), Device::cuda, host.values().data(), Device::cpu,
                      values_.size() * sizeof(float));
}

void Parameters::copy_to(ParameterBuffer& host) const {
  check(host);
  kernels::copy_bytes(host.values().data(), Device::cpu, values_.data(), Device::cuda,
                      values_.size() * sizeof(float));
}

}  // namespace pavlov::nets::cuda
