// Interrupt: the first Ctrl-C asks a run to end, the second one ends the program at once.
#pragma once

#include <atomic>

namespace pavlov::apps {

// Catches SIGINT and SIGTERM from here on. True after the first of them.
const std::atomic<bool>& catch_interrupts();

// Exit status of a run that was interrupted (128 + SIGINT, the shells' convention).
inline constexpr int kInterruptedStatus = 130;

}  // namespace pavlov::apps
