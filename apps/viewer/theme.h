// Theme: the colours of the viewer, dark and light.
#pragma once

#include "pavlov/envs/picture.h"

namespace pavlov::apps {

using envs::Color;

struct Theme {
  Color background;  // behind everything
  Color panel;       // of charts and lists
  Color line;        // frames, grids, empty bars
  Color text;
  Color dim;   // secondary text
  Color mute;  // bars that are not chosen
  Color blue, orange, green, purple, red, yellow;
  Color paper, ink;   // what white and black of a bright picture become
  Color sky, ground;  // what black and white of a dark picture become

  // The colour in which `color` of a picture with this `background` is shown: greys follow the
  // theme, colours stay.
  Color tint(Color color, Color background) const;
};

const Theme& dark_theme();
const Theme& light_theme();
// Pictures exactly in their own colours.
const Theme& plain_theme();

// `share` of b, the rest of a; opaque.
Color mix(Color a, Color b, double share);
// The same colour, more or less transparent; alpha in [0, 1].
Color faded(Color color, double alpha);

}  // namespace pavlov::apps
