// State archives: plain bytes in, plain bytes out, lengths checked.
//
// The format is little-endian and has no names: writer and reader agree on the order. Every read is
// bounds-checked, so a truncated archive ends in one error and never in memory it does not own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "pavlov/kernels/check.h"

namespace pavlov::kernels {

class StateWriter {
 public:
  template <class T>
  requires(std::is_trivially_copyable_v<T>) void put(const T& value) {
    put(std::span<const T>(&value, 1));
  }
  template <class T>
  requires(std::is_trivially_copyable_v<T>) void put(std::span<const T> values) {
    const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
    bytes_.insert(bytes_.end(), bytes, bytes + values.size_bytes());
  }
  // Length, then characters.
  void put_text(std::string_view text) {
    put(static_cast<std::uint64_t>(text.size()));
    put(std::span<const char>(text.data(), text.size()));
  }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

class StateReader {
 public:
  // `module` names who reads in errors.
  explicit StateReader(std::span<const std::byte> bytes, std::string module = "state")
      : bytes_(bytes), module_(std::move(module)) {}

  template <class T>
  requires(std::is_trivially_copyable_v<T>) T get() {
    T value;
    get(std::span<T>(&value, 1));
    return value;
  }
  template <class T>
  requires(std::is_trivially_copyable_v<T>) void get(std::span<T> values) {
    const std::span<const std::byte> source = take(values.size_bytes());
    if (!source.empty()) std::memcpy(values.data(), source.data(), source.size());
  }
  std::string get_text() {
    const auto length = get<std::uint64_t>();
    const std::span<const std::byte> source = take(length);
    return {reinterpret_cast<const char*>(source.data()), source.size()};
  }
  // Bytes that are 0 or 1; `what` names them in the error.
  void get_flags(std::span<std::uint8_t> flags, std::string_view what) {
    get(flags);
    for (const std::uint8_t flag : flags) require(flag <= 1, what, flag, "0 or 1");
  }
  std::size_t remaining() const { return bytes_.size() - position_; }

  // Throws std::runtime_error("[module] load: what value: must be rule") unless `holds`.
  template <class Number>
  void require(bool holds, std::string_view what, Number value, std::string_view rule) const {
    if (holds) return;
    throw_runtime(module_, "load: " + std::string(what) + " " + number_text(value) + ": must be " +
                               std::string(rule));
  }

 private:
  std::span<const std::byte> take(std::uint64_t count) {
    if (count > remaining()) {
      throw_runtime(module_, "archive ends after " + std::to_string(bytes_.size()) +
                                 " bytes: it is truncated or of something else");
    }
    const std::span<const std::byte> part = bytes_.subspan(position_, count);
    position_ += count;
    return part;
  }

  std::span<const std::byte> bytes_;
  std::string module_;
  std::size_t position_ = 0;
};

}  // namespace pavlov::kernels
