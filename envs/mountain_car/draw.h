// The picture of both MountainCars: Gymnasium 1.4, MountainCarEnv.render.
#pragma once

#include "pavlov/envs/picture.h"

namespace pavlov::envs {

// The car at `position` in the valley, with the flag at `goal`, m.
void draw_valley(double position, double goal, Picture& picture);

}  // namespace pavlov::envs
