#include "pavlov/agents/action_head.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"
#include "pavlov/kernels/quantile.h"
#include "pavlov/kernels/rows.h"

namespace pavlov::agents {
namespace {

// In the order of HeadKind.
constexpr std::array<std::string_view, 6> kKinds = {
    "values", "categorical_values", "quantile_values", "logits", "gaussian", "squashed_gaussian"};

void require(bool holds, std::string_view field, std::size_t value, std::string_view rule) {
  kernels::require(holds, "action_head", field, value, rule);
}

}  // namespace

std::string_view to_string(HeadKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }

HeadKind parse_head_kind(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name);
  if (found == kKinds.end()) {
    kernels::throw_runtime("action_head", kernels::unknown_name_message("head", name, kKinds));
  }
  return static_cast<HeadKind>(found - kKinds.begin());
}

std::size_t ActionHead::outputs() const {
  switch (kind) {
    case HeadKind::categorical_values:
      return actions * support.atoms;
    case HeadKind::quantile_values:
      return actions * atoms;
    default:
      return actions;
  }
}

void validate(const ActionHead& h) {
  constexpr std::size_t kMost = 65536;
  require(h.actions >= 1 && h.actions <= kMost, "actions", h.actions, "in [1, 65536]");
  if (h.kind == HeadKind::quantile_values) {
    require(h.atoms >= 1 && h.atoms <= kMost, "quantiles", h.atoms, "in [1, 65536]");
  }
  if (h.kind == HeadKind::categorical_values) {
    const auto& [v_min, v_max, atoms] = h.support;
    require(atoms >= 2 && atoms <= kMost, "atoms", atoms, "in [2, 65536]");
    if (!std::isfinite(v_min) || !std::isfinite(v_max) || v_min >= v_max) {
      kernels::throw_argument("action_head", "v_min " + kernels::number_text(v_min) + ", v_max " +
                                                 kernels::number_text(v_max) +
                                                 ": must be finite, v_min below v_max");
    }
  }
  if (!h.continuous()) return;
  require(h.low.size() == h.actions && h.high.size() == h.actions, "bounds", h.low.size(),
          "one pair per dimension, " + std::to_string(h.actions));
  for (std::size_t d = 0; d < h.actions; ++d) {
    const bool ordered = h.low[d] < h.high[d];
    const bool bounded = std::isfinite(h.low[d]) && std::isfinite(h.high[d]);
    if (ordered && (bounded || h.kind == HeadKind::gaussian)) continue;
    kernels::throw_argument("action_head", "bounds [" + kernels::number_text(h.low[d]) + ", " +
                                               kernels::number_text(h.high[d]) + "] of dimension " +
                                               std::to_string(d) +
                                               ": must be low < high, and finite to squash to");
  }
}

void action_scores(const ActionHead& head, ConstMatrixView outputs, MatrixView score) {
  if (head.continuous() || outputs.cols < head.outputs() || score.cols != head.actions ||
      score.rows != outputs.rows) {
    kernels::throw_argument("action_head", std::string(to_string(head.kind)) + ": outputs " +
                                               kernels::dimensions_text(outputs) + " and score " +
                                               kernels::dimensions_text(score) + " do not fit " +
                                               std::to_string(head.actions) + " discrete actions");
  }
  const ConstMatrixView own(outputs.data, outputs.rows, head.outputs(), outputs.stride);
  switch (head.kind) {
    case HeadKind::categorical_values:
      return kernels::categorical_mean(head.support, own, score);
    case HeadKind::quantile_values:
      return kernels::quantile_mean(own, score);
    default:
      for (std::size_t b = 0; b < own.rows; ++b) {
        std::ranges::copy(own.row(b), score.row(b).begin());
      }
  }
}

void greedy_actions(const ActionHead& head, ConstMatrixView outputs, MatrixView score,
                    std::span<std::int32_t> action) {
  action_scores(head, outputs, score);
  kernels::argmax_rows(score, action);
}

void to_environment(const ActionHead& head, MatrixView u) {
  if (!head.continuous() || u.cols != head.actions) {
    kernels::throw_argument(
        "action_head", std::string(to_string(head.kind)) + ": " + kernels::dimensions_text(u) +
                           " are not its " + std::to_string(head.actions) + " continuous actions");
  }
  const bool squash = head.kind == HeadKind::squashed_gaussian;
  for (std::size_t b = 0; b < u.rows; ++b) {
    for (std::size_t d = 0; d < u.cols; ++d) {
      const float low = head.low[d];
      const float high = head.high[d];
      float& a = u(b, d);
      if (squash) a = low + (high - low) * (0.5f * (std::tanh(a) + 1.0f));
      a = std::clamp(a, low, high);  // of rounding, too
    }
  }
}

}  // namespace pavlov::agents
