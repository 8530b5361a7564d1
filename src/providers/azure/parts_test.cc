// The Azure driver's pure parts, by the API's samples.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/writer.h"
#include "providers/azure/clouds.h"
#include "providers/azure/compute.h"
#include "providers/azure/errors.h"
#include "providers/azure/names.h"
#include "providers/azure/network_wire.h"

namespace ccloud::azure {
namespace {

using cloud::NodeState;
using cloud::Protocol;
using testing::ElementsAre;
using testing::HasSubstr;

ErrorCode code(int status, std::string body) {
  return classify({.status = status, .headers = {}, .body = std::move(body)}).code;
}

TEST(Errors, TheDeepestDetailIsTheCause) {
  const auto error =
      classify({.status = 409,
                .headers = {{"x-ms-request-id", "r1"}},
                .body =
                    R"({"error":{"code":"DeploymentFailed","message":"See details.","details":[
           {"code":"Conflict","message":"{\"error\":{\"code\":\"OperationNotAllowed\",\"message\":\"Operation could not be completed as it results in exceeding approved Total Regional Cores quota.\"}}"}]}})"});
  EXPECT_EQ(error.code, ErrorCode::quota_exceeded);
  EXPECT_EQ(error.raw_code, "OperationNotAllowed");
  EXPECT_EQ(error.request_id, "r1");
  EXPECT_THAT(error.remedy, HasSubstr("quota"));
}

TEST(Errors, CodesCountBeforeTheStatus) {
  EXPECT_EQ(code(409, R"({"error":{"code":"SkuNotAvailable","message":"m"}})"),
            ErrorCode::capacity);
  EXPECT_EQ(code(409, R"({"error":{"code":"ZonalAllocationFailed","message":"m"}})"),
            ErrorCode::capacity);
  EXPECT_EQ(code(429, R"({"error":{"code":"Whatever","message":"m"}})"), ErrorCode::rate_limited);
  EXPECT_EQ(code(403, R"({"error":{"code":"AuthorizationFailed","message":"m"}})"),
            ErrorCode::permission_denied);
  EXPECT_EQ(code(404, R"({"error":{"code":"ResourceGroupNotFound","message":"m"}})"),
            ErrorCode::not_found);
  EXPECT_EQ(code(400, R"({"error":{"code":"InUseSubnetCannotBeDeleted","message":"m"}})"),
            ErrorCode::conflict);
  EXPECT_EQ(code(400, R"({"error":{"code":"PublicIPCountLimitReached","message":"m"}})"),
            ErrorCode::quota_exceeded);
  EXPECT_EQ(code(503, "<html>"), ErrorCode::unavailable);
}

TEST(Errors, TheRemedyNamesTheActionThatIsDenied) {
  const auto remedy = [](std::string_view message) {
    return classify({.status = 403,
                     .headers = {},
                     .body = fmt::format(
                         R"({{"error":{{"code":"LinkedAuthorizationFailed","message":"{}"}}}})",
                         message)})
        .remedy;
  };
  EXPECT_THAT(remedy("may not perform action 'Microsoft.Compute/disks/write' over scope '/x'"),
              HasSubstr("the action Microsoft.Compute/disks/write:"));
  // What it may do stands first in this one.
  EXPECT_THAT(remedy("has permission to perform action 'A/b/write' on scope '/x'; however, it does "
                     "not have permission to perform action(s) 'C/d/join/action,E/f' on '/y'"),
              HasSubstr("the action C/d/join/action:"));
}

TEST(Errors, ARefusedLoginNamesNoSecretAndHasARemedy) {
  const auto error = classify_login(
      {.status = 401,
       .headers = {},
       .body =
           R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2","error_codes":[7000215],"trace_id":"t1"})"});
  EXPECT_EQ(error.code, ErrorCode::unauthenticated);
  EXPECT_EQ(error.message, "AADSTS7000215: Invalid client secret provided");
  EXPECT_EQ(error.request_id, "t1");
  EXPECT_FALSE(error.remedy.empty());
  EXPECT_FALSE(error.retryable);
}

TEST(Names, IdsAreComparedWithoutRegardToCase) {
  const auto ours =
      resource_path(group_path("s", group_name("demo", "westeurope")), Kind::machine, "web-a-1");
  EXPECT_EQ(canonical("/subscriptions/S/resourcegroups/CCLOUD-DEMO-WESTEUROPE/providers/"
                      "microsoft.compute/VIRTUALMACHINES/Web-A-1"),
            ours);
  const auto theirs =
      "/subscriptions/S/resourceGroups/Prod/providers/Microsoft.Network/"
      "virtualNetworks/Main";
  EXPECT_EQ(canonical(theirs), theirs);
  EXPECT_EQ(path_of_node(node_id(ours, "v1")), ours);
  EXPECT_EQ(group_of(ours), "ccloud-demo-westeurope");
}

