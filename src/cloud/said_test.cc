// Phrases out of clouds' messages.
#include "cloud/said.h"

#include <gtest/gtest.h>

namespace ccloud::cloud {
namespace {

TEST(Said, TheFirstLineWithoutItsStops) {
  EXPECT_EQ(first_line(" The key is broken...\r\nTrace: 1"), "The key is broken");
  EXPECT_EQ(first_line("a. b"), "a. b");
  EXPECT_EQ(first_line("\nx"), "");
}

TEST(Said, WhatIsQuoted) {
  EXPECT_EQ(quoted_after("may not perform action 'A/b' over 'c'", "perform action '"), "A/b");
  EXPECT_EQ(quoted_after("Required 'p' permission", "Required '"), "p");
  EXPECT_EQ(quoted_after("Required 'p", "Required '"), "");
  EXPECT_EQ(quoted_after("no", "Required '"), "");
}

}  // namespace
}  // namespace ccloud::cloud
