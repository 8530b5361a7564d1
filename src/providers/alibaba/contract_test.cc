// ECS's wire format for the contract that every driver keeps.
#include "cloud/testing/contract.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "providers/alibaba/provider.h"

namespace ccloud::alibaba {
namespace {

using cloud::testing::ContractSubject;
using cloud::testing::RequestKind;

/// A parameter, of the query (a server sees the target alone) or of the form.
std::string field(const http::Request& request, const std::string& name) {
  const auto query =
      request.url.substr(std::min(request.url.find('?'), request.url.size() - 1) + 1);
  for (const auto& text : {query, request.body}) {
    for (const auto& [key, value] : http::decode_query(text)) {
      if (key == name) return value;
    }
  }
  return {};
}

std::string action_of(const http::Request& request) {
  return std::string(http::find_header(request.headers, "x-acs-action"));
}

std::string instance(int number) {
  return fmt::format(
      R"({{"InstanceId":"i-{0}","Status":"Running","Tags":{{"Tag":[{{"TagKey":"ccloud-node","TagValue":"web-us-{0}"}}]}}}})",
      number);
}

http::Response instances(const std::string& items, const std::string& token) {
  return {
      .status = 200,
      .body = fmt::format(R"({{"TotalCount":3,"NextToken":"{}","Instances":{{"Instance":[{}]}}}})",
                          token, items)};
}

http::Response backend(const http::Request& request) {
  const auto action = action_of(request);
  if (action == "DescribeInstances") {
    if (!field(request, "InstanceIds").empty()) return instances(instance(1), "");
    const auto token = field(request, "NextToken");
    if (token.empty()) return instances(instance(1) + "," + instance(2), "A");
    if (token == "A") return instances("", "B");
    return instances(instance(3), "");
  }
  if (action == "RunInstances")
    return {.status = 200, .body = R"({"InstanceIdSets":{"InstanceIdSet":["i-1"]}})"};
  return {.status = 200, .body = R"({"RequestId":"r"})"};
}

RequestKind kind_of(const http::Request& request) {
  const auto action = action_of(request);
  // A look at one instance is part of making it.
  if (action == "DescribeInstances" && field(request, "InstanceIds").empty())
    return RequestKind::list_nodes;
  if (action == "RunInstances") return RequestKind::create_nodes;
  if (action == "DeleteInstance") return RequestKind::delete_nodes;
  return RequestKind::other;
}

http::Response error(int status, const std::string& code) {
  return {.status = status,
          .body = fmt::format(R"({{"RequestId":"r","Code":"{}","Message":"m"}})", code)};
}

ContractSubject subject() {
  return {
      .open =
          [](cloud::Host host, const std::string&) {
            return std::move(*make_provider(std::move(host), {.name = "p1", .driver = "alibaba"}));
          },
      .environment =
          [](const std::string& url) {
            return std::map<std::string, std::string>{{"CCLOUD_ALIBABA_ENDPOINT", url},
                                                      {"ALIBABA_CLOUD_ACCESS_KEY_ID", "AK"},
                                                      {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "SK"}};
          },
      .backend = backend,
      .kind_of = kind_of,
      .guard_of = [](const http::Request& request) { return field(request, "ClientToken"); },
      .throttled = error(400, "Throttling.User"),
      .server_error = error(500, "InternalError"),
      .expired = error(403, "InvalidSecurityToken.Expired"),
      .skewed = error(400, "InvalidTimeStamp.Expired"),
      .not_found = error(404, "InvalidInstanceId.NotFound"),
      .region = "cn-hongkong",
      .batch = {.project = "contract",
                .cluster = "web",
                .names = {"web-us-1"},
                .region = "cn-hongkong",
                .zone = "cn-hongkong-b",
                .type = "ecs.g7.large",
                .image = {.id = "debian_12.vhd"},
                .network = {.subnets = {{.id = "vsw-1", .zone = "cn-hongkong-b"}}},
                .labels = {{"ccloud-project", "contract"}},
                .token = "t0"},
      .node_id = "i-1"};
}

const bool has_contract = cloud::testing::register_contract("alibaba", &subject);

}  // namespace
}  // namespace ccloud::alibaba
