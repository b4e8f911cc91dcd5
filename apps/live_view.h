// LiveView: `pavlov train --watch` and `--record`: a viewer on a thread of its own beside a run.
//
// Used in this order: watch() wraps the run's environment, begin() opens the viewer, finish() says
// that the training is over, end() ends a film or the frames of a terminal, wait() stays until the
// user has closed a window. Where nothing was asked for, all of them do nothing. What goes wrong in
// the viewer is logged once; the training goes on.
#pragma once

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "pavlov/agents/agent.h"
#include "pavlov/agents/observer.h"
#include "pavlov/agents/run_folder.h"
#include "pavlov/apps/run_options.h"
#include "pavlov/apps/run_recorder.h"
#include "pavlov/apps/viewer/live.h"
#include "pavlov/apps/viewer/watched_env.h"

namespace pavlov::apps {

class LiveView {
 public:
  // `options` must outlive it. Throws std::invalid_argument for options out of range.
  LiveView(const RunOptions& options, std::int64_t total_steps);
  // Closes the viewer and waits for it.
  ~LiveView();
  LiveView(const LiveView&) = delete;
  LiveView& operator=(const LiveView&) = delete;

  // The environment to train in, which must not outlive this object.
  std::unique_ptr<envs::VecEnv> watch(std::unique_ptr<envs::VecEnv> env);
  // Opens the viewer and adds what feeds it to `observers`, after those of the recorder.
  void begin(const agents::Agent& agent, const RunRecorder& recorder,
             const agents::RunFolder& folder, std::vector<agents::Observer>& observers);
  void finish();
  void end();
  void wait();

 private:
  bool active() const { return env_ != nullptr; }
  void run(Subject subject);
  void show(class TrainingStage& stage);

  const RunOptions& options_;
  const std::int64_t total_steps_;
  const std::atomic<bool>* stop_;
  Live live_;
  WatchedEnv* env_ = nullptr;  // inside the environment that watch() returned
  std::size_t evaluations_ = 0;
  std::atomic<bool> close_{false};      // at once
  std::atomic<bool> run_over_{false};   // closes what nobody closes by hand
  std::atomic<bool> in_window_{false};  // and not a film or a terminal
  std::filesystem::path folder_;
  std::thread thread_;
};

}  // namespace pavlov::apps
