#include "pavlov/apps/viewer/show.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

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
      {"left", Command::back},     {"home", Command::first}, {"end", Command::last},
      {"-", Command::slower},      {"+", Command::faster},   {"=", Command::faster}};
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

Show::Show(Stage& stage, ShowOptions options)
    : stage_(stage), options_(std::move(options)), snapshot_(&stage.advance(0.0)) {
  view_.theme = options_.theme;
  view_.keys = stage.keys();
  for (KeyHint& key : own_keys()) view_.keys.push_back(std::move(key));
  recording_wanted_ = of_the_options_ = !options_.record.empty();
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

void Show::start_recording(double now) {
  recording_wanted_ = false;
  const Pixels pixels = sheet_.canvas->pixels();
  recorder_ = std::make_unique<Recorder>(
      of_the_options_ ? options_.record : free_name(options_.folder, "pavlov", ".mp4"),
      pixels.width, pixels.height, options_.record_fps);
  film_sheet_ = {sheet_.width, sheet_.height, sheet_.scale};
  last_file_ = recorder_->path();
  next_recorded_ = now;
  view_.recording = keys_;
}

void Show::stop_recording() {
  if (recorder_ == nullptr) return;
  try {
    recorder_->finish();
    say("saved " + recorder_->path().string());
    drop_recording("");
  } catch (const std::exception& error) {
    drop_recording(error.what());
  }
}

void Show::drop_recording(const std::string& reason) {
  recorder_.reset();
  view_.recording = false;
  if (std::exchange(of_the_options_, false)) failure_ = reason;
  say(reason);
}

void Show::screenshot() {
  screenshot_wanted_ = false;
  try {
    const auto path = free_name(options_.folder, "pavlov", ".png");
    sheet_.canvas->write_png(path);
    last_file_ = path;
    say("saved " + path.string());
  } catch (const std::exception& error) {
    say(error.what());
  }
}

// Frames of a film are evenly spaced: one is due every 1 / record_fps seconds.
void Show::record(double now) {
  try {
    if (recording_wanted_) start_recording(now);
    if (recorder_ == nullptr || now + 1e-6 < next_recorded_) return;
    const Sheet& film = film_sheet_;
    const bool same = sheet_.fits(film.width, film.height, film.scale);
    if (!same) paint(film_sheet_);
    for (int repeats = 0; now + 1e-6 >= next_recorded_ && repeats < options_.record_fps;
         ++repeats) {
      recorder_->add(same ? *sheet_.canvas : *film.canvas);
      next_recorded_ += 1.0 / options_.record_fps;
    }
  } catch (const std::exception& error) {
    drop_recording(error.what());
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

Layout Show::paint(Sheet& sheet) {
  if (sheet.canvas == nullptr) {
    sheet.canvas = std::make_unique<Canvas>(sheet.width, sheet.height, sheet.scale);
  }
  Parts parts = parts_of(*snapshot_);
  parts.keys = keys_;
  if (view_.alone) parts.tiles = std::min<std::size_t>(parts.tiles, 1);
  Layout layout = make_layout(sheet.width, sheet.height, parts);
  draw_frame(*sheet.canvas, layout, stage_.subject(), *snapshot_, view_);
  return layout;
}

const Canvas& Show::draw(double now, double width, double height, double scale) {
  now_ = now;
  snapshot_ = &stage_.advance(now);
  trace_value();
  say(stage_.news());
  if (now >= message_until_) view_.message.clear();
  view_.status = stage_.status(view_.attention);
  if (!sheet_.fits(width, height, scale)) sheet_ = {width, height, scale};
  layout_ = paint(sheet_);
  record(now);
  if (screenshot_wanted_) screenshot();
  return *sheet_.canvas;
}

void Show::finish() {
  stop_recording();
  if (failed()) throw std::runtime_error(failure_);
}

bool has_viewer() { return true; }

void check_film(const std::filesystem::path& path) { Recorder::check(path); }

namespace {

void play(Show& show, const ShowOptions& options, const std::string& title, const Clock& clock) {
  Window window(title, options.width, options.height, options.scale);
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
}

// Draws the frames of a film from the moment of `clock` on, or as fast as possible where it is
// null. Returns how many seconds they show.
double film(Show& show, const ShowOptions& options, const Clock* clock) {
  show.hide_keys();
  const double scale = options.scale > 0.0 ? options.scale : 1.0;
  const double begin = clock == nullptr ? 0.0 : clock->seconds();
  double moment = begin;
  for (std::int64_t frame = 0; !show.failed(); ++frame) {
    moment = begin + static_cast<double>(frame) / options.record_fps;
    if (clock != nullptr) clock->wait_until(moment);
    if (over(options, moment)) break;
    show.draw(clock == nullptr ? moment : clock->seconds(), options.width, options.height, scale);
  }
  show.finish();
  return moment - begin;
}

}  // namespace

void run_in_window(Stage& stage, const ShowOptions& options) {
  Show show(stage, options);
  const Clock clock;
  try {
    play(show, options, "pavlov · " + stage.subject().env, clock);
    show.finish();
  } catch (const std::exception& error) {
    if (options.record.empty() || show.failed()) throw;
    spdlog::warn("{}; the film is made without a window", error.what());
    if (options.window_lost) options.window_lost();
    film(show, options, &clock);
  }
}

Film run_without_window(Stage& stage, const ShowOptions& options, bool real_time) {
  Show show(stage, options);
  const Clock clock;
  const double seconds = film(show, options, real_time ? &clock : nullptr);
  return {show.last_file(), seconds};
}

}  // namespace pavlov::apps
