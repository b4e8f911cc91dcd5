// Compiled where CMake finds no Box2D.
#include "pavlov/envs/lunar_lander/box2d_engine.h"
#include "pavlov/kernels/check.h"

namespace pavlov::envs::lunar_lander {

bool has_box2d() { return false; }

std::unique_ptr<Engine> make_box2d_engine(std::span<const float>) {
  kernels::throw_argument("lunar_lander",
                          "engine box2d: this build has no Box2D: install libbox2d-dev and build "
                          "again, or use engine=exact");
}

}  // namespace pavlov::envs::lunar_lander
