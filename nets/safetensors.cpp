#include "pavlov/nets/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <nlohmann/json.hpp>
#include <utility>

#include "pavlov/kernels/check.h"
#include "pavlov/kernels/names.h"
#include "pavlov/nets/atomic_file.h"

static_assert(std::endian::native == std::endian::little,
              "values are copied as they lie in the file, which is little-endian");

namespace pavlov::nets {

namespace {

constexpr std::size_t kLengthBytes = 8;
constexpr std::size_t kMaxHeaderBytes = 100'000'000;  // of the reference implementation
constexpr std::size_t kMaxFileBytes = std::size_t{4} << 30;
constexpr std::size_t kMaxRank = 64;       // NumPy's limit
constexpr std::size_t kDataAlignment = 8;  // of the reference implementation's writer
constexpr std::size_t kQuotedBytes = 64;   // of a name in a message
constexpr std::size_t kMaxMessageBytes = 1000;
constexpr std::string_view kMetadataName = "__metadata__";
constexpr std::string_view kFloat = "F32";

struct NumberType {
  std::string_view name;
  std::size_t bytes;
};
constexpr NumberType kNumberTypes[] = {
    {"BOOL", 1}, {"U8", 1},  {"I8", 1},  {"F8_E5M2", 1}, {"F8_E4M3", 1}, {"F8_E8M0", 1},
    {"I16", 2},  {"U16", 2}, {"F16", 2}, {"BF16", 2},    {"I32", 4},     {"U32", 4},
    {"F32", 4},  {"I64", 8}, {"U64", 8}, {"F64", 8},     {"C64", 8},
};

// `text` on one line: control characters become '?', what is longer than `limit` bytes is cut.
std::string one_line(std::string_view text, std::size_t limit) {
  std::string out(text.substr(0, limit));
  if (text.size() > limit) {
    // A cut must not leave half of a UTF-8 character.
    while (!out.empty() && (static_cast<unsigned char>(text[out.size()]) & 0xC0) == 0x80) {
      out.pop_back();
    }
    out += "...";
  }
  for (char& c : out) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  }
  return out;
}

std::string in_quotes(std::string_view text) { return "'" + one_line(text, kQuotedBytes) + "'"; }

[[noreturn]] void fail(std::string_view what, const std::string& message) {
  kernels::throw_runtime("safetensors", std::string(what) + ": " + message);
}

// The number of elements, or false where it does not fit.
bool product(std::span<const std::size_t> shape, std::size_t& count) {
  count = 1;
  for (const std::size_t size : shape) {
    if (__builtin_mul_overflow(count, size, &count)) return false;
  }
  return true;
}

struct TensorHeader {
  const NumberType* type = nullptr;
  std::vector<std::size_t> shape, offsets;
  bool has_shape = false, has_offsets = false;
};

// Reads the header as a stream of JSON events, because only this sees duplicate keys, and stops at
// the first value that does not belong: nesting never goes deeper than the three levels of the
// format. Interface: nlohmann's json_sax.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view what) : what_(what) {}

  std::map<std::string, std::string> metadata;
  std::map<std::string, TensorHeader> tensors;

  bool null() { wrong_value("null"); }
  bool boolean(bool) { wrong_value("a truth value"); }
  bool number_integer(std::int64_t value) { wrong_value(std::to_string(value)); }
  bool number_float(double, const std::string& text) { wrong_value(one_line(text, kQuotedBytes)); }
  bool binary(std::vector<std::uint8_t>&) { wrong_value("binary data"); }

  bool number_unsigned(std::uint64_t value) {
    if (level_ != Level::shape && level_ != Level::offsets) wrong_value(std::to_string(value));
    std::vector<std::size_t>& list = level_ == Level::shape ? tensor().shape : tensor().offsets;
    const std::size_t limit = level_ == Level::shape ? kMaxRank : 2;
    if (list.size() == limit) {
      fail(what_, place() + " with more than " + std::to_string(limit) + " numbers: too long");
    }
    list.push_back(value);
    return true;
  }

