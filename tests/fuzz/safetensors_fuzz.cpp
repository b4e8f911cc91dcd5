// Fuzzes the reader of weight files: whatever the bytes are, it either throws std::runtime_error or
// returns tensors that lie within the file; and what it accepts survives being written and read
// again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/nets/safetensors.h"

namespace {

using pavlov::nets::SafetensorsFile;
using pavlov::nets::TensorEntry;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(const SafetensorsFile& file, std::size_t file_bytes) {
  std::vector<std::string> names;
  std::vector<std::vector<float>> values;
  for (const std::string& name : file.names()) {
    require(file.contains(name));
    if (file.dtype(name) != "F32") continue;
    names.push_back(name);
    values.push_back(file.values(name));
    std::size_t count = 1;
    for (const std::size_t size : file.shape(name)) count *= size;
    require(values.back().size() == count);
    require(count * sizeof(float) <= file_bytes);
  }
  std::vector<TensorEntry> entries;
  for (std::size_t i = 0; i < names.size(); ++i) {
    entries.push_back({names[i], file.shape(names[i]), values[i]});
  }
  const std::string bytes = pavlov::nets::serialize_safetensors(entries, file.metadata());
  const auto again = SafetensorsFile::parse(std::as_bytes(std::span(bytes)), "again");
  require(again.names() == names);
  require(again.metadata() == file.metadata());
  for (std::size_t i = 0; i < names.size(); ++i) {
    require(again.shape(names[i]) == file.shape(names[i]));
    const std::vector<float> got = again.values(names[i]);
    require(got.size() == values[i].size());
    // Bytes, because a NaN is not equal to itself; memcmp may not see a null pointer.
    require(got.empty() ||
            std::memcmp(got.data(), values[i].data(), got.size() * sizeof(float)) == 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    check(SafetensorsFile::parse(std::as_bytes(std::span(data, size)), "fuzz"), size);
  } catch (const std::runtime_error& error) {
    // Refused, as most inputs are. The message must be one line of ours.
    const std::string message = error.what();
    require(message.rfind("[safetensors] ", 0) == 0);
    require(message.find('\n') == std::string::npos);
  }
  return 0;
}
