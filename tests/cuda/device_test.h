// Fixture of tests of the CUDA side. They are compiled into two programs: cuda_test runs them on a
// device, and skips them where there is none; cuda_on_host_test runs the same kernels on the host,
// in both orders of the threads.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pavlov/kernels/cuda/stream.h"
#include "pavlov/kernels/tensor.h"

namespace pavlov::kernels::cuda {

// The ways this program can run kernels: "device", or "ascending" and "descending".
std::vector<std::string> ways_to_run();
void run_kernels(const std::string& way);

class DeviceTest : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    std::string description;
    if (!available(description)) GTEST_SKIP() << "not run: no CUDA device: " << description;
    run_kernels(GetParam());
    stream_ = std::make_unique<Stream>();
  }
  Stream& stream() { return *stream_; }

 private:
  std::unique_ptr<Stream> stream_;
};

// Instantiates a suite derived from DeviceTest.
#define PAVLOV_ON_THE_DEVICE(suite)                                                     \
  INSTANTIATE_TEST_SUITE_P(Cuda, suite,                                                 \
                           ::testing::ValuesIn(::pavlov::kernels::cuda::ways_to_run()), \
                           [](const auto& way) { return std::string(way.param); })

// An array in device memory.
template <class T>
class OnDevice {
 public:
  explicit OnDevice(std::size_t size) : tensor_({size}, Device::cuda) {}
  explicit OnDevice(std::span<const T> values) : OnDevice(values.size()) {
    copy_bytes(tensor_.data(), Device::cuda, values.data(), Device::cpu, values.size_bytes());
  }
  explicit OnDevice(const std::vector<T>& values) : OnDevice(std::span<const T>(values)) {}

  T* data() { return tensor_.data(); }
  std::span<T> span() { return tensor_.span(); }
  operator std::span<T>() { return tensor_.span(); }        // NOLINT(google-explicit-constructor)
  operator std::span<const T>() { return tensor_.span(); }  // NOLINT(google-explicit-constructor)

  // As a matrix of so many rows, with `gap` unused values after each.
  BasicMatrixView<T> matrix(std::size_t rows, std::size_t gap = 0) {
    const std::size_t stride = tensor_.size() / rows;
    return {tensor_.data(), rows, stride - gap, stride};
  }

  // What it holds; waits for all streams.
  std::vector<T> values() const {
    std::vector<T> values(tensor_.size());
    copy_bytes(values.data(), Device::cpu, tensor_.data(), Device::cuda, values.size() * sizeof(T));
    return values;
  }
  T value() const { return values().at(0); }

 private:
  TensorOf<T> tensor_;
};

// Equal within 1e-5 of the larger of 1 and the expected value; NaN and infinities as they are.
inline void expect_close(std::span<const float> expected, std::span<const float> actual,
                         const std::string& what = "", double tolerance = 1e-5) {
  ASSERT_EQ(expected.size(), actual.size()) << what;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const double e = static_cast<double>(expected[i]), a = static_cast<double>(actual[i]);
    if (std::isnan(e) || std::isinf(e)) {
      ASSERT_TRUE(std::isnan(e) ? std::isnan(a) : a == e)
          << what << " [" << i << "]: expected " << e << ", is " << a;
    } else {
      ASSERT_LE(std::fabs(a - e), tolerance * std::fmax(1.0, std::fabs(e)))
          << what << " [" << i << "]: expected " << e << ", is " << a;
    }
  }
}

// The same bits.
template <class T>
void expect_same(std::span<const T> expected, std::span<const T> actual,
                 const std::string& what = "") {
  ASSERT_EQ(expected.size(), actual.size()) << what;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(std::memcmp(&expected[i], &actual[i], sizeof(T)), 0)
        << what << " [" << i << "]: expected " << expected[i] << ", is " << actual[i];
  }
}

}  // namespace pavlov::kernels::cuda
