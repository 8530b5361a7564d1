// Machines from insert to delete, with what guards and what fails them.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "sim/gcp/testing/gcp_front.h"

namespace ccloud::sim::gcp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST_F(SlowGcpTest, AMachineTakesItsTime) {
  now += 1s;
  EXPECT_EQ(call("POST", "global/networks", R"({"name":"net","autoCreateSubnetworks":false})")
                .string("status"),
            "PENDING");
  const std::string subnet =
      R"({"name":"sub","network":"global/networks/net","ipCidrRange":"10.0.0.0/24"})";
  EXPECT_EQ(call("POST", "regions/us-central1/subnetworks", subnet).reason(), "resourceNotReady");
  now += 1min;
  EXPECT_EQ(call("POST", "regions/us-central1/subnetworks", subnet).status, 200);
  now += 1min;
  const auto made = make_machine("n1");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(made.string("status"), "PENDING");
  EXPECT_EQ(made.string("operationType"), "insert");
  EXPECT_THAT(made.string("targetLink"), HasSubstr("/zones/us-central1-a/instances/n1"));
  now += 1ms;
  EXPECT_EQ(operation(made).string("status"), "RUNNING");
  now += 2min;
  EXPECT_EQ(operation(made).string("status"), "DONE");
  EXPECT_EQ(machine("n1").string("status"), "RUNNING");
  const auto gone = call("DELETE", "zones/us-central1-a/instances/n1");
  now += 1ms;
  EXPECT_EQ(machine("n1").string("status"), "STOPPING");
  now += 2min;
  EXPECT_EQ(operation(gone).string("status"), "DONE");
  EXPECT_EQ(machine("n1").reason(), "notFound");
}

TEST_F(GcpFrontTest, AMachineShowsWhatWasAsked) {
  make_network();
  const auto made = make_machine("n1");
  ASSERT_EQ(made.status, 200) << made.text;
  EXPECT_EQ(operation(made).string("status"), "DONE");
  const auto seen = machine("n1");
  EXPECT_EQ(seen.string("id"), made.string("targetId"));
  EXPECT_EQ(seen.string("id").size(), 19U);
  EXPECT_THAT(seen.string("creationTimestamp"), HasSubstr("-08:00"));
  EXPECT_EQ(seen.get("networkInterfaces").at(0).get("networkIP").string_or(), "10.0.0.2");
  EXPECT_EQ(seen.get("disks").at(0).get("diskSizeGb").string_or(), "10");
  EXPECT_EQ(seen.get("labels").get("ccloud-cluster").string_or(), "demo");
  EXPECT_NE(seen.get("networkInterfaces").at(0).get("accessConfigs").at(0).get("natIP").string_or(),
            "");
  EXPECT_EQ(call("GET", "zones/us-central1-a/instances/" + seen.string("id")).string("name"), "n1");
  const auto* node = world.find_as<Machine>({"gcp", project.id, "us-central1"}, seen.string("id"));
  ASSERT_NE(node, nullptr);
  EXPECT_EQ(node->user, "ops");
  EXPECT_THAT(node->public_keys, ElementsAre("ssh-ed25519 AAAA x"));
  EXPECT_EQ(call("GET", "zones/us-central1-a/disks/n1").get("users").size(), 1U);
}

TEST_F(GcpFrontTest, ARequestIdActsOnce) {
  make_network();
  const std::string query = "?requestId=6b0c5f3e-9f0e-4c1e-8d0a-0a9b8c7d6e5f";
  const auto first = make_machine("n1", query);
  EXPECT_EQ(first.string("clientOperationId"), "6b0c5f3e-9f0e-4c1e-8d0a-0a9b8c7d6e5f");
  EXPECT_EQ(make_machine("n1", query).string("name"), first.string("name"));
  EXPECT_EQ(make_machine("n1").reason(), "alreadyExists");
  EXPECT_EQ(make_machine("n2", "?requestId=abc").status, 400);
  EXPECT_EQ(make_machine("n2", "?requestId=00000000-0000-0000-0000-000000000000").status, 400);
}

