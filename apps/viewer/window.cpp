#include "pavlov/apps/viewer/window.h"

#include <SDL.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

constexpr int kLeastWidth = 480, kLeastHeight = 320;

struct Destroy {
  void operator()(SDL_Window* window) const { SDL_DestroyWindow(window); }
  void operator()(SDL_Renderer* renderer) const { SDL_DestroyRenderer(renderer); }
  void operator()(SDL_Texture* texture) const { SDL_DestroyTexture(texture); }
  void operator()(SDL_GameController* pad) const { SDL_GameControllerClose(pad); }
};
template <class T>
using Owned = std::unique_ptr<T, Destroy>;

// Starts and ends SDL's video.
class Video {
 public:
  Video() {
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");  // Ctrl-C belongs to the program
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    // Without a screen SDL would take a driver that shows nothing, and its libraries would print.
    const auto set = [](const char* name) {
      const char* value = SDL_getenv(name);
      return value != nullptr && *value != '\0';
    };
    if (!set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("SDL_VIDEODRIVER")) {
      kernels::throw_runtime("viewer", "no display: neither DISPLAY nor WAYLAND_DISPLAY is set");
    }
    if (SDL_Init(SDL_INIT_VIDEO) != 0) {
      kernels::throw_runtime("viewer", std::string("no display: ") + SDL_GetError());
    }
    const std::string_view driver = SDL_GetCurrentVideoDriver();
    if (!set("SDL_VIDEODRIVER") && (driver == "offscreen" || driver == "dummy")) {
      SDL_Quit();
      kernels::throw_runtime("viewer", "no display answers");
    }
    SDL_InitSubSystem(SDL_INIT_GAMECONTROLLER);  // a gamepad is welcome, not needed
  }
  ~Video() { SDL_Quit(); }
  Video(const Video&) = delete;
  Video& operator=(const Video&) = delete;
};

std::string key_name(SDL_Keycode code) {
  switch (code) {
    case SDLK_SPACE:
      return "space";
    case SDLK_RETURN:
    case SDLK_KP_ENTER:
      return "enter";
    case SDLK_ESCAPE:
      return "escape";
    case SDLK_TAB:
      return "tab";
    case SDLK_LEFT:
      return "left";
    case SDLK_RIGHT:
      return "right";
    case SDLK_UP:
      return "up";
    case SDLK_DOWN:
      return "down";
    case SDLK_HOME:
      return "home";
    case SDLK_END:
      return "end";
    default:
      break;
  }
  if (code > ' ' && code < 127) return std::string(1, static_cast<char>(code));
  return "";
}

}  // namespace

struct Window::Impl {
  Video video;
  Owned<SDL_Window> window;
  Owned<SDL_Renderer> renderer;
  Owned<SDL_Texture> texture;
  Owned<SDL_GameController> pad;
  int texture_width = 0, texture_height = 0;

  bool pad_button(SDL_GameControllerButton button) const {
    return pad != nullptr && SDL_GameControllerGetButton(pad.get(), button) != 0;
  }
  // Whether a stick is moved in direction `sign`.
  bool stick(SDL_GameControllerAxis axis, int sign) const {
    constexpr int kDeadZone = 12000;  // of 32768
    return pad != nullptr && sign * SDL_GameControllerGetAxis(pad.get(), axis) > kDeadZone;
  }
};

Window::Window(const std::string& title, int width, int height) : impl_(std::make_unique<Impl>()) {
  impl_->window.reset(SDL_CreateWindow(title.c_str(), SDL_WINDOWPOS_CENTERED,
                                       SDL_WINDOWPOS_CENTERED, width, height,
                                       SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI));
  if (impl_->window == nullptr) {
    kernels::throw_runtime("viewer", std::string("no window: ") + SDL_GetError());
  }
  SDL_SetWindowMinimumSize(impl_->window.get(), kLeastWidth, kLeastHeight);
  impl_->renderer.reset(SDL_CreateRenderer(impl_->window.get(), -1, SDL_RENDERER_PRESENTVSYNC));
  if (impl_->renderer == nullptr) {
    impl_->renderer.reset(SDL_CreateRenderer(impl_->window.get(), -1, SDL_RENDERER_SOFTWARE));
  }
  if (impl_->renderer == nullptr) {
    kernels::throw_runtime("viewer", std::string("no renderer: ") + SDL_GetError());
  }
}

