// Options of the viewer as words of the command line.
#pragma once

#include <string>

#include "pavlov/apps/viewer/show.h"

namespace pavlov::apps {

// From "1280x720", "dark" or "light", and 0 or a number in [0.5, 8]. Throws std::invalid_argument
// for anything else.
ShowOptions show_options(const std::string& size, const std::string& theme, double scale);

}  // namespace pavlov::apps
