#include "pavlov/apps/viewer/window.h"

#include <SDL.h>

#include <algorithm>
#include <cctype>
#include <string_view>

#include "pavlov/apps/viewer/x_server.h"
#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

constexpr int kLeastWidth = 480, kLeastHeight = 320;

// SDL's drivers for the screens that the environment names. Left alone, SDL goes on to drivers that
// show nothing, and to libraries that print why they are no use.
const char* drivers() {
  const auto set = [](const char* name) {
    const char* value = SDL_getenv(name);
    return value != nullptr && *value != '\0';
  };
  if (set("SDL_VIDEODRIVER")) return SDL_getenv("SDL_VIDEODRIVER");
  if (set("DISPLAY")) return set("WAYLAND_DISPLAY") ? "x11,wayland" : "x11";
  if (set("WAYLAND_DISPLAY")) return "wayland";
  kernels::throw_runtime("viewer", "no display: neither DISPLAY nor WAYLAND_DISPLAY is set");
}

// All that may ask the X server for something goes through here.
template <class Call>
void ask(const Call& call) {
  const bool connected = with_x_server(call);
  const std::string refusal = take_x_refusal();
  if (!connected) kernels::throw_runtime("viewer", "the connection to the X server is lost");
  if (!refusal.empty()) kernels::throw_runtime("viewer", "the X server refuses: " + refusal);
}

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
  bool started = false;  // SDL
  SDL_Window* window = nullptr;
  SDL_GameController* pad = nullptr;

  double wanted_scale = 0.0;  // 0: the screen's
  int pixel_width = 1, pixel_height = 1;
  double pixels_per_unit = 1.0;  // of SDL's units of length
  double scale = 1.0;            // pixels per logical pixel

  ~Impl() {
    if (!started) return;
    with_x_server([this] {
      if (pad != nullptr) SDL_GameControllerClose(pad);
      if (window != nullptr) SDL_DestroyWindow(window);
      SDL_Quit();
    });
  }

  void start() {
    SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");  // Ctrl-C belongs to the program
    SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
    SDL_SetHint(SDL_HINT_VIDEODRIVER, drivers());
    catch_x_errors();
    ask([this] { started = SDL_Init(SDL_INIT_VIDEO) == 0; });
    if (!started) kernels::throw_runtime("viewer", std::string("no display: ") + SDL_GetError());
    // X shows images as they are. OpenGL would add a driver that may crash, and where that draws by
    // the processor, the work of doing it twice. Wayland has no other way.
    const bool by_x = std::string_view(SDL_GetCurrentVideoDriver()) == "x11";
    SDL_SetHint(SDL_HINT_FRAMEBUFFER_ACCELERATION, by_x ? "0" : "1");
    SDL_InitSubSystem(SDL_INIT_GAMECONTROLLER);  // a gamepad is welcome, not needed
  }

  void open(const char* title, int width, int height) {
    ask([=, this] {
      window = SDL_CreateWindow(title, SDL_WINDOWPOS_CENTERED, SDL_WINDOWPOS_CENTERED, width,
                                height, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
    });
    if (window == nullptr) {
      kernels::throw_runtime("viewer", std::string("no window: ") + SDL_GetError());
    }
    measure();
    const double units = scale / pixels_per_unit;  // of a logical pixel
    const auto in_units = [units](int length) { return static_cast<int>(length * units); };
    ask([&] {
      SDL_SetWindowMinimumSize(window, in_units(kLeastWidth), in_units(kLeastHeight));
      if (units != 1.0) SDL_SetWindowSize(window, in_units(width), in_units(height));
    });
    measure();
  }

  void measure() {
    int units = 0;
    ask([&] {
      SDL_GetWindowSize(window, &units, nullptr);
      SDL_GetWindowSizeInPixels(window, &pixel_width, &pixel_height);
    });
    pixel_width = std::max(pixel_width, 1);
    pixel_height = std::max(pixel_height, 1);
    pixels_per_unit = units > 0 ? static_cast<double>(pixel_width) / units : 1.0;
    scale = wanted_scale > 0.0 ? wanted_scale : pixels_per_unit;
  }

  double logical(int units) const { return units * pixels_per_unit / scale; }

  // The first gamepad there is, unless there is one already.
  void take_pad() {
    for (int k = 0; pad == nullptr && k < SDL_NumJoysticks(); ++k) {
      if (SDL_IsGameController(k) != 0) pad = SDL_GameControllerOpen(k);
    }
  }
  void lose_pad(SDL_JoystickID id) {
    if (pad == nullptr || SDL_JoystickInstanceID(SDL_GameControllerGetJoystick(pad)) != id) return;
    SDL_GameControllerClose(pad);
    pad = nullptr;
    take_pad();
  }
  bool pad_button(SDL_GameControllerButton button) const {
    return pad != nullptr && SDL_GameControllerGetButton(pad, button) != 0;
  }
  // Whether a stick is moved in direction `sign`.
  bool stick(SDL_GameControllerAxis axis, int sign) const {
    constexpr int kDeadZone = 12000;  // of 32768
    return pad != nullptr && sign * SDL_GameControllerGetAxis(pad, axis) > kDeadZone;
  }
};

