#include "pavlov/apps/config_file.h"

#include <CLI/CLI.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>

#include "pavlov/agents/ladder.h"
#include "pavlov/apps/options.h"
#include "pavlov/apps/presets.h"
#include "pavlov/apps/run_options.h"

namespace pavlov::apps {
namespace {

// A command with the options of DQN.
struct Command {
  Command() {
    bind(app, dqn);
    bind(app, training);
    app.add_option("--env", env);
  }
  std::string error_of(const std::string& text) {
    try {
      apply_config(app, text, "file.toml");
    } catch (const std::invalid_argument& error) {
      return error.what();
    }
    return "";
  }
  CLI::App app;
  agents::DqnConfig dqn;
  agents::OffPolicyConfig training;
  std::string env;
};

TEST(ConfigFile, SetsOptionsOfEveryKind) {
  Command c;
  apply_config(c.app,
               "# a comment\nlearning_rate = 0.5\nhidden = [32, 16]\ndouble_q = true\n"
               "loss = \"mse\"\nsteps = 123\nenv = \"CartPole-v1\"\n",
               "file.toml");
  EXPECT_EQ(c.dqn.learning_rate, 0.5);
  EXPECT_EQ(c.dqn.hidden, (std::vector<std::size_t>{32, 16}));
  EXPECT_TRUE(c.dqn.double_q);
  EXPECT_EQ(c.dqn.loss, agents::Loss::mse);
  EXPECT_EQ(c.training.total_steps, 123);
  EXPECT_EQ(c.env, "CartPole-v1");
}

TEST(ConfigFile, SetsEveryPartOfRainbow) {
  Command c;
  agents::find_rung("rainbow").set(c.dqn, c.training);
  apply_config(
      c.app,
      "dueling = false\nnoisy = true\nnoisy_sigma = 0.25\nnoise_interval = 16\nlayer_norm = true\n"
      "distribution = \"quantile\"\natoms = 21\nv_min = -1\nv_max = 3.5\n"
      "quantiles = 8\nkappa = 0.5\ngradient_accumulation = 4\n"
      "learning_rate_schedule = \"cosine\"\nprioritized = false\nn_step = 2\n",
      "file.toml");
  EXPECT_TRUE(c.dqn.double_q) << "the row's own";
  EXPECT_FALSE(c.dqn.dueling);
  EXPECT_TRUE(c.dqn.noisy);
  EXPECT_EQ(c.dqn.noisy_sigma, 0.25);
  EXPECT_EQ(c.dqn.noise_interval, 16);
  EXPECT_TRUE(c.dqn.layer_norm);
  EXPECT_EQ(c.dqn.distribution, agents::Distribution::quantile);
  EXPECT_EQ(c.dqn.atoms, 21u);
  EXPECT_EQ(c.dqn.v_min, -1.0);
  EXPECT_EQ(c.dqn.v_max, 3.5);
  EXPECT_EQ(c.dqn.quantiles, 8u);
  EXPECT_EQ(c.dqn.kappa, 0.5);
  EXPECT_EQ(c.dqn.gradient_accumulation, 4);
  EXPECT_EQ(c.dqn.learning_rate_schedule, agents::Schedule::cosine);
  EXPECT_FALSE(c.training.replay.prioritized);
  EXPECT_EQ(c.training.replay.n_step, 2u);
}

TEST(ConfigFile, WhatIsSetAlreadyStays) {
  Command c;
  c.app.parse("--learning_rate 0.25 --double_q");
  apply_config(c.app, "learning_rate = 0.5\ndouble_q = false\ngamma = 0.5", "first.toml");
  apply_config(c.app, "gamma = 0.75\ntau = 0.5", "second.toml");
  EXPECT_EQ(c.dqn.learning_rate, 0.25);
  EXPECT_TRUE(c.dqn.double_q);
  EXPECT_EQ(c.dqn.gamma, 0.5);
  EXPECT_EQ(c.dqn.tau, 0.5);
}

TEST(ConfigFile, UnknownKeysAreNamedWithTheNearest) {
  Command c;
  const std::string message = c.error_of("learning_rat = 0.5");
  EXPECT_NE(message.find("file.toml"), std::string::npos) << message;
  EXPECT_NE(message.find("did you mean 'learning_rate'?"), std::string::npos) << message;
  EXPECT_NE(c.error_of("[dqn]\nlearning_rate = 0.5"), "");
  EXPECT_NE(c.error_of("help = true"), "");
}

TEST(ConfigFile, ValuesOfAWrongTypeAreNamed) {
  Command c;
  const std::string message = c.error_of("learning_rate = \"fast\"");
  EXPECT_NE(message.find("learning_rate"), std::string::npos) << message;
  EXPECT_NE(c.error_of("loss = \"hube\"").find("did you mean 'huber'?"), std::string::npos);
}

TEST(ConfigFile, ErrorsOfNamedOptionsNameTheFile) {
  Command c;
  const std::string message = c.error_of("loss = \"hube\"");
  EXPECT_TRUE(message.starts_with("[config] file.toml: loss: unknown loss 'hube'")) << message;
}

TEST(ConfigFile, AKeyGivenTwiceIsAnError) {
  for (const std::string text :
       {"gamma = 0.5\ngamma = 0.5", "gamma = 0.5\nsteps = 9\ngamma = 0.75",
        "hidden = [64]\nhidden = [64]", "hidden = [\n64\n]\n\"hidden\" = [64]",
        "double_q = true\ndouble_q = true", "double_q = true\nno_double_q = true",
        "loss = \"mse\"\n# loss = \"huber\"\n  loss=\"mse\""}) {
    Command c;
    const std::string message = c.error_of(text);
    EXPECT_TRUE(message.starts_with("[config] file.toml: ")) << message;
    EXPECT_TRUE(message.ends_with(": is given twice")) << text << ": " << message;
  }
  Command set;  // also one that the command line decides
  set.app.parse("--gamma 0.5");
  EXPECT_NE(set.error_of("gamma = 0.5\ngamma = 0.5"), "");
}

TEST(ConfigFile, OneValueIsNotAList) {
  Command c;
  EXPECT_EQ(c.error_of("gamma = [0.5, 0.75]"), "[config] file.toml: gamma: 2 values: must be one");
  EXPECT_NE(c.error_of("gamma = []"), "");
  EXPECT_NE(c.error_of("gamma ="), "");
  EXPECT_NE(c.error_of("gamma = \"\""), "");
  EXPECT_NE(c.error_of("loss = [\"mse\", \"mse\"]"), "");
  EXPECT_NE(c.error_of("double_q = [true, true]"), "");
  EXPECT_NE(c.error_of("hidden = []"), "");
}

TEST(ConfigFile, ListsMayFillSeveralLines) {
  Command c;
  std::vector<std::string> assignments;
  bind_env_options(c.app, assignments);
  apply_config(c.app,
               "hidden = [\n  32,  # first\n\n  16\n]\nset = [\"math=fast\",\n  \"math=exact\"]\n"
               "gamma = 0.5\n",
               "file.toml");
  EXPECT_EQ(c.dqn.hidden, (std::vector<std::size_t>{32, 16}));
  EXPECT_EQ(assignments, (std::vector<std::string>{"math=fast", "math=exact"}));
  EXPECT_EQ(c.dqn.gamma, 0.5);
}

TEST(ConfigFile, WhatIsNoStatementIsAnError) {
  Command c;
  EXPECT_NE(c.error_of("hidden = [64, 64\ngamma = 0.5").find("the list has no end"),
            std::string::npos);
  EXPECT_NE(c.error_of("; a comment elsewhere"), "");
  EXPECT_NE(c.error_of("x"), "");
  const std::string message = c.error_of("[dqn]\ngamma = 0.5");
  EXPECT_EQ(message, "[config] file.toml: [dqn]: tables have no meaning here");
}

TEST(ConfigFile, ResolvedConfigReadsBackToTheSame) {
  Command c;
  c.app.parse("--learning_rate 0.125 --hidden 7,9 --double_q --loss mse --steps 77 --env X");
  const std::string text = resolved_config(c.app);
  Command again;
  apply_config(again.app, text, "config.toml");
  EXPECT_EQ(again.dqn.learning_rate, 0.125);
  EXPECT_EQ(again.dqn.hidden, (std::vector<std::size_t>{7, 9}));
  EXPECT_TRUE(again.dqn.double_q);
  EXPECT_EQ(again.dqn.loss, agents::Loss::mse);
  EXPECT_EQ(again.training.total_steps, 77);
  EXPECT_EQ(again.env, "X");
  EXPECT_EQ(resolved_config(again.app), text);
}

TEST(ConfigFile, ListsThatNobodySetAreListsToo) {
  Command c;
  c.dqn.hidden = {64, 32};
  CLI::App app;
  bind(app, c.dqn);
  const std::string text = resolved_config(app);
  EXPECT_NE(text.find("\nhidden=[64, 32]\n"), std::string::npos) << text;
  Command again;
  apply_config(again.app, text, "config.toml");
  EXPECT_EQ(again.dqn.hidden, (std::vector<std::size_t>{64, 32}));
}

TEST(ConfigFile, ListsOfOneAndOfNoneReadBackToTheSame) {
  for (const std::string arguments : {"--hidden 7", "--hidden 7 --set math=fast"}) {
    Command c;
    std::vector<std::string> assignments;
    bind_env_options(c.app, assignments);
    c.app.parse(arguments);
    const std::string text = resolved_config(c.app);
    EXPECT_NE(text.find("\nhidden=[7]\n"), std::string::npos) << text;
    EXPECT_NE(text.find(assignments.empty() ? "\nset=[]\n" : "\nset=[\"math=fast\"]\n"),
              std::string::npos)
        << text;
    Command again;
    std::vector<std::string> assignments_again;
    bind_env_options(again.app, assignments_again);
    apply_config(again.app, text, "config.toml");
    EXPECT_EQ(again.dqn.hidden, (std::vector<std::size_t>{7}));
    EXPECT_EQ(assignments_again, assignments);
  }
}

TEST(ConfigFile, ResolvedDefaultsReadBackToTheSame) {
  const Command c;
  const std::string text = resolved_config(c.app);
  EXPECT_EQ(text.find("\"["), std::string::npos) << text;
  Command again;
  apply_config(again.app, text, "config.toml");
  EXPECT_EQ(again.dqn.hidden, c.dqn.hidden);
  EXPECT_EQ(again.dqn.learning_rate, c.dqn.learning_rate);
  EXPECT_EQ(again.dqn.adam_epsilon, c.dqn.adam_epsilon);
  EXPECT_EQ(again.dqn.double_q, c.dqn.double_q);
  EXPECT_EQ(again.dqn.loss, c.dqn.loss);
  EXPECT_EQ(again.training.total_steps, c.training.total_steps);
  EXPECT_EQ(resolved_config(again.app), text);
}

TEST(ConfigFile, EveryPresetFits) {
  ASSERT_FALSE(presets().empty());
  for (const Preset& preset : presets()) {
    const std::string_view name = preset.name.substr(preset.name.rfind('_') + 1);
    const auto rung = std::ranges::find(agents::ladder(), name, &agents::Rung::name);
    if (rung == agents::ladder().end()) continue;  // others: on_policy_program_test.cpp
    CLI::App app;
    RunOptions options;
    agents::DqnConfig dqn;
    agents::OffPolicyConfig training;
    bind(app, options);
    bind(app, training);
    bind(app, dqn);
    rung->set(dqn, training);
    apply_config(app, std::string(preset.text), preset.name);
    EXPECT_NO_THROW(validate(options)) << preset.name;
    EXPECT_NO_THROW(agents::validate(dqn)) << preset.name;
    EXPECT_NO_THROW(agents::validate(training)) << preset.name;
    EXPECT_EQ(config_value(std::string(preset.text), "env"), options.env);
    EXPECT_TRUE(preset.text.starts_with("# ")) << "the first line says where the numbers are from";
  }
}

TEST(ConfigFile, EveryRungHasPresets) {
  for (const std::string_view env : {"acrobot", "cartpole", "lunarlander", "mountaincar"}) {
    for (const agents::Rung& rung : agents::ladder()) {
      const std::string name = std::string(env) + "_" + std::string(rung.name);
      EXPECT_NE(std::ranges::find(presets(), name, &Preset::name), presets().end()) << name;
    }
  }
}

}  // namespace
}  // namespace pavlov::apps
