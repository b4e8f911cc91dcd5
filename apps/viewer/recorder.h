// Recorder: keeps frames as a film (MP4 or GIF, by an ffmpeg process) or as PNG files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>

#include "pavlov/apps/viewer/canvas.h"

namespace pavlov::apps {

class Recorder {
 public:
  // By its name: x.mp4 and x.gif are films, anything else is a folder of frame_000000.png, ...
  // Where ffmpeg is not installed, x.mp4 becomes the folder x_frames. Throws std::runtime_error
  // where nothing can be written there, or another kind of film is asked for.
  Recorder(const std::filesystem::path& path, int width, int height, int fps);
  // Ends the film as finish() does, but swallows errors.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  // Throws what the constructor would throw, as far as can be known without making anything.
  static void check(const std::filesystem::path& path);

  // Adds a frame. Throws std::runtime_error where it cannot be written, and std::invalid_argument
  // for one of another size than the first.
  void add(const Canvas& canvas);
  // Waits until all is written. A film has its name from then on, and no file of that name is
  // touched before.
  void finish();

  // Where the frames go.
  const std::filesystem::path& path() const;
  std::int64_t frames() const;

 private:
  class Film;
  class Files;
  class Sink;
  std::unique_ptr<Sink> sink_;
  int width_, height_;
  std::int64_t frames_ = 0;
  bool finished_ = false;
};

// Whether an ffmpeg is found on PATH.
bool has_ffmpeg();

}  // namespace pavlov::apps
