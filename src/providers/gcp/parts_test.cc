// The Google Cloud driver's pure parts, by the API's samples.
#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "providers/gcp/api.h"
#include "providers/gcp/compute.h"
#include "providers/gcp/errors.h"
#include "providers/gcp/first_boot.h"
#include "providers/gcp/names.h"
#include "providers/gcp/network_wire.h"

namespace ccloud::gcp {
namespace {

using cloud::FirewallRule;
using cloud::NodeState;
using cloud::Protocol;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::SizeIs;

Error error_of(int status, std::string_view reason, std::string_view message = "m") {
  return classify({.status = status,
                   .headers = {},
                   .body = fmt::format(
                       R"({{"error":{{"code":{},"message":"{}","errors":[{{"reason":"{}"}}]}}}})",
                       status, message, reason)});
}

bool is_name(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= 63 && text[0] >= 'a' && text[0] <= 'z' &&
         text.back() != '-' && std::ranges::all_of(text, fits);
}

TEST(Errors, TheReasonCountsBeforeTheStatus) {
  EXPECT_EQ(error_of(403, "rateLimitExceeded").code, ErrorCode::rate_limited);
  EXPECT_TRUE(error_of(403, "rateLimitExceeded").retryable);
  EXPECT_EQ(error_of(403, "quotaExceeded").code, ErrorCode::quota_exceeded);
  EXPECT_FALSE(error_of(403, "quotaExceeded").retryable);
  EXPECT_EQ(error_of(403, "forbidden").code, ErrorCode::permission_denied);
  EXPECT_EQ(error_of(409, "alreadyExists").code, ErrorCode::already_exists);
  EXPECT_EQ(error_of(412, "conditionNotMet").code, ErrorCode::conflict);
  EXPECT_EQ(error_of(400, "resourceInUseByAnotherResource").code, ErrorCode::conflict);
  EXPECT_TRUE(is_passing(error_of(400, "resourceInUseByAnotherResource")));
  EXPECT_FALSE(is_passing(error_of(412, "conditionNotMet")));
  EXPECT_EQ(error_of(401, "forbidden").code, ErrorCode::unauthenticated);
  EXPECT_EQ(error_of(429, "").code, ErrorCode::rate_limited);
  EXPECT_EQ(classify({.status = 502, .headers = {}, .body = "<html>"}).code,
            ErrorCode::unavailable);
}

TEST(Errors, RemediesSayWhatToDo) {
  EXPECT_THAT(error_of(403, "accessNotConfigured").remedy, HasSubstr("gcloud services enable"));
  EXPECT_THAT(error_of(403, "forbidden", "Required 'iam.serviceAccounts.actAs' permission").remedy,
              HasSubstr("serviceAccountUser"));
  EXPECT_THAT(error_of(403, "forbidden", "Required 'compute.disks.create' permission").remedy,
              HasSubstr("the permission compute.disks.create:"));
  const auto disabled = classify(
      {.status = 403,
       .headers = {},
       .body =
           R"({"error":{"code":403,"message":"API disabled","status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}})"});
  EXPECT_EQ(disabled.raw_code, "SERVICE_DISABLED");
}

TEST(Errors, ALoginThatIsOverTheRateIsNoRefusal) {
  const auto busy = classify_login(
      {.status = 403,
       .headers = {},
       .body =
           R"({"error":{"code":403,"message":"Rate Limit Exceeded","errors":[{"reason":"rateLimitExceeded"}]}})"});
  EXPECT_EQ(busy.code, ErrorCode::rate_limited);
  EXPECT_TRUE(busy.retryable);
  const auto refused = classify_login(
      {.status = 403, .headers = {}, .body = R"({"error":{"code":403,"message":"denied"}})"});
  EXPECT_EQ(refused.code, ErrorCode::permission_denied);
}

TEST(Errors, AnOperationFailsWithHttp200) {
  const auto document = json::parse(
      R"({"name":"operation-1","id":"4","status":"DONE","zone":"https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a","targetId":"12",
      "error":{"errors":[{"code":"ZONE_RESOURCE_POOL_EXHAUSTED","message":"The zone does not have enough resources."}]},
      "httpErrorStatusCode":503,"httpErrorMessage":"SERVICE UNAVAILABLE"})");
  const auto operation = parse_operation(document->root(), "/projects/p");
  EXPECT_EQ(operation.path, "/projects/p/zones/us-central1-a/operations/operation-1");
  ASSERT_TRUE(operation.error.has_value());
  EXPECT_EQ(operation.error->code, ErrorCode::capacity);
  EXPECT_FALSE(operation.error->retryable);
  EXPECT_FALSE(operation.error->ambiguous);
}