TEST_F(GcpFrontTest, WhatItDoesNotKnowIsRefused) {
  make_network();
  const auto unknown =
      call("POST", "zones/us-central1-a/instances", machine_body("n1", R"(,"nmae":"x")"));
  EXPECT_EQ(unknown.reason(), "badRequest");
  EXPECT_THAT(unknown.text, HasSubstr("Unknown name \\\"nmae\\\": Cannot find field"));
  const auto wrong =
      call("POST", "zones/us-central1-a/instances", machine_body("n1", R"(,"canIpForward":"yes")"));
  EXPECT_THAT(wrong.text, HasSubstr("Invalid value at 'canIpForward' (TYPE_BOOL)"));
  EXPECT_EQ(call("GET", "zones?maxresults=3").reason(), "badRequest");
  EXPECT_EQ(call("GET", "zones/us-central1-x/instances").reason(), "invalid");
  EXPECT_EQ(make_machine("N1").reason(), "invalid");
  EXPECT_EQ(call("GET", "zones/us-central1-a/instances/No").reason(), "invalid");
  const auto refused = [&](std::string_view from, std::string_view to) {
    return call("POST", "zones/us-central1-a/instances", replace_all(machine_body("n1"), from, to))
        .reason();
  };
  EXPECT_EQ(refused("zones/us-central1-a/machineTypes/e2-medium", "e2-medium"), "invalid");
  EXPECT_EQ(refused("e2-medium", "e2-huge"), "invalid");
  EXPECT_EQ(refused("family/ubuntu-2404-lts-amd64", "family/ubuntu-2404-lts"), "invalid");
  EXPECT_EQ(refused("subnetworks/sub", "subnetworks/other"), "invalid");
  EXPECT_EQ(refused("\"demo\"", "\"Demo\""), "invalid");
  EXPECT_EQ(refused("ssh-keys", "ssh keys"), "invalid");
}

TEST_F(GcpFrontTest, NoRoomAndQuotasShowInTheOperation) {
  make_network();
  world.set_quota("gcp", "CPUS", 2);
  EXPECT_EQ(operation(make_machine("n1")).string("status"), "DONE");
  const auto full = operation(make_machine("n2"));
  EXPECT_EQ(full.status, 200);
  EXPECT_EQ(full.code(), "QUOTA_EXCEEDED");
  EXPECT_EQ(full.get("httpErrorStatusCode").int_or(0), 403);
  EXPECT_EQ(machine("n2").status, 404);
  world.set_quota("gcp", "CPUS", 1000);
  fault(R"({"fault":"capacity","action":"instances.insert","count":1})");
  EXPECT_EQ(operation(make_machine("n2")).code(), "ZONE_RESOURCE_POOL_EXHAUSTED");
  EXPECT_EQ(operation(make_machine("n2")).string("status"), "DONE");
  EXPECT_EQ(machine("n2").string("status"), "RUNNING");
}

TEST_F(GcpFrontTest, AFailedBootLeavesNoMachine) {
  make_network();
  fault(R"({"fault":"fail-boot","action":"e2-medium","count":1})");
  EXPECT_EQ(operation(make_machine("n1")).code(), "INTERNAL_ERROR");
  EXPECT_EQ(machine("n1").status, 404);
  EXPECT_EQ(call("GET", "zones/us-central1-a/disks").get("items").size(), 0U);
  EXPECT_FALSE(operation(make_machine("n1")).get("error").exists());
}

