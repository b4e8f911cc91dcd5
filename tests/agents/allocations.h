// Counts the allocations of the whole program, by replacing its operators new.
#pragma once

#include <cstdint>

namespace pavlov::agents {

// Calls of operator new so far, aligned and array forms among them, on every thread.
std::int64_t allocations();

}  // namespace pavlov::agents
