#include "pavlov/nets/parameter_buffer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "pavlov/kernels/check.h"

namespace pavlov::nets {
namespace {

constexpr std::size_t kFloatsPerLine = kernels::kAlignment / sizeof(float);
constexpr std::size_t kMostDimensions = 8;

}  // namespace

bool same_tensors(std::span<const Parameter> a, std::span<const Parameter> b) {
  return std::ranges::equal(a, b, [](const Parameter& p, const Parameter& q) {
    return p.name == q.name && p.shape == q.shape;
  });
}

ParameterBuffer::ParameterBuffer(std::vector<Parameter> table) : table_(std::move(table)) {
  std::set<std::string_view> names;
  std::size_t offset = 0;
  for (Parameter& p : table_) {
    if (p.name.empty() || !names.insert(p.name).second) {
      kernels::throw_argument("parameters", "name '" + p.name + "': must be unique and not empty");
    }
    if (p.shape.empty() || p.shape.size() > kMostDimensions) {
      kernels::throw_argument("parameters",
                              "shape of '" + p.name + "': must have one to eight dimensions");
    }
    p.size = 1;
    for (const std::size_t d : p.shape) p.size *= d;
    p.offset = offset;
    count_ += p.size;
    offset += (p.size + kFloatsPerLine - 1) / kFloatsPerLine * kFloatsPerLine;
  }
  memory_ = kernels::Tensor({2, offset});
  values_ = memory_.span().first(offset);
  gradient_ = memory_.span().last(offset);
}

ParameterBuffer ParameterBuffer::slice(std::size_t first, std::size_t count,
                                       std::string_view prefix) {
  if (count == 0 || first >= table_.size() || count > table_.size() - first) {
    kernels::throw_argument("parameters", "slice of " + std::to_string(count) +
                                              " tensors from number " + std::to_string(first) +
                                              ": there are " + std::to_string(table_.size()));
  }
  ParameterBuffer part;
  const std::size_t begin = table_[first].offset;
  std::size_t end = values_.size();
  if (first + count < table_.size()) end = table_[first + count].offset;
  for (Parameter p : std::span(table_).subspan(first, count)) {
    if (!p.name.starts_with(prefix) || p.name.size() == prefix.size()) {
      kernels::throw_argument("parameters", "slice: name '" + p.name + "': must begin with '" +
                                                std::string(prefix) + "'");
    }
    p.name.erase(0, prefix.size());
    p.offset -= begin;
    part.count_ += p.size;
    part.table_.push_back(std::move(p));
  }
  part.values_ = values_.subspan(begin, end - begin);
  part.gradient_ = gradient_.subspan(begin, end - begin);
  return part;
}

void ParameterBuffer::copy_values_from(const ParameterBuffer& other) {
  if (!same_tensors(table_, other.table_)) {
    kernels::throw_argument("parameters", "copy between networks of different tables");
  }
  std::copy(other.values().begin(), other.values().end(), values().begin());
}

std::vector<TensorEntry> ParameterBuffer::entries() const {
  std::vector<TensorEntry> entries;
  for (const Parameter& p : table_) {
    entries.push_back({p.name, p.shape, values().subspan(p.offset, p.size)});
  }
  return entries;
}

void ParameterBuffer::load_values(const SafetensorsFile& file, std::string_view file_name,
                                  std::size_t other_tensors) {
  const std::string where = std::string(file_name) + ": ";
  for (const Parameter& p : table_) {
    if (!file.contains(p.name)) {
      kernels::throw_runtime("parameters", where + "tensor '" + p.name + "' is missing");
    }
    if (file.shape(p.name) != p.shape) {
      kernels::throw_runtime(
          "parameters", where + "shape " + kernels::dimensions_text(file.shape(p.name)) + " of '" +
                            p.name + "': the network needs " + kernels::dimensions_text(p.shape));
    }
  }
  if (file.names().size() != table_.size() + other_tensors) {
    kernels::throw_runtime("parameters", where + std::to_string(file.names().size()) +
                                             " tensors: must be " +
                                             std::to_string(table_.size() + other_tensors));
  }
  // Into a copy first: a tensor of a wrong type must leave the values as they were.
  kernels::Tensor loaded({values_.size()});
  for (const Parameter& p : table_) {
    file.copy_values(p.name, loaded.span().subspan(p.offset, p.size));
  }
  std::ranges::copy(loaded.span(), values().begin());
}

}  // namespace pavlov::nets
