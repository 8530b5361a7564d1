// The OpenStack driver keeps the drivers' contract, against a small Keystone, Nova and Neutron.
#include "cloud/testing/contract.h"

#include <fmt/format.h>

#include "json/reader.h"
#include "providers/openstack/provider.h"

namespace ccloud::openstack {
namespace {

using cloud::testing::RequestKind;

http::Response answer(int status, std::string body) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

bool has(const http::Request& request, std::string_view text) {
  return request.url.find(text) != std::string::npos;
}

/// A token with one region, whose services are all here.
http::Response token(const http::Request& request) {
  const auto base = fmt::format("http://{}", http::find_header(request.headers, "Host"));
  const auto service = [&](std::string_view type, std::string_view path) {
    return fmt::format(
        R"({{"type":"{}","endpoints":[{{"interface":"public","region":"One","region_id":"One",)"
        R"("url":"{}{}"}}]}})",
        type, base, path);
  };
  auto response =
      answer(201, fmt::format(R"({{"token":{{"expires_at":"2099-01-01T00:00:00.000000Z",)"
                              R"("project":{{"id":"p1","name":"demo"}},"catalog":[{},{},{}]}}}})",
                              service("compute", "/compute/v2.1"), service("network", "/network"),
                              service("image", "/image")));
  response.headers.emplace_back("X-Subject-Token", "TOKEN");
  return response;
}

std::string server(int index) {
  return fmt::format(
      R"({{"id":"server-{0}","name":"web-us-{0}","status":"ACTIVE","tags":["ccloud-project=contract"],)"
      R"("metadata":{{"ccloud-node":"web-us-{0}","ccloud-cluster":"web"}}}})",
      index);
}

RequestKind kind_of(const http::Request& request) {
  if (request.method == "GET" && has(request, "/servers/detail")) return RequestKind::list_nodes;
  if (request.method == "POST" && request.url.ends_with("/servers"))
    return RequestKind::create_nodes;
  if (request.method == "DELETE" && has(request, "/servers/")) return RequestKind::delete_nodes;
  return RequestKind::other;
}

/// Nova's own paging: the marker is the last one shown. Its pages are never empty.
http::Response backend(const http::Request& request) {
  if (request.url.ends_with("/auth/tokens")) return token(request);
  switch (kind_of(request)) {
    case RequestKind::list_nodes:
      if (has(request, "marker=server-2"))
        return answer(200, fmt::format(R"({{"servers":[{}]}})", server(3)));
      return answer(200, fmt::format(R"({{"servers":[{},{}],"servers_links":[{{"rel":"next",)"
                                     R"("href":"http://elsewhere/servers?marker=server-2"}}]}})",
                                     server(1), server(2)));
    case RequestKind::create_nodes:
      return answer(202, R"({"server":{"id":"server-1"}})");
    case RequestKind::delete_nodes:
      return answer(204, "");
    case RequestKind::other:
      break;
  }
  if (has(request, "/flavors")) {
    return answer(200,
                  R"({"flavors":[{"id":"2","name":"m1.small","ram":2048,"disk":20,"vcpus":1}]})");
  }
  if (has(request, "/servers/")) return answer(404, "{}");  // asked for by id once it is deleted
  if (has(request, "/ports")) {
    return answer(200, R"({"ports":[{"id":"port-1","name":"ccloud_contract_port_web-us-1"}]})");
  }
  if (has(request, "/floatingips")) return answer(200, R"({"floatingips":[]})");
  return answer(200, "{}");
}

/// Nova has no tokens: a port serves one server.
std::string port_of(const http::Request& request) {
  const auto document = json::parse(request.body);
  if (!document) return {};
  return document->root().get("server").get("networks").at(0).get("port").string_or();
}

cloud::testing::ContractSubject subject() {
  cloud::testing::ContractSubject out;
  out.open = [](cloud::Host host, const std::string&) {
    return std::move(*make_provider(std::move(host), {.name = "dc", .driver = "openstack"}));
  };
  out.environment = [](const std::string& url) {
    return std::map<std::string, std::string>{{"OS_AUTH_URL", url + "/v3"},
                                              {"OS_USERNAME", "u"},
                                              {"OS_PASSWORD", "p"},
                                              {"OS_PROJECT_NAME", "demo"},
                                              {"OS_REGION_NAME", "One"}};
  };
  out.backend = backend;
  out.kind_of = kind_of;
  out.guard_of = port_of;
  out.throttled = answer(429, R"({"overLimit":{"code":429,"message":"slow down"}})");
  out.server_error = answer(500, R"({"computeFault":{"code":500,"message":"Unexpected."}})");
  out.expired = answer(401, R"({"error":{"code":401,"message":"The token has expired."}})");
  out.skewed.status = 0;
  out.not_found = answer(404, R"({"itemNotFound":{"code":404,"message":"Instance not found."}})");
  out.region = "One";
  out.batch = {.project = "contract",
               .cluster = "web",
               .names = {"web-us-1"},
               .region = "One",
               .zone = "nova",
               .type = "m1.small",
               .image = {.id = "img"},
               .public_ip = false,
               .network = {.id = "n1"},
               .subnet_id = "sub",
               .labels = {{"ccloud-project", "contract"}, {"ccloud-cluster", "web"}}};
  out.node_id = "server-1";
  return out;
}

const bool has_contract = cloud::testing::register_contract("openstack", &subject);

}  // namespace
}  // namespace ccloud::openstack