  bool string(std::string& value) {
    if (level_ == Level::metadata) {
      metadata[key_] = std::move(value);
      return true;
    }
    if (level_ != Level::tensor || key_ != "dtype") wrong_value(in_quotes(value));
    const auto* type = std::find_if(std::begin(kNumberTypes), std::end(kNumberTypes),
                                    [&](const NumberType& t) { return t.name == value; });
    if (type == std::end(kNumberTypes)) {
      std::string known;
      for (const NumberType& t : kNumberTypes) known += " " + std::string(t.name);
      fail(what_, place() + " " + in_quotes(value) + ": unknown; known:" + known);
    }
    tensor().type = type;
    return true;
  }

  bool start_object(std::size_t) {
    switch (level_) {
      case Level::start:
        level_ = Level::top;
        return true;
      case Level::top:
        level_ = key_ == kMetadataName ? Level::metadata : Level::tensor;
        return true;
      default:
        wrong_value("an object");
    }
  }

  bool key(std::string& name) {
    key_ = std::move(name);
    switch (level_) {
      case Level::top:
        if (key_ == kMetadataName ? std::exchange(has_metadata_, true)
                                  : !tensors.try_emplace(key_).second) {
          fail(what_, "name " + in_quotes(key_) + ": given twice");
        }
        name_ = key_;
        return true;
      case Level::metadata:
        if (!metadata.try_emplace(key_).second) fail(what_, place() + ": given twice");
        return true;
      default: {  // a tensor
        const bool known = key_ == "dtype" || key_ == "shape" || key_ == "data_offsets";
        if (!known) fail(what_, place() + ": must be dtype, shape or data_offsets");
        const bool twice = key_ == "dtype"   ? tensor().type != nullptr
                           : key_ == "shape" ? tensor().has_shape
                                             : tensor().has_offsets;
        if (twice) fail(what_, place() + ": given twice");
        return true;
      }
    }
  }

  bool end_object() {
    if (level_ == Level::tensor) {
      const TensorHeader& t = tensor();
      if (t.type == nullptr || !t.has_shape || t.offsets.size() != 2) {
        fail(what_,
             "tensor " + in_quotes(name_) + ": must have a dtype, a shape and two data_offsets");
      }
    }
    level_ = Level::top;
    return true;
  }

  bool start_array(std::size_t) {
    if (level_ != Level::tensor || key_ == "dtype") wrong_value("a list");
    level_ = key_ == "shape" ? Level::shape : Level::offsets;
    (key_ == "shape" ? tensor().has_shape : tensor().has_offsets) = true;
    return true;
  }

  bool end_array() {
    level_ = Level::tensor;
    return true;
  }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    fail(what_, "header byte " + std::to_string(position) + ": is not JSON in UTF-8");
  }

 private:
  enum class Level { start, top, metadata, tensor, shape, offsets };

  TensorHeader& tensor() { return tensors.find(name_)->second; }

  // Where the reader stands, for messages.
  std::string place() const {
    switch (level_) {
      case Level::start:
        return "header";
      case Level::top:
        return in_quotes(key_);
      case Level::metadata:
        return "metadata " + in_quotes(key_);
      default:
        return "tensor " + in_quotes(name_) + " " + in_quotes(key_);
    }
  }

  [[noreturn]] void wrong_value(const std::string& value) const {
    const char* rule = "";
    switch (level_) {
      case Level::start:
      case Level::top:
        rule = "must be an object";
        break;
      case Level::metadata:
        rule = "must be text";
        break;
      case Level::tensor:
        rule = key_ == "dtype" ? "must be text" : "must be a list of whole numbers";
        break;
      default:
        rule = "must be a whole number in [0, 2^64)";
    }
    fail(what_, place() + " " + value + ": " + rule);
  }

  std::string_view what_;
  Level level_ = Level::start;
  std::string key_;   // latest key at any level
  std::string name_;  // latest key at the top
  bool has_metadata_ = false;
};

std::string range(std::size_t begin, std::size_t end) {
  return "[" + std::to_string(begin) + ", " + std::to_string(end) + "]";
}

}  // namespace

