// The simulated Azure under a clock that the tests move, without sockets.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"
#include "sim/azure/front.h"
#include "sim/hub.h"

namespace ccloud::sim::azure {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

struct Said {
  int status = 0;
  http::Headers headers;
  json::Document body;
  std::string code() const { return body.root().get("error").get("code").string_or(); }
  json::Value get(std::string_view name) const { return body.root().get(name); }
  std::string state() const { return get("properties").get("provisioningState").string_or(); }
};

class AzureFrontTest : public testing::Test {
 protected:
  explicit AzureFrontTest(WorldOptions options = {})
      : world(with_secret(std::move(options)), [this] { return now; }), hub(world) {
    login = login_of(world);
    for (const auto& front : hub.fronts()) {
      if (front->cloud() == "azure") azure = front.get();
    }
    group = fmt::format("/subscriptions/{}/resourceGroups/demo", login.subscription);
    token = log_in(login.secret).get("access_token").string_or();
  }

  static WorldOptions with_secret(WorldOptions options) {
    options.master_secret = "a secret of this test";
    return options;
  }

  Said raw(http::Request request) {
    request.headers.emplace_back("Host", "127.0.0.1:1");
    auto response = hub.serve(*azure, request).response;
    const auto text = response.body.empty() ? std::string("null") : response.body;
    return {response.status, response.headers, std::move(*json::parse(text))};
  }

  Said log_in(const std::string& secret) {
    return raw({.method = "POST",
                .url = fmt::format("/{}/oauth2/v2.0/token", login.tenant),
                .body = http::encode_query({{"grant_type", "client_credentials"},
                                            {"client_id", login.client_id},
                                            {"client_secret", secret},
                                            {"scope", "https://management.azure.com/.default"}})});
  }

  Said call(const std::string& method, std::string path, const std::string& body = "",
            http::Headers headers = {}) {
    path +=
        (path.find('?') == std::string::npos ? "?" : "&") + std::string("api-version=2024-07-01");
    headers.emplace_back("Authorization", "Bearer " + token);
    return raw({.method = method, .url = path, .headers = std::move(headers), .body = body});
  }

  std::string compute(std::string_view rest) {
    return fmt::format("{}/providers/Microsoft.Compute/{}", group, rest);
  }
  std::string network(std::string_view rest) {
    return fmt::format("{}/providers/Microsoft.Network/{}", group, rest);
  }

  void make_network() {
    EXPECT_EQ(call("PUT", group, R"({"location":"westeurope"})").status, 201);
    EXPECT_EQ(
        call(
            "PUT", network("virtualNetworks/v1"),
            R"({"location":"westeurope","properties":{"addressSpace":{"addressPrefixes":["10.0.0.0/16"]},
                   "subnets":[{"name":"s1","properties":{"addressPrefix":"10.0.0.0/24"}}]}})")
            .status,
        201);
  }

  void make_interface(const std::string& name) {
    const auto made = call(
        "PUT", network("networkInterfaces/" + name),
        fmt::format(
            R"({{"location":"westeurope","properties":{{"ipConfigurations":[{{"name":"ip1","properties":{{"subnet":{{"id":"{}"}}}}}}]}}}})",
            network("virtualNetworks/v1/subnets/s1")));
    EXPECT_EQ(made.status, 201) << made.body.root().text();
  }

  std::string machine_body(const std::string& name, const std::string& remove = "Delete") {
    return fmt::format(
        R"({{"location":"westeurope","zones":["1"],"tags":{{"Role":"web"}},"properties":{{
        "hardwareProfile":{{"vmSize":"Standard_D2s_v5"}},
        "storageProfile":{{"imageReference":{{"publisher":"Debian","offer":"debian-12","sku":"12-gen2","version":"latest"}},
          "osDisk":{{"name":"{0}-os","createOption":"FromImage","deleteOption":"{3}"}}}},
        "osProfile":{{"computerName":"{0}","adminUsername":"ops","customData":"{2}",
          "linuxConfiguration":{{"ssh":{{"publicKeys":[{{"path":"/home/ops/.ssh/authorized_keys","keyData":"ssh-ed25519 AAAA x"}}]}}}}}},
        "networkProfile":{{"networkInterfaces":[{{"id":"{1}","properties":{{"primary":true,"deleteOption":"{3}"}}}}]}}}}}})",
        name, network(fmt::format("networkInterfaces/{}-nic", name)), base64("#cloud-config\n{}"),
        remove);
  }

  Said make_machine(const std::string& name, const std::string& remove = "Delete") {
    make_interface(name + "-nic");
    return call("PUT", compute("virtualMachines/" + name), machine_body(name, remove));
  }

  std::string operation_of(const Said& said) {
    const auto url = std::string(http::find_header(said.headers, "Azure-AsyncOperation"));
    const auto path = url.substr(url.find("/subscriptions"));
    return call("GET", path.substr(0, path.find('?'))).get("status").string_or();
  }

  Time now{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
  World world;
  Hub hub;
  Front* azure = nullptr;
  Login login;
  std::string group;
  std::string token;
};

