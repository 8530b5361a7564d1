// EC2's wire format for the contract that every driver keeps.
#include "cloud/testing/contract.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "providers/aws/provider.h"

namespace ccloud::aws {
namespace {

using cloud::testing::ContractSubject;
using cloud::testing::RequestKind;

std::string field(const http::Request& request, const std::string& name) {
  for (const auto& [key, value] : http::decode_query(request.body)) {
    if (key == name) return value;
  }
  return {};
}

std::string instance(int number) {
  return fmt::format(
      "<item><instanceId>i-{0}</instanceId><instanceState><code>16</code></instanceState>"
      "<amiLaunchIndex>0</amiLaunchIndex><tagSet><item><key>ccloud-node</key>"
      "<value>web-us-{0}</value></item></tagSet></item>",
      number);
}

http::Response reservations(const std::string& instances, const std::string& token) {
  return {.status = 200,
          .body = "<R><reservationSet><item><instancesSet>" + instances +
                  "</instancesSet></item></reservationSet><nextToken>" + token +
                  "</nextToken></R>"};
}

http::Response backend(const http::Request& request) {
  const std::string action = field(request, "Action");
  if (action == "DescribeInstances") {
    const std::string token = field(request, "NextToken");
    if (token.empty()) return reservations(instance(1) + instance(2), "A");
    if (token == "A") return {.body = "<R><reservationSet/><nextToken>B</nextToken></R>"};
    return reservations(instance(3), "");
  }
  if (action == "RunInstances") {
    return {.body = "<R><instancesSet>" + instance(1) + "</instancesSet></R>"};
  }
  return {.body = "<R><return>true</return></R>"};
}

RequestKind kind_of(const http::Request& request) {
  const std::string action = field(request, "Action");
  if (action == "DescribeInstances") return RequestKind::list_nodes;
  if (action == "RunInstances") return RequestKind::create_nodes;
  if (action == "TerminateInstances") return RequestKind::delete_nodes;
  return RequestKind::other;
}

http::Response error(int status, const std::string& code) {
  return {.status = status,
          .body = "<Response><Errors><Error><Code>" + code +
                  "</Code><Message>m</Message></Error></Errors><RequestID>r</RequestID>"
                  "</Response>"};
}

ContractSubject subject() {
  return {.open =
              [](cloud::Host host, const std::string&) {
                return std::move(*make_provider(std::move(host), {.name = "p1", .driver = "aws"}));
              },
          .environment =
              [](const std::string& url) {
                return std::map<std::string, std::string>{{"AWS_ENDPOINT_URL", url},
                                                          {"AWS_ACCESS_KEY_ID", "AK"},
                                                          {"AWS_SECRET_ACCESS_KEY", "SK"}};
              },
          .backend = backend,
          .kind_of = kind_of,
          .guard_of = [](const http::Request& request) { return field(request, "ClientToken"); },
          .throttled = error(503, "RequestLimitExceeded"),
          .server_error = error(500, "InternalError"),
          .expired = error(400, "ExpiredToken"),
          .skewed = error(400, "RequestExpired"),
          .not_found = error(400, "InvalidInstanceID.NotFound"),
          .region = "us-east-1",
          .batch = {.project = "contract",
                    .cluster = "web",
                    .names = {"web-us-1"},
                    .region = "us-east-1",
                    .zone = "us-east-1a",
                    .type = "t3.micro",
                    .image = {.id = "ami-1", .root_device = "/dev/xvda"},
                    .network = {.subnets = {{.id = "subnet-1", .zone = "us-east-1a"}}},
                    .labels = {{"ccloud-project", "contract"}},
                    .token = "t0"}};
}

const bool has_contract = cloud::testing::register_contract("aws", &subject);

}  // namespace
}  // namespace ccloud::aws
