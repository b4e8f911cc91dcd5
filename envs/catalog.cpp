// The table of environments. To add one: write its folder, add a row here and its sources to
// CMakeLists.txt; the conformance tests run over this table.
#include "pavlov/envs/catalog.h"

#include "pavlov/envs/cartpole/cartpole.h"
#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lunar_lander/lunar_lander.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::envs {
namespace {

using Make = std::unique_ptr<VecEnv> (*)(std::string_view id, const VecOptions&, OptionReader&);
using Declare = void (*)(OptionReader&);  // reads all options, makes nothing

struct Row {
  CatalogEntry entry;
  Make make;
  Declare declare;
};

std::unique_ptr<VecEnv> make_cartpole(std::string_view id, const VecOptions& vec_options,
                                      OptionReader& options) {
  const CartPoleConfig config = CartPoleConfig::read(options);
  options.finish();
  return std::make_unique<CartPole>(cartpole_spec(id), config, vec_options);
}

void declare_cartpole(OptionReader& options) { CartPoleConfig::read(options); }

std::unique_ptr<VecEnv> make_lunar_lander(std::string_view id, const VecOptions& vec_options,
                                          OptionReader& options) {
  const LunarLanderConfig config = LunarLanderConfig::read(options);
  options.finish();
  return std::make_unique<LunarLander>(lunar_lander_spec(id), config, vec_options);
}

void declare_lunar_lander(OptionReader& options) { LunarLanderConfig::read(options); }

constexpr Row kRows[] = {
    {{"CartPole-v1", "balance a pole on a cart for 500 steps"}, make_cartpole, declare_cartpole},
    {{"CartPole-v0", "balance a pole on a cart for 200 steps"}, make_cartpole, declare_cartpole},
    {{"LunarLander-v3", "land on a pad with three engines, on or off"},
     make_lunar_lander,
     declare_lunar_lander},
    {{"LunarLanderContinuous-v3", "land on a pad with engines that throttle"},
     make_lunar_lander,
     declare_lunar_lander},
};

const Row& find(std::string_view id) {
  for (const Row& row : kRows) {
    if (row.entry.id == id) return row;
  }
  std::vector<std::string_view> known;
  for (const Row& row : kRows) known.push_back(row.entry.id);
  kernels::throw_argument("envs", kernels::unknown_name_message("environment", id, known));
}

}  // namespace

std::span<const CatalogEntry> catalog() {
  static const std::vector<CatalogEntry> entries = [] {
    std::vector<CatalogEntry> all;
    for (const Row& row : kRows) all.push_back(row.entry);
    return all;
  }();
  return entries;
}

std::unique_ptr<VecEnv> make(std::string_view id, const VecOptions& options,
                             std::span<const EnvOption> env_options) {
  const Row& row = find(id);
  OptionReader reader(id, env_options);
  return row.make(id, options, reader);
}

std::vector<std::string> describe_options(std::string_view id) {
  OptionReader reader(id, {});
  find(id).declare(reader);
  return reader.descriptions();
}

}  // namespace pavlov::envs
