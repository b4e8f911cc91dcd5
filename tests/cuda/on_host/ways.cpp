#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/kernels/cuda/run_on_host-inl.h"

namespace pavlov::kernels::cuda {

std::vector<std::string> ways_to_run() { return {"ascending", "descending"}; }
void run_kernels(const std::string& way) { run_descending(way == "descending"); }

}  // namespace pavlov::kernels::cuda
