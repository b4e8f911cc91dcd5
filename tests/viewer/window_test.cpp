// A real window on SDL's dummy driver: real events in, images out. Keys on a real display:
// window_keys.py.
#include "pavlov/apps/viewer/window.h"

#include <SDL.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>

#include "pavlov/apps/viewer/show.h"
#include "stages.h"

namespace pavlov::apps {
namespace {

class WindowTest : public ::testing::Test {
 protected:
  void SetUp() override { setenv("SDL_VIDEODRIVER", "dummy", 1); }
  void TearDown() override { unsetenv("SDL_VIDEODRIVER"); }

  static void press(SDL_Keycode code, Uint16 modifiers = KMOD_NONE) {
    SDL_Event event{};
    event.type = SDL_KEYDOWN;
    event.key.keysym.sym = code;
    event.key.keysym.mod = modifiers;
    SDL_PushEvent(&event);
  }
};

TEST_F(WindowTest, BringsKeysAndClicks) {
  Window window("test", 640, 400);
  EXPECT_EQ(window.width(), 640);
  EXPECT_EQ(window.scale(), 1.0);
  window.poll();
  press(SDLK_SPACE);
  press(SDLK_TAB, KMOD_LSHIFT);
  press(SDLK_LEFTBRACKET);
  press(SDLK_F5);  // means nothing
  SDL_Event click{};
  click.type = SDL_MOUSEBUTTONDOWN;
  click.button.x = 12;
  click.button.y = 34;
  SDL_PushEvent(&click);
  const std::vector<Event> events = window.poll();
  ASSERT_EQ(events.size(), 4u);
  EXPECT_EQ(events[0].key, "space");
  EXPECT_EQ(events[1].key, "tab");
  EXPECT_TRUE(events[1].shift);
  EXPECT_EQ(events[2].key, "[");
  EXPECT_EQ(events[3].kind, Event::Kind::click);
  EXPECT_EQ(events[3].x, 12.0);
  EXPECT_TRUE(window.held() == Held());
  window.present(Canvas(640, 400).pixels());
  window.present(Canvas(320, 200).pixels());
}

// Screens of X11 do not say how fine they are: the user does.
TEST_F(WindowTest, ScalesWhatIsWantedLarger) {
  Window window("test", 640, 400, 2.0);
  window.poll();
  EXPECT_EQ(window.scale(), 2.0);
  EXPECT_EQ(window.width(), 640.0);
  EXPECT_EQ(window.height(), 400.0);
  SDL_Event click{};
  click.type = SDL_MOUSEBUTTONDOWN;
  click.button.x = 100;
  click.button.y = 50;
  SDL_PushEvent(&click);
  const std::vector<Event> events = window.poll();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].x, 50.0);
  EXPECT_EQ(events[0].y, 25.0);
  const Canvas canvas(window.width(), window.height(), window.scale());
  EXPECT_EQ(canvas.pixels().width, 1280);
  EXPECT_NO_THROW(window.present(canvas.pixels()));
}

// A gamepad that SDL makes up.
class Gamepad {
 public:
  Gamepad()
      : index_(SDL_JoystickAttachVirtual(SDL_JOYSTICK_TYPE_GAMECONTROLLER, SDL_CONTROLLER_AXIS_MAX,
                                         SDL_CONTROLLER_BUTTON_MAX, 0)),
        id_(SDL_JoystickGetDeviceInstanceID(index_)),
        stick_(SDL_JoystickOpen(index_)) {}
  ~Gamepad() { unplug(); }
  Gamepad(const Gamepad&) = delete;
  Gamepad& operator=(const Gamepad&) = delete;

  void unplug() {
    if (stick_ == nullptr) return;
    SDL_JoystickClose(stick_);
    stick_ = nullptr;
    for (int k = 0; k < SDL_NumJoysticks(); ++k) {
      if (SDL_JoystickGetDeviceInstanceID(k) == id_) SDL_JoystickDetachVirtual(k);
    }
  }
  void press(int button, bool down) { SDL_JoystickSetVirtualButton(stick_, button, down ? 1 : 0); }
  void push(int axis, Sint16 by) { SDL_JoystickSetVirtualAxis(stick_, axis, by); }

 private:
  int index_;
  SDL_JoystickID id_;
  SDL_Joystick* stick_;
};

