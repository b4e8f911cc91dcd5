// State frames: who wrote a state archive, and whether it came through whole.
//
// A frame is magic, id, configuration, N, length and checksum of the body, then the body. Whoever
// reads it back compares all of them first, so a body is only parsed where it was written by the
// same thing. The checksum finds damage, not malice; bodies check their values besides.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "pavlov/kernels/state_io.h"

namespace pavlov::envs {

using kernels::StateReader;
using kernels::StateWriter;

struct StateFrame {
  std::string_view id;             // "CartPole-v1"; names the module in errors
  std::string_view configuration;  // every option that decides what a state means
  std::uint64_t count = 0;         // N
};

void put_frame(StateWriter& out, const StateFrame& frame, std::span<const std::byte> body);

// Reads the body of such a frame. Throws std::runtime_error for the frame of another id,
// configuration or N, and for a truncated or damaged one.
std::vector<std::byte> get_frame(StateReader& in, const StateFrame& frame);

}  // namespace pavlov::envs
