// Networks, firewalls and addresses, and operations that are waited for.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "sim/gcp/testing/gcp_front.h"

namespace ccloud::sim::gcp {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class LateGcpTest : public GcpFrontTest {
 protected:
  LateGcpTest() : GcpFrontTest({.latency = {.lag = {1s, 2s}}}) {}
};

TEST_F(GcpFrontTest, WhatIsUsedStays) {
  make_network();
  make_machine("n1");
  EXPECT_EQ(call("DELETE", "regions/us-central1/subnetworks/sub").reason(),
            "resourceInUseByAnotherResource");
  EXPECT_EQ(call("DELETE", "zones/us-central1-a/disks/n1").reason(),
            "resourceInUseByAnotherResource");
  EXPECT_EQ(operation(call("DELETE", "global/networks/net")).code(),
            "RESOURCE_IN_USE_BY_ANOTHER_RESOURCE");
  call("DELETE", "zones/us-central1-a/instances/n1");
  EXPECT_EQ(call("DELETE", "regions/us-central1/subnetworks/sub").status, 200);
  EXPECT_EQ(operation(call("DELETE", "global/networks/net")).string("status"), "DONE");
  EXPECT_EQ(call("GET", "global/networks/net").status, 404);
}

TEST_F(GcpFrontTest, NetworksAreStrict) {
  EXPECT_EQ(call("POST", "global/networks", R"({"name":"net"})").reason(), "invalid");
  make_network();
  const auto overlapping =
      call("POST", "regions/europe-west1/subnetworks",
           R"({"name":"two","network":"global/networks/net","ipCidrRange":"10.0.0.128/25"})");
  EXPECT_THAT(overlapping.text, HasSubstr("conflicts with existing subnetwork 'sub'"));
  const auto rule = [&](std::string_view body) {
    return call("POST", "global/firewalls", std::string(body));
  };
  EXPECT_EQ(rule(R"({"name":"f","network":"global/networks/net"})").reason(), "invalid");
  EXPECT_EQ(
      rule(
          R"({"name":"f","network":"global/networks/net","allowed":[{"IPProtocol":"icmp","ports":["1"]}]})")
          .reason(),
      "invalid");
  EXPECT_EQ(
      rule(
          R"({"name":"f","network":"global/networks/net","allowed":[{"IPProtocol":"tcp","ports":["22"]}],"targetTags":["web"]})")
          .status,
      200);
  const auto seen = call("GET", "global/firewalls/f");
  EXPECT_EQ(seen.get("sourceRanges").at(0).string_or(), "0.0.0.0/0");
  EXPECT_EQ(seen.get("priority").int_or(0), 1000);
  EXPECT_EQ(call("PATCH", "global/firewalls/f", R"({"sourceRanges":["10.1.0.0/16"]})").status, 200);
  EXPECT_EQ(call("GET", "global/firewalls/f").get("targetTags").at(0).string_or(), "web");
  const auto in_use = operation(call("DELETE", "global/networks/net"));
  EXPECT_THAT(in_use.text, HasSubstr("global/firewalls/f"));
}

TEST_F(GcpFrontTest, AStaticAddressOutlivesItsMachine) {
  make_network();
  EXPECT_EQ(
      call("POST", "regions/us-central1/addresses", R"({"name":"ip","labels":{"a":"b"}})").status,
      200);
  const auto ip = call("GET", "regions/us-central1/addresses/ip").string("address");
  const auto body = replace_all(machine_body("n1"), "\"External NAT\"",
                                fmt::format("\"External NAT\",\"natIP\":\"{}\"", ip));
  EXPECT_EQ(call("POST", "zones/us-central1-a/instances", body).status, 200);
  EXPECT_EQ(machine("n1")
                .get("networkInterfaces")
                .at(0)
                .get("accessConfigs")
                .at(0)
                .get("natIP")
                .string_or(),
            ip);
  EXPECT_EQ(call("GET", "regions/us-central1/addresses/ip").string("status"), "IN_USE");
  EXPECT_EQ(call("DELETE", "regions/us-central1/addresses/ip").reason(),
            "resourceInUseByAnotherResource");
  call("DELETE", "zones/us-central1-a/instances/n1");
  EXPECT_EQ(call("GET", "regions/us-central1/addresses/ip").string("status"), "RESERVED");
}

TEST_F(LateGcpTest, WaitAnswersWhenItIsOver) {
  const auto made =
      call("POST", "global/networks", R"({"name":"net","autoCreateSubnetworks":false})");
  now += 1ms;
  EXPECT_EQ(wait(made).string("status"), "DONE");
  EXPECT_GE(held, 1s);
  EXPECT_EQ(wait(made).string("status"), "DONE");
  EXPECT_EQ(held, 0ms);
}

}  // namespace
}  // namespace ccloud::sim::gcp
