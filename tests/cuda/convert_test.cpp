#include "pavlov/kernels/cuda/convert.h"

#include <bit>

#include "pavlov/kernels/convert.h"
#include "pavlov/tests/cuda/device_test.h"
#include "pavlov/tests/cuda/sample_values.h"

namespace pavlov::kernels::cuda {
namespace {

class ConvertTest : public DeviceTest {};
PAVLOV_ON_THE_DEVICE(ConvertTest);

TEST_P(ConvertTest, HasTheBitsOfTheProcessors) {
  std::vector<float> x = normal_values(1000, 1);
  for (const std::uint32_t bits :
       {0x3f808000u, 0x3f818000u, 0x7f7fffffu, 0x7f800000u, 0xff800001u, 0x7fffffffu, 0x7f800001u,
        0x00000001u, 0x80000000u, 0x3f807fffu}) {
    x.push_back(std::bit_cast<float>(bits));
  }
  std::vector<std::uint16_t> narrow(x.size());
  std::vector<float> wide(x.size());
  OnDevice<float> dx(x), dw(x.size());
  OnDevice<std::uint16_t> dn(x.size());
  kernels::to_bfloat16(x, narrow);
  to_bfloat16(stream(), dx, dn);
  expect_same<std::uint16_t>(narrow, dn.values());
  kernels::from_bfloat16(narrow, wide);
  from_bfloat16(stream(), dn, dw);
  expect_same<float>(wide, dw.values());
}

TEST_P(ConvertTest, WrongSizesAreArguments) {
  OnDevice<float> x(3);
  OnDevice<std::uint16_t> out(4);
  EXPECT_THROW(to_bfloat16(stream(), x, out), std::invalid_argument);
  EXPECT_THROW(from_bfloat16(stream(), out, x), std::invalid_argument);
}

}  // namespace
}  // namespace pavlov::kernels::cuda
