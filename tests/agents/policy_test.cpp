#include "pavlov/agents/policy.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "pavlov/nets/mlp.h"
#include "pavlov/nets/safetensors.h"

namespace pavlov::agents {
namespace {

namespace fs = std::filesystem;

class PolicyFile : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("pavlov_policy_" + std::to_string(::getpid()));
    fs::create_directories(folder_);
    file_ = folder_ / "policy.safetensors";
  }
  void TearDown() override { fs::remove_all(folder_); }

  static Policy make() {
    auto network =
        std::make_unique<nets::Mlp>(nets::MlpConfig{.inputs = 4, .hidden = {16, 8}, .outputs = 3});
    kernels::RandomStream random(1, "init");
    network->initialize(nets::Init::uniform, random);
    return {std::move(network),
            {.env_id = "CartPole-v1",
             .env_options = {{"math", "fast"}},
             .algorithm = "dqn",
             .seed = 9,
             .env_steps = 1234}};
  }
  static std::vector<std::int32_t> actions_of(Policy& policy) {
    kernels::Tensor observation({100, 4});
    kernels::RandomStream random(2, "observation");
    for (float& v : observation.span()) v = static_cast<float>(random.normal());
    std::vector<std::int32_t> action(100);
    policy.act(observation.matrix(), action);
    return action;
  }

  fs::path folder_;
  fs::path file_;
};

TEST_F(PolicyFile, LoadsToTheSameActionsAndOrigin) {
  Policy policy = make();
  policy.save(file_);
  Policy loaded = Policy::load(file_);
  EXPECT_EQ(actions_of(loaded), actions_of(policy));
  EXPECT_EQ(loaded.origin().env_id, "CartPole-v1");
  EXPECT_EQ(loaded.origin().env_options.at("math"), "fast");
  EXPECT_EQ(loaded.origin().algorithm, "dqn");
  EXPECT_EQ(loaded.origin().seed, 9u);
  EXPECT_EQ(loaded.origin().env_steps, 1234);
}

TEST_F(PolicyFile, EveryTruncationIsAnError) {
  make().save(file_);
  std::ifstream in(file_, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(in)), {});
  for (std::size_t length = 0; length < bytes.size(); length += 37) {
    std::ofstream(file_, std::ios::binary)
        .write(bytes.data(), static_cast<std::streamsize>(length));
    EXPECT_THROW(Policy::load(file_), std::runtime_error) << length;
  }
}

TEST_F(PolicyFile, ForeignOrDamagedFilesAreErrors) {
  Policy policy = make();
  const auto write = [&](auto change) {
    std::map<std::string, std::string> metadata = policy.network().describe();
    metadata.insert({{"format", "pavlov-policy"},
                     {"format_version", "1"},
                     {"env", "CartPole-v1"},
                     {"algorithm", "dqn"},
                     {"seed", "1"},
                     {"env_steps", "2"}});
    change(metadata);
    nets::write_safetensors(file_, policy.network().parameters().entries(), metadata);
  };
  write([](auto&) {});
  EXPECT_NO_THROW(Policy::load(file_));
  for (const std::string key : {"format", "format_version", "env", "algorithm", "seed", "env_steps",
                                "network", "inputs", "hidden"}) {
    write([&](auto& m) { m.erase(key); });
    EXPECT_THROW(Policy::load(file_), std::runtime_error) << "without " << key;
  }
  write([](auto& m) { m["hidden"] = "16,9"; });
  EXPECT_THROW(Policy::load(file_), std::runtime_error);
  write([](auto& m) { m["hidden"] = "65536,65536,65536"; });
  EXPECT_THROW(Policy::load(file_), std::runtime_error);
  write([](auto& m) { m["seed"] = "1x"; });
  EXPECT_THROW(Policy::load(file_), std::runtime_error);
  write([](auto& m) { m["format_version"] = "2"; });
  EXPECT_THROW(Policy::load(file_), std::runtime_error);
}

TEST_F(PolicyFile, ANetworkOfOnesOwnTakesItsValues) {
  // Mlp under another name, which make_network does not know.
  class Own final : public nets::Network {
   public:
    explicit Own(std::size_t outputs) : mlp_({.inputs = 4, .hidden = {8}, .outputs = outputs}) {}
    std::size_t inputs() const override { return mlp_.inputs(); }
    std::size_t outputs() const override { return mlp_.outputs(); }
    void forward(ConstMatrixView x, MatrixView y, nets::Tape& tape) const override {
      mlp_.forward(x, y, tape);
    }
    void backward(MatrixView dy, nets::Tape& tape) override { mlp_.backward(dy, tape); }
    nets::ParameterBuffer& parameters() override { return mlp_.parameters(); }
    const nets::ParameterBuffer& parameters() const override { return mlp_.parameters(); }
    std::unique_ptr<nets::Network> clone() const override {
      auto copy = std::make_unique<Own>(outputs());
      copy->parameters().copy_values_from(parameters());
      return copy;
    }
    std::map<std::string, std::string> describe() const override {
      return {{"network", "own"}, {"outputs", std::to_string(outputs())}};
    }

   private:
    nets::Mlp mlp_;
  };
  auto network = std::make_unique<Own>(3);
  kernels::RandomStream random(1, "init");
  nets::uniform_init(network->parameters().values(), 1.0, random);
  Policy policy(std::move(network), {.env_id = "Own-v0", .algorithm = "dqn"});
  policy.save(file_);
  EXPECT_THROW(Policy::load(file_), std::runtime_error);
  EXPECT_THROW(Policy::load(file_, std::make_unique<Own>(2)), std::runtime_error);
  Policy loaded = Policy::load(file_, std::make_unique<Own>(3));
  EXPECT_EQ(actions_of(loaded), actions_of(policy));
  EXPECT_EQ(loaded.origin().env_id, "Own-v0");
  make().save(file_);
  EXPECT_THROW(Policy::load(file_, std::make_unique<Own>(3)), std::runtime_error)
      << "an mlp's file";
}

TEST_F(PolicyFile, WeightsThatAreNotFiniteAreAnError) {
  auto network =
      std::make_unique<nets::Mlp>(nets::MlpConfig{.inputs = 2, .hidden = {}, .outputs = 2});
  network->parameters().values()[1] = std::numeric_limits<float>::quiet_NaN();
  Policy(std::move(network), {.env_id = "x", .algorithm = "dqn"}).save(file_);
  EXPECT_THROW(Policy::load(file_), std::runtime_error);
}

TEST_F(PolicyFile, WrongShapesAreErrors) {
  Policy policy = make();
  kernels::Tensor observation({2, 3});
  std::vector<std::int32_t> action(2);
  EXPECT_THROW(policy.act(observation.matrix(), action), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::agents