TEST(Clouds, SecretsTravelEncrypted) {
  EXPECT_EQ(find_cloud("china")->authority, "https://login.chinacloudapi.cn");
  EXPECT_FALSE(find_cloud("mars").has_value());
  EXPECT_FALSE(checked_endpoint("http://arm.example").has_value());
  EXPECT_EQ(checked_endpoint("http://127.0.0.1:8080/").value(), "http://127.0.0.1:8080");
  EXPECT_TRUE(is_same_origin("https://A.example:443/x", "https://a.example"));
  EXPECT_FALSE(is_same_origin("https://a.example.evil/x", "https://a.example"));
}

TEST(Compute, StatesFollowProvisioningAndPower) {
  EXPECT_EQ(state_of("Creating", ""), NodeState::pending);
  EXPECT_EQ(state_of("Succeeded", "running"), NodeState::running);
  EXPECT_EQ(state_of("Updating", "deallocating"), NodeState::stopping);
  EXPECT_EQ(state_of("Succeeded", "deallocated"), NodeState::stopped);
  EXPECT_EQ(state_of("Failed", ""), NodeState::error);
  EXPECT_EQ(state_of("Failed", "running"), NodeState::running);
  EXPECT_EQ(state_of("Deleting", "running"), NodeState::terminating);
  EXPECT_EQ(state_of("Succeeded", ""), NodeState::unknown);
}

TEST(Compute, ReadsAMachine) {
  const auto document = json::parse(
      R"({"name":"n1","id":"/subscriptions/S/resourceGroups/CCLOUD-DEMO-WESTEUROPE/providers/Microsoft.Compute/virtualMachines/n1",
      "location":"West Europe","zones":["1"],"tags":{"ccloud-node":"web-a-1","ccloud-cluster":"web","ccloud-power":"off"},
      "identity":{"type":"UserAssigned","userAssignedIdentities":{"/subscriptions/S/x/gw":{}}},
      "properties":{"vmId":"5c0d","hardwareProfile":{"vmSize":"Standard_D2s_v5"},"provisioningState":"Failed",
      "timeCreated":"2026-01-02T03:04:05.1234567+00:00",
      "storageProfile":{"imageReference":{"publisher":"Canonical","offer":"o","sku":"s","version":"latest","exactVersion":"24.04.1"},
      "osDisk":{"diskSizeGB":64,"managedDisk":{"storageAccountType":"Standard_LRS"}}},
      "instanceView":{"statuses":[{"code":"ProvisioningState/failed/AllocationFailed","message":"No room."}]}}})");
  ASSERT_TRUE(document.has_value());
  const auto one = parse_machine(document->root());
  EXPECT_EQ(one.name, "web-a-1");
  EXPECT_EQ(one.region, "westeurope");
  EXPECT_EQ(one.zone, "1");
  EXPECT_EQ(one.image, "Canonical:o:s:24.04.1");
  EXPECT_EQ(one.state, NodeState::error);
  EXPECT_EQ(one.state_reason, "AllocationFailed: No room.");
  EXPECT_EQ(one.created, "2026-01-02T03:04:05Z");
  EXPECT_EQ(one.disk_gib, 64);
  EXPECT_EQ(one.disk_type, "hdd");
  EXPECT_EQ(one.identity, "/subscriptions/S/x/gw");
  EXPECT_TRUE(one.is_power_off_wanted);
  EXPECT_TRUE(one.id.ends_with("/virtualMachines/n1#5c0d")) << one.id;
}

TEST(Compute, ACreateLeavesNothingBehindWhenItIsDeleted) {
  cloud::NodeBatch batch{.project = "p",
                         .cluster = "web",
                         .names = {"web-a-1"},
                         .region = "westeurope",
                         .zone = "2",
                         .type = "Standard_B2s",
                         .image = {.id = "resf:rocky:9-base:9.6"},
                         .disk = {.gib = 40, .type = "ssd"}};
  batch.ssh_keys = {"ssh-ed25519 AAAA x"};
  batch.user_data = "#cloud-config\n{}";
  batch.labels = {{"ccloud-project", "p"}};
  const auto text = encode_machine(batch, {.name = "web-a-1",
                                           .interface_id = "/nic",
                                           .identity_id = {},
                                           .plan = {"9-base", "resf", "rocky"}});
  const auto document = json::parse(text);
  ASSERT_TRUE(document.has_value());
  const auto properties = document->root().get("properties");
  const auto disk = properties.get("storageProfile").get("osDisk");
  EXPECT_EQ(disk.get("deleteOption").string_or(), "Delete");
  EXPECT_EQ(disk.get("diskSizeGB").int_or(0), 40);
  const auto nic = properties.get("networkProfile").get("networkInterfaces").at(0);
  EXPECT_EQ(nic.get("properties").get("deleteOption").string_or(), "Delete");
  EXPECT_EQ(decode_base64(properties.get("osProfile").get("customData").string_or()),
            batch.user_data);
  EXPECT_EQ(document->root().get("plan").get("name").string_or(), "9-base");
  EXPECT_EQ(document->root().get("tags").get("ccloud-node").string_or(), "web-a-1");
  EXPECT_EQ(text, encode_machine(batch, {.name = "web-a-1",
                                         .interface_id = "/nic",
                                         .identity_id = {},
                                         .plan = {"9-base", "resf", "rocky"}}));
}

