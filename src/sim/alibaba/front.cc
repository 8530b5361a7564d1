// Checks the signature, finds the operation, answers with the cloud's own refusals.
#include "sim/alibaba/front.h"

#include <fmt/format.h>

#include "base/text.h"
#include "sim/alibaba/rpc.h"
#include "sim/alibaba/signature.h"

namespace ccloud::sim::alibaba {
namespace {

Response caller_identity(Rpc& rpc) {
  return succeed(rpc, [&](json::Writer& out) {
    out.member("AccountId", rpc.place.account)
        .member("IdentityType", "RAMUser")
        .member("UserId", "2" + rpc.place.account);
    out.member("PrincipalId", "2" + rpc.place.account)
        .member("Arn", fmt::format("acs:ram::{}:user/sim", rpc.place.account));
  });
}

class AlibabaFront final : public Front {
 public:
  explicit AlibabaFront(World& world) : world_(world), login_(login_of(world)) {
    for (const auto& part : {instance_operations(), lifecycle_operations(), tag_operations(),
                             network_operations(), group_operations(), catalogue_operations()}) {
      for (const auto& one : part) operations_.emplace(std::pair(one.product, one.name), one);
    }
    const Operation identity{"sts", "GetCallerIdentity", false, caller_identity, Scope::global};
    operations_.emplace(std::pair(identity.product, identity.name), identity);
  }

  std::string_view cloud() const override { return cloud_name; }
  bool denies_the_unseen() const override { return true; }

  CallInfo identify(const Request& request) const override {
    const auto params = parameters_of(request);
    CallInfo info{.action = action_of(request, params), .account = login_.account};
    const auto* operation = find_operation(product_of(request, params), info.action);
    info.region = region_of(operation, params);
    info.is_write = operation != nullptr && operation->is_write;
    // Quota Center shows most limits per minute; these are the usual order of magnitude.
    const double per_minute = info.action == "RunInstances" ? 100 : info.is_write ? 300 : 1000;
    info.buckets = {{.key = fmt::format("{}/{}/{}", info.account, info.region, info.action),
                     .size = per_minute,
                     .per_second = per_minute / 60}};
    return info;
  }

  Response handle(const Call& call) override {
    auto params = parameters_of(call.request);
    Rpc rpc{.world = world_,
            .memory = memory_,
            .call = call,
            .action = action_of(call.request, params),
            .params = {},
            .place = {std::string(cloud_name), login_.account, ""},
            .request_id = world_.uuid()};
    const auto trust = verify(call.request, params, login_, memory_, world_.now());
    if (trust != Trust::good) return refuse_trust(rpc, trust);
    const auto product = product_of(call.request, params);
    if (product.empty()) {
      return fail(rpc, 400, "InvalidVersion", "Specified parameter Version is not valid.");
    }
    const auto* operation = find_operation(product, rpc.action);
    if (operation == nullptr) {
      return fail(rpc, 404, "InvalidAction.NotFound",
                  "The specified action is not found, please check it and try again.");
    }
    if (auto refused = check_permissions(rpc, product, params)) return *refused;
    rpc.params = std::move(params);
    rpc.place.region = region_of(operation, rpc.params);
    if (operation->scope == Scope::region && rpc.place.region.empty()) {
      return fail(rpc, 400, "MissingParameter.RegionId",
                  "The input parameter \"RegionId\" that is mandatory for processing this request "
                  "is not supplied.");
    }
    if (!rpc.place.region.empty() && find_region(rpc.place.region) == nullptr) {
      return fail(rpc, 404, "InvalidRegionId.NotFound", "The specified RegionId does not exist.");
    }
    if (!rpc.place.region.empty()) furnish(world_, rpc.place);
    return operation->run(rpc);
  }

  Response refuse(const Call& call, Refusal why,
                  std::optional<std::chrono::seconds> retry_after) override {
    Rpc rpc{.world = world_,
            .memory = memory_,
            .call = call,
            .action = call.info.action,
            .params = {},
            .place = {},
            .request_id = world_.uuid()};
    Response response;
    switch (why) {
      case Refusal::throttled:
        response =
            fail(rpc, 400, "Throttling.User", "Request was denied due to user flow control.");
        break;
      case Refusal::internal_error:
        response = fail(rpc, 500, "InternalError",
                        "The request processing has failed due to some unknown error.");
        break;
      case Refusal::unavailable:
        response = fail(rpc, 503, "ServiceUnavailable",
                        "The request has failed due to a temporary failure of the server.");
        break;
      case Refusal::expired:
        response = fail(rpc, 403, "InvalidSecurityToken.Expired",
                        "The specified security token has expired.");
        break;
    }
    if (retry_after)
      response.headers.emplace_back("x-acs-retry-after",
                                    std::to_string(retry_after->count() * 1000));
    return response;
  }

