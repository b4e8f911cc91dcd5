// Action files: what an agent did, one row per step, as text.
//
//   action        discrete actions          action0,action1     continuous ones, A columns
//   1                                       -0.5,0.25
//   0                                       1,0
//
// With several episodes a first column `episode` counts them. The header line is written always; a
// reader takes files without one as files of one episode. A first line in which no word is a number
// is a header, and must name these columns. Blank lines, spaces around numbers, quotes around
// names, Windows line ends and a byte order mark are tolerated. Continuous actions are float32,
// written with the nine digits that give the same number back.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/envs/vec_env.h"

namespace pavlov::apps {

// One action of either kind.
struct EnvAction {
  std::int32_t discrete = 0;
  std::vector<float> continuous;  // (A)

  // For an environment of one; valid while this object is.
  envs::ActionView view(const envs::Space& space) const;
};

// The actions of one episode.
struct EpisodeActions {
  std::int64_t episode = 0;            // >= 0
  std::size_t steps = 0;               // T
  std::vector<std::int32_t> discrete;  // (T), or
  std::vector<float> continuous;       // (T,A)

  EnvAction at(std::size_t step, const envs::Space& space) const;
};

struct ActionFile {
  bool numbered = false;                 // the file has the column `episode`
  std::vector<EpisodeActions> episodes;  // at least one, by rising numbers
};

// Reads the text of an action file. Throws std::runtime_error "[actions] source:line: ..." for what
// is no number, a wrong number of columns, an action that the environment refuses, episodes that do
// not rise, and a text without an action.
ActionFile parse_actions(std::string_view text, std::string_view source, const envs::EnvSpec& spec);

// The header line, and the row of one action; `episode` where the file has that column.
std::string action_header(const envs::Space& space, bool numbered);
std::string action_row(const EnvAction& action, const envs::Space& space,
                       std::optional<std::int64_t> episode);

}  // namespace pavlov::apps
