// What a build without LibTorch says, tested in every build: absent.cpp is linked into this test.
#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "pavlov/nets/backend.h"
#include "pavlov/nets/torch/torch_mlp.h"

namespace pavlov::nets {
namespace {

TEST(TorchAbsent, SaysHowToGetIt) {
  std::string description;
  EXPECT_FALSE(torch_available(description));
  EXPECT_NE(description.find("libtorch-dev"), std::string::npos) << description;
  try {
    make_mlp(Backend::torch, {.inputs = 3, .hidden = {4}, .outputs = 2});
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_EQ(std::string(error.what()), "[torch] " + description);
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  }
  EXPECT_NE(make_mlp(Backend::native, {.inputs = 3, .hidden = {4}, .outputs = 2}), nullptr);
}

}  // namespace
}  // namespace pavlov::nets
