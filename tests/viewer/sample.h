// A made-up run to draw: landers in flight, curves as of a training that goes well.
#pragma once

#include <cstddef>
#include <string>

#include "pavlov/apps/viewer/snapshot.h"
#include "pavlov/apps/viewer/view.h"

namespace pavlov::apps {

struct Sample {
  Subject subject;
  Snapshot snapshot;
  View view;
};

// `count` environments `env`, played by chance (landers by their heuristic) to different times.
Sample sample_run(const std::string& env, std::size_t count, bool distribution);

}  // namespace pavlov::apps