TEST_F(WindowTest, GamepadSteers) {
  SDL_SetHint(SDL_HINT_JOYSTICK_ALLOW_BACKGROUND_EVENTS, "1");  // nothing has the focus here
  Window window("test", 640, 400);
  Gamepad first, second;
  window.poll();
  const auto held = [&window] {
    window.poll();
    return window.held();
  };
  EXPECT_EQ(held(), Held());
  first.push(SDL_CONTROLLER_AXIS_LEFTX, -30000);
  EXPECT_EQ(held(), Held{.left = true});
  first.push(SDL_CONTROLLER_AXIS_LEFTX, 5000);  // hardly
  EXPECT_EQ(held(), Held());
  first.push(SDL_CONTROLLER_AXIS_LEFTX, 0);
  first.press(SDL_CONTROLLER_BUTTON_A, true);
  first.press(SDL_CONTROLLER_BUTTON_DPAD_RIGHT, true);
  EXPECT_EQ(held(), (Held{.right = true, .up = true}));
  first.press(SDL_CONTROLLER_BUTTON_START, true);
  const std::vector<Event> events = window.poll();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].key, "enter");
  second.push(SDL_CONTROLLER_AXIS_LEFTY, 30000);
  EXPECT_FALSE(held().down) << "the first one steers";
  second.unplug();
  EXPECT_TRUE(held().up) << "and goes on when another goes";
  Gamepad third;
  third.push(SDL_CONTROLLER_AXIS_LEFTY, 30000);
  first.unplug();
  window.poll();  // it has gone
  EXPECT_EQ(held(), Held{.down = true}) << "the next one takes over";
  third.unplug();
  EXPECT_EQ(held(), Held());
}

// Presses keys as the frames go by.
class Script final : public Stage {
 public:
  explicit Script(std::vector<SDL_Keycode> keys) : keys_(std::move(keys)) {}
  const Subject& subject() const override { return inner.subject(); }
  const Snapshot& advance(double now) override {
    if (next_ < keys_.size() && SDL_WasInit(SDL_INIT_VIDEO) != 0) {
      SDL_Event event{};
      event.type = SDL_KEYDOWN;
      event.key.keysym.sym = keys_[next_++];
      SDL_PushEvent(&event);
    }
    return inner.advance(now);
  }
  std::string handle(Command command) override { return inner.handle(command); }
  void select(std::size_t tile) override { inner.select(tile); }
  std::vector<KeyHint> keys() const override { return inner.keys(); }
  std::string status(bool& attention) const override { return inner.status(attention); }

  CountingStage inner;

 private:
  std::vector<SDL_Keycode> keys_;
  std::size_t next_ = 0;
};

TEST_F(WindowTest, RunsUntilQ) {
  Script stage({SDLK_SPACE, SDLK_RIGHT, SDLK_h, SDLK_t, SDLK_TAB, SDLK_q});
  run_in_window(stage, {.width = 640, .height = 400});
  EXPECT_EQ(stage.inner.commands, (std::vector{Command::pause, Command::step}));
  EXPECT_EQ(stage.inner.snapshot().selected, 1u);
}

TEST_F(WindowTest, EndsAfterItsTimeAndWhenAsked) {
  CountingStage stage;
  run_in_window(stage, {.width = 320, .height = 200, .seconds = 0.2});
  EXPECT_GE(stage.times.size(), 5u);
  EXPECT_LE(stage.times.size(), 14u);
  int frames = 0;
  run_in_window(stage, {.width = 320, .height = 200, .stop = [&] { return ++frames > 3; }});
  EXPECT_EQ(frames, 4);
}

TEST(Window, WithoutADisplayIsAnErrorInWords) {
  for (const char* name : {"SDL_VIDEODRIVER", "DISPLAY", "WAYLAND_DISPLAY"}) unsetenv(name);
  try {
    const Window window("test", 640, 400);
    GTEST_SKIP() << "this machine has a display that needs no DISPLAY";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("no display"), std::string::npos) << error.what();
  }
  setenv("DISPLAY", ":4711", 1);  // where nobody answers
  EXPECT_THROW(Window("test", 640, 400), std::runtime_error);
  unsetenv("DISPLAY");
}

}  // namespace
}  // namespace pavlov::apps
