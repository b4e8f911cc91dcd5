#include "pavlov/agents/on_policy_agent.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <variant>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/denormals.h"
#include "pavlov/kernels/loss.h"
#include "pavlov/kernels/policy_loss.h"
#include "pavlov/kernels/scratch_rows.h"
#include "pavlov/kernels/statistics.h"

namespace pavlov::agents {
namespace {

constexpr float kAdvantageEpsilon = 1e-8f;  // SB3, CleanRL
// Rows that the critic sees at once: a tape of it stays in the second-level cache.
constexpr std::size_t kValueRows = 256;

ActionHead make_head(const PolicyNetworkConfig& config, const envs::Space& space,
                     std::string_view name) {
  if (const auto* discrete = std::get_if<envs::Discrete>(&space)) {
    if (config.squash_actions) {
      kernels::throw_argument(
          name, "squash_actions: the actions " + to_string(space) + " must be continuous");
    }
    return {.kind = HeadKind::logits, .actions = static_cast<std::size_t>(discrete->n)};
  }
  const auto& box = std::get<envs::Box>(space);
  if (config.squash_actions) {
    for (std::size_t a = 0; a < box.size(); ++a) {
      if (std::isfinite(box.low[a]) && std::isfinite(box.high[a])) continue;
      kernels::throw_argument(
          name, "squash_actions: the bounds of " + to_string(space) + " must be finite");
    }
  }
  return {.kind = config.squash_actions ? HeadKind::squashed_gaussian : HeadKind::gaussian,
          .actions = box.size(),
          .low = box.low,
          .high = box.high};
}

nets::ActorCriticConfig model_config(const PolicyNetworkConfig& config,
                                     std::size_t observation_size, const ActionHead& head) {
  return {.inputs = observation_size,
          .hidden = config.hidden,
          .outputs = head.actions,
          .activation = config.activation,
          .shared_trunk = config.shared_trunk,
          .log_std = head.continuous()};
}

std::unique_ptr<nets::ActionDistribution> make_distribution(const ActionHead& head) {
  if (head.continuous()) return std::make_unique<nets::DiagonalGaussian>();
  return std::make_unique<nets::Categorical>();
}

nets::ConstActions actions_of(replay::RolloutBatch& batch, bool continuous) {
  if (continuous) return {.discrete = {}, .continuous = batch.continuous_action()};
  return {.discrete = batch.discrete_action(), .continuous = {}};
}

}  // namespace

void validate(const PolicyNetworkConfig& c, std::string_view name) {
  constexpr double kLowest = -20.0, kHighest = 2.0;  // SB3's bounds where there are any
  kernels::require(c.log_std_init >= kLowest && c.log_std_init <= kHighest, name, "log_std_init",
                   c.log_std_init, "in [-20, 2]");
}

OnPolicyAgent::Workspace::Workspace(std::size_t batch, std::size_t outputs_per_row)
    : outputs({batch, outputs_per_row}),
      d_outputs({batch, outputs_per_row}),
      value(batch),
      log_prob(batch),
      entropy(batch),
      d_value(batch),
      d_log_prob(batch),
      d_entropy(batch) {}

OnPolicyAgent::OnPolicyAgent(std::string_view name, const PolicyNetworkConfig& config,
                             const nets::OptimizerConfig& optimizer, std::size_t observation_size,
                             const envs::Space& action_space, std::uint64_t seed)
    : name_(name),
      model_(model_config(config, observation_size,
                          (validate(config, name), make_head(config, action_space, name)))),
      head_(make_head(config, action_space, name)),
      distribution_(make_distribution(head_)),
      optimizer_(nets::make_optimizer(optimizer, model_.parameters().values().size())),
      action_random_(seed, "actions"),
      minibatch_random_(seed, "minibatches") {
  kernels::RandomStream init(seed, "init");
  model_.initialize(init, config.log_std_init);
}

ObservationNormalization OnPolicyAgent::observation_normalization() const {
  return normalization_ ? normalization_() : ObservationNormalization();
}

void OnPolicyAgent::draw_actions(const replay::RolloutSlot& slot) {
  const MatrixView outputs =
      kernels::scratch_rows(act_outputs_, slot.observation.rows, head_.actions);
  model_.forward_policy(slot.observation, outputs, act_tape_);
  distribution_->sample(outputs, model_.log_std(), action_random_, {slot.discrete, slot.continuous},
                        slot.log_prob);
}

envs::ActionView OnPolicyAgent::act(const replay::RolloutSlot& slot) {
  const std::size_t rows = slot.observation.rows;
  draw_actions(slot);
  if (!head_.continuous()) return std::span<const std::int32_t>(slot.discrete);
  const MatrixView clipped = kernels::scratch_rows(env_action_, rows, head_.actions);
  for (std::size_t n = 0; n < rows; ++n) {
    std::ranges::copy(slot.continuous.row(n), clipped.row(n).begin());
  }
  to_environment(head_, clipped);
  return ConstMatrixView(clipped);
}

void OnPolicyAgent::StatsMeans::add(const Losses& losses, double gradient_norm) {
  stats_.policy_loss += losses.policy;
  stats_.value_loss += losses.value;
  stats_.entropy += losses.entropy;
  stats_.approx_kl += losses.approx_kl;
  stats_.clip_fraction += losses.clip_fraction;
  stats_.gradient_norm += gradient_norm;
  ++stats_.updates;
}

PolicyGradientStats OnPolicyAgent::StatsMeans::take() const {
  PolicyGradientStats means = stats_;
  const double n = static_cast<double>(std::max<std::int64_t>(stats_.updates, 1));
  for (double* sum : {&means.policy_loss, &means.value_loss, &means.entropy, &means.approx_kl,
                      &means.clip_fraction, &means.gradient_norm}) {
    *sum /= n;
  }
  return means;
}

double OnPolicyAgent::fraction_before(const replay::RolloutBuffer& rollout, Progress progress) {
  progress.env_steps -= static_cast<std::int64_t>(rollout.samples());
  return progress.fraction();
}

void OnPolicyAgent::fill_values(replay::RolloutBuffer& rollout) {
  const auto fill = [this](ConstMatrixView observation, std::span<float> value) {
    for (std::size_t first = 0; first < observation.rows; first += kValueRows) {
      const std::size_t rows = std::min(kValueRows, observation.rows - first);
      model_.forward_value(observation.rows_from(first, rows), value.subspan(first, rows),
                           value_tape_);
    }
  };
  fill(rollout.observations(), rollout.values());
  fill(rollout.final_observations(), rollout.final_values());
}

replay::RolloutBatch& OnPolicyAgent::batch_of(std::size_t capacity,
                                              const replay::RolloutShape& shape) {
  if (batch_ == nullptr || batch_->capacity() < capacity) {
    batch_ =
        std::make_unique<replay::RolloutBatch>(capacity, shape.observation_size, shape.action_size);
    work_ = std::make_unique<Workspace>(capacity, head_.actions);
  }
  return *batch_;
}

void OnPolicyAgent::check_finite(const Losses& losses, const Progress& progress) const {
  const std::pair<const char*, double> parts[] = {
      {"policy_loss", losses.policy}, {"value_loss", losses.value}, {"entropy", losses.entropy}};
  for (const auto& [part, value] : parts) {
    if (std::isfinite(value)) continue;
    kernels::throw_runtime(name_, std::string(part) + " " + std::to_string(value) + " at update " +
                                      std::to_string(progress.updates) + ", step " +
                                      std::to_string(progress.env_steps) +
                                      ": must be finite; lower learning_rate or check the rewards");
  }
}

OnPolicyAgent::Losses OnPolicyAgent::judge(replay::RolloutBatch& batch, const Objective& objective,
                                           const Progress& progress) {
  Workspace& w = *work_;
  const std::size_t size = batch.size();
  const auto column = [size](std::vector<float>& all) { return std::span(all).first(size); };
  const MatrixView outputs = w.outputs.matrix().rows_from(0, size);
  model_.forward(batch.observation(), outputs, column(w.value), tape_);
  distribution_->forward(outputs, model_.log_std(), actions_of(batch, head_.continuous()),
                         column(w.log_prob), column(w.entropy));
  if (objective.normalize_advantage) {
    kernels::standardize(batch.advantage(), kernels::Variance::sample, kAdvantageEpsilon);
  }

  Losses losses;
  const kernels::PolicyLoss surrogate =
      kernels::ppo_policy_loss(column(w.log_prob), batch.log_prob(), batch.advantage(),
                               static_cast<float>(objective.clip_range), column(w.d_log_prob));
  losses.policy = static_cast<double>(surrogate.loss);
  losses.approx_kl = static_cast<double>(surrogate.approx_kl);
  losses.clip_fraction = static_cast<double>(surrogate.clip_fraction);
  losses.value = static_cast<double>(
      objective.clip_range_vf > 0.0
          ? kernels::clipped_value_loss(column(w.value), batch.value(), batch.returns(),
                                        static_cast<float>(objective.clip_range_vf),
                                        column(w.d_value))
          : kernels::mse_loss(column(w.value), batch.returns(), {}, column(w.d_value)));
  losses.entropy = kernels::sum(column(w.entropy)) / static_cast<double>(size);
  check_finite(losses, progress);

  for (float& d : column(w.d_value)) d *= static_cast<float>(objective.vf_coef);
  std::ranges::fill(column(w.d_entropy),
                    static_cast<float>(-objective.ent_coef / static_cast<double>(size)));
  return losses;
}

void OnPolicyAgent::differentiate(replay::RolloutBatch& batch) {
  Workspace& w = *work_;
  const std::size_t size = batch.size();
  const auto column = [size](std::vector<float>& all) { return std::span(all).first(size); };
  const MatrixView d_outputs = w.d_outputs.matrix().rows_from(0, size);
  distribution_->backward(w.outputs.matrix().rows_from(0, size), model_.log_std(),
                          actions_of(batch, head_.continuous()), column(w.d_log_prob),
                          column(w.d_entropy), d_outputs, model_.log_std_gradient());
  model_.backward(d_outputs, column(w.d_value), tape_);
}

double OnPolicyAgent::descend(replay::RolloutBatch& batch, double learning_rate,
                              double max_grad_norm) {
  differentiate(batch);
  return optimizer_->step(model_.parameters(), learning_rate, max_grad_norm);
}

PolicyGradientStats OnPolicyAgent::learn_at_once(const replay::RolloutBuffer& rollout,
                                                 const Objective& objective, double learning_rate,
                                                 double max_grad_norm, const Progress& progress) {
  StatsMeans means(rollout.explained_variance(), learning_rate);
  replay::RolloutBatch& batch = batch_of(rollout.samples(), rollout.shape());
  rollout.minibatch(0, rollout.samples(), batch);
  const Losses losses = judge(batch, objective, progress);
  means.add(losses, descend(batch, learning_rate, max_grad_norm));
  return means.take();
}

}  // namespace pavlov::agents
