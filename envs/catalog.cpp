// The table of environments. To add one: write its folder, add a row here and its sources to
// CMakeLists.txt; the conformance tests run over this table.
#include "pavlov/envs/catalog.h"

#include "pavlov/envs/acrobot/acrobot.h"
#include "pavlov/envs/cartpole/cartpole.h"
#include "pavlov/envs/env_options.h"
#include "pavlov/envs/lunar_lander/lunar_lander.h"
#include "pavlov/envs/mountain_car/mountain_car.h"
#include "pavlov/envs/mountain_car/mountain_car_continuous.h"
#include "pavlov/envs/pendulum/pendulum.h"
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

// An environment that has one id.
template <class Environment>
std::unique_ptr<VecEnv> make_one(std::string_view, const VecOptions& vec_options,
                                 OptionReader& options) {
  const auto config = read_options<typename Environment::Config>(options);
  return std::make_unique<Environment>(config, vec_options);
}

// One of several ids, which differ in their spec.
template <class Environment, EnvSpec (*spec)(std::string_view id)>
std::unique_ptr<VecEnv> make_one_of(std::string_view id, const VecOptions& vec_options,
                                    OptionReader& options) {
  const auto config = read_options<typename Environment::Config>(options);
  return std::make_unique<Environment>(spec(id), config, vec_options);
}

template <class Environment>
void declare(OptionReader& options) {
  read_options<typename Environment::Config>(options);
}

constexpr Row kRows[] = {
    {{"CartPole-v1", "balance a pole on a cart for 500 steps"},
     make_one_of<CartPole, cartpole_spec>,
     declare<CartPole>},
    {{"CartPole-v0", "balance a pole on a cart for 200 steps"},
     make_one_of<CartPole, cartpole_spec>,
     declare<CartPole>},
    {{"Acrobot-v1", "swing up a two-link arm"}, make_one<Acrobot>, declare<Acrobot>},
    {{"MountainCar-v0", "drive an underpowered car out of a valley"},
     make_one<MountainCar>,
     declare<MountainCar>},
    {{"MountainCarContinuous-v0", "the same with a continuous engine"},
     make_one<MountainCarContinuous>,
     declare<MountainCarContinuous>},
    {{"Pendulum-v1", "swing up a pendulum and hold it"}, make_one<Pendulum>, declare<Pendulum>},
    {{"LunarLander-v3", "land on a pad with three engines, on or off"},
     make_one_of<LunarLander, lunar_lander_spec>,
     declare<LunarLander>},
    {{"LunarLanderContinuous-v3", "land on a pad with engines that throttle"},
     make_one_of<LunarLander, lunar_lander_spec>,
     declare<LunarLander>},
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
