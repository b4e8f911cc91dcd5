#include "pavlov/apps/viewer/recorder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>
#include <vector>

#include "pavlov/kernels/check.h"

extern char** environ;  // NOLINT: of POSIX

namespace pavlov::apps {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_file(const fs::path& path, const std::string& what) {
  kernels::throw_runtime("record", path.string() + ": " + what);
}

// Ends with a reason where no file can be made at `path`.
void check_writable(const fs::path& path) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
  if (file < 0) throw_file(path, std::string("cannot be written: ") + std::strerror(errno));
  close(file);
}

}  // namespace

bool has_ffmpeg() {
  const char* variable = std::getenv("PATH");
  std::string paths = variable == nullptr ? "" : variable;
  paths += ':';
  for (std::size_t first = 0, end; (end = paths.find(':', first)) != std::string::npos;
       first = end + 1) {
    const std::string folder = paths.substr(first, end - first);
    if (!folder.empty() && access((folder + "/ffmpeg").c_str(), X_OK) == 0) return true;
  }
  return false;
}

class Recorder::Sink {
 public:
  virtual ~Sink() = default;
  virtual void add(const Canvas& canvas, std::int64_t number) = 0;
  virtual void finish() = 0;
  virtual const fs::path& path() const = 0;
};

// One PNG file per frame.
class Recorder::Files final : public Sink {
 public:
  explicit Files(fs::path folder) : folder_(std::move(folder)) {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw_file(folder_, "cannot make the folder: " + error.message());
    if (access(folder_.c_str(), W_OK) != 0) {
      throw_file(folder_, std::string("cannot be written: ") + std::strerror(errno));
    }
  }
  void add(const Canvas& canvas, std::int64_t number) override {
    canvas.write_png(folder_ / fmt::format("frame_{:06}.png", number));
  }
  void finish() override {}
  const fs::path& path() const override { return folder_; }

 private:
  fs::path folder_;
};

// Raw frames go to the standard input of ffmpeg, which writes a file beside the wanted one.
class Recorder::Film final : public Sink {
 public:
  Film(fs::path path, int width, int height, int fps)
      : path_(std::move(path)),
        draft_(path_.parent_path() / ("." + path_.stem().string() + "." + std::to_string(getpid()) +
                                      path_.extension().string())) {
    check_writable(draft_);
    int ends[2];
    // A socket rather than a pipe: writing to one whose reader has gone raises no signal.
    int error = socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0 ? 0 : errno;
    if (error == 0) {
      channel_ = ends[0];
      error = start(ends[1], width, height, fps);
      close(ends[1]);
    }
    if (error == 0) return;
    give_up();
    throw_file(path_, std::string("ffmpeg does not start: ") + std::strerror(error));
  }
  ~Film() override { give_up(); }

  void add(const Canvas& canvas, std::int64_t) override {
    const Pixels pixels = canvas.pixels();
    const char* data = reinterpret_cast<const char*>(pixels.data.data());
    std::size_t left = pixels.data.size_bytes();
    while (left > 0) {
      const ssize_t sent = send(channel_, data, left, MSG_NOSIGNAL);
      if (sent < 0 && errno == EINTR) continue;
      if (sent <= 0) throw_file(path_, "ffmpeg has ended: is the disk full?");
      data += sent;
      left -= static_cast<std::size_t>(sent);
    }
  }

  void finish() override {
    const int status = end();
    if (status != 0) {
      throw_file(path_, "ffmpeg failed with status " + std::to_string(status));
    }
    std::error_code error;
    fs::rename(draft_, path_, error);
    if (error) throw_file(path_, "cannot be written: " + error.message());
  }
  const fs::path& path() const override { return path_; }

