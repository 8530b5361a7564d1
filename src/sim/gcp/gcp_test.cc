// The simulated Google Cloud under a clock that the tests move, without sockets.
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"
#include "sim/gcp/gce.h"
#include "sim/hub.h"

namespace ccloud::sim::gcp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace std::chrono_literals;

struct Said {
  int status = 0;
  http::Headers headers;
  std::string text;
  json::Document body;
  json::Value get(std::string_view name) const { return body.root().get(name); }
  std::string string(std::string_view name) const { return get(name).string_or(); }
  json::Value first_error() const { return get("error").get("errors").at(0); }
  std::string reason() const { return first_error().get("reason").string_or(); }
  std::string code() const { return first_error().get("code").string_or(); }
};

class GcpFrontTest : public testing::Test {
 protected:
  explicit GcpFrontTest(WorldOptions options = {})
      : world(with_secret(std::move(options)), [this] { return now; }),
        hub(world),
        project(project_of(world)) {
    for (const auto& front : hub.fronts()) {
      if (front->cloud() == "gcp") gcp = front.get();
    }
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    directory = std::filesystem::path(testing::TempDir()) / fmt::format("gcp-{}", info->name());
    std::filesystem::create_directories(directory);
    const Served served{.http_url = "http://127.0.0.1:1",
                        .https_url = "https://127.0.0.1:2",
                        .ca_file = {},
                        .directory = directory};
    gcp->served_at(served);
    token = log_in(project.refresh_token).string("access_token");
  }
  ~GcpFrontTest() override { std::filesystem::remove_all(directory); }

  static WorldOptions with_secret(WorldOptions options) {
    options.master_secret = "a secret of this test";
    return options;
  }

  Said raw(http::Request request) {
    request.headers.emplace_back("Host", "127.0.0.1:1");
    auto reply = hub.serve(*gcp, request);
    held = reply.late ? reply.delay : Duration(0);
    while (reply.late) {
      now += reply.delay;
      reply = reply.late();
    }
    const auto& text = reply.response.body;
    auto parsed = json::parse(text.empty() ? "null" : text);
    if (!parsed) parsed = json::parse("null");
    return {reply.response.status, reply.response.headers, text, std::move(*parsed)};
  }

  Said post_form(const std::string& path,
                 const std::vector<std::pair<std::string, std::string>>& form) {
    return raw({.method = "POST", .url = path, .body = http::encode_query(form)});
  }

  Said log_in(const std::string& refresh_token) {
    return post_form("/token", {{"grant_type", "refresh_token"},
                                {"client_id", project.client_id},
                                {"client_secret", project.client_secret},
                                {"refresh_token", refresh_token}});
  }

  Said call(const std::string& method, const std::string& path, const std::string& body = "") {
    return raw({.method = method,
                .url = fmt::format("/compute/v1/projects/{}{}{}", project.id,
                                   path.empty() || path[0] == '?' ? "" : "/", path),
                .headers = {{"Authorization", "Bearer " + token}},
                .body = body});
  }

  void make_network() {
    EXPECT_EQ(
        call("POST", "global/networks", R"({"name":"net","autoCreateSubnetworks":false})").status,
        200);
    EXPECT_EQ(call("POST", "regions/us-central1/subnetworks",
                   R"({"name":"sub","network":"global/networks/net","ipCidrRange":"10.0.0.0/24"})")
                  .status,
              200);
  }

