#include "pavlov/kernels/names.h"

#include <algorithm>
#include <cctype>
#include <cstddef>
#include <vector>

namespace pavlov::kernels {
namespace {

constexpr std::size_t kLongestCompared = 256;  // bytes
constexpr std::size_t kLongestShown = 200;     // bytes

bool same_letter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// Levenshtein distance by the two-row recurrence.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (same_letter(a[i - 1], b[j - 1]) ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row[b.size()];
}

// Bytes of the UTF-8 character that `text` starts with; 0 where it starts with none.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead < 0xC2 || lead > 0xF4) return 0;
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return size;
}

// Whether the character is one of U+0000 to U+001F and U+007F to U+009F, which steer terminals.
bool is_control(std::string_view character) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(character[i]); };
  if (character.size() == 1) return byte(0) < 0x20 || byte(0) == 0x7F;
  return byte(0) == 0xC2 && byte(1) < 0xA0;
}

}  // namespace

std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t best_distance = 0;
  if (name.size() > kLongestCompared) return best;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kLongestCompared) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (2 * distance > std::max(name.size(), candidate.size())) continue;
    if (best.empty() || distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string one_line(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view kCut = "...";
  const std::size_t room = max_bytes - std::min(max_bytes, kCut.size());
  std::string line;
  std::size_t cut = 0;  // the longest length that leaves room for kCut
  while (!text.empty()) {
    const std::size_t size = character_size(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(size, 1));
    if (character == "\n" || character == "\r" || character == "\t") {
      line += ' ';
    } else if (size == 0 || is_control(character)) {
      line += '?';
    } else {
      line += character;
    }
    text.remove_prefix(character.size());
    if (line.size() <= room) cut = line.size();
    if (line.size() > max_bytes) {
      line.resize(cut);
      line += kCut.substr(0, max_bytes);
      break;
    }
  }
  return line;
}

std::string unknown_name_message(std::string_view kind, std::string_view name,
                                 std::span<const std::string_view> known) {
  std::string message = "unknown " + std::string(kind) + " '" + one_line(name, kLongestShown) + "'";
  const std::string_view nearest = nearest_name(name, known);
  if (!nearest.empty()) message += ": did you mean '" + std::string(nearest) + "'?";
  message += nearest.empty() ? "; known:" : " Known:";
  for (const std::string_view candidate : known) message += " " + std::string(candidate);
  return message;
}

}  // namespace pavlov::kernels
