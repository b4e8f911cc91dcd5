// Window: puts finished images on the screen and brings keys, clicks and the gamepad. SDL2.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/canvas.h"
#include "pavlov/apps/viewer/stage.h"

namespace pavlov::apps {

struct Event {
  enum class Kind : std::uint8_t { key, click, close, resize } kind = Kind::key;
  // Of a key: its character in lower case, or a name: "space", "enter", "escape", "tab", "left",
  // "right", "up", "down", "home", "end".
  std::string key = {};
  bool shift = false;
  double x = 0.0, y = 0.0;  // of a click, logical pixels
};

class Window {
 public:
  // Opens it, on this thread, which alone may use it. Throws std::runtime_error, with the reason of
  // the system, where there is no display.
  Window(const std::string& title, int width, int height);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // What has happened since the last call.
  std::vector<Event> poll();
  Held held() const;
  // Shows the image; waits for the screen where it can (at most a frame).
  void present(const Pixels& pixels);

  int width() const;     // logical
  int height() const;    // logical
  double scale() const;  // image pixels per logical pixel

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pavlov::apps