  static std::string machine_body(const std::string& name, const std::string& more = "") {
    return fmt::format(
        R"({{"name":"{}","machineType":"zones/us-central1-a/machineTypes/e2-medium",
        "labels":{{"ccloud-cluster":"demo"}},
        "disks":[{{"boot":true,"autoDelete":true,"initializeParams":{{
          "sourceImage":"projects/ubuntu-os-cloud/global/images/family/ubuntu-2404-lts-amd64"}}}}],
        "networkInterfaces":[{{"subnetwork":"regions/us-central1/subnetworks/sub",
          "accessConfigs":[{{"type":"ONE_TO_ONE_NAT","name":"External NAT"}}]}}],
        "metadata":{{"items":[{{"key":"ssh-keys","value":"ops:ssh-ed25519 AAAA x"}}]}}{}}})",
        name, more);
  }

  Said make_machine(const std::string& name, const std::string& query = "") {
    return call("POST", "zones/us-central1-a/instances" + query, machine_body(name));
  }

  Said operation(const Said& begun) {
    const auto link = begun.string("selfLink");
    return call("GET", link.substr(link.find(project.id) + project.id.size() + 1));
  }

  Said wait(const Said& begun) {
    const auto link = begun.string("selfLink");
    return call("POST", link.substr(link.find(project.id) + project.id.size() + 1) + "/wait");
  }

  Said machine(const std::string& name) {
    return call("GET", "zones/us-central1-a/instances/" + name);
  }

  static std::vector<std::string> names_in(const Said& said) {
    std::vector<std::string> out;
    for (const auto& item : said.get("items").items()) out.push_back(item.get("name").string_or());
    return out;
  }

  void fault(const std::string& rule) {
    hub.faults().add(*Faults::parse(fmt::format(R"({{"rules":[{}]}})", rule)));
  }

  Time now{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
  World world;
  Hub hub;
  Project project;
  Front* gcp = nullptr;
  std::filesystem::path directory;
  std::string token;
  Duration held{0};
};

class SlowGcpTest : public GcpFrontTest {
 protected:
  SlowGcpTest() : GcpFrontTest({.latency = Latency::typical()}) {}
};

std::string read(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

/// As Google's clients sign: RS256 with the key of the key file.
std::string sign(const std::string& pem, const std::string& claims) {
  const auto input = base64url(R"({"alg":"RS256","typ":"JWT"})") + "." + base64url(claims);
  BIO* source = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PrivateKey(source, nullptr, nullptr, nullptr);
  EVP_MD_CTX* digest = EVP_MD_CTX_new();
  EVP_DigestSignInit(digest, nullptr, EVP_sha256(), nullptr, key);
  std::string signature(256, '\0');
  std::size_t size = signature.size();
  EVP_DigestSign(digest, reinterpret_cast<unsigned char*>(signature.data()), &size,
                 reinterpret_cast<const unsigned char*>(input.data()), input.size());
  EVP_MD_CTX_free(digest);
  EVP_PKEY_free(key);
  BIO_free(source);
  return input + "." + base64url(signature);
}

class KeyFileTest : public GcpFrontTest {
 protected:
  KeyFileTest() {
    const Served served{.http_url = "http://127.0.0.1:1",
                        .https_url = "https://127.0.0.1:2",
                        .ca_file = {},
                        .directory = directory};
    variables = *gcp->environment(served);
    const auto file = json::parse(read(variables[0].value));
    pem = file->root().get("private_key").string_or();
    email = file->root().get("client_email").string_or();
  }

  std::string claims(std::string_view more, std::chrono::seconds age = 0s) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>((now - age).time_since_epoch()).count();
    return fmt::format(R"({{"iss":"{}","iat":{},"exp":{}{}}})", email, seconds, seconds + 3600,
                       more);
  }

  Said ask(const std::string& assertion) {
    return post_form("/token", {{"grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"},
                                {"assertion", assertion}});
  }

  std::string scoped() {
    return R"(,"aud":"http://127.0.0.1:1/token","scope":"https://www.googleapis.com/auth/cloud-platform")";
  }

  std::vector<Variable> variables;
  std::string pem, email;
};

