#include "pavlov/apps/viewer/show.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace pavlov::apps {
namespace {

constexpr double kFramesPerSecond = 60.0;
constexpr double kMessageSeconds = 2.5;

std::vector<KeyHint> own_keys() {
  return {{"f", "follow", "The selected environment alone, or all of them"},
          {"r", "record", "Start and stop recording a film"},
          {"s", "screenshot", "Save a picture of this window"},
          {"t", "theme", "Dark or light"},
          {"h", "help", "Show and hide this"},
          {"q", "close", "Close the window", false}};
}

// The first name that is free: folder/stem_1.png, folder/stem_2.png, ...
std::filesystem::path free_name(const std::filesystem::path& folder, const std::string& stem,
                                const std::string& extension) {
  std::error_code error;
  for (int k = 1;; ++k) {
    const auto path = folder / fmt::format("{}_{}{}", stem, k, extension);
    if (!std::filesystem::exists(path, error)) return path;
  }
}

std::optional<Command> command_of(const std::string& key) {
  static constexpr std::pair<std::string_view, Command> kKeys[] = {
      {"space", Command::pause},   {"right", Command::step}, {"[", Command::slower},
      {"]", Command::faster},      {"g", Command::greedy},   {"c", Command::checkpoint},
      {"enter", Command::restart}, {",", Command::back},     {".", Command::forward},
      {"left", Command::back},     {"home", Command::first}, {"end", Command::last}};
  for (const auto& [name, command] : kKeys) {
    if (key == name) return command;
  }
  return std::nullopt;
}

class Clock {
 public:
  double seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  void wait_until(double moment) const {
    std::this_thread::sleep_until(start_ +
                                  std::chrono::duration_cast<std::chrono::steady_clock::duration>(
                                      std::chrono::duration<double>(moment)));
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

bool over(const ShowOptions& options, double now) {
  return (options.seconds > 0.0 && now >= options.seconds) || (options.stop && options.stop());
}

}  // namespace

Show::Show(Stage& stage, ShowOptions options, bool film)
    : stage_(stage), options_(std::move(options)), film_(film), snapshot_(&stage.advance(0.0)) {
  view_.theme = options_.theme;
  view_.keys = stage.keys();
  for (KeyHint& key : own_keys()) view_.keys.push_back(std::move(key));
  recording_wanted_ = !options_.record.empty();
}

void Show::say(std::string message) {
  if (message.empty()) return;
  view_.message = std::move(message);
  message_until_ = now_ + kMessageSeconds;
}

void Show::select(std::size_t tile) {
  stage_.select(tile);
  view_.values.clear();
}

void Show::handle(const Event& event) {
  if (event.kind == Event::Kind::close) closed_ = true;
  if (event.kind == Event::Kind::click) {
    const auto tile = tile_at(layout_, event.x, event.y);
    if (tile && !view_.alone) select(*tile);
    const Rect& bar = layout_.progress;
    const Rect reach{bar.x, bar.y - 6, bar.width, 16};
    if (reach.contains(event.x, event.y)) stage_.seek((event.x - bar.x) / bar.width);
  }
  if (event.kind != Event::Kind::key) return;
  const std::string& key = event.key;
  const std::size_t tiles = std::max<std::size_t>(snapshot_->tiles.size(), 1);
  if (key == "q" || (key == "escape" && !view_.help)) {
    closed_ = true;
  } else if (key == "h" || key == "escape") {
    view_.help = !view_.help;
  } else if (key == "f") {
    view_.alone = !view_.alone;
  } else if (key == "t") {
    view_.theme = view_.theme == &dark_theme() ? &light_theme() : &dark_theme();
  } else if (key == "s") {
    screenshot_wanted_ = true;
  } else if (key == "r") {
    toggle_recording();
  } else if (key == "tab") {
    select((snapshot_->selected + (event.shift ? tiles - 1 : 1)) % tiles);
  } else if (const auto command = command_of(key)) {
    say(stage_.handle(*command));
  }
}

void Show::toggle_recording() {
  if (recorder_ == nullptr) {
    recording_wanted_ = true;
  } else {
    stop_recording();
  }
}

void Show::stop_recording() {
  if (recorder_ == nullptr) return;
  const auto recorder = std::exchange(recorder_, nullptr);
  view_.recording = false;
  try {
    recorder->finish();
    last_file_ = recorder->path();
    say("saved " + last_file_.string());
  } catch (const std::exception& error) {
    failure_ = error.what();
    say(error.what());
  }
}

void Show::screenshot() {
  screenshot_wanted_ = false;
  try {
    const auto path = free_name(options_.folder, "pavlov", ".png");
    canvas_->write_png(path);
    last_file_ = path;
    say("saved " + path.string());
  } catch (const std::exception& error) {
    say(error.what());
  }
}

// Frames of a film are evenly spaced: one is due every 1 / record_fps seconds.
void Show::record(double now) {
  const Pixels pixels = canvas_->pixels();
  try {
    if (recording_wanted_) {
      recording_wanted_ = false;
      const bool asked = !options_.record.empty() && last_file_.empty();
      recorder_ = std::make_unique<Recorder>(
          asked ? options_.record : free_name(options_.folder, "pavlov", ".mp4"), pixels.width,
          pixels.height, options_.record_fps);
      last_file_ = recorder_->path();
      next_recorded_ = now;
      view_.recording = !film_;
    }
    if (recorder_ == nullptr) return;
    for (int repeats = 0; now + 1e-6 >= next_recorded_ && repeats < options_.record_fps;
         ++repeats) {
      recorder_->add(*canvas_);
      next_recorded_ += 1.0 / options_.record_fps;
    }
  } catch (const std::invalid_argument&) {  // the window has another size now
    stop_recording();
  } catch (const std::exception& error) {
    recorder_.reset();
    view_.recording = false;
    failure_ = error.what();
    say(error.what());
  }
}

// Values belong to one episode of one environment.
void Show::trace_value() {
  constexpr std::size_t kMost = 2048;
  const Snapshot& s = *snapshot_;
  if (s.selected >= s.tiles.size()) return;
  const Tile& tile = s.tiles[s.selected];
  const std::int64_t step = tile.step;
  const bool values = s.opinion.kind == Opinion::Kind::values && !s.opinion.score.empty();
  if (s.selected != selected_ || step < selected_step_) view_.values.clear();
  if ((step != selected_step_ || view_.values.empty()) && view_.values.size() < kMost) {
    view_.values.push_back(values ? static_cast<double>(*std::ranges::max_element(s.opinion.score))
                                  : tile.total);
  }
  selected_ = s.selected;
  selected_step_ = step;
}

const Canvas& Show::draw(double now, int width, int height, double scale) {
  now_ = now;
  snapshot_ = &stage_.advance(now);
  trace_value();
  say(stage_.news());
  if (now >= message_until_) view_.message.clear();
  view_.status = stage_.status(view_.attention);
  const std::tuple size(width, height, scale);
  if (canvas_ == nullptr || size != canvas_size_) {
    canvas_ = std::make_unique<Canvas>(width, height, scale);
    canvas_size_ = size;
  }
  Parts parts = parts_of(*snapshot_);
  parts.keys = !film_;
  if (view_.alone) parts.tiles = std::min<std::size_t>(parts.tiles, 1);
  layout_ = make_layout(width, height, parts);
  draw_frame(*canvas_, layout_, stage_.subject(), *snapshot_, view_);
  record(now);
  if (screenshot_wanted_) screenshot();
  return *canvas_;
}

void Show::finish() {
  stop_recording();
  if (!failure_.empty() && !options_.record.empty()) throw std::runtime_error(failure_);
}

bool has_viewer() { return true; }

void check_film(const std::filesystem::path& path) { Recorder::check(path); }

void run_in_window(Stage& stage, const ShowOptions& options) {
  Window window("pavlov · " + stage.subject().env, options.width, options.height);
  Show show(stage, options);
  const Clock clock;
  double next = 0.0;
  while (!show.closed() && !over(options, clock.seconds())) {
    for (const Event& event : window.poll()) show.handle(event);
    show.hold(window.held());
    const Canvas& canvas =
        show.draw(clock.seconds(), window.width(), window.height(), window.scale());
    window.present(canvas.pixels());
    next = std::max(next + 1.0 / kFramesPerSecond, clock.seconds() - 1.0 / kFramesPerSecond);
    clock.wait_until(next);
  }
  show.finish();
}

void run_without_window(Stage& stage, const ShowOptions& options, bool real_time) {
  Show show(stage, options, true);
  const Clock clock;
  for (std::int64_t frame = 0;; ++frame) {
    const double moment = static_cast<double>(frame) / options.record_fps;
    if (real_time) clock.wait_until(moment);
    if (over(options, moment)) break;
    show.draw(real_time ? clock.seconds() : moment, options.width, options.height, 1.0);
  }
  show.finish();
}

}  // namespace pavlov::apps
