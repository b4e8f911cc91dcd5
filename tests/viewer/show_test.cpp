// Keys, clicks, screenshots and recordings of a show without a window.
#include "pavlov/apps/viewer/show.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "image.h"
#include "stages.h"

namespace pavlov::apps {
namespace {

namespace fs = std::filesystem;

class ShowTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() /
              ("pavlov_show_" + std::to_string(::getpid()) + "_" +
               ::testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  ShowOptions options() const { return {.folder = folder_, .record_fps = 30}; }
  static void press(Show& show, const std::string& key, bool shift = false) {
    show.handle({.kind = Event::Kind::key, .key = key, .shift = shift});
  }
  const Canvas& draw(Show& show) { return show.draw(now_ += 1.0 / 60, 640, 400, 1.0); }

  fs::path folder_;
  double now_ = 0.0;
};

TEST_F(ShowTest, PassesCommandsToTheStage) {
  CountingStage stage;
  Show show(stage, options());
  draw(show);
  for (const char* key : {"space", "right", "[", "]", "g", "c", "enter", ",", ".", "home", "end"}) {
    press(show, key);
  }
  const std::vector<Command> expected = {Command::pause,   Command::step,   Command::slower,
                                         Command::faster,  Command::greedy, Command::checkpoint,
                                         Command::restart, Command::back,   Command::forward,
                                         Command::first,   Command::last};
  EXPECT_EQ(stage.commands, expected);
  press(show, "x");
  EXPECT_EQ(stage.commands.size(), expected.size());
  show.hold({.left = true});
  EXPECT_TRUE(stage.last_held.left);
}

TEST_F(ShowTest, SelectsByTabAndClick) {
  CountingStage stage(4);
  Show show(stage, options());
  draw(show);
  press(show, "tab");
  EXPECT_EQ(stage.snapshot().selected, 1u);
  press(show, "tab", true);
  press(show, "tab", true);
  EXPECT_EQ(stage.snapshot().selected, 3u);
  const Layout layout = make_layout(640, 400, parts_of(stage.snapshot()));
  const Rect& tile = layout.tiles[2];
  show.handle({.kind = Event::Kind::click, .x = tile.x + 5, .y = tile.y + 5});
  EXPECT_EQ(stage.snapshot().selected, 2u);
}

TEST_F(ShowTest, FollowsOneAlone) {
  CountingStage stage(4);
  Show show(stage, options());
  const Image all = image_of(draw(show));
  press(show, "f");
  const Image one = image_of(draw(show));
  const Color wood{202, 152, 101};
  EXPECT_GT(count(one, wood, 8), 2 * count(all, wood, 8) / 4) << "one of four, and larger";
  show.handle({.kind = Event::Kind::click, .x = 600, .y = 300});
  EXPECT_EQ(stage.snapshot().selected, 0u);
  press(show, "tab");
  EXPECT_EQ(stage.snapshot().selected, 1u) << "the next one alone";
  press(show, "f");
  EXPECT_EQ(count(image_of(draw(show)), wood, 8), count(all, wood, 8));
}

TEST_F(ShowTest, SeeksByAClickOnTheProgress) {
  CountingStage stage(1);
  stage.snapshot().total_steps = 100;
  Show show(stage, options());
  draw(show);
  const Rect bar = make_layout(640, 400, parts_of(stage.snapshot())).progress;
  show.handle({.kind = Event::Kind::click, .x = bar.x + bar.width / 4, .y = bar.y + 2});
  ASSERT_EQ(stage.sought.size(), 1u);
  EXPECT_NEAR(stage.sought[0], 0.25, 1e-9);
}

TEST_F(ShowTest, ThemeHelpAndEnd) {
  CountingStage stage;
  Show show(stage, options());
  draw(show);
  EXPECT_EQ(show.view().theme, &dark_theme());
  press(show, "t");
  EXPECT_EQ(show.view().theme, &light_theme());
  press(show, "h");
  EXPECT_TRUE(show.view().help);
  press(show, "escape");  // closes the help only
  EXPECT_FALSE(show.view().help);
  EXPECT_FALSE(show.closed());
  press(show, "q");
  EXPECT_TRUE(show.closed());
  Show other(stage, options());
  other.handle({.kind = Event::Kind::close});
  EXPECT_TRUE(other.closed());
}

TEST_F(ShowTest, SavesScreenshotsUnderFreeNames) {
  CountingStage stage;
  Show show(stage, options());
  for (int k = 1; k <= 2; ++k) {
    press(show, "s");
    draw(show);
    const fs::path file = folder_ / ("pavlov_" + std::to_string(k) + ".png");
    ASSERT_TRUE(fs::exists(file));
    EXPECT_EQ(show.last_file(), file);
    EXPECT_EQ(read_png(file).width, 640);
  }
  EXPECT_NE(show.view().message.find("saved"), std::string::npos);
  now_ += 10;
  draw(show);
  EXPECT_EQ(show.view().message, "");
}

TEST_F(ShowTest, AnUnwritableFolderIsAMessage) {
  CountingStage stage;
  ShowOptions bad = options();
  bad.folder = "/proc/nowhere";
  Show show(stage, bad);
  press(show, "s");
  draw(show);
  EXPECT_NE(show.view().message.find("pavlov_1.png: create: "), std::string::npos)
      << show.view().message;
  press(show, "r");
  draw(show);
  EXPECT_FALSE(show.view().recording);
  EXPECT_NO_THROW(show.finish());
}

TEST_F(ShowTest, RecordsFramesEvenly) {
  CountingStage stage;
  ShowOptions film = options();
  film.record = folder_ / "frames";
  Show show(stage, film);
  for (int k = 0; k < 60; ++k) draw(show);  // a second at 60 frames: 30 are kept
  show.finish();
  const auto files = std::distance(fs::directory_iterator(folder_ / "frames"), {});
  EXPECT_NEAR(static_cast<double>(files), 30, 1);
  EXPECT_EQ(read_png(folder_ / "frames" / "frame_000000.png").height, 400);
}

TEST_F(ShowTest, AFilmThatCannotBeWrittenIsAnErrorAtTheEnd) {
  CountingStage stage;
  ShowOptions film = options();
  film.record = "/proc/nowhere/frames";
  Show show(stage, film);
  EXPECT_NO_THROW(draw(show));
  EXPECT_TRUE(show.failed());
  EXPECT_THROW(show.finish(), std::runtime_error);
}

// Nobody looks at the messages of a film that is made without a window: it ends at once.
TEST_F(ShowTest, AFilmThatFailsWithoutAWindowEnds) {
  CountingStage stage;
  ShowOptions film = options();
  film.record = folder_ / "frames";
  film.seconds = 5.0;
  film.stop = [&] {
    if (stage.times.size() == 10) fs::permissions(folder_ / "frames", fs::perms::none);
    if (stage.times.size() == 10) fs::rename(folder_ / "frames", folder_ / "elsewhere");
    return false;
  };
  EXPECT_THROW(run_without_window(stage, film, false), std::runtime_error);
  EXPECT_LE(stage.times.size(), 12u);
}

// What ffmpeg made until it died is no film; the show goes on, and the end says so.
TEST_F(ShowTest, FfmpegMayDie) {
  std::ofstream(folder_ / "ffmpeg") << "#!/bin/sh\nhead -c 100000 > /dev/null\nexit 3\n";
  fs::permissions(folder_ / "ffmpeg", fs::perms::owner_all);
  const std::string path = std::getenv("PATH");
  setenv("PATH", (folder_.string() + ":" + path).c_str(), 1);
  CountingStage stage;
  ShowOptions film = options();
  film.record = folder_ / "film.mp4";
  Show show(stage, film);
  for (int k = 0; k < 20; ++k) draw(show);
  setenv("PATH", path.c_str(), 1);
  EXPECT_TRUE(show.failed());
  EXPECT_FALSE(show.view().recording);
  EXPECT_NE(show.view().message.find("ffmpeg has ended"), std::string::npos) << show.view().message;
  EXPECT_THROW(show.finish(), std::runtime_error);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "but the false ffmpeg";
}

TEST_F(ShowTest, AFilmKeepsItsSize) {
  CountingStage stage;
  ShowOptions film = options();
  film.record = folder_ / "frames";
  Show show(stage, film);
  for (const int width : {640, 900, 320, 640}) {
    now_ += 1.0 / film.record_fps;
    EXPECT_EQ(show.draw(now_, width, 400, 1.0).width(), width);
  }
  show.finish();
  for (int k = 0; k < 4; ++k) {
    const Image frame = read_png(folder_ / "frames" / ("frame_00000" + std::to_string(k) + ".png"));
    EXPECT_EQ(frame.width, 640) << k;
    EXPECT_GT(count(frame, {202, 152, 101}, 8), 100u) << k;
  }
}

TEST_F(ShowTest, FilmOfGivenLength) {
  CountingStage stage;
  ShowOptions film = options();
  film.width = 320;
  film.height = 200;
  film.record = folder_ / "frames";
  film.seconds = 0.5;
  const Film made = run_without_window(stage, film, false);
  EXPECT_EQ(made.path, film.record);
  EXPECT_EQ(made.seconds, 0.5);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_ / "frames"), {}), 15);
  for (std::size_t k = 1; k < stage.times.size(); ++k) {
    EXPECT_GE(stage.times[k], stage.times[k - 1]);
  }
}

