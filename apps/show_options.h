// Options of the viewer as words of the command line.
#pragma once

#include <string>

#include "pavlov/apps/viewer/show.h"

namespace pavlov::apps {

// From "1280x720" and "dark" or "light". Throws std::invalid_argument for anything else.
ShowOptions show_options(const std::string& size, const std::string& theme);

}  // namespace pavlov::apps
