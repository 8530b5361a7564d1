// Microversions against clouds that are older or newer than the driver.
#include "providers/openstack/versions.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cloud/testing/fake_http.h"
#include "providers/openstack/provider.h"

namespace ccloud::openstack {
namespace {

using cloud::testing::FakeHost;
using testing::HasSubstr;

TEST(Versions, TheRootIsBeforeTheProject) {
  EXPECT_EQ(version_root("https://c.example/compute/v2.1/a694"), "https://c.example/compute/v2.1/");
  EXPECT_EQ(version_root("https://c.example:8774/v2.1"), "https://c.example:8774/v2.1/");
}

TEST(Versions, TheNewestThatBothKnow) {
  const auto common = [](std::string_view body) {
    const auto document = json::parse(body);
    return common_minor(document->root());
  };
  EXPECT_EQ(common(R"({"version":{"id":"v2.1","version":"2.103","min_version":"2.1"}})"), 67);
  EXPECT_EQ(common(R"({"version":{"id":"v2.1","version":"2.60","min_version":"2.1"}})"), 60);
  EXPECT_EQ(common(R"({"versions":[{"id":"v2.0","version":""},{"id":"v2.1","version":"2.53"}]})"),
            53);
  const auto old = common(R"({"version":{"id":"v2.1","version":"2.42"}})");
  ASSERT_FALSE(old.has_value());
  EXPECT_THAT(old.error().message, HasSubstr("ends at 2.42, and 2.52 is needed"));
}

/// A cloud whose compute API ends at 2.`newest`.
class OldCloud : public ::testing::Test {
 protected:
  OldCloud() {
    fake.environment = {{"OS_AUTH_URL", "https://k.example/v3"},
                        {"OS_USERNAME", "u"},
                        {"OS_PASSWORD", "p"},
                        {"OS_PROJECT_NAME", "demo"}};
    fake.http.handler = [this](const http::Request& request) { return answer(request); };
    driver = std::move(*make_provider(fake.host(), {.name = "os", .driver = "openstack"}));
  }

  Result<http::Response> answer(const http::Request& request) {
    if (request.url.ends_with("/auth/tokens")) {
      return http::Response{
          .status = 201,
          .headers = {{"X-Subject-Token", "TOK"}},
          .body =
              R"({"token":{"project":{"id":"a694"},"catalog":[{"type":"compute","endpoints":[)"
              R"({"interface":"public","region_id":"One","url":"https://c.example/v2.1/a694"}]}]}})"};
    }
    if (request.url == "https://c.example/v2.1/") {
      ++asked;
      return http::Response{
          .status = 200,
          .body = fmt::format(R"({{"version":{{"version":"2.{}","min_version":"2.1"}}}})", newest)};
    }
    if (http::find_header(request.headers, "OpenStack-API-Version") !=
        fmt::format("compute 2.{}", newest)) {
      return http::Response{
          .status = 406,
          .body = R"({"computeFault":{"code":406,"message":"Version 2.67 is not supported."}})"};
    }
    return http::Response{.status = 200, .body = R"({"servers":[{"id":"s1","status":"ACTIVE"}]})"};
  }

  cloud::RegionInventory look() {
    const Context ctx(fake.loop);
    auto found = fake.loop.run(
        driver->discover(ctx, {.project = "p", .regions = {"One"}, .depth = cloud::Depth::nodes}));
    EXPECT_TRUE(found.has_value());
    return found ? found->regions.at(0) : cloud::RegionInventory{};
  }

  int newest = 60;
  int asked = 0;
  FakeHost fake;
  std::unique_ptr<cloud::Provider> driver;
};

TEST_F(OldCloud, IsAskedOnceAndThenSpokenToInItsVersion) {
  EXPECT_EQ(look().nodes.size(), 1U);
  EXPECT_EQ(look().nodes.size(), 1U);
  EXPECT_EQ(asked, 1);
}

TEST_F(OldCloud, ThatIsTooOldSaysSo) {
  newest = 42;
  const auto region = look();
  ASSERT_TRUE(region.error.has_value());
  EXPECT_THAT(region.error->message, HasSubstr("too old"));
  EXPECT_THAT(region.error->remedy, HasSubstr("Pike"));
}

}  // namespace
}  // namespace ccloud::openstack
