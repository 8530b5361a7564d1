// The Azure driver keeps the drivers' contract, against a small Resource Manager.
#include "cloud/testing/contract.h"

#include <fmt/format.h>

#include "base/text.h"
#include "providers/azure/provider.h"

namespace ccloud::azure {
namespace {

using cloud::testing::RequestKind;

constexpr std::string_view group =
    "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/ccloud-contract-westeurope";

http::Response answer(int status, std::string body) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

std::string machine(int index) {
  return fmt::format(
      R"({{"name":"web-us-{0}","id":"{1}/providers/Microsoft.Compute/virtualMachines/web-us-{0}",)"
      R"("location":"westeurope","tags":{{"ccloud-project":"contract","ccloud-cluster":"web",)"
      R"("ccloud-node":"web-us-{0}"}},"properties":{{"vmId":"0000000{0}","provisioningState":)"
      R"("Succeeded","hardwareProfile":{{"vmSize":"Standard_D2s_v5"}}}}}})",
      index, group);
}

std::string base_of(const http::Request& request) {
  return fmt::format("http://{}", http::find_header(request.headers, "Host"));
}

/// Pages of one, none, two.
std::string machines(const http::Request& request) {
  const auto next = [&](int page) {
    return fmt::format(R"("nextLink":"{}{}/providers/Microsoft.Compute/virtualMachines?page={}")",
                       base_of(request), group, page);
  };
  if (request.url.find("page=2") != std::string::npos) {
    return fmt::format(R"({{"value":[],{}}})", next(3));
  }
  if (request.url.find("page=3") != std::string::npos) {
    return fmt::format(R"({{"value":[{},{}]}})", machine(2), machine(3));
  }
  return fmt::format(R"({{"value":[{}],{}}})", machine(1), next(2));
}

bool has(const http::Request& request, std::string_view text) {
  return request.url.find(text) != std::string::npos;
}

RequestKind kind_of(const http::Request& request) {
  const bool is_machine = has(request, "/virtualMachines/web-us-1");
  if (request.method == "PUT" && is_machine) return RequestKind::create_nodes;
  if (request.method == "DELETE" && is_machine) return RequestKind::delete_nodes;
  const bool is_list = request.method == "GET" && has(request, "/virtualMachines?") &&
                       has(request, "/resourceGroups/");
  return is_list ? RequestKind::list_nodes : RequestKind::other;
}

/// The machine of the batch exists once it was put; If-None-Match then refuses.
struct Backend {
  bool is_made = false;

  http::Response operator()(const http::Request& request) {
    if (has(request, "/oauth2/v2.0/token")) {
      return answer(200, R"({"token_type":"Bearer","expires_in":3599,"access_token":"TOKEN"})");
    }
    switch (kind_of(request)) {
      case RequestKind::list_nodes:
        return answer(200, machines(request));
      case RequestKind::create_nodes:
        if (is_made) {
          return answer(412, R"({"error":{"code":"PreconditionFailed","message":"It exists."}})");
        }
        is_made = true;
        return answer(201, machine(1));
      case RequestKind::delete_nodes:
        return answer(204, "");
      case RequestKind::other:
        break;
    }
    if (has(request, "/resourcegroups?")) {
      return answer(200,
                    R"({"value":[{"name":"CCLOUD-CONTRACT-westeurope","location":"westeurope"}]})");
    }
    if (has(request, "/virtualMachines/web-us-1")) return answer(200, machine(1));
    if (request.method == "PUT") {
      return answer(200, R"({"properties":{"provisioningState":"Succeeded"}})");
    }
    return answer(200, R"({"value":[]})");
  }
};

cloud::NodeBatch batch() {
  cloud::NodeBatch out{.project = "contract",
                       .cluster = "web",
                       .names = {"web-us-1"},
                       .region = "westeurope",
                       .zone = "1",
                       .type = "Standard_D2s_v5",
                       .image = {.id = "Debian:debian-12:12-gen2:0.20260101.1"}};
  out.network.id = fmt::format("{}/providers/Microsoft.Network/virtualNetworks/net-a", group);
  out.subnet_id = out.network.id + "/subnets/nodes";
  out.ssh_keys = {"ssh-ed25519 AAAA test"};
  out.labels = {{"ccloud-project", "contract"}, {"ccloud-cluster", "web"}};
  return out;
}

cloud::testing::ContractSubject subject() {
  cloud::testing::ContractSubject out;
  out.open = [](cloud::Host host, const std::string&) {
    return std::move(*make_provider(std::move(host), {.name = "az", .driver = "azure"}));
  };
  out.environment = [](const std::string& url) {
    return std::map<std::string, std::string>{
        {"CCLOUD_AZURE_ENDPOINT", url},
        {"AZURE_TENANT_ID", "tenant"},
        {"AZURE_CLIENT_ID", "client"},
        {"AZURE_CLIENT_SECRET", "secret"},
        {"AZURE_SUBSCRIPTION_ID", "11111111-2222-3333-4444-555555555555"}};
  };
  out.backend = Backend{};
  out.kind_of = kind_of;
  out.guard_of = [](const http::Request& request) {
    // The name in the path; without If-None-Match it would guard nothing.
    const auto match = http::find_header(request.headers, "If-None-Match");
    return match == "*" ? request.url.substr(0, request.url.find('?')) : std::string();
  };
  out.throttled =
      answer(429, R"({"error":{"code":"TooManyRequests","message":"The request limit."}})");
  out.server_error = answer(500, R"({"error":{"code":"InternalServerError","message":"Oh."}})");
  out.expired = answer(
      401,
      R"({"error":{"code":"ExpiredAuthenticationToken","message":"The access token expired."}})");
  out.skewed.status = 0;
  out.not_found =
      answer(404, R"({"error":{"code":"ResourceNotFound","message":"It is not there."}})");
  out.region = "westeurope";
  out.batch = batch();
  out.node_id = fmt::format("{}/providers/Microsoft.Compute/virtualMachines/web-us-1", group);
  return out;
}

const bool has_contract = cloud::testing::register_contract("azure", &subject);

}  // namespace
}  // namespace ccloud::azure
