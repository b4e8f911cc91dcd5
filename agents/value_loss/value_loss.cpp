#include "pavlov/agents/value_loss/value_loss.h"

#include "pavlov/agents/value_loss/categorical.h"
#include "pavlov/agents/value_loss/expected.h"
#include "pavlov/agents/value_loss/quantile.h"

namespace pavlov::agents {

std::unique_ptr<ValueLoss> make_value_loss(const DqnConfig& c) {
  switch (c.distribution) {
    case Distribution::c51:
      return std::make_unique<CategoricalLoss>(
          kernels::Support{static_cast<float>(c.v_min), static_cast<float>(c.v_max), c.atoms});
    case Distribution::quantile:
      return std::make_unique<QuantileLoss>(
          kernels::QuantileLoss{c.quantiles, static_cast<float>(c.kappa)});
    case Distribution::none:
      break;
  }
  return std::make_unique<ExpectedLoss>(c.loss);
}

}  // namespace pavlov::agents
