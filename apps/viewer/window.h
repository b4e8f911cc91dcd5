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
  enum class Kind : std::uint8_t { key, click, close } kind = Kind::key;
  // Of a key: its character in lower case, or a name: "space", "enter" (also a gamepad's start),
  // "escape", "tab", "left", "right", "up", "down", "home", "end".
  std::string key = {};
  bool shift = false;
  double x = 0.0, y = 0.0;  // of a click, logical pixels
};

class Window {
 public:
  // Opens it, on this thread, which alone may use it. `width` and `height` are logical; `scale` is
  // for screens that do not say how fine they are (those of X11), 0: what the screen says. Throws
  // std::runtime_error, with the reason of the system, where there is no display.
  Window(const std::string& title, int width, int height, double scale = 0.0);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  // What has happened since the last call. This and present() throw std::runtime_error where the
  // screen is lost: from then on there is none for the whole program.
  std::vector<Event> poll();
  Held held() const;
  // Shows the image, of as many pixels as the window has.
  void present(const Pixels& pixels);

  double width() const;   // logical
  double height() const;  // logical
  double scale() const;   // image pixels per logical pixel

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pavlov::apps
