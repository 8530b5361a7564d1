#include "plan/shared_accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/planner.h"
#include "plan/testing/fleet.h"

namespace ccloud::plan {
namespace {

using ::testing::Each;
using testing::Fleet;
using ::testing::IsEmpty;
using testing::lines;
using testing::make;
using testing::node_lines;
using ::testing::SizeIs;
using ::testing::StartsWith;

/// `web` on provider `aws`, beside another one of AWS.
config::Config beside(const std::string& other, const std::string& login = "") {
  return make({.more = R"(, "providers": {"aws": {"driver": "aws"}, ")" + other +
                       R"(": {"driver": "aws")" + login + "}}"});
}

/// Both see the same, as one account does.
void see_alike(Fleet& fleet, const std::string& other) {
  fleet.observed.providers[other] = fleet.observed.providers["aws"];
}

TEST(SharedAccounts, ASecondNameMakesNoStrays) {
  for (const std::string other : {"aaa", "zzz"}) {
    Fleet fleet;
    fleet.converge(make({}));
    see_alike(fleet, other);
    const auto plan = fleet.plan(beside(other));
    EXPECT_FALSE(plan.has_changes()) << ::testing::PrintToString(lines(plan));
    EXPECT_THAT(fleet.region("aws", "us-east-1").nodes, SizeIs(3)) << other;
    EXPECT_THAT(fleet.region(other, "us-east-1").nodes, IsEmpty()) << other;
  }
}

TEST(SharedAccounts, OtherLoginsOfOneAccountAreKnownByANode) {
  Fleet fleet;
  fleet.converge(make({}));
  for (auto& node : fleet.region("aws", "us-east-1").nodes) node.created = "2026-01-01T00:00:00Z";
  see_alike(fleet, "other");
  const auto config = beside("other", R"(, "credentials": {"profile": "ops"})");
  EXPECT_FALSE(fleet.plan(config).has_changes());
  // Another account: what it has of the project is for nobody.
  see_alike(fleet, "other");
  for (auto& node : fleet.region("other", "us-east-1").nodes) node.id += "-2";
  EXPECT_THAT(node_lines(fleet.plan(config)), SizeIs(3));
  EXPECT_THAT(node_lines(fleet.plan(config)), Each(StartsWith("destroy node.web-us-")));
}

TEST(SharedAccounts, AnAccountThatOnlyOneNamesMayBeAnother) {
  Fleet fleet;
  fleet.converge(make({}));
  see_alike(fleet, "other");
  for (auto& node : fleet.region("other", "us-east-1").nodes) node.id += "-2";
  const auto plan = fleet.plan(beside("other", R"(, "account": "123456789012")"));
  EXPECT_THAT(node_lines(plan), SizeIs(3));
}

TEST(SharedAccounts, WhatOnlyTheSecondShowsYetIsNoStrayEither) {
  Fleet fleet;
  fleet.converge(make({}));
  see_alike(fleet, "aaa");
  fleet.region("aws", "us-east-1").nodes.pop_back();  // its list came a moment before
  EXPECT_FALSE(fleet.plan(beside("aaa")).has_changes());
  see_alike(fleet, "aaa");
  fleet.region("aws", "us-east-1").nodes.clear();
  fleet.region("aws", "us-east-1").error = make_error(ErrorCode::unavailable, "no answer");
  EXPECT_THAT(node_lines(fleet.plan(beside("aaa"))), IsEmpty());
}

}  // namespace
}  // namespace ccloud::plan
