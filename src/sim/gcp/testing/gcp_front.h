// The simulated Google Cloud under a clock that the tests move, without sockets.
#pragma once

#include <filesystem>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "json/reader.h"
#include "sim/gcp/gce.h"
#include "sim/hub.h"

namespace ccloud::sim::gcp {

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

}  // namespace ccloud::sim::gcp