 private:
  // Returns an error number.
  int start(int input, int width, int height, int fps) {
    std::vector<std::string> words = {"ffmpeg",
                                      "-loglevel",
                                      "error",
                                      "-nostdin",
                                      "-y",
                                      "-f",
                                      "rawvideo",
                                      "-pixel_format",
                                      "bgr0",
                                      "-video_size",
                                      fmt::format("{}x{}", width, height),
                                      "-framerate",
                                      std::to_string(fps),
                                      "-i",
                                      "pipe:0"};
    const std::vector<std::string> film =
        path_.extension() == ".gif"
            ? std::vector<std::string>{"-vf",
                                       "fps=25,split[a][b];[a]palettegen[p];[b][p]paletteuse"}
            : std::vector<std::string>{"-vf",       "crop=trunc(iw/2)*2:trunc(ih/2)*2",
                                       "-c:v",      "libx264",
                                       "-preset",   "veryfast",
                                       "-crf",      "18",
                                       "-pix_fmt",  "yuv420p",
                                       "-movflags", "+faststart",
                                       "-threads",  "1"};
    words.insert(words.end(), film.begin(), film.end());
    words.push_back(fs::absolute(draft_).string());
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO);
    // A group of its own: Ctrl-C ends the training, which then ends the film.
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    const int error =
        posix_spawnp(&process_, "ffmpeg", &actions, &attributes, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (error != 0) process_ = -1;
    return error;
  }

  void give_up() {
    end();
    std::error_code ignored;
    fs::remove(draft_, ignored);
  }

  // Closes the channel and waits; returns ffmpeg's exit status.
  int end() {
    if (channel_ >= 0) close(channel_);
    channel_ = -1;
    if (process_ < 0) return 0;
    int status = 0;
    while (waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

  fs::path path_, draft_;
  int channel_ = -1;
  pid_t process_ = -1;
};

void Recorder::check(const fs::path& path) {
  const std::string kind = path.extension().string();
  for (const char* other : {".webm", ".mkv", ".avi", ".mov", ".png", ".webp"}) {
    if (kind == other) {
      throw_file(path, "must be an .mp4 or .gif, or a folder for PNG files");
    }
  }
  fs::path folder = fs::absolute(path).parent_path();
  const bool film = kind == ".mp4" || kind == ".gif";
  if (film && fs::is_directory(path)) throw_file(path, "is a folder");
  // Folders for PNG files are made, those of films must be there.
  while (!film && !folder.empty() && !fs::exists(folder)) folder = folder.parent_path();
  if (access(folder.c_str(), W_OK) != 0) {
    throw_file(path, folder.string() + " cannot be written: " + std::strerror(errno));
  }
}

Recorder::Recorder(const fs::path& path, int width, int height, int fps)
    : width_(width), height_(height) {
  check(path);
  const std::string kind = path.extension().string();
  if (kind != ".mp4" && kind != ".gif") {
    sink_ = std::make_unique<Files>(path);
  } else if (has_ffmpeg()) {
    sink_ = std::make_unique<Film>(path, width, height, fps);
  } else {
    const fs::path folder = path.parent_path() / (path.stem().string() + "_frames");
    spdlog::warn("ffmpeg is not installed: frames go to {} as PNG files", folder.string());
    sink_ = std::make_unique<Files>(folder);
  }
}

Recorder::~Recorder() {
  try {
    finish();
  } catch (const std::exception&) {  // NOLINT: who wanted to know has called finish()
  }
}

void Recorder::add(const Canvas& canvas) {
  const Pixels pixels = canvas.pixels();
  if (pixels.width != width_ || pixels.height != height_) {
    kernels::throw_argument("record", fmt::format("a frame of {}x{} in a film of {}x{}",
                                                  pixels.width, pixels.height, width_, height_));
  }
  sink_->add(canvas, frames_);
  ++frames_;
}

void Recorder::finish() {
  if (finished_) return;
  finished_ = true;
  sink_->finish();
}

const fs::path& Recorder::path() const { return sink_->path(); }
std::int64_t Recorder::frames() const { return frames_; }

}  // namespace pavlov::apps
