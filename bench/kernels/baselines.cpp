#include "pavlov/bench/kernels/baselines.h"

namespace pavlov::bench {

bool has_baselines() { return true; }

}  // namespace pavlov::bench