cloud::FirewallRule rule(Protocol protocol, int from, int to, std::string cidr,
                         std::string group = {}) {
  return {.protocol = protocol,
          .from_port = from,
          .to_port = to,
          .cidr = std::move(cidr),
          .group = std::move(group)};
}

cloud::FirewallSpec firewall_spec() {
  cloud::FirewallSpec spec;
  spec.name = "web";
  spec.region = "westeurope";
  spec.rules = {rule(Protocol::tcp, 22, 22, "203.0.113.0/24"),
                rule(Protocol::tcp, 7000, 7010, "", "gw"),
                rule(Protocol::tcp, 8443, 8443, "0.0.0.0/0"),
                rule(Protocol::tcp, 9000, 9000, "192.0.2.1/32"),
                rule(Protocol::tcp, 9000, 9000, "192.0.2.2/32"),
                rule(Protocol::icmp, 0, 0, "0.0.0.0/0")};
  std::ranges::sort(spec.rules);
  return spec;
}

TEST(Network, RulesComeBackAsTheyWent) {
  const auto spec = firewall_spec();
  const GroupIds ids{.prefix = "/g/applicationSecurityGroups/fw-main."};
  const auto text = encode_security_group(spec, ids);
  const auto document = json::parse(text);
  ASSERT_TRUE(document.has_value());
  EXPECT_EQ(parse_rules(document->root()), spec.rules);
  EXPECT_THAT(text, HasSubstr(R"("sourceAddressPrefixes":["192.0.2.1/32","192.0.2.2/32"])"));
  EXPECT_THAT(text, HasSubstr(R"("id":"/g/applicationSecurityGroups/fw-main.gw")"));
}

TEST(Network, AnOpenInsideShowsAsADifference) {
  const auto document = json::parse(R"({"properties":{"securityRules":[]}})");
  ASSERT_TRUE(document.has_value());
  const auto rules = parse_rules(document->root());
  ASSERT_EQ(rules.size(), 1U);
  EXPECT_EQ(rules[0].cidr, "VirtualNetwork");
}

TEST(Network, ReadsAnInterface) {
  const auto document = json::parse(
      R"({"id":"/subscriptions/S/resourceGroups/ccloud-p-r/providers/Microsoft.Network/networkInterfaces/N-nic",
      "properties":{"virtualMachine":{"id":"/VM"},"networkSecurityGroup":{"id":"/nsg"},
      "ipConfigurations":[{"properties":{"primary":true,"privateIPAddress":"10.0.0.4","subnet":{"id":"/v/subnets/nodes"},
      "publicIPAddress":{"id":"/IP"},"applicationSecurityGroups":[{"id":"/asg"}]}}]}})");
  ASSERT_TRUE(document.has_value());
  const auto nic = parse_interface(document->root());
  EXPECT_EQ(nic.private_ip, "10.0.0.4");
  EXPECT_EQ(nic.machine_id, "/vm");
  EXPECT_EQ(nic.address_id, "/ip");
  EXPECT_EQ(nic.subnet_id, "/v/subnets/nodes");
  EXPECT_THAT(nic.application_group_ids, ElementsAre("/asg"));
}

TEST(Compute, SizesKnowTheirRestrictions) {
  std::vector<json::Document> pages;
  pages.push_back(std::move(*json::parse(R"({"value":[
    {"resourceType":"disks","name":"x"},
    {"resourceType":"virtualMachines","name":"Standard_D2s_v5","locationInfo":[{"location":"westeurope","zones":["2","1","3"]}],
     "capabilities":[{"name":"vCPUs","value":"2"},{"name":"MemoryGB","value":"8"},{"name":"CpuArchitectureType","value":"x64"}],
     "restrictions":[{"type":"Zone","restrictionInfo":{"zones":["3"]}}]},
    {"resourceType":"virtualMachines","name":"Standard_D2ps_v5","locationInfo":[{"location":"westeurope","zones":[]}],
     "capabilities":[{"name":"vCPUs","value":"2"},{"name":"MemoryGB","value":"0.75"},{"name":"CpuArchitectureType","value":"Arm64"}]},
    {"resourceType":"virtualMachines","name":"Standard_M8","restrictions":[{"type":"Location","reasonCode":"NotAvailableForSubscription"}]}]})")));
  const auto found = parse_skus(pages, "westeurope", {});
  ASSERT_EQ(found.types.size(), 2U);
  EXPECT_THAT(found.zones, ElementsAre("1", "2", "3"));
  EXPECT_THAT(found.types[0].zones, ElementsAre("1", "2"));
  EXPECT_EQ(found.types[0].memory_mib, 8192);
  EXPECT_EQ(found.types[1].memory_mib, 768);
  EXPECT_THAT(found.types[1].archs, ElementsAre(cloud::Arch::arm64));
}

}  // namespace
}  // namespace ccloud::azure