TEST_F(KeyFileTest, TheFilesAreTheOwnersAndNameTheFront) {
  EXPECT_EQ(variables[0].name, "GOOGLE_APPLICATION_CREDENTIALS");
  EXPECT_EQ(variables[1].name, "GOOGLE_CLOUD_PROJECT");
  EXPECT_EQ(variables[2].name, "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE");
  EXPECT_EQ(variables[2].value, "http://127.0.0.1:1/compute/v1/");
  const auto mode = std::filesystem::status(variables[0].value).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(KeyFileTest, OnlyItsOwnKeyGetsATokenInTime) {
  const auto good = ask(sign(pem, claims(scoped())));
  ASSERT_EQ(good.status, 200) << good.text;
  EXPECT_EQ(good.get("expires_in").int_or(0), 3599);
  auto forged = sign(pem, claims(scoped()));
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(ask(forged).string("error_description"), "Invalid JWT Signature.");
  EXPECT_THAT(ask(sign(pem, claims(scoped(), 2h))).string("error_description"),
              HasSubstr("short-lived"));
  EXPECT_THAT(ask(sign(pem, claims(scoped(), -1h))).string("error_description"),
              HasSubstr("short-lived"));
  EXPECT_EQ(ask(sign(pem, claims(R"(,"aud":"https://example.com","scope":"x")"))).string("error"),
            "invalid_grant");
  EXPECT_EQ(ask(sign(pem, claims(R"(,"aud":"http://127.0.0.1:1/token")"))).string("error"),
            "invalid_scope");
  token = good.string("access_token");
  EXPECT_EQ(call("GET", "").string("name"), project.id);
}

TEST_F(KeyFileTest, ASelfSignedTokenIsABearer) {
  token = sign(pem, claims(R"(,"aud":"https://compute.googleapis.com/")"));
  EXPECT_EQ(call("GET", "zones").status, 200);
  token = sign(pem, claims(R"(,"aud":"https://storage.googleapis.com/")"));
  EXPECT_EQ(call("GET", "zones").status, 401);
  token = sign(pem, claims(R"(,"scope":"https://www.googleapis.com/auth/compute.readonly")"));
  EXPECT_EQ(call("GET", "zones").status, 200);
  const auto narrow =
      call("POST", "global/networks", R"({"name":"x","autoCreateSubnetworks":false})");
  EXPECT_EQ(narrow.status, 403);
  EXPECT_EQ(narrow.reason(), "insufficientPermissions");
}

TEST_F(KeyFileTest, AWorkloadExchangesItsToken) {
  const auto file = json::parse(read(directory / "gcp-external-account.json"));
  const auto source = file->root().get("credential_source").get("file").string_or();
  std::vector<std::pair<std::string, std::string>> form = {
      {"grant_type", "urn:ietf:params:oauth:grant-type:token-exchange"},
      {"audience", file->root().get("audience").string_or()},
      {"scope", "https://www.googleapis.com/auth/cloud-platform"},
      {"requested_token_type", "urn:ietf:params:oauth:token-type:access_token"},
      {"subject_token_type", file->root().get("subject_token_type").string_or()},
      {"subject_token", read(source)}};
  const auto good = post_form("/v1/token", form);
  ASSERT_EQ(good.status, 200) << good.text;
  form.back().second = "another";
  EXPECT_EQ(post_form("/v1/token", form).string("error"), "invalid_grant");
}

TEST_F(GcpFrontTest, WhatIsNotGrantedIsRefusedByTheNameOfThePermission) {
  auto& permissions = world.permissions();
  permissions.limit("gcp", {"compute.networks.*", "compute.firewalls.create"});
  const auto denied = call("GET", "aggregated/instances");
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.reason(), "forbidden");
  EXPECT_THAT(denied.text, HasSubstr("Required 'compute.instances.list' permission for "));
  EXPECT_EQ(call("GET", "global/networks").status, 200);
  EXPECT_EQ(call("POST", "zones/us-central1-a/operations/o/wait").status, 403);
  // A rule changes its network, too.
  permissions.limit("gcp", {"compute.firewalls.*"});
  const auto rule = call("POST", "global/firewalls", R"({"name":"r"})");
  EXPECT_EQ(rule.status, 403);
  EXPECT_THAT(rule.text, HasSubstr("'compute.networks.updatePolicy'"));
}

TEST_F(GcpFrontTest, TokensEnd) {
  EXPECT_EQ(call("GET", "zones").status, 200);
  now += 2h;
  const auto late = call("GET", "zones");
  EXPECT_EQ(late.status, 401);
  EXPECT_EQ(late.reason(), "authError");
  EXPECT_EQ(late.get("error").get("status").string_or(), "UNAUTHENTICATED");
  EXPECT_EQ(log_in("1//wrong").string("error"), "invalid_grant");
  token = log_in(project.refresh_token).string("access_token");
  EXPECT_EQ(call("GET", "zones").status, 200);
  fault(R"({"fault":"expired","cloud":"gcp","count":1})");
  EXPECT_EQ(call("GET", "zones").status, 401);
  EXPECT_EQ(call("GET", "zones").status, 401);  // that token is spent
}

TEST_F(GcpFrontTest, MetadataAsksForItsHeader) {
  const std::string url = "/computeMetadata/v1/instance/service-accounts/default/token";
  EXPECT_EQ(raw({.url = url}).status, 403);
  const auto said = raw({.url = url, .headers = {{"Metadata-Flavor", "Google"}}});
  EXPECT_EQ(http::find_header(said.headers, "Metadata-Flavor"), "Google");
  token = said.string("access_token");
  EXPECT_EQ(call("GET", "zones/us-central1-a").status, 200);
  const auto id = raw({.url = "/computeMetadata/v1/project/project-id",
                       .headers = {{"Metadata-Flavor", "Google"}}});
  EXPECT_EQ(id.text, project.id);
}

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

class LateGcpTest : public GcpFrontTest {
 protected:
  LateGcpTest() : GcpFrontTest({.latency = {.lag = {1s, 2s}}}) {}
};

TEST_F(LateGcpTest, WaitAnswersWhenItIsOver) {
  const auto made =
      call("POST", "global/networks", R"({"name":"net","autoCreateSubnetworks":false})");
  now += 1ms;
  EXPECT_EQ(wait(made).string("status"), "DONE");
  EXPECT_GE(held, 1s);
  EXPECT_EQ(wait(made).string("status"), "DONE");
  EXPECT_EQ(held, 0ms);
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

TEST_F(GcpFrontTest, ListsComeInPages) {
  make_network();
  for (const auto* name : {"c", "a", "b"}) make_machine(name);
  const std::string url = "zones/us-central1-a/instances?maxResults=2";
  const auto first = call("GET", url);
  EXPECT_THAT(names_in(first), ElementsAre("a", "b"));
  const auto next = first.string("nextPageToken");
  const auto second = call("GET", url + "&pageToken=" + next);
  EXPECT_THAT(names_in(second), ElementsAre("c"));
  EXPECT_FALSE(second.get("nextPageToken").exists());
  EXPECT_EQ(call("GET", url + "&pageToken=nonsense").reason(), "invalid");
  EXPECT_EQ(call("GET", "zones/us-central1-b/instances?pageToken=" + next).reason(), "invalid");
  EXPECT_EQ(call("GET", "zones/us-central1-a/instances?maxResults=501").reason(), "invalid");
  const auto newest = call("GET", "zones/us-central1-a/instances?orderBy=creationTimestamp%20desc");
  EXPECT_EQ(names_in(newest).size(), 3U);
  EXPECT_FALSE(call("GET", "zones/us-central1-b/instances").get("items").exists());
  fault(R"({"fault":"empty-page","action":"instances.list","count":1})");
  const auto empty = call("GET", url);
  EXPECT_FALSE(empty.get("items").exists());
  EXPECT_THAT(names_in(call("GET", url + "&pageToken=" + empty.string("nextPageToken"))),
              ElementsAre("a", "b"));
}

TEST_F(GcpFrontTest, AggregatedListsAreMaps) {
  make_network();
  make_machine("n1");
  const auto all = call("GET", "aggregated/instances?returnPartialSuccess=true");
  const auto items = all.get("items");
  EXPECT_EQ(items.get("zones/us-central1-a").get("instances").size(), 1U);
  EXPECT_EQ(items.get("zones/us-central1-b").get("warning").get("code").string_or(),
            "NO_RESULTS_ON_PAGE");
  EXPECT_FALSE(items.get("zones/us-central1-b").has("instances"));
  const auto subnets = call("GET", "aggregated/subnetworks?filter=name%3Dsub");
  EXPECT_EQ(subnets.get("items").get("regions/us-central1").get("subnetworks").size(), 1U);
}

TEST_F(GcpFrontTest, FiltersChoose) {
  make_network();
  make_machine("web-1");
  make_machine("web-2");
  call("POST", "zones/us-central1-a/instances",
       replace_all(machine_body("db-1"), "\"demo\"", "\"other\""));
  const auto found = [&](std::string_view filter) {
    return names_in(call("GET", "zones/us-central1-a/instances?filter=" + percent_encode(filter)));
  };
  EXPECT_THAT(found(R"(labels.ccloud-cluster = "demo")"), ElementsAre("web-1", "web-2"));
  EXPECT_THAT(found(R"((labels.ccloud-cluster = "demo") (name = web-1))"), ElementsAre("web-1"));
  EXPECT_THAT(found("labels.ccloud-cluster=other OR name=web-2"), ElementsAre("db-1", "web-2"));
  EXPECT_THAT(found("labels.missing:*"), ElementsAre());
  EXPECT_THAT(found("status = RUNNING AND labels.ccloud-cluster:*"),
              ElementsAre("db-1", "web-1", "web-2"));
  EXPECT_THAT(found("labels.ccloud-cluster != demo"), ElementsAre("db-1"));
  EXPECT_THAT(found("name eq 'web-.*'"), ElementsAre("web-1", "web-2"));
  EXPECT_THAT(found("name ne web-.*"), ElementsAre("db-1"));
  EXPECT_THAT(found("scheduling.automaticRestart = true"), ElementsAre("db-1", "web-1", "web-2"));
  const auto status = [&](std::string_view filter) {
    return call("GET", "zones/us-central1-a/instances?filter=" + percent_encode(filter)).status;
  };
  EXPECT_EQ(status("name = "), 400);
  EXPECT_EQ(status("(name = a"), 400);
  EXPECT_EQ(status("name eq a AND status = RUNNING"), 400);
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

TEST_F(GcpFrontTest, TheCatalogueIsThere) {
  EXPECT_EQ(call("GET", "zones/us-central1-a/machineTypes/e2-medium").get("memoryMb").int_or(0),
            4096);
  EXPECT_EQ(call("GET", "zones/us-central1-c/machineTypes/t2a-standard-1").status, 404);
  EXPECT_EQ(
      call("GET", "zones/us-central1-a/machineTypes/custom-4-5120").get("guestCpus").int_or(0), 4);
  EXPECT_EQ(call("GET", "regions/us-central1").get("zones").size(), 4U);
  const auto image = raw({.url = "/compute/v1/projects/debian-cloud/global/images/family/debian-12",
                          .headers = {{"Authorization", "Bearer " + token}}});
  EXPECT_EQ(image.string("name"), "debian-12-bookworm-v20261112");
  const auto other = raw({.url = "/compute/v1/projects/debian-cloud/global/networks",
                          .headers = {{"Authorization", "Bearer " + token}}});
  EXPECT_EQ(other.reason(), "forbidden");
}

TEST_F(GcpFrontTest, RefusalsAreGooglesOwn) {
  fault(R"({"fault":"throttle","action":"zones.*","count":1})");
  const auto throttled = call("GET", "zones");
  EXPECT_EQ(throttled.status, 403);
  EXPECT_EQ(throttled.reason(), "rateLimitExceeded");
  fault(R"({"fault":"throttle","action":"zones.*","count":1,"retry_after":3})");
  EXPECT_EQ(call("GET", "zones").status, 429);
  fault(R"({"fault":"unavailable","action":"zones.*","count":1})");
  EXPECT_THAT(call("GET", "zones").text, HasSubstr("<!DOCTYPE html>"));
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
