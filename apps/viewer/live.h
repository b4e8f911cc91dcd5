// Live: the channel between a training and the viewer that watches it.
//
// The training publishes snapshots and reads wishes, the viewer's thread takes snapshots and states
// wishes. Everything goes through atomics: neither side ever waits for the other, except that the
// training pauses while the user wants it to.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "pavlov/agents/policy.h"
#include "pavlov/apps/viewer/exchange.h"
#include "pavlov/apps/viewer/snapshot.h"

namespace pavlov::apps {

// What the user wants of the training; written by the viewer, read by the training.
struct Wishes {
  std::atomic<bool> watching{true};  // false: nobody looks any more, nothing needs to be published
  std::atomic<bool> paused{false};
  std::atomic<std::int64_t> single_steps{0};  // to take while paused
  std::atomic<double> speed{0.0};             // in multiples of real time; 0: as fast as it goes
  std::atomic<std::size_t> selected{0};       // the environment to give an opinion about
  std::atomic<bool> checkpoint{false};        // save the policy now
  std::atomic<bool> policy{false};            // publish copies of the policy
};

// Something to tell the user; `number` rises with each.
struct Notice {
  std::int64_t number = 0;
  std::string text;
};

struct LiveSnapshot {
  Snapshot snapshot;
  Notice notice;
};

struct Live {
  Exchange<LiveSnapshot> snapshots;
  Exchange<std::shared_ptr<agents::Policy>> policies;
  Wishes wishes;
};

}  // namespace pavlov::apps
