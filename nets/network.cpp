#include "pavlov/nets/network.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/rows.h"
#include "pavlov/kernels/scratch_rows.h"
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

void check_actions(std::span<const std::int32_t> action, std::size_t rows, ConstMatrixView y,
                   std::size_t outputs) {
  if (y.rows != rows || action.size() != rows || y.cols == 0 || outputs % y.cols != 0) {
    kernels::throw_argument(
        "network", std::to_string(action.size()) + " actions and y " + kernels::dimensions_text(y) +
                       " for " + std::to_string(rows) + " rows of " + std::to_string(outputs) +
                       " outputs: must be (B) and (B, outputs per action)");
  }
  const std::size_t actions = outputs / y.cols;
  if (kernels::all_in_range(action, static_cast<std::int32_t>(actions))) return;
  kernels::throw_argument("network", "an action is outside [0, " + std::to_string(actions) + ")");
}

}  // namespace

void Network::forward_action(ConstMatrixView x, std::span<const std::int32_t> action, MatrixView y,
                             Tape& tape) const {
  check_actions(action, x.rows, y, outputs());
  const MatrixView all = kernels::scratch_rows(tape.all_actions, x.rows, outputs());
  forward(x, all, tape);
  for (std::size_t b = 0; b < x.rows; ++b) {
    const auto first = static_cast<std::size_t>(action[b]) * y.cols;
    std::ranges::copy(all.row(b).subspan(first, y.cols), y.row(b).begin());
  }
}

void Network::backward_action(std::span<const std::int32_t> action, MatrixView dy, Tape& tape) {
  check_actions(action, dy.rows, dy, outputs());
  const MatrixView all = kernels::scratch_rows(tape.all_actions, dy.rows, outputs());
  for (std::size_t b = 0; b < dy.rows; ++b) {
    std::ranges::fill(all.row(b), 0.0f);
    const auto first = static_cast<std::size_t>(action[b]) * dy.cols;
    std::ranges::copy(dy.row(b), all.row(b).subspan(first, dy.cols).begin());
  }
  backward(all, tape);
}

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
