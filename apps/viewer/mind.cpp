#include "pavlov/apps/viewer/mind.h"

#include <algorithm>
#include <cmath>

namespace pavlov::apps {
namespace {

using agents::ActionHead;
using agents::HeadKind;

// Softmax in place, in float32: for bars, not for learning.
void softmax(std::span<float> values) {
  const float most = *std::ranges::max_element(values);
  float sum = 0.0f;
  for (float& value : values) sum += value = std::exp(value - most);
  for (float& value : values) value /= sum;
}

// Quantiles as masses of equal bins between the least and the greatest.
void bin_quantiles(std::span<const float> quantiles, Opinion& opinion) {
  constexpr std::size_t kBins = 51;
  const auto [low, high] = std::ranges::minmax(quantiles);
  opinion.low = static_cast<double>(low);
  opinion.high = static_cast<double>(high);
  opinion.mass.assign(kBins, 0.0f);
  const float width = std::max((high - low) / kBins, 1e-9f);
  const float mass = 1.0f / static_cast<float>(quantiles.size());
  for (const float q : quantiles) {
    const auto bin = static_cast<std::size_t>((q - low) / width);
    opinion.mass[std::min(bin, kBins - 1)] += mass;
  }
}

void distribution_of(const ActionHead& head, std::span<const float> outputs, Opinion& opinion) {
  opinion.mass.clear();
  if (head.kind == HeadKind::categorical_values) {
    const std::size_t atoms = head.support.atoms;
    const auto logits = outputs.subspan(opinion.chosen * atoms, atoms);
    opinion.mass.assign(logits.begin(), logits.end());
    softmax(opinion.mass);
    opinion.low = static_cast<double>(head.support.v_min);
    opinion.high = static_cast<double>(head.support.v_max);
  } else if (head.kind == HeadKind::quantile_values) {
    bin_quantiles(outputs.subspan(opinion.chosen * head.atoms, head.atoms), opinion);
  }
}

}  // namespace

void Mind::consider(const nets::Network& network, const ActionHead& head,
                    const agents::ObservationNormalization& normalization,
                    std::span<const float> observation, Opinion& opinion) {
  if (input_.size() != network.inputs()) input_ = kernels::Tensor({1, network.inputs()});
  if (outputs_.size() != network.outputs()) outputs_ = kernels::Tensor({1, network.outputs()});
  if (scores_.size() != head.actions) scores_ = kernels::Tensor({1, head.actions});
  std::ranges::copy(observation, input_.data());
  if (!normalization.empty()) {
    agents::normalize(normalization, input_.matrix(), input_.matrix());
  }
  network.forward(input_.matrix(), outputs_.matrix(), tape_);
  if (head.continuous()) {
    opinion.kind = Opinion::Kind::means;
    std::ranges::copy(outputs_.matrix().row(0).first(head.actions), scores_.data());
    agents::to_environment(head, scores_.matrix());
    // Bars reach from the lower bound to the upper one.
    for (std::size_t k = 0; k < head.actions && k < head.low.size(); ++k) {
      const float half = (head.high[k] - head.low[k]) / 2;
      if (std::isfinite(half) && half > 0.0f) {
        scores_.data()[k] = (scores_.data()[k] - head.low[k]) / half - 1.0f;
      }
    }
  } else {
    agents::action_scores(head, outputs_.matrix(), scores_.matrix());
    opinion.kind = Opinion::Kind::values;
  }
  const std::span<const float> scores = scores_.matrix().row(0);
  opinion.score.assign(scores.begin(), scores.end());
  opinion.chosen = static_cast<std::size_t>(std::ranges::max_element(scores) - scores.begin());
  if (head.kind == HeadKind::logits) {
    opinion.kind = Opinion::Kind::probabilities;
    softmax(opinion.score);
  }
  distribution_of(head, outputs_.matrix().row(0), opinion);
}

}  // namespace pavlov::apps
