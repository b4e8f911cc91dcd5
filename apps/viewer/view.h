// View: how a snapshot is shown: what the user has chosen, and what is said beside the picture.
#pragma once

#include <string>
#include <vector>

#include "pavlov/apps/viewer/theme.h"

namespace pavlov::apps {

// A key and what it does, for the legend and the help.
struct KeyHint {
  std::string key;        // "space"
  std::string name;       // "pause"
  std::string help;       // "Pause, and go on"
  bool in_legend = true;  // else in the help only
};

struct View {
  const Theme* theme = &dark_theme();
  std::vector<KeyHint> keys;
  bool help = false;
  bool alone = false;  // the selected environment fills the grid
  bool recording = false;
  std::string status;      // "full speed"
  bool attention = false;  // the status is something unusual, such as a pause
  std::string message;     // shown for a moment over the grid: "saved ..."
  std::vector<double>
      values;  // of the selected environment in this episode: best values, or return
};

}  // namespace pavlov::apps