Window::~Window() = default;

std::vector<Event> Window::poll() {
  std::vector<Event> events;
  SDL_Event event;
  while (SDL_PollEvent(&event) != 0) {
    switch (event.type) {
      case SDL_QUIT:
        events.push_back({.kind = Event::Kind::close});
        break;
      case SDL_KEYDOWN: {
        const std::string name = key_name(event.key.keysym.sym);
        if (!name.empty()) {
          events.push_back({.kind = Event::Kind::key,
                            .key = name,
                            .shift = (event.key.keysym.mod & KMOD_SHIFT) != 0});
        }
        break;
      }
      case SDL_MOUSEBUTTONDOWN:
        events.push_back({.kind = Event::Kind::click,
                          .x = static_cast<double>(event.button.x),
                          .y = static_cast<double>(event.button.y)});
        break;
      case SDL_WINDOWEVENT:
        if (event.window.event == SDL_WINDOWEVENT_SIZE_CHANGED) {
          events.push_back({.kind = Event::Kind::resize});
        }
        break;
      case SDL_CONTROLLERDEVICEADDED:
        if (impl_->pad == nullptr) impl_->pad.reset(SDL_GameControllerOpen(event.cdevice.which));
        break;
      case SDL_CONTROLLERDEVICEREMOVED:
        impl_->pad.reset();
        break;
      default:
        break;
    }
  }
  return events;
}

Held Window::held() const {
  const Uint8* keys = SDL_GetKeyboardState(nullptr);
  const auto key = [keys](SDL_Scancode a, SDL_Scancode b) { return keys[a] != 0 || keys[b] != 0; };
  const Impl& i = *impl_;
  return {.left = key(SDL_SCANCODE_LEFT, SDL_SCANCODE_A) ||
                  i.pad_button(SDL_CONTROLLER_BUTTON_DPAD_LEFT) ||
                  i.stick(SDL_CONTROLLER_AXIS_LEFTX, -1),
          .right = key(SDL_SCANCODE_RIGHT, SDL_SCANCODE_D) ||
                   i.pad_button(SDL_CONTROLLER_BUTTON_DPAD_RIGHT) ||
                   i.stick(SDL_CONTROLLER_AXIS_LEFTX, 1),
          .up = key(SDL_SCANCODE_UP, SDL_SCANCODE_W) || i.pad_button(SDL_CONTROLLER_BUTTON_A) ||
                i.pad_button(SDL_CONTROLLER_BUTTON_DPAD_UP) ||
                i.stick(SDL_CONTROLLER_AXIS_LEFTY, -1),
          .down = key(SDL_SCANCODE_DOWN, SDL_SCANCODE_S) ||
                  i.pad_button(SDL_CONTROLLER_BUTTON_DPAD_DOWN) ||
                  i.stick(SDL_CONTROLLER_AXIS_LEFTY, 1)};
}

void Window::present(const Pixels& pixels) {
  Impl& i = *impl_;
  if (i.texture == nullptr || i.texture_width != pixels.width ||
      i.texture_height != pixels.height) {
    i.texture.reset(SDL_CreateTexture(i.renderer.get(), SDL_PIXELFORMAT_RGB888,
                                      SDL_TEXTUREACCESS_STREAMING, pixels.width, pixels.height));
    i.texture_width = pixels.width;
    i.texture_height = pixels.height;
    if (i.texture == nullptr) {
      kernels::throw_runtime("viewer", std::string("no texture: ") + SDL_GetError());
    }
  }
  SDL_UpdateTexture(i.texture.get(), nullptr, pixels.data.data(),
                    pixels.width * static_cast<int>(sizeof(std::uint32_t)));
  SDL_RenderCopy(i.renderer.get(), i.texture.get(), nullptr, nullptr);
  SDL_RenderPresent(i.renderer.get());
}

int Window::width() const {
  int width = 0;
  SDL_GetWindowSize(impl_->window.get(), &width, nullptr);
  return std::max(width, 1);
}

int Window::height() const {
  int height = 0;
  SDL_GetWindowSize(impl_->window.get(), nullptr, &height);
  return std::max(height, 1);
}

double Window::scale() const {
  int pixels = 0;
  SDL_GetRendererOutputSize(impl_->renderer.get(), &pixels, nullptr);
  return pixels > 0 ? static_cast<double>(pixels) / width() : 1.0;
}

}  // namespace pavlov::apps
