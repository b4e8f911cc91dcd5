// Mind: what a network makes of one observation, for the viewer.
#pragma once

#include <span>

#include "pavlov/agents/action_head.h"
#include "pavlov/agents/observation_normalization.h"
#include "pavlov/apps/viewer/snapshot.h"
#include "pavlov/nets/network.h"

namespace pavlov::apps {

class Mind {
 public:
  // Fills `opinion` for the observation (O), as the environment gave it. Allocates nothing after
  // the first call for a network of one shape.
  void consider(const nets::Network& network, const agents::ActionHead& head,
                const agents::ObservationNormalization& normalization,
                std::span<const float> observation, Opinion& opinion);

 private:
  nets::Tape tape_{.for_backward = false};
  kernels::Tensor input_, outputs_, scores_;  // (1, O), (1, outputs), (1, A)
};

}  // namespace pavlov::apps
