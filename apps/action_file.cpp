#include "pavlov/apps/action_file.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <limits>
#include <system_error>
#include <utility>
#include <variant>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"

namespace pavlov::apps {
namespace {

constexpr std::string_view kEpisode = "episode";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

const envs::Box* box_of(const envs::Space& space) { return std::get_if<envs::Box>(&space); }

// Columns of one action.
std::size_t width(const envs::Space& space) {
  const envs::Box* box = box_of(space);
  return box == nullptr ? 1 : box->size();
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const std::size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

// Cuts off what stands before `separator`, or all of the text, and returns it.
std::string_view take(std::string_view& text, char separator) {
  const std::size_t end = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

// Whether `word` is a number that `value` can hold, and which.
template <class Number>
bool read(std::string_view word, Number& value) {
  if (word.starts_with('+') && !word.starts_with("+-")) word.remove_prefix(1);
  const char* end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, value);
  return !word.empty() && stop == end && error == std::errc();
}

// Whether a first line names columns: no word in it is a number ("nan" and "1e999" are).
bool is_header(std::string_view line) {
  while (!line.empty()) {
    double ignored;
    const std::string_view word = trimmed(take(line, ','));
    const char* end = word.data() + word.size();
    const auto [stop, error] = std::from_chars(word.data(), end, ignored);
    const bool too_large = stop == end && error == std::errc::result_out_of_range;
    if (too_large || read(word, ignored)) return false;
  }
  return true;
}

std::string_view unquoted(std::string_view word) {
  const bool quoted = word.size() >= 2 && word.front() == '"' && word.back() == '"';
  return quoted ? word.substr(1, word.size() - 2) : word;
}

class Parser {
 public:
  Parser(std::string_view source, const envs::EnvSpec& spec)
      : source_(source), space_(spec.action_space), clips_(spec.clips_actions) {}

  ActionFile parse(std::string_view text) {
    if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
    bool first = true;
    while (!text.empty()) {
      ++line_;
      const std::string_view line = trimmed(take(text, '\n'));
      if (line.empty()) continue;
      if (first && is_header(line)) {
        read_header(line);
      } else {
        read_row(line);
      }
      first = false;
    }
    if (file_.episodes.empty()) {
      kernels::throw_runtime("actions", std::string(source_) + ": holds no action");
    }
    return std::move(file_);
  }

 private:
  [[noreturn]] void fail(const std::string& message) const {
    kernels::throw_runtime("actions",
                           std::string(source_) + ":" + std::to_string(line_) + ": " + message);
  }
  [[noreturn]] void fail(const char* what, std::string_view word, const std::string& rule) const {
    constexpr std::size_t kShown = 40;  // bytes
    fail(std::string(what) + " '" + kernels::one_line(word, kShown) + "': must be " + rule);
  }

  void check_columns(std::string_view line) const {
    const auto columns = static_cast<std::size_t>(std::count(line.begin(), line.end(), ',')) + 1;
    const std::size_t wanted = width(space_) + (file_.numbered ? 1 : 0);
    if (columns == wanted) return;
    fail(std::to_string(columns) + (columns == 1 ? " column" : " columns") + ": must be " +
         std::to_string(wanted) + (file_.numbered ? ", the episode and the action" : "") + " (" +
         envs::to_string(space_) + ")");
  }

  void read_header(std::string_view line) {
    std::string_view rest = line;
    file_.numbered = unquoted(trimmed(take(rest, ','))) == kEpisode;
    check_columns(line);
    if (!file_.numbered) rest = line;
    for (std::size_t a = 0; a < width(space_); ++a) {
      const std::string_view word = trimmed(take(rest, ','));
      const std::string name = "action" + std::to_string(a);
      const bool single = width(space_) == 1 && unquoted(word) == "action";
      if (single || unquoted(word) == name) continue;
      fail("first line: column", word, "a number, or the name " + name_of_column(a));
    }
  }
  // As action_header writes it.
  std::string name_of_column(std::size_t a) const {
    return box_of(space_) == nullptr ? "action" : "action" + std::to_string(a);
  }

  void read_row(std::string_view line) {
    check_columns(line);
    std::int64_t episode = 0;
    if (file_.numbered) {
      const std::string_view word = trimmed(take(line, ','));
      constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();
      if (!read(word, episode) || episode < 0 || episode > kMost) {
        fail("episode", word, "a whole number from 0 on");
      }
    }
    EpisodeActions& actions = of_episode(episode);
    if (const envs::Box* box = box_of(space_)) {
      for (std::size_t a = 0; a < box->size(); ++a) {
        actions.continuous.push_back(read_bounded(trimmed(take(line, ',')), *box, a));
      }
    } else {
      actions.discrete.push_back(read_index(line));
    }
    ++actions.steps;
  }

  EpisodeActions& of_episode(std::int64_t episode) {
    std::vector<EpisodeActions>& all = file_.episodes;
    if (!all.empty() && episode < all.back().episode) {
      fail("episode " + std::to_string(episode) + " after episode " +
           std::to_string(all.back().episode) + ": episodes must rise");
    }
    if (all.empty() || episode > all.back().episode) all.emplace_back().episode = episode;
    return all.back();
  }

  std::int32_t read_index(std::string_view word) const {
    const std::int32_t n = std::get<envs::Discrete>(space_).n;
    const std::string rule = "a whole number in [0, " + std::to_string(n) + ")";
    std::int32_t action = 0;
    if (!read(word, action) || action < 0 || action >= n) fail("action", word, rule);
    return action;
  }

  float read_bounded(std::string_view word, const envs::Box& box, std::size_t a) const {
    double value = 0.0;  // float32 would refuse what rounds to 0
    const bool is_number = read(word, value);
    const auto action = static_cast<float>(value);
    if (!is_number || !std::isfinite(action)) fail("action", word, "a finite number");
    if (!clips_ && (action < box.low[a] || action > box.high[a])) {
      fail("action", word,
           "in [" + kernels::number_text(box.low[a]) + ", " + kernels::number_text(box.high[a]) +
               "]");
    }
    return action;
  }

  std::string_view source_;
  const envs::Space& space_;
  const bool clips_;
  std::size_t line_ = 0;
  ActionFile file_;
};

}  // namespace

envs::ActionView EnvAction::view(const envs::Space& space) const {
  if (box_of(space) == nullptr) return std::span<const std::int32_t>(&discrete, 1);
  return envs::ConstMatrixView(continuous.data(), 1, continuous.size());
}

EnvAction EpisodeActions::at(std::size_t step, const envs::Space& space) const {
  if (box_of(space) == nullptr) return {discrete[step], {}};
  const float* first = continuous.data() + step * width(space);
  return {0, {first, first + width(space)}};
}

ActionFile parse_actions(std::string_view text, std::string_view source,
                         const envs::EnvSpec& spec) {
  return Parser(source, spec).parse(text);
}

std::string action_header(const envs::Space& space, bool numbered) {
  std::string line(numbered ? std::string(kEpisode) + "," : "");
  if (box_of(space) == nullptr) return line + "action\n";
  for (std::size_t a = 0; a < width(space); ++a) {
    line += (a > 0 ? ",action" : "action") + std::to_string(a);
  }
  return line + "\n";
}

std::string action_row(const EnvAction& action, const envs::Space& space,
                       std::optional<std::int64_t> episode) {
  std::string line(episode ? std::to_string(*episode) + "," : "");
  if (box_of(space) == nullptr) return line + std::to_string(action.discrete) + "\n";
  for (std::size_t a = 0; a < action.continuous.size(); ++a) {
    char text[32];
    std::snprintf(text, sizeof(text), "%s%.9g", a > 0 ? "," : "",
                  static_cast<double>(action.continuous[a]));
    line += text;
  }
  return line + "\n";
}

}  // namespace pavlov::apps
