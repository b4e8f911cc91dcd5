// Show: a stage on a canvas: keys, themes, help, screenshots, recordings. Knows no window, so that
// it runs without a display too.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tuple>

#include "pavlov/apps/viewer/frame.h"
#include "pavlov/apps/viewer/recorder.h"
#include "pavlov/apps/viewer/stage.h"
#include "pavlov/apps/viewer/window.h"

namespace pavlov::apps {

struct ShowOptions {
  int width = 1280, height = 720;      // of a window when it opens, or of a film
  const Theme* theme = &dark_theme();  // at the start; key t changes it
  std::filesystem::path folder = ".";  // where screenshots and recordings of keys s, r go
  std::filesystem::path record = {};   // film from the first frame on; empty: none
  int record_fps = 30;
  double seconds = 0.0;             // the show ends after so long; 0: when it is closed
  std::function<bool()> stop = {};  // asked once per frame
};

class Show {
 public:
  // `stage` must outlive it. Throws std::runtime_error where the film cannot be written.
  // A `film` has nobody who presses keys: it shows none.
  Show(Stage& stage, ShowOptions options, bool film = false);

  void handle(const Event& event);
  void hold(const Held& held) { stage_.hold(held); }
  // Draws the moment `now` (seconds, never falling) at this size, and records it where it is due.
  // What goes wrong with a recording becomes a message.
  const Canvas& draw(double now, int width, int height, double scale);
  bool closed() const { return closed_; }
  // Ends a recording and throws what has gone wrong with that of the options.
  void finish();

  const View& view() const { return view_; }
  const Snapshot& snapshot() const { return *snapshot_; }
  // Where the last screenshot or recording went.
  const std::filesystem::path& last_file() const { return last_file_; }

 private:
  void say(std::string message);
  void screenshot();
  void toggle_recording();
  void stop_recording();
  void record(double now);
  void trace_value();
  void select(std::size_t tile);

  Stage& stage_;
  const ShowOptions options_;
  const bool film_;
  View view_;
  std::unique_ptr<Canvas> canvas_;
  std::tuple<int, int, double> canvas_size_;  // width, height, scale
  Layout layout_;
  const Snapshot* snapshot_;
  bool closed_ = false;
  double now_ = 0.0;
  double message_until_ = 0.0;

  std::unique_ptr<Recorder> recorder_;
  double next_recorded_ = 0.0;
  bool screenshot_wanted_ = false, recording_wanted_ = false;
  std::filesystem::path last_file_;
  std::string failure_;  // of the film of the options

  std::size_t selected_ = 0;  // what view_.values are of
  std::int64_t selected_step_ = 0;
};

// Whether this build has the viewer. Without it the functions below throw std::runtime_error that
// says how to get it.
bool has_viewer();

// Shows `stage` in a window until it is closed. Throws std::runtime_error where there is no
// display.
void run_in_window(Stage& stage, const ShowOptions& options);

// Films `stage` without a window: options.seconds of it, at options.record_fps. With
// `real_time` frames are made when the clock says so, else as fast as possible.
void run_without_window(Stage& stage, const ShowOptions& options, bool real_time);

}  // namespace pavlov::apps
