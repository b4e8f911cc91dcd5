#include "pavlov/apps/run_recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>

#include "pavlov/agents/evaluate.h"
#include "pavlov/apps/options.h"
#include "pavlov/nets/atomic_file.h"

namespace pavlov::apps {
namespace {

constexpr std::int64_t kTrainingRecordInterval = 1000;  // steps
constexpr std::int64_t kProgressInterval = 500;         // steps
constexpr std::size_t kMostFinalEpisodesAtOnce = 256;

using Record = std::vector<std::pair<std::string, agents::MetricValue>>;

void append(Record& record, const Record& more) {
  record.insert(record.end(), more.begin(), more.end());
}

}  // namespace

RunRecorder::RunRecorder(const RunOptions& options, agents::RunFolder& folder,
                         const envs::RecordEpisodeStatistics* unscaled_returns)
    : options_(options),
      folder_(folder),
      unscaled_returns_(unscaled_returns),
      eval_env_(make_env(options, static_cast<std::size_t>(options.eval_episodes))),
      progress_(options.quiet || options.watch == "terminal"),
      best_(-std::numeric_limits<double>::infinity()) {}

std::vector<agents::Observer> RunRecorder::observers() {
  std::vector<agents::Observer> result;
  result.push_back({kTrainingRecordInterval, [this](const auto& s) { record_training(s); }});
  if (options_.eval_every > 0) {
    result.push_back({options_.eval_every, [this](const auto& s) { evaluate(s); }});
  }
  result.push_back({kProgressInterval, [this](const auto& s) { show(s); }});
  return result;
}

agents::Policy RunRecorder::policy(const agents::Agent& agent, std::int64_t env_steps) const {
  std::map<std::string, std::string> env_options;
  for (const auto& [name, value] : parse_env_options(options_.env_options)) {
    env_options[name] = value;
  }
  return agents::Policy::of(agent, {.env_id = options_.env,
                                    .env_options = std::move(env_options),
                                    .algorithm = options_.algorithm,
                                    .seed = static_cast<std::uint64_t>(options_.seed),
                                    .env_steps = env_steps});
}

agents::Evaluation RunRecorder::evaluate_last(agents::Policy& policy, std::int64_t env_steps) {
  const auto episodes = static_cast<std::size_t>(options_.final_episodes);
  const auto env = make_env(options_, std::min(episodes, kMostFinalEpisodesAtOnce));
  agents::Evaluation result =
      agents::evaluate(policy, *env, episodes, agents::kFinalEvaluationSeed);
  Record record = {{"kind", std::string("final")}, {"steps", env_steps}};
  append(record, agents::evaluation_record(result));
  folder_.record(record);
  return result;
}

void RunRecorder::save_picture() const {
  if (curve_.empty()) return;
  const std::string title =
      fmt::format("{} on {}, seed {}: mean and range of {} greedy episodes", options_.algorithm,
                  options_.env, options_.seed, options_.eval_episodes);
  const std::string svg = learning_curve_svg(title, curve_, threshold());
  nets::write_file_atomically(folder_.path() / "learning_curve.svg", std::string_view(svg));
}

double RunRecorder::mean_return(const agents::TrainingSnapshot& s) const {
  if (unscaled_returns_ == nullptr) return s.mean_return;
  const std::vector<double> returns = unscaled_returns_->return_queue();
  if (returns.empty()) return std::numeric_limits<double>::quiet_NaN();
  return std::accumulate(returns.begin(), returns.end(), 0.0) / static_cast<double>(returns.size());
}

void RunRecorder::record_training(const agents::TrainingSnapshot& s) {
  Record record = {{"kind", std::string("train")},  {"steps", s.progress.env_steps},
                   {"updates", s.progress.updates}, {"seconds", s.seconds},
                   {"episodes", s.episodes},        {"mean_return", mean_return(s)},
                   {"mean_length", s.mean_length}};
  if (const agents::PolicyGradientStats* p = s.policy_gradient) {
    append(record, {{"policy_loss", p->policy_loss},
                    {"value_loss", p->value_loss},
                    {"entropy", p->entropy},
                    {"approx_kl", p->approx_kl},
                    {"clip_fraction", p->clip_fraction},
                    {"explained_variance", p->explained_variance},
                    {"gradient_norm", p->gradient_norm},
                    {"learning_rate", p->learning_rate}});
  } else {
    append(record, {{"loss", s.learn.loss},
                    {"mean_value", s.learn.mean_value},
                    {"gradient_norm", s.learn.gradient_norm},
                    {"exploration", s.exploration}});
  }
  folder_.record(record);
}

void RunRecorder::evaluate(const agents::TrainingSnapshot& s) {
  agents::Policy greedy = policy(s.agent, s.progress.env_steps);
  const agents::Evaluation result =
      agents::evaluate(greedy, *eval_env_, static_cast<std::size_t>(options_.eval_episodes),
                       agents::kPeriodicEvaluationSeed);
  Record record = {{"kind", std::string("evaluation")},
                   {"steps", s.progress.env_steps},
                   {"updates", s.progress.updates},
                   {"seconds", s.seconds}};
  append(record, agents::evaluation_record(result));
  record.emplace_back("returns", result.returns);
  folder_.record(record);
  curve_.push_back({s.progress.env_steps, result.mean(), result.min(), result.max()});
  if (threshold() && result.mean() >= *threshold() && !solved_after_) solved_after_ = s.seconds;
  folder_.save_last(greedy);
  folder_.keep(greedy);
  if (result.mean() > best_) {
    best_ = result.mean();
    folder_.save_best(greedy);
  }
}

void RunRecorder::show(const agents::TrainingSnapshot& s) {
  progress_.show({.steps = s.progress.env_steps,
                  .total_steps = s.progress.total_steps,
                  .mean_return = mean_return(s),
                  .evaluation = curve_.empty() ? std::numeric_limits<double>::quiet_NaN()
                                               : curve_.back().mean});
}

}  // namespace pavlov::apps
