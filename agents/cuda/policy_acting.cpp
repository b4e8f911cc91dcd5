#include "pavlov/agents/cuda/policy_acting.h"

#include <algorithm>

#include "pavlov/kernels/cuda/categorical.h"
#include "pavlov/kernels/cuda/gaussian.h"

namespace pavlov::agents::cuda {

using kernels::ConstMatrixView;
using kernels::Device;
using kernels::MatrixView;

PolicyActing::PolicyActing(const nets::cuda::ActorCritic& network, std::size_t rows,
                           bool continuous)
    : network_(network),
      continuous_(continuous),
      rows_(rows),
      inputs_(network.config().inputs),
      actions_(network.config().outputs),
      randoms_(continuous ? rows * actions_ : rows),
      given_(rows * inputs_ + randoms_),
      arrived_({rows * inputs_ + randoms_}, Device::cuda),
      outputs_({rows, actions_}, Device::cuda),
      log_p_({continuous ? 0 : rows, actions_}, Device::cuda),
      log_prob_({rows}, Device::cuda),
      entropy_({rows}, Device::cuda),
      action_(rows, actions_, continuous),
      discrete_back_(action_.discrete.size()),
      continuous_back_(action_.continuous.size()),
      log_prob_back_(rows),
      tape_(network.make_tape(rows, false)) {}

void PolicyActing::enqueue(kernels::cuda::Stream& stream) {
  stream.copy(arrived_.data(), given_.data(), given_.bytes());
  const ConstMatrixView observation(arrived_.data(), rows_, inputs_);
  const std::span<const float> random(arrived_.data() + rows_ * inputs_, randoms_);
  const MatrixView outputs = outputs_.matrix();
  network_.forward(stream, observation, outputs, {}, tape_);
  if (continuous_) {
    const MatrixView action = action_.continuous.matrix();
    const ConstMatrixView noise(random.data(), rows_, actions_);
    kernels::cuda::gaussian_sample(stream, outputs, network_.log_std(), noise, action);
    kernels::cuda::gaussian_forward(stream, outputs, network_.log_std(), action, log_prob_.span(),
                                    entropy_.span());
    stream.copy(continuous_back_.data(), action.data, continuous_back_.bytes());
  } else {
    const std::span<std::int32_t> action = action_.discrete.span();
    kernels::cuda::categorical_sample(stream, outputs, random, action);
    kernels::cuda::categorical_forward(stream, outputs, action, log_p_.matrix(), log_prob_.span(),
                                       entropy_.span());
    stream.copy(discrete_back_.data(), action.data(), discrete_back_.bytes());
  }
  stream.copy(log_prob_back_.data(), log_prob_.data(), log_prob_back_.bytes());
}

void PolicyActing::draw(kernels::cuda::Stream& stream, kernels::RandomStream& random,
                        const replay::RolloutSlot& slot) {
  for (std::size_t n = 0; n < rows_; ++n) {
    std::ranges::copy(slot.observation.row(n), given_.data() + n * inputs_);
  }
  for (float& x : given_.span().subspan(rows_ * inputs_)) {
    x = continuous_ ? static_cast<float>(random.normal()) : random.uniform();
  }
  work_.run(stream, {"policy acting", {rows_, inputs_, actions_}}, [&] { enqueue(stream); });
  stream.synchronize();
  std::ranges::copy(log_prob_back_.span(), slot.log_prob.begin());
  if (!continuous_) {
    std::ranges::copy(discrete_back_.span(), slot.discrete.begin());
    return;
  }
  for (std::size_t n = 0; n < rows_; ++n) {
    std::copy_n(continuous_back_.data() + n * actions_, actions_, slot.continuous.row(n).begin());
  }
}

}  // namespace pavlov::agents::cuda
