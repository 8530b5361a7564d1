// Lists: pages, aggregates, filters; what the catalogue holds; how a refusal looks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "sim/gcp/testing/gcp_front.h"

namespace ccloud::sim::gcp {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

}  // namespace
}  // namespace ccloud::sim::gcp