TEST(Operations, ZoneRegionAndGlobalHaveDifferentAddresses) {
  const auto path = [](std::string_view text) {
    return parse_operation(json::parse(text)->root(), "/projects/p").path;
  };
  EXPECT_EQ(path(R"({"name":"o","status":"RUNNING"})"), "/projects/p/global/operations/o");
  EXPECT_EQ(path(R"({"name":"o","status":"RUNNING","region":"https://x/regions/r1"})"),
            "/projects/p/regions/r1/operations/o");
  EXPECT_EQ(path(R"({"kind":"compute#instance"})"), "");
}

TEST(Names, AreValidUniqueAndReadable) {
  EXPECT_THAT(machine_name("demo", "web-us-1"), testing::StartsWith("web-us-1-"));
  EXPECT_NE(machine_name("demo", "web-us-1"), machine_name("other", "web-us-1"));
  // "a-b" and "c" are not "a" and "b-c".
  EXPECT_NE(network_name("a-b", "r", "c"), network_name("a", "r", "b-c"));
  const std::string longest(31, 'x');
  for (const auto& name :
       {machine_name(longest, std::string(63, 'n')),
        network_name(longest, "northamerica-northeast1", longest),
        firewall_tag(longest, "northamerica-northeast1", longest, longest) + "-12345678"}) {
    EXPECT_TRUE(is_name(name)) << name;
  }
}

TEST(Names, ReferencesAreComparedByTheirPath) {
  const auto path = "projects/p/global/networks/n";
  EXPECT_EQ(canonical("https://www.googleapis.com/compute/v1/projects/p/global/networks/n", "q"),
            path);
  EXPECT_EQ(
      canonical("https://compute.googleapis.com/compute/v1/projects/p/global/networks/n", "q"),
      path);
  EXPECT_EQ(canonical("global/networks/n", "p"), path);
  EXPECT_EQ(canonical("/projects/p/global/networks/n", "q"), path);
  EXPECT_EQ(network_path("n", "p"), path);
  EXPECT_EQ(region_of_zone("us-central1-a"), "us-central1");
  EXPECT_EQ(account_address("gw", "p"), "gw@p.iam.gserviceaccount.com");
  EXPECT_EQ(account_address("gw", "example.com:p"), "gw@p.example.com.iam.gserviceaccount.com");
  EXPECT_EQ(account_address("a@b", "p"), "a@b");
}

TEST(Names, FiltersAreOneOrAnd) {
  EXPECT_EQ(label_filter({{"a", "x"}}), "labels.a = \"x\"");
  EXPECT_EQ(label_filter({{"a", "x"}, {"b", "y\"z"}}),
            "(labels.a = \"x\") (labels.b = \"y\\\"z\")");
}

TEST(Compute, TerminatedMeansStopped) {
  EXPECT_EQ(state_of("TERMINATED"), NodeState::stopped);
  EXPECT_EQ(state_of("STAGING"), NodeState::pending);
  EXPECT_EQ(state_of("REPAIRING"), NodeState::pending);
  EXPECT_EQ(state_of("STOPPING"), NodeState::stopping);
  EXPECT_EQ(state_of("WHATEVER"), NodeState::unknown);
}

constexpr std::string_view sample = R"({"kind":"compute#instance","id":"1234567890123456789",
 "creationTimestamp":"2026-01-02T03:04:05.678-08:00","name":"n1","tags":{"items":["demo-node"],"fingerprint":"6smc4R4d39I="},
 "machineType":"https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/machineTypes/e2-medium","status":"RUNNING",
 "zone":"https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a","canIpForward":false,
 "networkInterfaces":[{"kind":"compute#networkInterface","network":"https://www.googleapis.com/compute/v1/projects/p/global/networks/demo",
 "subnetwork":"https://www.googleapis.com/compute/v1/projects/p/regions/us-central1/subnetworks/demo","networkIP":"10.0.0.2","name":"nic0",
 "accessConfigs":[{"type":"ONE_TO_ONE_NAT","name":"External NAT","natIP":"203.0.113.5","networkTier":"PREMIUM"}]}],
 "disks":[{"type":"PERSISTENT","boot":true,"autoDelete":true,"diskSizeGb":"20","source":"https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a/disks/n1"}],
 "serviceAccounts":[{"email":"gw@p.iam.gserviceaccount.com","scopes":[]}],
 "metadata":{"fingerprint":"q2xvdWQ=","items":[{"key":"ccloud-network-id","value":"demo"},{"key":"ccloud-identity","value":"gw"},
   {"key":"ccloud-node","value":"web-us-1"},{"key":"ccloud-cluster","value":"web"}]},
 "labels":{"ccloud-project":"demo","ccloud-power":"off"},"labelFingerprint":"42WmSpB8rSM="})";

TEST(Compute, ReadsAMachine) {
  const auto document = json::parse(sample);
  const auto one = parse_machine(document->root(), "p");
  EXPECT_EQ(one.id, "1234567890123456789");
  EXPECT_EQ(one.name, "web-us-1");  // the labels lack it: the metadata knows
  EXPECT_EQ(one.cluster, "web");
  EXPECT_EQ(one.zone, "us-central1-a");
  EXPECT_EQ(one.region, "us-central1");
  EXPECT_EQ(one.state, NodeState::running);
  EXPECT_EQ(one.type, "e2-medium");
  EXPECT_EQ(one.public_ip, "203.0.113.5");
  EXPECT_EQ(one.private_ip, "10.0.0.2");
  EXPECT_EQ(one.created, "2026-01-02T11:04:05Z");
  EXPECT_EQ(one.network_id, "demo");  // as the config writes it
  EXPECT_EQ(one.identity, "gw");
  EXPECT_EQ(one.subnet_id, "projects/p/regions/us-central1/subnetworks/demo");
  EXPECT_THAT(one.firewall_ids, ElementsAre("demo-node"));
  EXPECT_EQ(one.disk_gib, 20);
  EXPECT_TRUE(one.is_power_off_wanted);
}

TEST(Compute, WhatTheConfigWroteCountsOnlyWhereItIsStillTrue) {
  auto text = replace_all(sample, "global/networks/demo", "global/networks/other");
  text = replace_all(text, "gw@p.iam", "other@p.iam");
  text = replace_all(text, R"("items":["demo-node"],)", "");
  const auto document = json::parse(text);
  const auto one = parse_machine(document->root(), "p");
  EXPECT_EQ(one.network_id, "projects/p/global/networks/other");
  EXPECT_EQ(one.identity, "other@p.iam.gserviceaccount.com");
  EXPECT_THAT(one.firewall_ids, ElementsAre(std::string(no_tag)));
}

TEST(Compute, WritesAMachine) {
  cloud::NodeBatch batch{.project = "demo",
                         .cluster = "web",
                         .zone = "us-central1-a",
                         .type = "c4a-standard-2",
                         .image = {.id = "projects/debian-cloud/global/images/d12"},
                         .disk = {.gib = 30, .type = "ssd"}};
  batch.subnet_id = "projects/p/regions/us-central1/subnetworks/s";
  batch.firewall_ids = {"ccloud-demo-web"};
  batch.identity = "gw";
  batch.user_data = "#!/bin/sh\necho hi\n";
  const MachineParts parts{.name = "web-us-1-abcdef",
                           .zone = "us-central1-a",
                           .project = "p",
                           .labels = {{"ccloud-node", "web-us-1"}}};
  const auto text = encode_machine(batch, parts);
  EXPECT_THAT(text, HasSubstr(R"("diskSizeGb":"30")"));
  EXPECT_THAT(text, HasSubstr(R"("diskType":"zones/us-central1-a/diskTypes/hyperdisk-balanced")"));
  EXPECT_THAT(text, HasSubstr(R"("autoDelete":true)"));
  EXPECT_THAT(text, HasSubstr(R"("email":"gw@p.iam.gserviceaccount.com")"));
  EXPECT_THAT(text, HasSubstr(R"("key":"user-data")"));
  EXPECT_THAT(text, HasSubstr(R"("key":"startup-script")"));
  EXPECT_THAT(text, HasSubstr("accessConfigs"));
  batch.public_ip = false;
  EXPECT_THAT(encode_machine(batch, parts), Not(HasSubstr("accessConfigs")));
  EXPECT_EQ(disk_type_for("e2-medium", "ssd"), "pd-balanced");
  EXPECT_EQ(disk_type_for("e2-medium", "hdd"), "pd-standard");
}

TEST(Compute, ReadsTypesOverZones) {
  std::vector<ZoneTypes> zones(2);
  zones[0].zone = "r-b";
  zones[0].pages.push_back(std::move(*json::parse(
      R"({"items":[{"name":"e2-medium","guestCpus":2,"memoryMb":4096,"isSharedCpu":true},{"name":"t2a-standard-1","guestCpus":1,"memoryMb":4096}]})")));
  zones[1].zone = "r-a";
  zones[1].pages.push_back(std::move(*json::parse(
      R"({"name":"e2-medium","guestCpus":2,"memoryMb":"4096","isSharedCpu":true,"deprecated":{"state":"DEPRECATED"}})")));
  const auto found = parse_types(zones);
  EXPECT_THAT(found.zones, ElementsAre("r-a", "r-b"));
  ASSERT_THAT(found.types, SizeIs(2));
  EXPECT_THAT(found.types[0].zones, ElementsAre("r-a", "r-b"));
  EXPECT_TRUE(found.types[0].is_burstable);
  EXPECT_THAT(found.types[1].archs, ElementsAre(cloud::Arch::arm64));
}

FirewallRule rule(Protocol protocol, int from, int to, std::string cidr, std::string group = {}) {
  return {.protocol = protocol,
          .from_port = from,
          .to_port = to,
          .cidr = std::move(cidr),
          .group = std::move(group)};
}

TEST(Firewalls, RulesComeBackAsTheyWentOut) {
  std::vector<FirewallRule> rules = {
      rule(Protocol::tcp, 22, 22, "203.0.113.7/32"), rule(Protocol::tcp, 443, 443, "0.0.0.0/0"),
      rule(Protocol::tcp, 443, 443, "::/0"),         rule(Protocol::udp, 443, 443, "0.0.0.0/0"),
      rule(Protocol::icmp, 0, 0, "0.0.0.0/0"),       rule(Protocol::tcp, 7000, 7010, "", "web"),
      rule(Protocol::tcp, 1, 65535, "10.0.0.0/8")};
  std::ranges::sort(rules);
  const std::map<std::string, std::string> tags = {{"web", "ccloud-web"}};
  const auto wire = opening_rules("tag", "net", "{}", rules, tags);
  // What the same sources may do is one rule; families and tags stand apart.
  EXPECT_THAT(wire, SizeIs(5));
  std::vector<FirewallRule> back;
  for (const auto& one : wire) {
    const auto document = json::parse(encode_rule(one));
    const auto read = parse_rule(document->root(), "p");
    EXPECT_TRUE(has_same_effect(read, one));
    for (auto& each : meaning_of(read, {{"ccloud-web", "web"}})) back.push_back(std::move(each));
  }
  std::ranges::sort(back);
  EXPECT_EQ(back, rules);
}

TEST(Firewalls, WhatHasNoWordsStillShows) {
  const auto meaning = [](std::string_view text) {
    const auto document = json::parse(text);
    return meaning_of(parse_rule(document->root(), "p"), {});
  };
  EXPECT_THAT(
      meaning(R"({"name":"a","allowed":[{"IPProtocol":"all"}],"sourceRanges":["0.0.0.0/0"]})"),
      SizeIs(3));
  EXPECT_THAT(meaning(R"({"name":"a","denied":[{"IPProtocol":"tcp"}]})"), SizeIs(1));
  EXPECT_THAT(meaning(R"({"name":"a","allowed":[{"IPProtocol":"esp"}]})"), SizeIs(1));
  EXPECT_THAT(meaning(R"({"name":"a","disabled":true,"allowed":[{"IPProtocol":"tcp"}]})"),
              SizeIs(0));
  EXPECT_THAT(meaning(R"({"name":"a","direction":"EGRESS","allowed":[{"IPProtocol":"tcp"}]})"),
              SizeIs(0));
  const auto open = meaning(R"({"name":"a","allowed":[{"IPProtocol":"TCP","ports":["22"]}]})");
  EXPECT_THAT(open, ElementsAre(rule(Protocol::tcp, 22, 22, "0.0.0.0/0")));
}

TEST(Firewalls, MarksLieInTheDescription) {
  const cloud::Labels notes = {{"ccloud-project", "demo"}, {"team", "a\"b"}};
  EXPECT_EQ(parse_notes(*encode_notes(notes)), notes);
  EXPECT_TRUE(parse_notes("made by hand").empty());
  EXPECT_TRUE(parse_notes("{broken").empty());
  EXPECT_EQ(encode_notes({{"k", std::string(3000, 'x')}}).error().code,
            ErrorCode::invalid_argument);
}

TEST(FirstBoot, TheScriptInTheUserDataIsAStartupScript) {
  const std::string head = R"(#cloud-config
{"users":["default",{"name":"ops"}],"ssh_authorized_keys":["k"])";
  const auto script = startup_script(
      head +
      R"(,"write_files":[{"path":"/var/lib/ccloud/first-boot","content":"#!/bin/sh\necho 'it'\n"}],"runcmd":[["/var/lib/ccloud/first-boot"]]})");
  ASSERT_TRUE(script.has_value());
  EXPECT_THAT(*script, testing::StartsWith("#!/bin/sh\n"));
  EXPECT_THAT(*script, HasSubstr("command -v cloud-init"));
  EXPECT_THAT(*script, HasSubstr("\n#!/bin/sh\necho 'it'\nCCLOUD_"));
  const auto bytes = startup_script(
      head +
      R"(,"write_files":[{"path":"/var/lib/ccloud/first-boot","encoding":"b64","content":"IyE="}]})");
  EXPECT_THAT(*bytes, HasSubstr("base64 -d >/var/lib/ccloud/first-boot"));
  EXPECT_THAT(*startup_script("#!/bin/sh\necho \xC3\xA4"), HasSubstr("base64 -d"));
  // Without a script there is nothing to run: the agent makes the user.
  EXPECT_EQ(startup_script(head + "}"), "");
  EXPECT_EQ(startup_script(""), "");
}

TEST(FirstBoot, ACloudConfigOfTheUsersNeedsCloudInit) {
  EXPECT_FALSE(startup_script("#cloud-config\n{\"packages\":[]}").has_value());
  EXPECT_FALSE(startup_script("#cloud-config\npackages: [x]\n").has_value());
  EXPECT_FALSE(startup_script("#cloud-config\n{\"runcmd\":[[\"x\"]]}").has_value());
  EXPECT_FALSE(startup_script("Content-Type: multipart/mixed; boundary=\"b\"\n").has_value());
  EXPECT_TRUE(lacks_cloud_init("projects/debian-cloud/global/images/debian-12"));
  EXPECT_FALSE(lacks_cloud_init("projects/ubuntu-os-cloud/global/images/ubuntu"));
}

TEST(FirstBoot, KeysAreLinesOfAUser) {
  EXPECT_EQ(ssh_keys_item("ops", {"k1", "k2\n"}), "ops:k1\nops:k2");
  EXPECT_EQ(user_of_item("ops:ssh-rsa a:b\nme:x"), "ops");
}

}  // namespace
}  // namespace ccloud::gcp
