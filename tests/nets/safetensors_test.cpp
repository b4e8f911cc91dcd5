#include "pavlov/nets/safetensors.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "pavlov/nets/atomic_file.h"

namespace pavlov::nets {
namespace {

const std::string kData = PAVLOV_TEST_DATA;

// A file with this header and these bytes of data; the length field may lie.
std::string file_of(const std::string& header, const std::string& data = "") {
  const std::uint64_t length = header.size();
  return std::string(reinterpret_cast<const char*>(&length), 8) + header + data;
}

SafetensorsFile parse(const std::string& bytes) {
  return SafetensorsFile::parse(std::as_bytes(std::span(bytes)), "a.safetensors");
}

// The message with which `bytes` are refused.
std::string refusal(const std::string& bytes) {
  try {
    parse(bytes);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "accepted";
}

// A header of one tensor 'a' with these fields.
std::string tensor(const std::string& fields) { return "{\"a\":{" + fields + "}}"; }
std::string tensor(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return tensor("\"dtype\":" + dtype + ",\"shape\":" + shape + ",\"data_offsets\":" + offsets);
}

std::uint32_t bits(float value) { return std::bit_cast<std::uint32_t>(value); }

TEST(Safetensors, ReadsTheFileOfTheReferenceImplementation) {
  const auto file = SafetensorsFile::read(kData + "/float32.safetensors");
  EXPECT_EQ(file.metadata(), (std::map<std::string, std::string>{{"env", "CartPole-v1"}}));
  EXPECT_EQ(file.metadata("env"), "CartPole-v1");
  EXPECT_EQ(file.names(),
            (std::vector<std::string>{"cube", "empty", "layer.bias", "layer.weight", "scalar"}));
  EXPECT_TRUE(file.contains("cube"));
  EXPECT_FALSE(file.contains("Cube"));
  EXPECT_EQ(file.shape("scalar"), (std::vector<std::size_t>{}));
  EXPECT_EQ(file.values("scalar"), (std::vector<float>{0.5f}));
  EXPECT_EQ(file.shape("empty"), (std::vector<std::size_t>{0, 3}));
  EXPECT_EQ(file.values("empty"), (std::vector<float>{}));
  EXPECT_EQ(file.shape("layer.weight"), (std::vector<std::size_t>{2, 3}));
  EXPECT_EQ(file.values("layer.weight"), (std::vector<float>{0, 0.25f, 0.5f, 0.75f, 1, 1.25f}));
  EXPECT_EQ(file.dtype("layer.bias"), "F32");
  const std::vector<float> cube = file.values("cube");
  ASSERT_EQ(cube.size(), 4u);
  EXPECT_EQ(cube[0], std::numeric_limits<float>::infinity());
  EXPECT_EQ(bits(cube[2]), 0x80000000u);
  EXPECT_EQ(bits(cube[3]), 1u);  // the smallest denormal
}

TEST(Safetensors, WritesTheBytesOfTheReferenceImplementation) {
  const std::string path = kData + "/float32.safetensors";
  const auto file = SafetensorsFile::read(path);
  std::vector<std::vector<float>> values;
  std::vector<TensorEntry> entries;
  for (const std::string& name : file.names()) values.push_back(file.values(name));
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::string name = file.names()[i];
    entries.push_back({name, file.shape(name), values[i]});
  }
  std::reverse(entries.begin(), entries.end());  // the order of the entries does not matter
  EXPECT_EQ(serialize_safetensors(entries, file.metadata()), read_file(path, 1 << 20));
}

TEST(Safetensors, OtherTypesAreListedButHaveNoFloats) {
  const auto file = SafetensorsFile::read(kData + "/mixed.safetensors");
  EXPECT_TRUE(file.metadata().empty());
  EXPECT_EQ(file.dtype("count"), "I64");
  EXPECT_EQ(file.dtype("flag"), "BOOL");
  EXPECT_EQ(file.shape("count"), (std::vector<std::size_t>{2}));
  EXPECT_EQ(file.values("value"), (std::vector<float>{2.25f}));
  EXPECT_THROW(file.values("count"), std::runtime_error);
  try {
    file.values("flag");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("tensor 'flag' dtype BOOL: must be F32"),
              std::string::npos);
  }
}

TEST(Safetensors, WhatIsWrittenIsRead) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("pavlov_safetensors_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  const std::vector<float> values = {1, std::numeric_limits<float>::quiet_NaN(), -0.0f, 3};
  const std::vector<TensorEntry> entries = {{"b \"quoted\" \xC3\xA9\n", {2, 2}, values},
                                            {"a", {3}, std::span(values).first(3)},
                                            {"", {}, std::span(values).last(1)}};
  const std::map<std::string, std::string> metadata = {{"spec", "{\"hidden\": [64]}"}, {"z", ""}};
  write_safetensors(folder / "x.safetensors", entries, metadata);
  const auto file = SafetensorsFile::read(folder / "x.safetensors");
  std::filesystem::remove_all(folder);

  EXPECT_EQ(file.metadata(), metadata);
  ASSERT_EQ(file.names().size(), 3u);
  for (const TensorEntry& entry : entries) {
    EXPECT_EQ(file.shape(entry.name), entry.shape);
    std::vector<float> got(entry.values.size());
    file.copy_values(entry.name, got);
    EXPECT_EQ(std::memcmp(got.data(), entry.values.data(), entry.values.size_bytes()), 0);
  }
  std::vector<float> wrong(3);
  EXPECT_THROW(file.copy_values("", wrong), std::runtime_error);
}

TEST(Safetensors, NothingAtAllIsAFile) {
  const std::string bytes = serialize_safetensors({}, {});
  EXPECT_EQ(bytes, file_of("{}      "));
  EXPECT_TRUE(parse(bytes).names().empty());
  EXPECT_TRUE(parse(file_of("{}")).names().empty());
  EXPECT_TRUE(parse(file_of("{\"__metadata__\":{}}")).metadata().empty());
}

TEST(Safetensors, UnalignedDataIsRead) {
  const auto file = parse(file_of(tensor("\"F32\"", "[1]", "[0,4]") + " ", {"\0\0\x80\x3f", 4}));
  EXPECT_EQ(file.values("a"), (std::vector<float>{1}));
}

TEST(Safetensors, AMissingNameNamesTheNearest) {
  const auto file = SafetensorsFile::read(kData + "/float32.safetensors");
  for (const auto& look : {std::function<void()>([&] { file.values("layer.weigth"); }),
                           std::function<void()>([&] { file.shape("layer.weigth"); }),
                           std::function<void()>([&] { file.dtype("layer.weigth"); })}) {
    try {
      look();
      FAIL();
    } catch (const std::runtime_error& error) {
      EXPECT_NE(std::string(error.what()).find("layer.weight"), std::string::npos);
      EXPECT_NE(std::string(error.what()).find("float32.safetensors"), std::string::npos);
    }
  }
  EXPECT_THROW(file.metadata("environment"), std::runtime_error);
}

// Every way in which a header can lie, with the part of the message that names it.
TEST(Safetensors, HostileFilesAreRefused) {
  const std::string four(4, '\0'), eight(8, '\0');
  const std::string many(200'000, '[');
  const std::string good = tensor("\"F32\"", "[1]", "[0,4]");
  std::string ones = "[1";
  for (int i = 0; i < 64; ++i) ones += ",1";
  ones += "]";
  const std::pair<std::string, std::string> cases[] = {
      // Lengths.
      {"", "file of 0 bytes"},
      {"1234567", "file of 7 bytes"},
      {eight, "must begin with '{'"},
      {std::string(8, '\xFF'), "header length 18446744073709551615: must be at most 0"},
      {std::string("\x03\0\0\0\0\0\0\0{}", 10), "header length 3: must be at most 2"},
      {file_of(good, four).substr(0, 40), "header length"},
      {file_of(good), "beyond the 0 bytes"},
      {file_of(good, four + "!"), "data of 5 bytes: the tensors cover 4"},
      {file_of("{}", "!"), "data of 1 bytes: the tensors cover 0"},
      // JSON.
      {file_of("[]"), "must begin with '{'"},
      {file_of(" {}"), "must begin with '{'"},
      {file_of("\xEF\xBB\xBF{}"), "must begin with '{'"},
      {file_of("{"), "is not JSON"},
      {file_of("{}}"), "is not JSON"},
      {file_of("{},"), "is not JSON"},
      {file_of(std::string("{}\0{}", 5)), "header byte 2: is not JSON"},
      {file_of("{\"a"), "is not JSON"},
      {file_of("{\"a\xFF\":1}"), "is not JSON"},
      {file_of("{\"\xC0\x80\":1}"), "is not JSON"},
      {file_of("{\"\\ud800\":1}"), "is not JSON"},
      {file_of("{/**/}"), "is not JSON"},
      {file_of("{\"a\":nan}"), "is not JSON"},
      {file_of("{\"a\":" + many), "must be an object"},
      {file_of("{\"a\":{\"b\":{}}}"), "must be dtype, shape or data_offsets"},
      {file_of("{\"__metadata__\":{\"a\":{}}}"), "metadata 'a' an object: must be text"},
      {file_of("{\"a\":{\"shape\":" + many), "'shape' a list: must be a whole number"},
      {file_of("{\"a\":{\"shape\":[{"), "an object: must be a whole number"},
      // Wrong types.
      {file_of("{\"a\":1}"), "'a' 1: must be an object"},
      {file_of("{\"a\":null}"), "'a' null: must be an object"},
      {file_of("{\"a\":\"F32\"}"), "'a' 'F32': must be an object"},
      {file_of("{\"a\":[]}"), "'a' a list: must be an object"},
      {file_of("{\"__metadata__\":null}"), "null: must be an object"},
      {file_of("{\"__metadata__\":[]}"), "a list: must be an object"},
      {file_of("{\"__metadata__\":{\"k\":1}}"), "metadata 'k' 1: must be text"},
      {file_of("{\"__metadata__\":{\"k\":true}}"), "a truth value: must be text"},
      {file_of("{\"__metadata__\":{\"k\":[]}}"), "a list: must be text"},
      {file_of(tensor("3", "[1]", "[0,4]"), four), "'dtype' 3: must be text"},
      {file_of(tensor("[]", "[1]", "[0,4]"), four), "'dtype' a list: must be text"},
      {file_of(tensor("\"F33\"", "[1]", "[0,4]"), four), "'F33': unknown; known: BOOL U8"},
      {file_of(tensor("\"f32\"", "[1]", "[0,4]"), four), "'f32': unknown"},
      {file_of(tensor("\"F32\"", "1", "[0,4]"), four), "'shape' 1: must be a list"},
      {file_of(tensor("\"F32\"", "\"1\"", "[0,4]"), four), "'shape' '1': must be a list"},
      {file_of(tensor("\"F32\"", "{}", "[0,4]"), four), "'shape' an object: must be a list"},
      {file_of(tensor("\"F32\"", "[\"1\"]", "[0,4]"), four), "must be a whole number"},
      {file_of(tensor("\"F32\"", "[null]", "[0,4]"), four), "must be a whole number"},
      {file_of(tensor("\"F32\"", "[1.0]", "[0,4]"), four), "'shape' 1.0: must be a whole number"},
      {file_of(tensor("\"F32\"", "[1e0]", "[0,4]"), four), "must be a whole number"},
      {file_of(tensor("\"F32\"", "[-1]", "[0,4]"), four), "'shape' -1: must be a whole number"},
      {file_of(tensor("\"F32\"", "[1]", "[-0,4]"), four), "must be a whole number"},
      {file_of(tensor("\"F32\"", "[1]", "[0,18446744073709551616]"), four),
       "must be a whole number"},
      // Missing, double and unknown parts.
      {file_of("{\"a\":{}}"), "must have a dtype, a shape and two data_offsets"},
      {file_of(tensor("\"dtype\":\"F32\",\"shape\":[]")), "must have a dtype"},
      {file_of(tensor("\"dtype\":\"F32\",\"data_offsets\":[0,4]"), four), "must have a dtype"},
      {file_of(tensor("\"shape\":[1],\"data_offsets\":[0,4]"), four), "must have a dtype"},
      {file_of(tensor("\"F32\"", "[1]", "[0]"), four), "must have a dtype"},
      {file_of(tensor("\"F32\"", "[1]", "[0,4,4]"), four), "more than 2 numbers"},
      {file_of(tensor("\"F32\"", ones, "[0,4]"), four), "more than 64 numbers"},
      {file_of(tensor("\"dtype\":\"F32\",\"extra\":1")), "must be dtype, shape or data_offsets"},
      {file_of(tensor("\"dtype\":\"F32\",\"dtype\":\"F32\"")), "'dtype': given twice"},
      {file_of(tensor("\"shape\":[],\"shape\":[]")), "'shape': given twice"},
      {file_of(tensor("\"data_offsets\":[],\"data_offsets\":[0,4]")), "given twice"},
      {file_of(good.substr(0, good.size() - 1) + "," + good.substr(1), four),
       "name 'a': given twice"},
      {file_of("{\"__metadata__\":{},\"__metadata__\":{}}"), "name '__metadata__': given twice"},
      {file_of("{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}"), "metadata 'k': given twice"},
      {file_of("{\"__metadata__\":{\"k\":\"\",\"\\u006b\":\"\"}}"), "metadata 'k': given twice"},
      // Offsets and sizes.
      {file_of(tensor("\"F32\"", "[0]", "[4,0]"), four), "begin after end"},
      {file_of(tensor("\"F32\"", "[1]", "[1,5]"), four), "beyond the 4 bytes"},
      {file_of(tensor("\"F32\"", "[1]", "[18446744073709551612,18446744073709551615]"), four),
       "beyond the 4 bytes"},
      {file_of(tensor("\"F32\"", "[2]", "[0,4]"), four), "4 bytes, but dtype and shape need 8"},
      {file_of(tensor("\"F64\"", "[1]", "[0,4]"), four), "4 bytes, but dtype and shape need 8"},
      {file_of(tensor("\"F32\"", "[0]", "[0,4]"), four), "4 bytes, but dtype and shape need 0"},
      {file_of(tensor("\"F32\"", "[4611686018427387905]", "[0,4]"), four), "address space"},
      {file_of(tensor("\"U8\"", "[4294967296,4294967296,4]", "[0,4]"), four), "address space"},
      {file_of(tensor("\"F32\"", "[1]", "[4,8]"), eight), "leaves a gap after byte 0"},
      {file_of("{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
               "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}",
               four),
       "[0, 4]: overlaps"},
      {file_of("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
               "\"b\":{\"dtype\":\"U8\",\"shape\":[6],\"data_offsets\":[2,8]}}",
               eight),
       "[2, 8]: overlaps"},
      {file_of("{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4]},"
               "\"b\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[5,8]}}",
               eight),
       "[5, 8]: leaves a gap after byte 4"},
  };
  for (const auto& [bytes, part] : cases) {
    const std::string message = refusal(bytes);
    EXPECT_NE(message.find(part), std::string::npos) << message << "\nlacks: " << part;
    EXPECT_EQ(message.rfind("[safetensors] a.safetensors: ", 0), 0u) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
    EXPECT_LT(message.size(), 400u) << message;
  }
}

// A file that lost its end, wherever, is refused; so is one with a byte more.
TEST(Safetensors, EveryTruncationIsRefused) {
  const std::string bytes = read_file(kData + "/float32.safetensors", 1 << 20);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_NE(refusal(bytes.substr(0, size)), "accepted") << size;
  }
  EXPECT_NE(refusal(bytes + '\0'), "accepted");
  EXPECT_EQ(refusal(bytes), "accepted");
}

TEST(Safetensors, AMessageStaysOneReadableLine) {
  const std::string name = "a\\n" + std::string(63, 'b') + "\xC3\xA9";  // cut inside the last one
  const std::string message = refusal(file_of("{\"" + name + "\":1}"));
  EXPECT_EQ(message, "[safetensors] a.safetensors: 'a?" + std::string(62, 'b') +
                         "...' 1: must be an object");
  const std::string cut = refusal(file_of("{\"" + std::string(63, 'b') + "\xC3\xA9\":1}"));
  EXPECT_EQ(cut,
            "[safetensors] a.safetensors: '" + std::string(63, 'b') + "...' 1: must be an object");
}

TEST(Safetensors, AFileThatCannotBeReadSaysWhy) {
  try {
    SafetensorsFile::read("/no/such/file.safetensors");
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "[file] /no/such/file.safetensors: open: No such file or directory");
  }
}

TEST(Safetensors, WrongEntriesAreRefused) {
  const std::vector<float> values(6);
  const auto write = [](std::vector<TensorEntry> entries,
                        const std::map<std::string, std::string>& metadata = {}) {
    return serialize_safetensors(entries, metadata);
  };
  constexpr std::size_t kHuge = std::numeric_limits<std::size_t>::max();
  EXPECT_NO_THROW(write({{"a", {2, 3}, values}}));
  EXPECT_THROW(write({{"a", {2, 2}, values}}), std::invalid_argument);
  EXPECT_THROW(write({{"a", {}, values}}), std::invalid_argument);
  EXPECT_THROW(write({{"a", {kHuge, 2}, values}}), std::invalid_argument);
  EXPECT_THROW(write({{"a", {6}, values}, {"b", {6}, values}, {"a", {2, 3}, values}}),
               std::invalid_argument);
  EXPECT_THROW(write({{"__metadata__", {6}, values}}), std::invalid_argument);
  EXPECT_THROW(write({{"a\xFF", {6}, values}}), std::invalid_argument);
  EXPECT_THROW(write({}, {{"k", "\xC0\x80"}}), std::invalid_argument);
  EXPECT_THROW(write({{"a", std::vector<std::size_t>(65, 1), std::span(values).first(1)}}),
               std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::nets
