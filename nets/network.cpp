#include "pavlov/nets/network.h"

#include <string_view>

#include "pavlov/kernels/check.h"
#include "pavlov/nets/description.h"
#include "pavlov/nets/mlp.h"
#include "pavlov/nets/value_network.h"

namespace pavlov::nets {
namespace {

struct NetworkKind {
  std::string_view name;
  std::unique_ptr<Network> (*make)(const Description& description, std::size_t max_parameters);
};

constexpr NetworkKind kKinds[] = {{"mlp", make_mlp_network}, {"value", make_value_network}};

}  // namespace

std::unique_ptr<Network> make_network(const Description& description, std::size_t max_parameters) {
  const std::string& name = field(description, "network");
  std::string known;
  for (const NetworkKind& kind : kKinds) {
    if (kind.name == name) return kind.make(description, max_parameters);
    known += (known.empty() ? "" : " ") + std::string(kind.name);
  }
  kernels::throw_runtime("network", "network '" + name + "': known: " + known +
                                        "; a network of your own is given to Policy::load");
}

}  // namespace pavlov::nets