TEST_F(GcpFrontTest, FingerprintsGuard) {
  make_network();
  make_machine("n1");
  const auto url = [](std::string_view what) {
    return fmt::format("zones/us-central1-a/instances/n1/{}", what);
  };
  const auto before = machine("n1").string("labelFingerprint");
  const auto body = fmt::format(R"({{"labels":{{"a":"b"}},"labelFingerprint":"{}"}})", before);
  EXPECT_EQ(call("POST", url("setLabels"), body).status, 200);
  EXPECT_EQ(call("POST", url("setLabels"), body).status, 412);
  EXPECT_EQ(call("POST", url("setLabels"), body).reason(), "conditionNotMet");
  EXPECT_EQ(call("POST", url("setLabels"), R"({"labels":{}})").status, 412);
  const auto tags = machine("n1").get("tags").get("fingerprint").string_or();
  EXPECT_EQ(
      call("POST", url("setTags"), fmt::format(R"({{"items":["web"],"fingerprint":"{}"}})", tags))
          .status,
      200);
  EXPECT_NE(machine("n1").get("tags").get("fingerprint").string_or(), tags);
  EXPECT_EQ(call("POST", url("setMetadata"), R"({"items":[],"fingerprint":"old"})").status, 412);
  EXPECT_EQ(machine("n1").get("labels").size(), 1U);
}

TEST_F(GcpFrontTest, PowerChanges) {
  make_network();
  make_machine("n1");
  const std::string url = "zones/us-central1-a/instances/n1";
  const auto type = R"({"machineType":"zones/us-central1-a/machineTypes/e2-small"})";
  EXPECT_EQ(call("POST", url + "/setMachineType", type).reason(), "resourceNotReady");
  EXPECT_EQ(call("POST", url + "/start").string("status"), "DONE");
  EXPECT_EQ(operation(call("POST", url + "/stop")).string("status"), "DONE");
  EXPECT_EQ(machine("n1").string("status"), "TERMINATED");
  EXPECT_EQ(call("POST", url + "/setMachineType", type).status, 200);
  EXPECT_EQ(call("POST", url + "/start").status, 200);
  EXPECT_EQ(machine("n1").string("status"), "RUNNING");
  EXPECT_EQ(call("POST", url + "/suspend").status, 200);
  EXPECT_EQ(machine("n1").string("status"), "SUSPENDED");
  EXPECT_EQ(call("POST", url + "/start").reason(), "invalidResourceUsage");
  EXPECT_EQ(call("POST", url + "/resume").status, 200);
  EXPECT_EQ(call("POST", url + "/setDeletionProtection").status, 200);
  EXPECT_EQ(call("DELETE", url).reason(), "invalidResourceUsage");
  EXPECT_EQ(call("POST", url + "/setDeletionProtection?deletionProtection=false").status, 200);
  EXPECT_EQ(operation(call("DELETE", url)).string("status"), "DONE");
  EXPECT_EQ(call("DELETE", url).status, 404);
}

TEST_F(GcpFrontTest, UserDataIsForImagesWithCloudInit) {
  make_network();
  const auto made_from = [&](const std::string& name, std::string_view image) {
    const std::string more =
        R"({"key":"user-data","value":"#cloud-config"},{"key":"startup-script","value":"#!/bin/sh"},)";
    auto body = replace_all(machine_body(name),
                            "ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64", image);
    body = replace_all(body, R"({"key":"ssh-keys")", more + R"({"key":"ssh-keys")");
    body = replace_all(body, "AAAA x", R"(AAAA x\ndev:ssh-ed25519 BBBB)");
    const auto made = call("POST", "zones/us-central1-a/instances", body);
    EXPECT_EQ(made.status, 200) << made.text;
    return world.find_as<Machine>({"gcp", project.id, "us-central1"}, made.string("targetId"));
  };
  const auto* ubuntu = made_from("u", "ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64");
  EXPECT_EQ(ubuntu->user_data, "#cloud-config");
  EXPECT_EQ(ubuntu->boot_script, "#!/bin/sh");
  EXPECT_THAT(ubuntu->more_users, ElementsAre("dev:ssh-ed25519 BBBB"));
  const auto* debian = made_from("d", "debian-cloud/global/images/family/debian-12");
  EXPECT_EQ(debian->user_data, "");
  EXPECT_EQ(debian->boot_script, "#!/bin/sh");
  EXPECT_EQ(debian->user, "ops");
}

}  // namespace
}  // namespace ccloud::sim::gcp
