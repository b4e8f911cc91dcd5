// XServer: what becomes of this program when its X server does not go on with it.
//
// Xlib ends the whole program where the server has died, has closed the connection (xkill), or
// refuses a request (a window that somebody else has destroyed); SDL leaves it at that. A program
// that only shows something there has more to lose. So calls into X, SDL and OpenGL go through
// with_x_server(), which comes back in all three cases.
//
// Out of a dead connection leads a jump: an I/O error handler must not return, for then XIfEvent
// waits for ever and OpenGL drivers go on with answers that never came. What was locked then stays
// locked, so the program ends without the exit handlers of these libraries.
#pragma once

#include <string>
#include <type_traits>

namespace pavlov::apps {

// From here on neither of them ends the program; for with_x_server(), which does nothing else
// about it.
void catch_x_errors();

// Calls `call`. Returns false where the connection was lost on the way, or before: then what X, SDL
// and OpenGL were doing stays as it is, locked halfway, and nothing of theirs may be called any
// more, not even to free it. `call` must own nothing that has a destructor: the jump passes it by.
bool with_x_server(void (*call)(const void*), const void* argument);

template <class Call>
bool with_x_server(const Call& call) {
  static_assert(std::is_trivially_destructible_v<Call>);
  return with_x_server([](const void* argument) { (*static_cast<const Call*>(argument))(); },
                       &call);
}

// What the server has refused since the last call, in its words; empty: nothing.
std::string take_x_refusal();

}  // namespace pavlov::apps
