#include "pavlov/nets/parameter_buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

namespace pavlov::nets {
namespace {

ParameterBuffer make() { return ParameterBuffer({{"w", {3, 5}}, {"b", {5}}, {"v", {5, 2}}}); }

SafetensorsFile file_of(const ParameterBuffer& buffer) {
  const std::string bytes = serialize_safetensors(buffer.entries(), {});
  return SafetensorsFile::parse(std::as_bytes(std::span(bytes)), "test");
}

TEST(ParameterBuffer, TensorsStartOnCacheLinesAndDoNotOverlap) {
  ParameterBuffer buffer = make();
  EXPECT_EQ(buffer.count(), 15u + 5u + 10u);
  std::size_t end = 0;
  for (std::size_t k = 0; k < buffer.table().size(); ++k) {
    const Parameter& p = buffer.table()[k];
    EXPECT_GE(p.offset, end);
    end = p.offset + p.size;
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer.value(k).data) % 64, 0u);
  }
  EXPECT_LE(end, buffer.values().size());
  EXPECT_EQ(buffer.value(0).rows, 3u);
  EXPECT_EQ(buffer.value(0).cols, 5u);
  EXPECT_EQ(buffer.value(1).rows, 1u);
}

TEST(ParameterBuffer, LeadingDimensionsAreRows) {
  ParameterBuffer buffer({{"conv", {4, 2, 3, 5}}});
  EXPECT_EQ(buffer.count(), 120u);
  EXPECT_EQ(buffer.value(0).rows, 24u);
  EXPECT_EQ(buffer.value(0).cols, 5u);
}

TEST(ParameterBuffer, ValuesTravelThroughAFile) {
  ParameterBuffer from = make();
  std::iota(from.values().begin(), from.values().end(), 0.5f);
  ParameterBuffer to = make();
  const float* const place = to.values().data();
  to.load_values(file_of(from), "test");
  EXPECT_EQ(to.values().data(), place) << "views that someone keeps";
  for (const Parameter& p : to.table()) {
    for (std::size_t i = p.offset; i < p.offset + p.size; ++i) {
      EXPECT_EQ(to.values()[i], from.values()[i]);
    }
  }
}

TEST(ParameterBuffer, FilesOfOtherNetworksAreRefusedAndChangeNothing) {
  ParameterBuffer target = make();
  std::ranges::fill(target.values(), 7.0f);
  const ParameterBuffer shape({{"w", {5, 3}}, {"b", {5}}, {"v", {5, 2}}});
  const ParameterBuffer missing({{"w", {3, 5}}, {"b", {5}}});
  const ParameterBuffer extra({{"w", {3, 5}}, {"b", {5}}, {"v", {5, 2}}, {"u", {1}}});
  for (const ParameterBuffer* other : {&shape, &missing, &extra}) {
    EXPECT_THROW(target.load_values(file_of(*other), "test"), std::runtime_error);
  }
  EXPECT_EQ(target.values()[0], 7.0f);
}

TEST(ParameterBuffer, CopyNeedsTheSameTable) {
  ParameterBuffer a = make();
  ParameterBuffer b = make();
  a.values()[3] = 2.0f;
  b.copy_values_from(a);
  EXPECT_EQ(b.values()[3], 2.0f);
  ParameterBuffer other({{"w", {15}}, {"b", {5}}, {"v", {5, 2}}});
  EXPECT_THROW(other.copy_values_from(a), std::invalid_argument);
}

TEST(ParameterBuffer, BadTablesAreRefused) {
  using Table = std::vector<Parameter>;
  EXPECT_THROW(ParameterBuffer(Table{{"w", {1}}, {"w", {2}}}), std::invalid_argument);
  EXPECT_THROW(ParameterBuffer(Table{{"", {1}}}), std::invalid_argument);
  EXPECT_THROW(ParameterBuffer(Table{{"w", {}}}), std::invalid_argument);
  EXPECT_NO_THROW(ParameterBuffer(Table{{"w", {1, 1, 1, 1, 1, 1, 1, 1}}}));
  EXPECT_THROW(ParameterBuffer(Table{{"w", {1, 1, 1, 1, 1, 1, 1, 1, 1}}}), std::invalid_argument);
}

TEST(ParameterBuffer, SlicesShareItsNumbers) {
  ParameterBuffer whole({{"a.weight", {2, 3}}, {"b.weight", {5, 4}}, {"b.bias", {4}}, {"c", {1}}});
  ParameterBuffer part = whole.slice(1, 2, "b.");
  ASSERT_EQ(part.table().size(), 2u);
  EXPECT_EQ(part.table()[0].name, "weight");
  EXPECT_EQ(part.table()[1].name, "bias");
  EXPECT_EQ(part.count(), 24u);
  part.value(0)(4, 3) = 7.0f;
  EXPECT_EQ(whole.value(1)(4, 3), 7.0f);
  whole.gradient(2)(0, 3) = 9.0f;
  EXPECT_EQ(part.gradient(1)(0, 3), 9.0f);
  std::ranges::fill(part.values(), 1.0f);
  EXPECT_EQ(whole.value(0)(1, 2), 0.0f);
  EXPECT_EQ(whole.value(3)(0, 0), 0.0f);
  // A buffer of its own with the same table takes the values.
  ParameterBuffer own({{"weight", {5, 4}}, {"bias", {4}}});
  own.copy_values_from(part);
  EXPECT_EQ(own.value(1)(0, 2), 1.0f);

  EXPECT_THROW(whole.slice(0, 2, "a."), std::invalid_argument);
  EXPECT_THROW(whole.slice(3, 1, "c"), std::invalid_argument);
  EXPECT_THROW(whole.slice(3, 2, ""), std::invalid_argument);
  EXPECT_THROW(whole.slice(4, 1, ""), std::invalid_argument);
  EXPECT_THROW(whole.slice(0, 0, ""), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::nets
