#include "pavlov/apps/viewer/labels.h"

#include <gtest/gtest.h>

#include <cmath>

namespace pavlov::apps {
namespace {

TEST(Labels, Numbers) {
  EXPECT_EQ(grouped(189440), "189,440");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(short_number(0.4249), "0.42");
  EXPECT_EQ(short_number(38.12), "38.1");
  EXPECT_EQ(short_number(231.4), "231");
  EXPECT_EQ(short_number(-1234), "-1234");
  EXPECT_EQ(short_number(41234), "41.2 k");
  EXPECT_EQ(short_number(1.84e6), "1.84 M");
  EXPECT_EQ(short_number(0.0), "0.00");
  EXPECT_EQ(short_number(1e-5), "1.0e-05");
  EXPECT_EQ(short_number(NAN), "-");
  EXPECT_EQ(signed_number(112.42, true), "+112.4");
  EXPECT_EQ(signed_number(-31.2, false), "-31");
  EXPECT_EQ(signed_number(0.2, false), "0");
}

TEST(Labels, Times) {
  EXPECT_EQ(clock_time(7.9), "0:07");
  EXPECT_EQ(clock_time(724), "12:04");
  EXPECT_EQ(clock_time(3753), "1:02:33");
  EXPECT_EQ(clock_time(-1), "0:00");
  EXPECT_EQ(clock_time(INFINITY), "-");
}

}  // namespace
}  // namespace pavlov::apps
