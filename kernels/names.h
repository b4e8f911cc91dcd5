// Names: the answer to a name nobody knows is the nearest one that exists. Names may come from
// hostile files: messages show them on one line, without what steers a terminal.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace pavlov::kernels {

// The element of `known` with the smallest Levenshtein distance to `name` (first one on ties), or
// an empty view where nothing is nearer than half the longer name. Case is ignored. Names of more
// than 256 bytes are near to nothing: the work is proportional to the product of the lengths.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

// `text` as one line of at most `max_bytes` bytes: line breaks and tabs become spaces, other
// control characters and what is not UTF-8 become '?', and "..." ends a text that was cut.
std::string one_line(std::string_view text, std::size_t max_bytes);

// "unknown <kind> 'Cartpole': did you mean 'CartPole-v1'? known: ..." (without the question when
// nothing is near). The name is shown as one line of at most 200 bytes.
std::string unknown_name_message(std::string_view kind, std::string_view name,
                                 std::span<const std::string_view> known);

}  // namespace pavlov::kernels
