// What stands in for the viewer where SDL2 or Cairo is not installed.
#include "pavlov/apps/viewer/show.h"
#include "pavlov/kernels/check.h"

namespace pavlov::apps {
namespace {

[[noreturn]] void refuse() {
  kernels::throw_runtime("viewer",
                         "this build has no viewer: install libsdl2-dev, libcairo2-dev and "
                         "pkg-config, then configure and build again; --watch=terminal needs none");
}

}  // namespace

bool has_viewer() { return false; }
void check_film(const std::filesystem::path&) { refuse(); }
void run_in_window(Stage&, const ShowOptions&) { refuse(); }
Film run_without_window(Stage&, const ShowOptions&, bool) { refuse(); }

}  // namespace pavlov::apps
