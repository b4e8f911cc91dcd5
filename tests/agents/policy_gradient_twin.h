// The loss of a policy-gradient agent, written down in double over plain loops: the slow twin of
// OnPolicyAgent's.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numbers>
#include <span>
#include <string>
#include <vector>

#include "pavlov/nets/actor_critic.h"

namespace pavlov::agents {

// One sample of a minibatch.
struct TwinSample {
  std::vector<double> observation;
  int discrete = 0;                // where the actions are discrete
  std::vector<double> continuous;  // else
  double old_log_prob = 0.0, old_value = 0.0, advantage = 0.0, target = 0.0;
};

struct TwinObjective {
  double clip_range = 0.2, clip_range_vf = 0.0, ent_coef = 0.0, vf_coef = 0.5;
};

class PolicyGradientTwin {
 public:
  explicit PolicyGradientTwin(const nets::ActorCritic& model)
      : config_(model.config()),
        table_(model.parameters().table().begin(), model.parameters().table().end()) {
    const std::span<const float> values = model.parameters().values();
    parameters.assign(values.begin(), values.end());
  }

  // The flat array, as ParameterBuffer::values.
  std::vector<double> parameters;

  double log_prob(const TwinSample& s) const { return policy(s).log_prob; }
  double value(std::span<const double> x) const {
    if (config_.shared_trunk) return mlp("", x).back();
    return mlp("value.", x).front();
  }

  double loss(std::span<const TwinSample> samples, const TwinObjective& o) const {
    double sum = 0.0;
    for (const TwinSample& s : samples) {
      const auto [log_prob, entropy] = policy(s);
      const double ratio = std::exp(log_prob - s.old_log_prob);
      const double clipped = std::clamp(ratio, 1.0 - o.clip_range, 1.0 + o.clip_range);
      sum += std::max(-s.advantage * ratio, -s.advantage * clipped) - o.ent_coef * entropy;
      const double v = value(s.observation);
      double error = (v - s.target) * (v - s.target);
      if (o.clip_range_vf > 0.0) {
        const double near =
            s.old_value + std::clamp(v - s.old_value, -o.clip_range_vf, o.clip_range_vf);
        error = std::max(error, (near - s.target) * (near - s.target));
      }
      sum += o.vf_coef * error;
    }
    return sum / static_cast<double>(samples.size());
  }

 private:
  struct Judged {
    double log_prob, entropy;
  };

  const nets::Parameter* find(const std::string& name) const {
    const auto found = std::ranges::find(table_, name, &nets::Parameter::name);
    return found == table_.end() ? nullptr : &*found;
  }
  double at(const nets::Parameter& p, std::size_t i) const { return parameters[p.offset + i]; }

  std::vector<double> mlp(const std::string& prefix, std::span<const double> x) const {
    std::vector<double> in(x.begin(), x.end());
    for (std::size_t k = 0;; ++k) {
      const std::string layer = prefix + "layers." + std::to_string(k);
      const nets::Parameter* weight = find(layer + ".weight");
      if (weight == nullptr) return in;
      const nets::Parameter& bias = *find(layer + ".bias");
      const bool hidden = find(prefix + "layers." + std::to_string(k + 1) + ".weight") != nullptr;
      std::vector<double> out(weight->shape[1]);
      for (std::size_t c = 0; c < out.size(); ++c) {
        out[c] = at(bias, c);
        for (std::size_t r = 0; r < in.size(); ++r) {
          out[c] += in[r] * at(*weight, r * out.size() + c);
        }
        if (hidden) out[c] = std::tanh(out[c]);
      }
      in = out;
    }
  }

  Judged policy(const TwinSample& s) const {
    const std::vector<double> y = mlp(config_.shared_trunk ? "" : "policy.", s.observation);
    Judged judged{0.0, 0.0};
    if (!config_.log_std) {
      double total = 0.0;
      for (std::size_t a = 0; a < config_.outputs; ++a) total += std::exp(y[a]);
      judged.log_prob = y[static_cast<std::size_t>(s.discrete)] - std::log(total);
      for (std::size_t a = 0; a < config_.outputs; ++a) {
        const double log_p = y[a] - std::log(total);
        judged.entropy -= std::exp(log_p) * log_p;
      }
      return judged;
    }
    for (std::size_t a = 0; a < config_.outputs; ++a) {
      const double log_std = at(*find("log_std"), a);
      const double z = (s.continuous[a] - y[a]) / std::exp(log_std);
      const double half_log = 0.5 * std::log(2.0 * std::numbers::pi);
      judged.log_prob += -0.5 * z * z - log_std - half_log;
      judged.entropy += log_std + half_log + 0.5;
    }
    return judged;
  }

  const nets::ActorCriticConfig config_;
  std::vector<nets::Parameter> table_;
};

}  // namespace pavlov::agents