class SlowAzureTest : public AzureFrontTest {
 protected:
  SlowAzureTest() : AzureFrontTest({.latency = Latency::typical()}) {}
};

TEST_F(AzureFrontTest, WhatIsNotGrantedIsRefusedByTheNameOfTheAction) {
  make_network();
  auto& permissions = world.permissions();
  permissions.limit("azure", {"Microsoft.Network/networkInterfaces/*"});
  const auto denied = call("GET", compute("virtualMachines"));
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.code(), "AuthorizationFailed");
  EXPECT_THAT(denied.get("error").get("message").string_or(),
              HasSubstr("'Microsoft.Compute/virtualMachines/read'"));
  EXPECT_EQ(call("POST", compute("virtualMachines/n1/start")).code(), "AuthorizationFailed");
  // What a request refers to has to be joined.
  const auto body = fmt::format(
      R"({{"location":"westeurope","properties":{{"ipConfigurations":[{{"name":"ip1","properties":{{"subnet":{{"id":"{}"}}}}}}]}}}})",
      network("virtualNetworks/v1/subnets/s1"));
  const auto linked = call("PUT", network("networkInterfaces/n"), body);
  EXPECT_EQ(linked.code(), "LinkedAuthorizationFailed");
  EXPECT_THAT(linked.get("error").get("message").string_or(),
              HasSubstr("'Microsoft.Network/virtualNetworks/subnets/join/action'"));
  permissions.limit("azure", {"Microsoft.Network/networkInterfaces/write",
                              "Microsoft.Network/virtualNetworks/subnets/join/action"});
  EXPECT_EQ(call("PUT", network("networkInterfaces/n"), body).status, 201);
  EXPECT_THAT(permissions.unused("azure"), testing::IsEmpty());
}

TEST_F(AzureFrontTest, OnlyItsOwnSecretGetsAToken) {
  const auto refused = log_in("wrong");
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.get("error_description").string_or(), HasSubstr("AADSTS7000215"));
  EXPECT_FALSE(token.empty());
}

TEST_F(AzureFrontTest, TokensEnd) {
  EXPECT_EQ(call("GET", group).code(), "ResourceGroupNotFound");
  now += 2h;
  const auto late = call("GET", group);
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(late.code(), "ExpiredAuthenticationToken");
  token = "forged";
  EXPECT_EQ(call("GET", group).code(), "InvalidAuthenticationToken");
}

TEST_F(AzureFrontTest, VersionsAreAskedFor) {
  const auto said = raw({.url = group, .headers = {{"Authorization", "Bearer " + token}}});
  EXPECT_EQ(said.status, 400);
  EXPECT_EQ(said.code(), "MissingApiVersionParameter");
}

TEST_F(SlowAzureTest, AMachineTakesItsTime) {
  make_network();
  const auto made = make_machine("n1");
  ASSERT_EQ(made.status, 201) << made.body.root().text();
  EXPECT_EQ(made.state(), "Creating");
  EXPECT_EQ(http::find_header(made.headers, "Retry-After"), "10");
  EXPECT_EQ(operation_of(made), "InProgress");
  now += 2min;
  EXPECT_EQ(operation_of(made), "Succeeded");
  const auto seen = call("GET", compute("virtualMachines/n1?$expand=instanceView"));
  EXPECT_EQ(seen.state(), "Succeeded");
  EXPECT_THAT(seen.body.root().text(), HasSubstr("PowerState/running"));
}