SafetensorsFile::SafetensorsFile(std::string bytes, std::string what)
    : bytes_(std::move(bytes)), what_(std::move(what)) {
  const std::string_view all = bytes_;
  if (all.size() < kLengthBytes) {
    fail(what_, "file of " + std::to_string(all.size()) + " bytes: shorter than the 8-byte length");
  }
  std::uint64_t header_bytes = 0;
  std::memcpy(&header_bytes, all.data(), kLengthBytes);
  const std::size_t limit = std::min(kMaxHeaderBytes, all.size() - kLengthBytes);
  if (header_bytes > limit) {
    fail(what_, "header length " + std::to_string(header_bytes) + ": must be at most " +
                    std::to_string(limit) + " in a file of " + std::to_string(all.size()) +
                    " bytes");
  }
  const std::string_view header = all.substr(kLengthBytes, header_bytes);
  // The parser below skips a byte-order mark, and takes a zero byte for the end of the text.
  if (!header.starts_with('{')) fail(what_, "header: must begin with '{'");
  if (const auto zero = header.find('\0'); zero != std::string_view::npos) {
    fail(what_, "header byte " + std::to_string(zero) + ": is not JSON in UTF-8");
  }
  HeaderReader reader(what_);
  nlohmann::json::sax_parse(header.data(), header.data() + header.size(), &reader);

  const std::size_t data_begin = kLengthBytes + header.size();
  const std::size_t data_bytes = all.size() - data_begin;
  std::vector<std::pair<std::size_t, std::size_t>> ranges;
  ranges.reserve(reader.tensors.size());
  for (auto& [name, header_of] : reader.tensors) {
    const std::size_t begin = header_of.offsets[0], end = header_of.offsets[1];
    const std::string place = "tensor " + in_quotes(name) + " data_offsets " + range(begin, end);
    if (begin > end) fail(what_, place + ": begin after end");
    if (end > data_bytes) {
      fail(what_, place + ": beyond the " + std::to_string(data_bytes) + " bytes of data");
    }
    std::size_t bytes_needed = 0;
    if (!product(header_of.shape, bytes_needed) ||
        __builtin_mul_overflow(bytes_needed, header_of.type->bytes, &bytes_needed)) {
      fail(what_, "tensor " + in_quotes(name) + " shape: has more bytes than an address space");
    }
    if (end - begin != bytes_needed) {
      fail(what_, place + ": " + std::to_string(end - begin) + " bytes, but dtype and shape need " +
                      std::to_string(bytes_needed));
    }
    ranges.emplace_back(begin, end);
    tensors_.emplace_hint(tensors_.end(), name,
                          Tensor{header_of.type->name, std::move(header_of.shape),
                                 data_begin + begin, data_begin + end});
  }
  std::sort(ranges.begin(), ranges.end());
  std::size_t covered = 0;
  for (const auto& [begin, end] : ranges) {
    if (begin != covered) {
      fail(what_, "data_offsets " + range(begin, end) + ": " +
                      (begin < covered ? "overlaps the values before"
                                       : "leaves a gap after byte " + std::to_string(covered)));
    }
    covered = end;
  }
  if (covered != data_bytes) {
    fail(what_, "data of " + std::to_string(data_bytes) + " bytes: the tensors cover " +
                    std::to_string(covered));
  }
  metadata_ = std::move(reader.metadata);
}

SafetensorsFile SafetensorsFile::read(const std::filesystem::path& path) {
  return {read_file(path, kMaxFileBytes), path.string()};
}

SafetensorsFile SafetensorsFile::parse(std::span<const std::byte> bytes, std::string_view what) {
  return {std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()),
          std::string(what)};
}

const std::string& SafetensorsFile::metadata(std::string_view key) const {
  const auto found = metadata_.find(std::string(key));
  if (found == metadata_.end()) {
    std::vector<std::string_view> known;
    for (const auto& [name, value] : metadata_) known.push_back(name);
    fail(what_, one_line(kernels::unknown_name_message("metadata", key, known), kMaxMessageBytes));
  }
  return found->second;
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  names.reserve(tensors_.size());
  for (const auto& [name, tensor] : tensors_) names.push_back(name);
  return names;
}

bool SafetensorsFile::contains(std::string_view name) const { return tensors_.contains(name); }

