// States as bytes, and what a call has thrown, for tests of archives and of wrong arguments.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/envs/state_frame.h"
#include "pavlov/kernels/state_io.h"
#include "pavlov/envs/vec_env.h"

namespace pavlov::envs {

// The message of an Error that `call` throws, or "".
template <class Error = std::invalid_argument, class Call>
std::string error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

inline std::vector<std::byte> state_of(const VecEnv& env) {
  StateWriter out;
  env.save(out);
  return {out.bytes().begin(), out.bytes().end()};
}

inline std::string load_error(VecEnv& env, std::span<const std::byte> bytes) {
  return error_of<std::runtime_error>([&] {
    StateReader in(bytes);
    env.load(in);
  });
}

// The archive with the body of its first frame changed by `edit(body)`, under the right checksum:
// hostile, not damaged. What follows the frame stays.
template <class Edit>
std::vector<std::byte> with_body(std::span<const std::byte> archive, Edit&& edit) {
  StateReader head(archive);
  head.get<std::uint64_t>();
  const std::string id = head.get_text(), configuration = head.get_text();
  const StateFrame frame = {id, configuration, head.get<std::uint64_t>()};
  StateReader in(archive);
  std::vector<std::byte> body = get_frame(in, frame);
  edit(body);
  StateWriter out;
  put_frame(out, frame, body);
  out.put(archive.last(in.remaining()));
  return {out.bytes().begin(), out.bytes().end()};
}

// As above with `value` at byte `at` of the body.
template <class T>
std::vector<std::byte> with_value(std::span<const std::byte> archive, std::size_t at, T value) {
  const auto bytes = std::as_bytes(std::span(&value, 1));
  return with_body(archive, [&](std::vector<std::byte>& body) {
    for (std::size_t k = 0; k < bytes.size(); ++k) body.at(at + k) = bytes[k];
  });
}

}  // namespace pavlov::envs
