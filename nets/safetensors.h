// Weight files in the safetensors format: eight bytes of little-endian header length, a JSON header
// {"name": {"dtype", "shape", "data_offsets"}, "__metadata__": {text: text}}, then the raw values.
// Format: https://huggingface.co/docs/safetensors (reference implementation safetensors 0.4+).
//
// A file from outside is hostile: everything it claims is checked against its true length before a
// byte is used, and nothing is allocated because of a claim. The header must be exact: unique
// names, known types, values that cover the data without gap or overlap. Where we are stricter than
// the reference: unknown keys of a tensor, null metadata and more than 64 dimensions are errors;
// sub-byte types are unknown.
//
// What is wrong with a file throws std::runtime_error("[safetensors] <file>: <what> <value>:
// <rule>"), one line; a wrong argument of ours std::invalid_argument.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pavlov::nets {

// One tensor to write: values are row-major float32, as many as the product of the shape. An empty
// shape is a scalar.
struct TensorEntry {
  std::string name;
  std::vector<std::size_t> shape;
  std::span<const float> values;
};

// A weight file in memory. Immutable, so any thread may read it.
class SafetensorsFile {
 public:
  // Reads (atomic_file.h) and checks a whole file of at most 4 GiB.
  static SafetensorsFile read(const std::filesystem::path& path);
  // Checks `bytes`, which are copied; `what` names them in errors.
  static SafetensorsFile parse(std::span<const std::byte> bytes, std::string_view what);

  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  // The value of a metadata key; throws where it is missing.
  const std::string& metadata(std::string_view key) const;

  // Bytes of the whole file.
  std::size_t size_bytes() const { return bytes_.size(); }
  // In alphabetical order.
  std::vector<std::string> names() const;
  bool contains(std::string_view name) const;
  // These throw for a name that the file does not hold, naming the nearest one that it does.
  const std::vector<std::size_t>& shape(std::string_view name) const;
  // As written in the file: "F32", "I64", ...
  std::string_view dtype(std::string_view name) const;
  // The values of a tensor of type F32; any other type throws.
  std::vector<float> values(std::string_view name) const;
  // As values(), into `out`, which must have exactly as many elements.
  void copy_values(std::string_view name, std::span<float> out) const;

 private:
  struct Tensor {
    std::string_view dtype;  // an entry of the static table of types
    std::vector<std::size_t> shape;
    std::size_t begin = 0, end = 0;  // bytes from the start of bytes_
  };

  SafetensorsFile(std::string bytes, std::string what);
  const Tensor& find(std::string_view name) const;

  std::string bytes_;
  std::string what_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, Tensor, std::less<>> tensors_;
};

// The bytes of a file with these tensors (sorted by name) and this metadata. The values start at a
// multiple of eight bytes. Throws std::invalid_argument for duplicate names, the reserved name
// "__metadata__", text that is not UTF-8, or a number of values that does not match the shape.
std::string serialize_safetensors(std::span<const TensorEntry> tensors,
                                  const std::map<std::string, std::string>& metadata);

// Writes them atomically (atomic_file.h): the file at `path` is the old one or the complete new
// one.
void write_safetensors(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace pavlov::nets