  Result<std::vector<Variable>> environment(const Served& served) const override {
    return std::vector<Variable>{{"CCLOUD_ALIBABA_ENDPOINT", served.http_url},
                                 {"ALIBABA_CLOUD_ACCESS_KEY_ID", login_.key_id},
                                 {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", login_.secret},
                                 {"ALIBABA_CLOUD_REGION_ID", "cn-hongkong"},
                                 {"ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"}};
  }

  std::vector<OfferedOperation> operations() const override {
    std::vector<OfferedOperation> out;
    for (const auto& [name, operation] : operations_) {
      out.push_back({std::string(name.first), std::string(name.second), {}});
    }
    return out;
  }

  void reset() override { memory_ = {}; }

 private:
  const Operation* find_operation(std::string_view product, std::string_view name) const {
    const auto found = operations_.find(std::pair(product, name));
    return found == operations_.end() ? nullptr : &found->second;
  }

  /// Also for requests that only name an instance: the real endpoint would say the region.
  std::string region_of(const Operation* operation,
                        const std::map<std::string, std::string>& params) const {
    if (const auto region = params.find("RegionId"); region != params.end()) return region->second;
    if (operation == nullptr || operation->scope != Scope::instance) return {};
    std::string id;
    if (const auto disk = params.find("DiskId"); disk != params.end())
      id = instance_of_disk(disk->second);
    if (const auto given = params.find("InstanceId"); given != params.end()) id = given->second;
    for (const auto& one : region_facts()) {
      const Place place{std::string(cloud_name), login_.account, std::string(one.name)};
      if (world_.find(place, id) != nullptr) return place.region;
    }
    return {};
  }

  /// An action takes the permission of its name; a RAM role that is handed on, one more. Who one is
  /// may be asked by everybody.
  std::optional<Response> check_permissions(
      const Rpc& rpc, std::string_view product,
      const std::map<std::string, std::string>& params) const {
    if (product == "sts") return std::nullopt;
    std::vector<std::string> needed = {fmt::format("{}:{}", product, rpc.action)};
    if (params.contains("RamRoleName") && !rpc.action.starts_with("Detach")) {
      needed.emplace_back("ram:PassRole");
    }
    const auto missing = world_.permissions().missing(cloud_name, needed);
    if (!missing) return std::nullopt;
    auto response = fail(rpc, 403, "Forbidden.RAM",
                         "User not authorized to operate on the specified resource, or this API "
                         "doesn't support RAM.");
    response.body.pop_back();
    response.body += fmt::format(
        R"(,"AccessDeniedDetail":{{"AuthAction":"{}","PolicyType":"AccountLevelIdentityBasedPolicy","NoPermissionType":"ImplicitDeny"}}}})",
        *missing);
    return response;
  }

  static Response refuse_trust(const Rpc& rpc, Trust trust) {
    switch (trust) {
      case Trust::missing:
        return fail(rpc, 400, "MissingAccessKeyId", "AccessKeyId is mandatory for this action.");
      case Trust::unknown_key:
        return fail(rpc, 404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.");
      case Trust::mismatch:
        return fail(rpc, 400, "SignatureDoesNotMatch",
                    "Specified signature is not matched with our calculation.");
      case Trust::stale:
        return fail(rpc, 400, "InvalidTimeStamp.Expired",
                    "Specified time stamp or date value is expired.");
      default:
        return fail(rpc, 400, "SignatureNonceUsed", "Specified signature nonce was used already.");
    }
  }

  World& world_;
  Login login_;
  Memory memory_;
  std::map<std::pair<std::string_view, std::string_view>, Operation> operations_;
};

}  // namespace

std::unique_ptr<Front> make_front(World& world) { return std::make_unique<AlibabaFront>(world); }

}  // namespace ccloud::sim::alibaba
