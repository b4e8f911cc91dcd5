// The viewer: what watching costs a training, and how many frames per second it draws.
//
// Trainings run for some seconds on this thread, watched by a real window on SDL's dummy driver
// (all the drawing, no screen), against the same training unwatched. Both learn the same, bit for
// bit. Frames show 16 landers, curves and values at 1280x720, in software, against a screen of 60
// Hz: a ratio of 2 is 120 frames per second. Meant for two processors.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "pavlov/agents/dqn.h"
#include "pavlov/agents/train_off_policy.h"
#include "pavlov/apps/viewer/policy_stage.h"
#include "pavlov/apps/viewer/show.h"
#include "pavlov/apps/viewer/subject.h"
#include "pavlov/apps/viewer/training_stage.h"
#include "pavlov/apps/viewer/watched_env.h"
#include "pavlov/bench/contest.h"
#include "pavlov/envs/catalog.h"
#include "pavlov/kernels/random.h"

namespace pavlov::bench {
namespace {

using namespace apps;  // NOLINT

std::unique_ptr<envs::VecEnv> make_env(const std::string& id, std::size_t count,
                                       envs::AutoresetMode mode) {
  return envs::make(id, {.num_envs = count, .autoreset_mode = mode});
}

// A window that is open all the time, and draws 60 frames per second while somebody trains watched.
class Audience {
 public:
  explicit Audience(const std::string& env)
      : thread_([this, env] {
          TrainingStage stage(
              live, make_subject(make_env(env, 1, envs::AutoresetMode::disabled)->spec(), "", ""),
              [env](std::size_t n) { return make_env(env, n, envs::AutoresetMode::disabled); });
          Show show(stage, {});
          Window window("bench", 1280, 720);
          const auto start = std::chrono::steady_clock::now();
          auto next = start;
          while (!over_) {
            next =
                std::max(next + std::chrono::microseconds(16667), std::chrono::steady_clock::now());
            if (looking) {
              const std::chrono::duration<double> now = std::chrono::steady_clock::now() - start;
              for (const Event& event : window.poll()) show.handle(event);
              window.present(show.draw(now.count(), 1280, 720, 1.0).pixels());
            }
            std::this_thread::sleep_until(next);
          }
        }) {}
  ~Audience() {
    over_ = true;
    thread_.join();
  }
  Audience(const Audience&) = delete;
  Audience& operator=(const Audience&) = delete;

  Live live;
  std::atomic<bool> looking{false};

 private:
  std::atomic<bool> over_{false};
  std::thread thread_;
};

// A training of `steps` steps, from the beginning each time.
struct Trainings {
  std::string env;
  std::size_t envs;
  std::int64_t steps;
  std::vector<std::size_t> hidden;
  std::unique_ptr<Audience> audience = std::make_unique<Audience>(env);

  std::vector<float> train(Live* live) const {
    auto env_to_train = make_env(env, envs, envs::AutoresetMode::same_step);
    const envs::EnvSpec spec = env_to_train->spec();
    const auto actions = static_cast<std::size_t>(std::get<envs::Discrete>(spec.action_space).n);
    agents::Dqn agent({.hidden = hidden}, spec.observation_space.size(), actions, 1);
    agents::OffPolicyConfig config{.total_steps = steps};
    config.replay.buffer_size = 50000;
    replay::Replay replay(config.replay, spec.observation_space.size());
    std::vector<agents::Observer> observers;
    WatchedEnv* watched = nullptr;
    if (live != nullptr) {
      auto wrapped = std::make_unique<WatchedEnv>(std::move(env_to_train), steps, *live, nullptr);
      watched = wrapped.get();
      watched->follow(agent, [&] { return agents::Policy::of(agent, {.env_id = env}); }, {});
      observers.push_back(watched->observer());
      env_to_train = std::move(wrapped);
    }
    agents::train_off_policy(*env_to_train, agent, replay, config, 1, observers);
    const auto values = agent.network().parameters().values();
    return {values.begin(), values.end()};
  }

