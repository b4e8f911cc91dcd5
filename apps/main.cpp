#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "pavlov/apps/program.h"

namespace {

// Whether all that was printed has arrived; a full disk shows only when the buffer is written.
bool output_arrived() {
  errno = 0;
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return true;
  std::fprintf(stderr, "pavlov: error: [output] cannot write to standard output: %s\n",
               errno != 0 ? std::strerror(errno) : "an earlier write failed");
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const int status =
      pavlov::apps::run_program(std::vector<std::string>(argv + 1, argv + argc), argv[0]);
  if (status != 0) return status;  // said why already
  return output_arrived() ? 0 : 1;
}
