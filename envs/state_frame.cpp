#include "pavlov/envs/state_frame.h"

#include <string>

#include "pavlov/kernels/check.h"

namespace pavlov::envs {
namespace {

using kernels::throw_runtime;

constexpr std::uint64_t kMagic = 0x3145564f4c564150;  // "PAVLOVE1", little-endian

// FNV-1a, 64 bits.
std::uint64_t checksum(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325ull;
  for (const std::byte b : bytes) hash = (hash ^ static_cast<std::uint64_t>(b)) * 0x100000001b3ull;
  return hash;
}

std::string describe(std::uint64_t count, std::string_view id, std::string_view configuration) {
  return std::to_string(count) + " x " + std::string(id) + " (" + std::string(configuration) + ")";
}

}  // namespace

void put_frame(StateWriter& out, const StateFrame& frame, std::span<const std::byte> body) {
  out.put(kMagic);
  out.put_text(frame.id);
  out.put_text(frame.configuration);
  out.put(frame.count);
  out.put(static_cast<std::uint64_t>(body.size()));
  out.put(checksum(body));
  out.put(body);
}

std::vector<std::byte> get_frame(StateReader& in, const StateFrame& frame) {
  if (in.get<std::uint64_t>() != kMagic) throw_runtime(frame.id, "load: not an environment state");
  const std::string id = in.get_text();
  const std::string configuration = in.get_text();
  const auto count = in.get<std::uint64_t>();
  if (id != frame.id || configuration != frame.configuration || count != frame.count) {
    throw_runtime(frame.id, "load: state of " + describe(count, id, configuration) +
                                ": must be of " +
                                describe(frame.count, frame.id, frame.configuration));
  }
  const auto length = in.get<std::uint64_t>();
  const auto expected = in.get<std::uint64_t>();
  if (length > in.remaining()) throw_runtime(frame.id, "load: the state is truncated");
  std::vector<std::byte> body(length);
  in.get(std::span<std::byte>(body));
  if (checksum(body) != expected) throw_runtime(frame.id, "load: the state is damaged");
  return body;
}

}  // namespace pavlov::envs
