#include "pavlov/agents/run_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include "pavlov/nets/mlp.h"

namespace pavlov::agents {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

class RunFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("pavlov_run_" + std::to_string(::getpid()));
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }
  static Policy policy() {
    return {std::make_unique<nets::Mlp>(nets::MlpConfig{.inputs = 2, .hidden = {}, .outputs = 2}),
            {.env_id = "x", .algorithm = "dqn"}};
  }
  fs::path root_;
};

TEST_F(RunFolderTest, HoldsConfigMetricsAndPolicies) {
  RunFolder run(root_ / "a" / "b", "steps = 1\n", false);
  run.record({{"kind", std::string("train")}, {"steps", std::int64_t{5}}, {"mean", 0.5}});
  run.record({{"kind", std::string("a \"b\"")}, {"solved", true}, {"mean", std::nan("")}});
  run.save_last(policy());
  run.save_best(policy());
  EXPECT_TRUE(is_run_folder(run.path()));
  EXPECT_EQ(text_of(run.path() / "config.toml"), "steps = 1\n");
  EXPECT_EQ(text_of(run.path() / "metrics.jsonl"),
            "{\"kind\":\"train\",\"steps\":5,\"mean\":0.5}\n"
            "{\"kind\":\"a \\\"b\\\"\",\"solved\":true,\"mean\":null}\n");
  EXPECT_NO_THROW(Policy::load(run.path() / RunFolder::kLast));
  EXPECT_NO_THROW(Policy::load(run.path() / RunFolder::kBest));
}

TEST_F(RunFolderTest, EarlierRunIsKeptUnlessOverwritten) {
  {
    RunFolder run(root_ / "r", "first", false);
    run.save_last(policy());
  }
  std::ofstream(root_ / "r" / "notes.txt") << "mine";
  EXPECT_THROW(RunFolder(root_ / "r", "second", false), std::runtime_error);
  EXPECT_EQ(text_of(root_ / "r" / "config.toml"), "first");
  EXPECT_TRUE(fs::exists(root_ / "r" / RunFolder::kLast));
  RunFolder run(root_ / "r", "second", true);
  EXPECT_EQ(text_of(root_ / "r" / "config.toml"), "second");
  EXPECT_FALSE(fs::exists(root_ / "r" / RunFolder::kLast));
  EXPECT_EQ(text_of(root_ / "r" / "notes.txt"), "mine");
}

TEST_F(RunFolderTest, FolderThatCannotBeMadeIsAnError) {
  std::ofstream(root_ / "file") << "x";
  EXPECT_THROW(RunFolder(root_ / "file", "c", false), std::runtime_error);
  EXPECT_THROW(RunFolder(root_ / "file" / "below", "c", false), std::runtime_error);
}

}  // namespace
}  // namespace pavlov::agents
