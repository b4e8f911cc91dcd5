#include "pavlov/tests/envs/conformance.h"

#include <gtest/gtest.h>

#include "pavlov/tests/envs/conformance/parts.h"

namespace pavlov::envs {

void check_conformance(const MakeVecEnv& make, bool can_save) {
  {
    SCOPED_TRACE("shapes");
    conformance::check_shapes(make);
  }
  {
    SCOPED_TRACE("determinism");
    conformance::check_determinism(make);
    conformance::check_independence(make);
  }
  {
    SCOPED_TRACE("autoreset");
    conformance::check_autoreset(make);
    conformance::check_masked_reset(make);
    conformance::check_streams(make);
    conformance::check_resting(make, can_save);
  }
  if (can_save) {
    SCOPED_TRACE("archives");
    check_archives(make);
  }
  {
    SCOPED_TRACE("errors");
    conformance::check_errors(make, can_save);
  }
}

}  // namespace pavlov::envs