TEST_F(AzureFrontTest, NamesGuardAndIdsHaveNoCase) {
  make_network();
  const auto first = make_machine("n1");
  const auto vm_id = first.get("properties").get("vmId").string_or();
  const auto again = call("PUT", to_lower(compute("virtualMachines/N1")), machine_body("n1"));
  EXPECT_EQ(again.status, 200) << again.body.root().text();
  EXPECT_EQ(again.get("properties").get("vmId").string_or(), vm_id);
  const auto guarded =
      call("PUT", compute("virtualMachines/n1"), machine_body("n1"), {{"If-None-Match", "*"}});
  EXPECT_EQ(guarded.status, 412);
  const auto changed = call("PUT", compute("virtualMachines/n1"),
                            replace_all(machine_body("n1"), "\"ops\"", "\"dev\""));
  EXPECT_EQ(changed.status, 400);  // the keys' path is the other user's
}

TEST_F(AzureFrontTest, WithoutDeleteOptionsPartsStay) {
  make_network();
  make_machine("n1", "Detach");
  make_machine("n2", "Delete");
  EXPECT_EQ(call("DELETE", network("networkInterfaces/n1-nic")).code(), "NicInUse");
  EXPECT_EQ(call("DELETE", compute("virtualMachines/n1")).status, 202);
  EXPECT_EQ(call("DELETE", compute("virtualMachines/n2")).status, 202);
  EXPECT_EQ(call("GET", network("networkInterfaces/n1-nic")).status, 200);
  EXPECT_EQ(call("GET", compute("disks/n1-os")).status, 200);
  EXPECT_EQ(call("GET", network("networkInterfaces/n2-nic")).status, 404);
  EXPECT_EQ(call("GET", compute("disks/n2-os")).status, 404);
  EXPECT_EQ(call("DELETE", network("networkInterfaces/n1-nic")).status, 202);
  EXPECT_EQ(call("DELETE", compute("virtualMachines/n1")).status, 204);
}

TEST_F(AzureFrontTest, NoRoomShowsInTheOperationOnly) {
  make_network();
  hub.faults().add(
      *Faults::parse(R"({"rules":[{"fault":"capacity","action":"PUT virtualMachines"}]})"));
  const auto made = make_machine("n1");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(operation_of(made), "Failed");
  EXPECT_EQ(call("GET", compute("virtualMachines/n1")).state(), "Failed");
}

TEST_F(AzureFrontTest, QuotasAreRefusedInAzuresWords) {
  make_network();
  world.set_quota("azure", "cores", 3);
  EXPECT_EQ(make_machine("n1").status, 201);
  const auto refused = make_machine("n2");
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(refused.code(), "OperationNotAllowed");
  EXPECT_THAT(refused.body.root().text(), HasSubstr("Total Regional Cores quota"));
}

TEST_F(AzureFrontTest, ListsComeInPagesWithoutStates) {
  make_network();
  for (int i = 0; i < 51; ++i) make_machine(fmt::format("n{}", i));
  const auto first = call("GET", compute("virtualMachines"));
  EXPECT_EQ(first.get("value").size(), 50U);
  const auto next = first.get("nextLink").string_or();
  ASSERT_TRUE(next.starts_with("http://127.0.0.1:1/")) << next;
  const auto second = raw({.url = next.substr(next.find("/subscriptions")),
                           .headers = {{"Authorization", "Bearer " + token}}});
  EXPECT_EQ(second.get("value").size(), 1U);
  EXPECT_FALSE(second.get("value").at(0).get("properties").has("instanceView"));
  EXPECT_THAT(second.get("value").at(0).get("id").string_or(), HasSubstr("/DEMO/"));
  const auto all =
      fmt::format("/subscriptions/{}/providers/Microsoft.Compute/virtualMachines?statusOnly=true",
                  login.subscription);
  const auto states = call("GET", all);
  EXPECT_TRUE(states.get("value").at(0).get("properties").has("instanceView"));
  EXPECT_FALSE(states.get("value").at(0).get("properties").has("hardwareProfile"));
}

TEST_F(SlowAzureTest, AGroupGoesWithItsLastMachine) {
  make_network();
  make_machine("n1");
  now += 2min;
  EXPECT_EQ(call("DELETE", group).status, 202);
  EXPECT_EQ(call("PUT", group, R"({"location":"westeurope"})").code(), "ResourceGroupBeingDeleted");
  now += 2min;
  EXPECT_EQ(call("GET", group).status, 404);
}

}  // namespace
}  // namespace ccloud::sim::azure
