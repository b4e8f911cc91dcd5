// Names: the answer to a name nobody knows is the nearest one that exists.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace pavlov::kernels {

// The element of `known` with the smallest Levenshtein distance to `name` (first one on ties), or
// an empty view where nothing is nearer than half the longer name. Case is ignored.
std::string_view nearest_name(std::string_view name, std::span<const std::string_view> known);

// "unknown <kind> 'Cartpole': did you mean 'CartPole-v1'? known: ..." (without the question when
// nothing is near).
std::string unknown_name_message(std::string_view kind, std::string_view name,
                                 std::span<const std::string_view> known);

}  // namespace pavlov::kernels
