// Inside single steps: what the solver has after each of its stages, in the order of the stages.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "pavlov/envs/lunar_lander/step-inl.h"
#include "pavlov/tests/envs/lunar_lander/golden.h"
#include "pavlov/tests/envs/lunar_lander/plain_game.h"

namespace pavlov::envs::lunar_lander {
namespace {

using portable::Solver;
using portable::Stage;
using portable::step_world;

std::string words(std::initializer_list<float> numbers) {
  std::string text;
  for (const float number : numbers) text += " " + hex(number);
  return text;
}

std::string label(const char* name, std::size_t index) {
  return " " + std::string(name) + std::to_string(index);
}

std::string edge_label(const portable::SolverContact& c) {
  return std::to_string(c.body) + "." + std::to_string(c.contact->edge);
}

// Contacts in the order of the file: left leg, right leg, hull, and newest first in each.
std::vector<portable::SolverContact> in_order(const Solver& s) {
  std::vector<portable::SolverContact> contacts(s.contacts, s.contacts + s.contact_count);
  std::stable_sort(contacts.begin(), contacts.end(),
                   [](const auto& a, const auto& b) { return a.body > b.body; });
  return contacts;
}

std::string velocities(const Solver& s) {
  std::string text;
  for (std::size_t k = 0; k < kBodies; ++k) {
    const auto& m = s.motions[k];
    text += label("v", k) + words({m.v.x, m.v.y, m.w});
  }
  for (std::size_t k = 0; k < kJoints; ++k) {
    const auto& i = s.impulses[k];
    text += label("J", k + 1) + words({i.x, i.y, i.z, i.motor});
  }
  for (const auto& c : in_order(s)) {
    text += " c" + edge_label(c);
    for (int p = 0; p < c.contact->count; ++p) {
      text += words({c.terms.points[p].normal_impulse, c.terms.points[p].tangent_impulse});
    }
  }
  return text;
}

std::string poses(const Solver& s) {
  std::string text;
  for (std::size_t k = 0; k < kBodies; ++k) {
    text += label("p", k) + words({s.poses[k].center.x, s.poses[k].center.y, s.poses[k].angle});
  }
  return text;
}

// Writes a step down in the words of golden_substeps.txt.
struct Recorder {
  static constexpr int kVelocityIterations = lunar_lander::kVelocityIterations;
  std::vector<std::string>& lines;

  void add(const std::string& line) const { lines.push_back(line); }

  void terms(const Solver& s) const {
    for (std::size_t k = 0; k < kJoints; ++k) {
      const auto& t = s.joints[k];
      add("joint J" + std::to_string(k + 1) + " limit " +
          std::to_string(s.limits[k].lower ? 1 : (s.limits[k].upper ? 2 : 0)) + " rA" +
          words({t.r_a.x, t.r_a.y}) + " rB" + words({t.r_b.x, t.r_b.y}) + " k11" + words({t.k11}) +
          " k12" + words({t.k12}) + " k22" + words({t.k22}) + " k13" + words({t.k13}) + " k23" +
          words({t.k23}) + " k33" + words({portable::joint::kK33}) + " mm" + words({kMotorMass}));
    }
    for (const auto& c : in_order(s)) {
      const auto& p = c.terms.points[0];
      add("contact " + edge_label(c) + " points " + std::to_string(c.contact->count) + " solved " +
          std::to_string(c.terms.two ? 2 : 1) + " faceB " + (c.manifold.polygon ? "1" : "0") +
          " normal" + words({c.terms.normal.x, c.terms.normal.y}) + " r" + words({p.r.x, p.r.y}) +
          " nmass" + words({-p.minus_normal_mass}) + " tmass" + words({-p.minus_tangent_mass}));
    }
  }

  void finished(const World& world) const {
    for (std::size_t k = 0; k < kBodies; ++k) {
      const Body& b = world.bodies[k];
      add("origin" + label("b", k) + words({b.origin.x, b.origin.y}) + " sin" +
          words({b.rotation.sin}) + " cos" + words({b.rotation.cos}));
    }
    for (std::size_t k = 0; k < kBodies; ++k) {
      const Box& b = world.bodies[k].fat;
      add("fatbox" + label("b", k) + " lo" + words({b.lower.x, b.lower.y}) + " hi" +
          words({b.upper.x, b.upper.y}));
    }
  }

  void step(Stage stage, int i, const Solver& s, const World& world) const {
    const std::string number = std::to_string(i);
    switch (stage) {
      case Stage::forces:
        return add("start" + poses(s));
      case Stage::contact_warm_start:
        return;
      case Stage::joint_warm_start:
        add("after-joint-warm-start" + velocities(s));
        return terms(s);
      case Stage::left_joint:
        if (i == 1) add("iteration-1-after-J2" + velocities(s));
        return;
      case Stage::right_joint:
        if (i == 1) add("iteration-1-after-J1" + velocities(s));
        return;
      case Stage::iteration:
        if (i <= 3 || i == 10 || i == 60 || i == 180) {
          add("after-iteration-" + number + velocities(s));
        }
        return;
      case Stage::integrated:
        return add("after-position-integration" + poses(s));
      case Stage::position_iteration:
        return add("after-position-iteration-" + number + poses(s));
      case Stage::positions:
        return add("position-iterations " + number + " solved " + (s.solved ? "1" : "0"));
      case Stage::boxes:
        return finished(world);
    }
  }

