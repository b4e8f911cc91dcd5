// Whether this program has the baselines of torch_*.h, blas.h and eigen_product.h, or their
// stand-ins of no_baselines.cpp, which are linked where the former are not and throw.
#pragma once

namespace pavlov::bench {

bool has_baselines();

}  // namespace pavlov::bench
