#include <string>
#include <vector>

#include "pavlov/apps/program.h"

int main(int argc, char** argv) {
  return pavlov::apps::run_program(std::vector<std::string>(argv + 1, argv + argc), argv[0]);
}
