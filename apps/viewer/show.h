// Show: a stage on a canvas: keys, themes, help, screenshots, recordings. Knows no window, so that
// it runs without a display too.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "pavlov/apps/viewer/frame.h"
#include "pavlov/apps/viewer/recorder.h"
#include "pavlov/apps/viewer/stage.h"
#include "pavlov/apps/viewer/window.h"

namespace pavlov::apps {

struct ShowOptions {
  int width = 1280, height = 720;      // logical: of a window when it opens, or of a film
  double scale = 0.0;                  // pixels per logical pixel; 0: the screen's, 1 in films
  const Theme* theme = &dark_theme();  // at the start; key t changes it
  std::filesystem::path folder = ".";  // where screenshots and recordings of keys s, r go
  std::filesystem::path record = {};   // film from the first frame on; empty: none
  int record_fps = 30;
  double seconds = 0.0;                    // the show ends after so long; 0: when it is closed
  std::function<bool()> stop = {};         // asked once per frame
  std::function<void()> window_lost = {};  // told where a film goes on without its window
};

class Show {
 public:
  // `stage` must outlive it.
  Show(Stage& stage, ShowOptions options);

  void handle(const Event& event);
  void hold(const Held& held) { stage_.hold(held); }
  // Where nobody presses keys, none are shown.
  void hide_keys() { keys_ = false; }
  // Draws the moment `now` (seconds, never falling) at this size, and records it where it is due: a
  // recording keeps its size. What goes wrong with it becomes a message.
  const Canvas& draw(double now, double width, double height, double scale);
  bool closed() const { return closed_; }
  // Whether something has gone wrong with the recording of the options.
  bool failed() const { return !failure_.empty(); }
  // Ends a recording and throws what has gone wrong with that of the options.
  void finish();

  const View& view() const { return view_; }
  const Snapshot& snapshot() const { return *snapshot_; }
  // Where the last screenshot or recording went.
  const std::filesystem::path& last_file() const { return last_file_; }

 private:
  // A canvas and what it was made for.
  struct Sheet {
    double width = 0.0, height = 0.0, scale = 1.0;  // logical
    std::unique_ptr<Canvas> canvas = nullptr;

    bool fits(double w, double h, double s) const {
      return w == width && h == height && s == scale;
    }
  };

  void say(std::string message);
  void screenshot();
  void toggle_recording();
  void start_recording(double now);
  void stop_recording();
  void drop_recording(const std::string& reason);
  void record(double now);
  Layout paint(Sheet& sheet);
  void trace_value();
  void select(std::size_t tile);

  Stage& stage_;
  const ShowOptions options_;
  bool keys_ = true;
  View view_;
  Sheet sheet_, film_sheet_;  // the latter where a film has another size
  Layout layout_;
  const Snapshot* snapshot_;
  bool closed_ = false;
  double now_ = 0.0;
  double message_until_ = 0.0;

  std::unique_ptr<Recorder> recorder_;
  bool of_the_options_ = false;  // the recorder's film
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

// Throws std::runtime_error where no film can be made under this name.
void check_film(const std::filesystem::path& path);

// Shows `stage` in a window until it is closed. Throws std::runtime_error where there is no
// display, or none any more. A film of the options is made all the same, without the window.
void run_in_window(Stage& stage, const ShowOptions& options);

struct Film {
  std::filesystem::path path;
  double seconds = 0.0;
};

// Films `stage` without a window: options.seconds of it, at options.record_fps. With
// `real_time` frames are made when the clock says so, else as fast as possible. Throws
// std::runtime_error as soon as the film cannot be written.
Film run_without_window(Stage& stage, const ShowOptions& options, bool real_time);

}  // namespace pavlov::apps