  void impact(portable::ImpactStage stage, const World& world, const Contact& contact, float time,
              int count) const {
    const Body& b = world.bodies[contact.body];
    const std::string pose = label("p", contact.body) + words({b.center.x, b.center.y, b.angle});
    switch (stage) {
      case portable::ImpactStage::event:
        add("toi-event body " + std::to_string(contact.body) + " edge " +
            std::to_string(contact.edge) + " alpha" + words({time}) + " contacts " +
            std::to_string(count));
        return add("toi-start" + pose);
      case portable::ImpactStage::position:
        return add("toi-after-position" + pose);
      case portable::ImpactStage::velocity:
        return add("toi-after-velocity" + label("v", contact.body) +
                   words({b.velocity.x, b.velocity.y, b.angular_velocity}));
      case portable::ImpactStage::end:
        return add("toi-end" + pose);
    }
  }
};

std::string first_word(const std::string& line) { return line.substr(0, line.find(' ')); }

// Of the lines of an impact only the body of the event means anything.
std::string of_body(const std::string& line, char body) {
  std::istringstream in(line);
  std::string word, kept;
  in >> kept;
  while (in >> word) {
    if (word.size() != 2 || word[1] != body || (word[0] != 'p' && word[0] != 'v')) continue;
    kept += " " + word;
    for (int k = 0; k < 3 && in >> word; ++k) kept += " " + word;
  }
  return kept;
}

// Lines of the golden file by (seed, step), without those that the recorder has no stage for.
std::map<std::pair<std::uint64_t, int>, std::vector<std::string>> golden_steps(
    const std::string& path) {
  std::ifstream in(path);
  std::map<std::pair<std::uint64_t, int>, std::vector<std::string>> steps;
  std::vector<std::string>* lines = nullptr;
  std::string line;
  char body = '0';
  while (std::getline(in, line)) {
    std::istringstream text(line);
    std::string mark, seed_word, step_word;
    std::uint64_t seed = 0;
    int step = 0;
    if (line[0] == '=') {
      text >> mark >> seed_word >> seed >> step_word >> step;
      lines = &steps[{seed, step}];
    } else if (lines != nullptr && line[0] != '#') {
      const std::string word = first_word(line);
      if (word == "toi-event") body = line[15];
      if (word == "after-force-integration" || word == "after-contact-warm-start") continue;
      lines->push_back(word.rfind("toi-", 0) == 0 && word != "toi-event" ? of_body(line, body)
                                                                         : line);
    }
  }
  return steps;
}

class LunarLanderSubsteps : public ::testing::TestWithParam<std::string_view> {};

TEST_P(LunarLanderSubsteps, EveryStageHasTheBits) {
  const std::string folder = golden_folder(GetParam());
  if (!std::filesystem::exists(folder)) {
    GTEST_SKIP() << "SKIPPED, NOT PASSED: no traces in " << folder;
  }
  const auto golden = golden_steps(folder + "/golden_substeps.txt");
  ASSERT_EQ(golden.size(), 14U);
  for (const auto& [seed, file] : {std::pair<std::uint64_t, const char*>(97004, "golden_crash.csv"),
                                   {1000, "golden_landing.csv"}}) {
    const GoldenTable table(folder + "/" + file);
    PlainGame game;
    game.begin(seed);
    for (std::size_t row = 0; row < table.rows(); ++row) {
      if (row > 0) game.push(std::stoi(table.text(row, "action0")));
      std::vector<std::string> lines;
      step_world(game.world, game.gravity, Recorder{lines});
      const auto found = golden.find({seed, static_cast<int>(row)});
      if (found == golden.end()) continue;
      for (std::size_t i = 0; i < found->second.size(); ++i) {
        ASSERT_LT(i, lines.size()) << "seed " << seed << " step " << row;
        ASSERT_EQ(first_difference(found->second[i], lines[i]), "")
            << "seed " << seed << " step " << row << " " << first_word(found->second[i]);
      }
      ASSERT_EQ(lines.size(), found->second.size()) << "seed " << seed << " step " << row;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Golden, LunarLanderSubsteps, ::testing::Values("extract", "whole"),
                         [](const auto& p) { return std::string(p.param); });

// What the tests above would not notice, were it wrong, is no test: an engine with one iteration
// less must differ from the trace.
struct OneIterationLess : portable::NoObserver {
  static constexpr int kVelocityIterations = lunar_lander::kVelocityIterations - 1;
};

TEST(LunarLanderControl, OneIterationLessIsNoticed) {
  const GoldenTable table(golden_folder("extract") + "/golden_crash.csv");
  PlainGame game;
  game.begin(97004);
  step_world(game.world, game.gravity, OneIterationLess());
  EXPECT_NE(hex(game.world.bodies[0].angular_velocity), table.text(0, "b0_w"));
}

}  // namespace
}  // namespace pavlov::envs::lunar_lander
