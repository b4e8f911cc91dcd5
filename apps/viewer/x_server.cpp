#include "pavlov/apps/viewer/x_server.h"

#include <X11/Xlib.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace pavlov::apps {
namespace {

std::atomic<bool> lost{false};
thread_local std::jmp_buf* way_out = nullptr;  // of the call that this thread is in

std::mutex refusal_mutex;
std::array<char, 128> refusal{};

// Exit handlers of the libraries would wait for locks that nobody opens any more.
void leave_at_once(int status, void*) {
  std::fflush(nullptr);
  _exit(status);
}

int on_lost_connection(Display*) {
  if (!lost.exchange(true)) on_exit(leave_at_once, nullptr);  // called first, for it comes last
  if (way_out != nullptr) std::longjmp(*way_out, 1);
  for (;;) pause();  // a thread that a driver has started: it stays here
}

// Xlib goes on after it, without the answer.
int on_refusal(Display* display, XErrorEvent* error) {
  const std::lock_guard lock(refusal_mutex);
  XGetErrorText(display, error->error_code, refusal.data(), static_cast<int>(refusal.size()));
  return 0;
}

}  // namespace

void catch_x_errors() {
  XSetIOErrorHandler(on_lost_connection);
  XSetErrorHandler(on_refusal);
}

bool with_x_server(void (*call)(const void*), const void* argument) {
  if (lost) return false;
  std::jmp_buf here;
  way_out = &here;
  if (setjmp(here) == 0) call(argument);
  way_out = nullptr;
  return !lost;
}

std::string take_x_refusal() {
  const std::lock_guard lock(refusal_mutex);
  std::string text = refusal.data();
  refusal[0] = '\0';
  return text;
}

}  // namespace pavlov::apps
