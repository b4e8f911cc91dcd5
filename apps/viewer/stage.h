// Stage: what the viewer shows and steers: a training, a policy that plays, a trace, a player.
//
// All of it is called by the viewer's thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/snapshot.h"
#include "pavlov/apps/viewer/view.h"

namespace pavlov::apps {

// What keys and mouse ask of a stage. The viewer itself looks after themes, help, recordings,
// screenshots and the end.
enum class Command : std::uint8_t {
  pause,
  step,
  slower,
  faster,
  greedy,
  checkpoint,
  restart,
  back,
  forward,
  first,
  last,
};

// Directions that are held down, by keys or gamepad.
struct Held {
  bool left = false, right = false, up = false, down = false;
  bool operator==(const Held&) const = default;
};

class Stage {
 public:
  virtual ~Stage() = default;

  virtual const Subject& subject() const = 0;
  // Goes on to time `now` (seconds from an arbitrary moment, never falling), and returns what there
  // is to see; valid until the next call.
  virtual const Snapshot& advance(double now) = 0;
  // Does it; returns what to tell the user, which may be empty. Commands that mean nothing here do
  // nothing.
  virtual std::string handle(Command command) = 0;
  virtual void select(std::size_t tile) = 0;
  virtual void hold(const Held&) {}
  // Goes to this share of the whole, in [0, 1]: a click on the progress bar.
  virtual void seek(double) {}

  // Keys of this stage, in the order of the legend; the viewer adds its own.
  virtual std::vector<KeyHint> keys() const = 0;
  // "full speed", "paused"; `attention` where it is unusual.
  virtual std::string status(bool& attention) const = 0;
  // What has happened since the last call and the user should know; mostly nothing.
  virtual std::string news() { return {}; }
};

}  // namespace pavlov::apps
