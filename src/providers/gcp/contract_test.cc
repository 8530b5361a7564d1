// The Google Cloud driver keeps the drivers' contract, against a small Compute Engine.
#include "cloud/testing/contract.h"

#include <fmt/format.h>

#include "base/text.h"
#include "providers/gcp/names.h"
#include "providers/gcp/provider.h"

namespace ccloud::gcp {
namespace {

using cloud::testing::RequestKind;

http::Response answer(int status, std::string body) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

std::string machine(int index) {
  return fmt::format(
      R"({{"id":"900{0}","name":"web-us-{0}-abcdef","zone":"https://www.googleapis.com/compute/v1/)"
      R"(projects/p/zones/us-central1-a","status":"RUNNING","labels":{{"ccloud-project":"contract",)"
      R"("ccloud-cluster":"web","ccloud-node":"web-us-{0}"}},"machineType":"zones/x/machineTypes/)"
      R"(e2-medium"}})",
      index);
}

std::string operation(std::string_view type) {
  return fmt::format(
      R"({{"kind":"compute#operation","id":"77","name":"operation-1","operationType":"{}",)"
      R"("zone":"https://www.googleapis.com/compute/v1/projects/p/zones/us-central1-a",)"
      R"("targetId":"9001","status":"DONE","progress":100,"insertTime":"2026-01-02T03:04:05Z"}})",
      type);
}

bool has(const http::Request& request, std::string_view text) {
  return request.url.find(text) != std::string::npos;
}

/// Pages of one, none (but with warnings in place of items), two.
std::string machines(const http::Request& request) {
  const auto page = [](std::string_view items, std::string_view next) {
    return fmt::format(R"({{"items":{{{}}},"nextPageToken":"{}"}})", items, next);
  };
  const auto zone = [](std::string_view name, std::string_view list) {
    return fmt::format(R"("zones/{}":{{"instances":[{}]}})", name, list);
  };
  if (has(request, "pageToken=two")) {
    return page(R"("zones/us-central1-b":{"warning":{"code":"NO_RESULTS_ON_PAGE"}})", "three");
  }
  if (has(request, "pageToken=three")) {
    return page(zone("us-central1-a", machine(2) + "," + machine(3)), "");
  }
  return page(zone("us-central1-a", machine(1)), "two");
}

RequestKind kind_of(const http::Request& request) {
  if (request.method == "POST" && has(request, "/us-central1-a/instances?")) {
    return RequestKind::create_nodes;
  }
  if (request.method == "DELETE" && has(request, "/instances/9001")) {
    return RequestKind::delete_nodes;
  }
  const bool is_list = request.method == "GET" && has(request, "/aggregated/instances?");
  return is_list ? RequestKind::list_nodes : RequestKind::other;
}

/// A repeated requestId gives the operation again; another one for the same name is refused.
struct Backend {
  std::string made_by;

  http::Response operator()(const http::Request& request) {
    switch (kind_of(request)) {
      case RequestKind::list_nodes:
        return answer(200, machines(request));
      case RequestKind::create_nodes: {
        const auto id = request.url.substr(request.url.find("requestId="));
        if (!made_by.empty() && made_by != id) {
          return answer(409, R"({"error":{"code":409,"errors":[{"reason":"alreadyExists"}]}})");
        }
        made_by = id;
        return answer(200, operation("insert"));
      }
      case RequestKind::delete_nodes:
        return answer(200, operation("delete"));
      case RequestKind::other:
        break;
    }
    if (has(request, "/operations/")) return answer(200, operation("insert"));
    return answer(200, machine(1));
  }
};

cloud::NodeBatch batch() {
  cloud::NodeBatch out{.project = "contract",
                       .cluster = "web",
                       .names = {"web-us-1"},
                       .region = "us-central1",
                       .zone = "us-central1-a",
                       .type = "e2-medium",
                       .image = {.id = "projects/debian-cloud/global/images/debian-12-v1"}};
  out.network.id = "projects/p/global/networks/ccloud-contract";
  out.subnet_id = "projects/p/regions/us-central1/subnetworks/ccloud-contract";
  out.ssh_keys = {"ssh-ed25519 AAAA test"};
  out.labels = {{"ccloud-project", "contract"}, {"ccloud-cluster", "web"}};
  out.token = "0123456789abcdef";
  return out;
}

cloud::testing::ContractSubject subject() {
  cloud::testing::ContractSubject out;
  out.open = [](cloud::Host host, const std::string&) {
    cloud::ProviderSettings settings{.name = "gg", .driver = "gcp"};
    settings.credentials_command = "gcloud auth print-access-token";
    host.run_command = [](Context, std::vector<std::string>) -> Task<std::string> {
      co_return std::string("ya29.TOKEN\n");
    };
    return std::move(*make_provider(std::move(host), std::move(settings)));
  };
  out.environment = [](const std::string& url) {
    return std::map<std::string, std::string>{
        {"CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE", url + "/compute/v1/"},
        {"GOOGLE_CLOUD_PROJECT", "p"}};
  };
  out.backend = Backend{};
  out.kind_of = kind_of;
  out.guard_of = [](const http::Request& request) {
    const auto at = request.url.find("requestId=");
    return at == std::string::npos ? std::string() : request.url.substr(at);
  };
  out.throttled = answer(
      403,
      R"({"error":{"code":403,"message":"Rate Limit Exceeded","errors":[{"domain":"usageLimits","reason":"rateLimitExceeded"}]}})");
  out.server_error = answer(500, R"({"error":{"code":500,"errors":[{"reason":"backendError"}]}})");
  out.expired = answer(
      401,
      R"({"error":{"code":401,"message":"Request had invalid authentication credentials.","errors":[{"reason":"authError"}],"status":"UNAUTHENTICATED"}})");
  out.skewed.status = 0;
  out.not_found = answer(
      404,
      R"({"error":{"code":404,"message":"It was not found","errors":[{"reason":"notFound"}]}})");
  out.region = "us-central1";
  out.batch = batch();
  out.node_id = "9001";
  return out;
}

const bool has_contract = cloud::testing::register_contract("gcp", &subject);

}  // namespace
}  // namespace ccloud::gcp