  void play_unwatched() const { train(nullptr); }
  std::vector<float> play() const {
    audience->looking = true;
    std::vector<float> values = train(&audience->live);
    audience->looking = false;
    return values;
  }
};

void add_training(const std::string& env, std::size_t envs, std::int64_t steps,
                  std::vector<std::size_t> hidden) {
  add_contest(
      {.suite = "viewer",
       .name = "watched_" + env,
       .n = static_cast<std::int64_t>(envs),
       .unit = "us/step",
       .items = static_cast<double>(steps),
       .baseline = "the same, unwatched",
       .wanted = 0.9,
       .by_the_clock = true},
      [=] {
        auto trainings = std::make_unique<Trainings>(Trainings{env, envs, steps, hidden});
        if (trainings->play() != trainings->train(nullptr)) fail(env, envs, 0);
        return trainings;
      },
      [](Trainings& t) { t.play(); }, [](Trainings& t) { t.play_unwatched(); });
}

// A policy's stage with the curves of a long run beside it.
class FullStage final : public Stage {
 public:
  explicit FullStage(std::unique_ptr<PolicyStage> inner) : inner_(std::move(inner)) {
    kernels::RandomStream random(1, "curves");
    Curves& curves = snapshot_.curves;
    for (int k = 0; k < 500; ++k) {
      const double x = 100.0 * k, y = random.normal();
      curves.returns.add({x, y, y - 3, y + 3});
      for (Series* series : {&curves.loss, &curves.value, &curves.exploration, &curves.speed}) {
        series->add(x, random.normal());
      }
    }
    snapshot_.total_steps = 100000;
  }
  const Subject& subject() const override { return inner_->subject(); }
  const Snapshot& advance(double now) override {
    const Snapshot& played = inner_->advance(now);
    snapshot_.tiles = played.tiles;
    snapshot_.opinion = played.opinion;
    return snapshot_;
  }
  std::string handle(Command command) override { return inner_->handle(command); }
  void select(std::size_t tile) override { inner_->select(tile); }
  std::vector<KeyHint> keys() const override { return inner_->keys(); }
  std::string status(bool& attention) const override { return inner_->status(attention); }

 private:
  std::unique_ptr<PolicyStage> inner_;
  Snapshot snapshot_;
};

// Sixteen landers in flight.
struct Frames {
  std::unique_ptr<FullStage> stage;
  std::unique_ptr<Show> show;
  std::unique_ptr<Window> window;
  double now = 0.0;

  Frames() {
    agents::Dqn agent({.hidden = {64, 64}}, 8, 4, 1);
    auto policy = std::make_shared<agents::Policy>(
        agents::Policy::of(agent, {.env_id = "LunarLander-v3", .algorithm = "dqn"}));
    stage = std::make_unique<FullStage>(std::make_unique<PolicyStage>(
        std::vector<Version>{{"", std::move(policy)}}, 0,
        make_env("LunarLander-v3", 16, envs::AutoresetMode::disabled), 1));
    show = std::make_unique<Show>(*stage, ShowOptions{});
    window = std::make_unique<Window>("bench", 1280, 720);
    for (int k = 0; k < 60; ++k) play();
  }
  void play() {
    now += 1.0 / 60;
    for (const Event& event : window->poll()) show->handle(event);
    window->present(show->draw(now, 1280, 720, 1.0).pixels());
  }
};

}  // namespace
}  // namespace pavlov::bench

int main(int argc, char** argv) {
  using namespace pavlov::bench;  // NOLINT
  setenv("SDL_VIDEODRIVER", "dummy", 1);
  add_training("CartPole-v1", 1, 400000, {64, 64});
  add_training("LunarLander-v3", 16, 48000, {256, 256});
  add_contest(
      {.suite = "viewer",
       .name = "frame_16_landers",
       .n = 16,
       .unit = "ms/frame",
       .baseline = "a screen of 60 Hz",
       .wanted = 1.0,
       .by_the_clock = true},
      [] { return std::make_unique<Frames>(); }, [](Frames& f) { f.play(); },
      [](Frames&) { std::this_thread::sleep_for(std::chrono::duration<double>(1.0 / 60)); });
  return run_pairs(argc, argv);
}
