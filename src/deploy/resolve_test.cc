// Which zones a place's new nodes may use.
#include "deploy/resolve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "deploy/testing/harness.h"

namespace ccloud::deploy {
namespace {

using ::testing::ElementsAre;
using testing::Harness;
using testing::web;

/// The zones of its one place, in a network with these subnets; `size` is of the place.
std::vector<std::string> zones_of(std::string_view subnets, std::string_view size) {
  Harness h;
  auto text = replace_all(web(3, fmt::format(R"(, "networks": {{"old": {{"provider": "aws",
      "region": "us-east-1", "id": "vpc-0a", "subnets": {{{}}}}}}})",
                                             subnets)),
                          R"("count")", R"("network": "old", "count")");
  text = replace_all(text, R"("t3.small")", size);
  auto session = h.session(text);
  const auto desired = plan::make_desired(session->config());
  auto resolution = h.loop.run(resolve_type(h.ctx, *session, desired.places.front()));
  return resolution ? resolution->zones : std::vector{resolution.error().message};
}

constexpr auto type = R"("m5.large")";
constexpr auto need = R"({"cpu": 2, "memory": "8GiB"})";

TEST(Resolve, TheZonesAreThoseThatHaveASubnetOfTheExistingNetwork) {
  for (const auto* size : {type, need}) {
    EXPECT_THAT(zones_of(R"("b": "subnet-2")", size), ElementsAre("us-east-1b")) << size;
    EXPECT_THAT(zones_of(R"("f": "subnet-6", "d": "subnet-4")", size),
                ElementsAre("us-east-1d", "us-east-1f"))
        << size;
  }
}

TEST(Resolve, ThreeZonesAreEnoughAlsoThere) {
  EXPECT_THAT(
      zones_of(R"("a": "subnet-1", "b": "subnet-2", "c": "subnet-3", "d": "subnet-4")", type),
      ElementsAre("us-east-1a", "us-east-1b", "us-east-1c"));
}

}  // namespace
}  // namespace ccloud::deploy