const SafetensorsFile::Tensor& SafetensorsFile::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    std::vector<std::string_view> known;
    for (const auto& [other, tensor] : tensors_) known.push_back(other);
    fail(what_, one_line(kernels::unknown_name_message("tensor", name, known), kMaxMessageBytes));
  }
  return found->second;
}

const std::vector<std::size_t>& SafetensorsFile::shape(std::string_view name) const {
  return find(name).shape;
}

std::string_view SafetensorsFile::dtype(std::string_view name) const { return find(name).dtype; }

std::vector<float> SafetensorsFile::values(std::string_view name) const {
  const Tensor& tensor = find(name);
  std::vector<float> values((tensor.end - tensor.begin) / sizeof(float));
  copy_values(name, values);
  return values;
}

void SafetensorsFile::copy_values(std::string_view name, std::span<float> out) const {
  const Tensor& tensor = find(name);
  if (tensor.dtype != kFloat) {
    fail(what_,
         "tensor " + in_quotes(name) + " dtype " + std::string(tensor.dtype) + ": must be F32");
  }
  const std::size_t bytes = tensor.end - tensor.begin;
  if (bytes != out.size_bytes()) {
    fail(what_, "tensor " + in_quotes(name) + " of " + std::to_string(bytes / sizeof(float)) +
                    " values: " + std::to_string(out.size()) + " are wanted");
  }
  // No view into the file: a foreign header may leave the values unaligned.
  if (bytes != 0) std::memcpy(out.data(), bytes_.data() + tensor.begin, bytes);
}

std::string serialize_safetensors(std::span<const TensorEntry> tensors,
                                  const std::map<std::string, std::string>& metadata) {
  std::vector<const TensorEntry*> sorted;
  sorted.reserve(tensors.size());
  for (const TensorEntry& tensor : tensors) sorted.push_back(&tensor);
  std::sort(sorted.begin(), sorted.end(),
            [](const TensorEntry* a, const TensorEntry* b) { return a->name < b->name; });

  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[std::string(kMetadataName)] = metadata;
  std::size_t data_bytes = 0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    const auto& [name, shape, values] = *sorted[i];
    const auto reject = [&name = name](const std::string& message) {
      kernels::throw_argument("safetensors", "tensor " + in_quotes(name) + message);
    };
    if (name == kMetadataName) reject(": the name is reserved");
    if (i > 0 && sorted[i - 1]->name == name) reject(": given twice");
    std::size_t count = 0;
    if (!product(shape, count) || count != values.size()) {
      reject(" of " + std::to_string(values.size()) + " values: must be the product of its shape");
    }
    if (shape.size() > kMaxRank) {
      reject(" of " + std::to_string(shape.size()) + " dimensions: must have at most " +
             std::to_string(kMaxRank));
    }
    const std::size_t end = data_bytes + values.size_bytes();
    header[name] = {{"dtype", kFloat}, {"shape", shape}, {"data_offsets", {data_bytes, end}}};
    data_bytes = end;
  }

  std::string text;
  try {
    text = header.dump();
  } catch (const nlohmann::json::exception&) {
    kernels::throw_argument("safetensors", "a name or metadata is not UTF-8: must be");
  }
  text.append((kDataAlignment - text.size() % kDataAlignment) % kDataAlignment, ' ');
  if (text.size() > kMaxHeaderBytes) {
    kernels::throw_argument("safetensors", "header of " + std::to_string(text.size()) +
                                               " bytes: must be at most " +
                                               std::to_string(kMaxHeaderBytes));
  }
  std::string bytes;
  bytes.reserve(kLengthBytes + text.size() + data_bytes);
  const std::uint64_t header_bytes = text.size();
  bytes.append(reinterpret_cast<const char*>(&header_bytes), kLengthBytes);
  bytes += text;
  for (const TensorEntry* tensor : sorted) {
    bytes.append(reinterpret_cast<const char*>(tensor->values.data()), tensor->values.size_bytes());
  }
  return bytes;
}

void write_safetensors(const std::filesystem::path& path, std::span<const TensorEntry> tensors,
                       const std::map<std::string, std::string>& metadata) {
  write_file_atomically(path, serialize_safetensors(tensors, metadata));
}

}  // namespace pavlov::nets