TEST_F(ShowTest, MakesMp4AndGif) {
  if (!has_ffmpeg()) GTEST_SKIP() << "ffmpeg is not installed";
  for (const char* name : {"film.mp4", "film.gif"}) {
    CountingStage stage;
    ShowOptions film = options();
    film.width = 321;  // odd: films need even sides
    film.height = 201;
    film.record = folder_ / name;
    film.seconds = 0.3;
    run_without_window(stage, film, false);
    EXPECT_GT(fs::file_size(film.record), 500u) << name;
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), {}), 1) << "no draft is left";
    std::ifstream file(film.record, std::ios::binary);
    std::string head(12, ' ');
    file.read(head.data(), 12);
    EXPECT_NE(head.find(name == std::string("film.gif") ? "GIF8" : "ftyp"), std::string::npos);
    fs::remove(film.record);
  }
}

TEST_F(ShowTest, KeyStartsAndEndsARecording) {
  CountingStage stage;
  Show show(stage, options());
  press(show, "r");
  for (int k = 0; k < 10; ++k) draw(show);
  EXPECT_TRUE(show.view().recording);
  press(show, "r");
  EXPECT_FALSE(show.view().recording);
  EXPECT_TRUE(fs::exists(show.last_file())) << show.view().message;
}

TEST_F(ShowTest, WithoutFfmpegFramesAreFiles) {
  const std::string path = std::getenv("PATH");
  setenv("PATH", folder_.c_str(), 1);
  EXPECT_FALSE(has_ffmpeg());
  {
    Recorder recorder(folder_ / "film.mp4", 10, 10, 30);
    recorder.add(Canvas(10, 10));
    EXPECT_EQ(recorder.path(), folder_ / "film_frames");
    EXPECT_THROW(recorder.add(Canvas(20, 10)), std::invalid_argument);
  }
  setenv("PATH", path.c_str(), 1);
  EXPECT_TRUE(fs::exists(folder_ / "film_frames" / "frame_000000.png"));
}

TEST_F(ShowTest, RefusesOtherKindsOfFilm) {
  EXPECT_THROW(Recorder(folder_ / "a.webm", 10, 10, 30), std::runtime_error);
  EXPECT_THROW(Recorder("/proc/nowhere/a.mp4", 10, 10, 30), std::runtime_error);
  fs::create_directory(folder_ / "folder.mp4");
  EXPECT_THROW(Recorder(folder_ / "folder.mp4", 10, 10, 30), std::runtime_error);
}

}  // namespace
}  // namespace pavlov::apps