Window::Window(const std::string& title, int width, int height, double scale)
    : impl_(std::make_unique<Impl>()) {
  impl_->wanted_scale = scale;
  impl_->start();
  impl_->open(title.c_str(), width, height);
}

Window::~Window() = default;

std::vector<Event> Window::poll() {
  std::vector<Event> events;
  const auto key = [&events](const std::string& name, bool shift) {
    if (!name.empty()) events.push_back({.kind = Event::Kind::key, .key = name, .shift = shift});
  };
  SDL_Event event;
  for (;;) {
    bool more = false;
    ask([&] { more = SDL_PollEvent(&event) != 0; });
    if (!more) break;
    switch (event.type) {
      case SDL_QUIT:
        events.push_back({.kind = Event::Kind::close});
        break;
      case SDL_KEYDOWN:
        key(key_name(event.key.keysym.sym), (event.key.keysym.mod & KMOD_SHIFT) != 0);
        break;
      case SDL_MOUSEBUTTONDOWN:
        events.push_back({.kind = Event::Kind::click,
                          .x = impl_->logical(event.button.x),
                          .y = impl_->logical(event.button.y)});
        break;
      case SDL_CONTROLLERDEVICEADDED:
        impl_->take_pad();
        break;
      case SDL_CONTROLLERDEVICEREMOVED:
        impl_->lose_pad(event.cdevice.which);
        break;
      case SDL_CONTROLLERBUTTONDOWN:
        if (event.cbutton.button == SDL_CONTROLLER_BUTTON_START) key("enter", false);
        break;
      default:
        break;
    }
  }
  impl_->measure();
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
  bool shown = false;
  ask([&, window = impl_->window] {
    SDL_Surface* screen = SDL_GetWindowSurface(window);  // another one after a change of size
    if (screen == nullptr) return;
    constexpr int kPixel = sizeof(std::uint32_t);
    shown = SDL_ConvertPixels(std::min(pixels.width, screen->w), std::min(pixels.height, screen->h),
                              SDL_PIXELFORMAT_RGB888, pixels.data.data(), pixels.width * kPixel,
                              screen->format->format, screen->pixels, screen->pitch) == 0 &&
            SDL_UpdateWindowSurface(window) == 0;
  });
  if (!shown) kernels::throw_runtime("viewer", std::string("cannot draw: ") + SDL_GetError());
}

double Window::width() const { return impl_->pixel_width / impl_->scale; }
double Window::height() const { return impl_->pixel_height / impl_->scale; }
double Window::scale() const { return impl_->scale; }

}  // namespace pavlov::apps
