#include "pavlov/apps/live_view.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "pavlov/apps/interrupt.h"
#include "pavlov/apps/show_options.h"
#include "pavlov/apps/viewer/labels.h"
#include "pavlov/apps/viewer/subject.h"
#include "pavlov/apps/viewer/terminal.h"
#include "pavlov/apps/viewer/training_stage.h"
#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::apps {
namespace {

constexpr std::array<std::string_view, 2> kWays = {"window", "terminal"};

// Throws what is wrong with a film's name before an hour of training, not after.
void check(const RunOptions& o) {
  if (!o.watch.empty() && o.watch != kWays[0] && o.watch != kWays[1]) {
    kernels::throw_argument("watch", kernels::unknown_name_message("way to watch", o.watch, kWays));
  }
  if (o.watch == "terminal" && !o.record.empty()) {
    kernels::throw_argument("watch", "--record goes with a window or alone, not with the terminal");
  }
  show_options(o.size, o.theme, o.scale);
  if (!o.record.empty()) check_film(o.record);
}

}  // namespace

LiveView::LiveView(const RunOptions& options, std::int64_t total_steps)
    : options_(options), total_steps_(total_steps), stop_(&catch_interrupts()) {
  check(options);
}

LiveView::~LiveView() {
  close_ = true;
  live_.wishes.watching = false;
  if (thread_.joinable()) thread_.join();
}

std::unique_ptr<envs::VecEnv> LiveView::watch(std::unique_ptr<envs::VecEnv> env) {
  if (options_.watch.empty() && options_.record.empty()) return env;
  auto watched = std::make_unique<WatchedEnv>(std::move(env), total_steps_, live_, stop_);
  env_ = watched.get();
  return watched;
}

void LiveView::begin(const agents::Agent& agent, const RunRecorder& recorder,
                     const agents::RunFolder& folder, std::vector<agents::Observer>& observers) {
  if (!active()) return;
  folder_ = folder.path();
  const auto policy = [this, &agent, &recorder] { return recorder.policy(agent, env_->steps()); };
  env_->follow(agent, policy, [this, policy, &folder] {
    folder.keep(policy());
    return "saved the policy of step " + grouped(env_->steps());
  });
  agents::Observer curves = env_->observer();
  observers.push_back({curves.interval, [this, &recorder, note = curves.notify](const auto& s) {
                         const auto& evaluations = recorder.curve();
                         for (; evaluations_ < evaluations.size(); ++evaluations_) {
                           env_->add_evaluation(evaluations[evaluations_].env_steps,
                                                evaluations[evaluations_].mean);
                         }
                         note(s);
                       }});
  in_window_ = options_.watch == "window";
  Subject subject =
      make_subject(env_->spec(), options_.algorithm, "seed " + std::to_string(options_.seed));
  thread_ = std::thread([this, subject = std::move(subject)] { run(subject); });
}

// The viewer's thread. It knows nothing of the run but what goes through live_.
void LiveView::run(Subject subject) {
  try {
    TrainingStage stage(live_, std::move(subject), [this](std::size_t count) {
      return make_env(options_, count, envs::AutoresetMode::disabled);
    });
    show(stage);
  } catch (const std::exception& error) {
    spdlog::warn("{}; the training goes on", error.what());
  }
  live_.wishes.watching = false;
}

void LiveView::show(TrainingStage& stage) {
  ShowOptions options = show_options(options_.size, options_.theme, options_.scale);
  options.folder = folder_;
  options.record = options_.record;
  options.stop = [this] {
    return close_ || *stop_ || !live_.wishes.watching || (run_over_ && !in_window_);
  };
  options.window_lost = [this] {  // there is no key any more to go on with
    in_window_ = false;
    live_.wishes.speed = 0.0;
    live_.wishes.paused = false;
  };
  if (options_.watch == "terminal") {
    run_in_terminal(stage, options.stop);
  } else if (options_.watch == "window") {
    run_in_window(stage, options);
  } else {
    run_without_window(stage, options, true);
  }
}

void LiveView::finish() {
  if (active()) env_->finish();
}

void LiveView::end() {
  if (!thread_.joinable() || in_window_) return;
  // The last state is in sight for a moment.
  if (live_.wishes.watching && !*stop_) std::this_thread::sleep_for(std::chrono::milliseconds(500));
  run_over_ = true;
  thread_.join();
}

void LiveView::wait() {
  if (!thread_.joinable()) return;
  if (live_.wishes.watching && !*stop_ && !options_.quiet) {
    spdlog::info("the run is over: close its window, or press q in it");
  }
  run_over_ = true;  // a film goes no further where it has lost its window
  thread_.join();
}

}  // namespace pavlov::apps
