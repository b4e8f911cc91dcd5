// Terminal: the viewer in text: pictures and curves in Braille dots, for machines without a screen.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "pavlov/apps/viewer/snapshot.h"
#include "pavlov/apps/viewer/stage.h"

namespace pavlov::apps {

// Dots, two across and four down in each character.
class DotImage {
 public:
  // In characters.
  DotImage(std::size_t columns, std::size_t rows);

  std::size_t width() const { return 2 * columns_; }  // dots
  std::size_t height() const { return 4 * rows_; }    // dots
  // Dots outside are ignored.
  void set(long x, long y, bool on = true);
  bool at(std::size_t x, std::size_t y) const { return dots_[y * width() + x] != 0; }
  void line(double x0, double y0, double x1, double y1);
  // The picture of an environment, scaled into the image: what differs from its background.
  void picture(const envs::Picture& picture);
  // One string of `columns` Braille characters per row.
  std::vector<std::string> lines() const;

 private:
  void polygon(const std::vector<std::pair<double, double>>& corners, bool on);

  std::size_t columns_, rows_;
  std::vector<char> dots_;
};

// A whole frame: at most `rows` lines of at most `columns` characters.
std::vector<std::string> terminal_frame(const Subject& subject, const Snapshot& snapshot,
                                        const std::string& status, std::size_t columns,
                                        std::size_t rows);

// Draws ten frames per second on standard error until `stop` says so. Throws std::runtime_error
// where that is no terminal.
void run_in_terminal(Stage& stage, const std::function<bool()>& stop);

}  // namespace pavlov::apps
