// Fuzzes the readers of weight files. Whatever the bytes are, parsing either throws
// std::runtime_error or gives tensors that lie within the file; and so does the network that an
// accepted file describes, values included. What is accepted survives being written and read again.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "pavlov/nets/network.h"
#include "pavlov/nets/safetensors.h"

namespace {

using pavlov::nets::Network;
using pavlov::nets::SafetensorsFile;
using pavlov::nets::TensorEntry;

void require(bool condition) {
  if (!condition) std::abort();
}

SafetensorsFile written_and_read(std::span<const TensorEntry> entries,
                                 const std::map<std::string, std::string>& metadata) {
  const std::string bytes = pavlov::nets::serialize_safetensors(entries, metadata);
  return SafetensorsFile::parse(std::as_bytes(std::span(bytes)), "again");
}

// noexcept here and below: after the file is accepted, any exception is a fault.
void check(const SafetensorsFile& file, std::size_t file_bytes) noexcept {
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
  const SafetensorsFile again = written_and_read(entries, file.metadata());
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

// As agents::Policy::load does it.
std::unique_ptr<Network> read_network(const SafetensorsFile& file, std::size_t most) {
  auto network = pavlov::nets::make_network(file.metadata(), most);
  network->parameters().load_values(file, "fuzz");
  return network;
}

void check(const Network& network, std::size_t file_bytes) noexcept {
  const std::size_t count = network.parameters().count();
  require(count <= file_bytes / sizeof(float));
  const auto again =
      read_network(written_and_read(network.parameters().entries(), network.describe()), count);
  require(again->describe() == network.describe());
  const auto values = network.parameters().values();
  const auto got = again->parameters().values();
  require(got.size() == values.size());
  require(std::memcmp(got.data(), values.data(), got.size_bytes()) == 0);
}

// Messages name the module that refused; those of the parser are one line, whatever the file holds.
void check_message(std::string_view message) noexcept {
  const bool parser = message.starts_with("[safetensors] ");
  require(parser || message.starts_with("[network] ") || message.starts_with("[parameters] "));
  require(!parser || message.find('\n') == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  try {
    const auto file = SafetensorsFile::parse(std::as_bytes(std::span(data, size)), "fuzz");
    check(file, size);
    check(*read_network(file, size / sizeof(float)), size);
  } catch (const std::runtime_error& error) {  // refused, as most inputs are
    check_message(error.what());
  }
  return 0;
}
