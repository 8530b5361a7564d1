// Routing by credential scope, authentication with each protocol's own errors, EC2's dispatch.
#include "sim/aws/aws_front.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"
#include "sim/aws/credentials.h"
#include "sim/aws/ec2.h"
#include "sim/aws/images.h"
#include "sim/aws/limits.h"
#include "sim/aws/network.h"
#include "sim/aws/permissions.h"
#include "sim/aws/services.h"
#include "sim/private_file.h"

namespace ccloud::sim {
namespace {

using namespace aws;

enum class Protocol { ec2, query, json };

Protocol protocol_of(std::string_view service) {
  if (service == "ec2") return Protocol::ec2;
  return service == "sts" ? Protocol::query : Protocol::json;
}

std::string form_of(const Request& request) {
  const auto question = request.url.find('?');
  if (request.method == "GET" && question != std::string::npos) {
    return request.url.substr(question + 1);
  }
  return request.body;
}

/// The value of one form parameter, without decoding all.
std::string peek(std::string_view form, std::string_view name) {
  for (std::size_t at = 0; at < form.size();) {
    const auto end = std::min(form.find('&', at), form.size());
    const auto pair = form.substr(at, end - at);
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('=')) {
      return percent_decode(pair.substr(name.size() + 1));
    }
    at = end + 1;
  }
  return {};
}

Response xml_response(int status, std::string body, const std::string& request_id) {
  return {.status = status,
          .headers = {{"Content-Type", "text/xml;charset=UTF-8"}, {"x-amzn-requestid", request_id}},
          .body = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n" + std::move(body)};
}

Response error_response(Protocol protocol, const ApiError& error, const std::string& request_id) {
  if (protocol == Protocol::json) {
    json::Writer out;
    out.begin_object().member("__type", error.code).member("message", error.message).end_object();
    return {.status = error.status,
            .headers = {{"Content-Type", "application/x-amz-json-1.1"},
                        {"x-amzn-RequestId", request_id}},
            .body = out.take()};
  }
  Xml xml;
  if (protocol == Protocol::ec2) {
    xml.open("Response").open("Errors").open("Error");
    xml.leaf("Code", error.code).leaf("Message", error.message);
    xml.close("Error").close("Errors").leaf("RequestID", request_id).close("Response");
  } else {
    xml.open("ErrorResponse").open("Error");
    xml.leaf("Type", error.status >= 500 ? "Receiver" : "Sender");
    xml.leaf("Code", error.code).leaf("Message", error.message);
    xml.close("Error").leaf("RequestId", request_id).close("ErrorResponse");
  }
  return xml_response(error.status, xml.take(), request_id);
}

ApiError auth_error(Protocol protocol, AuthProblem problem) {
  if (protocol == Protocol::ec2) {
    const bool is_old = problem == AuthProblem::skewed || problem == AuthProblem::expired;
    if (is_old) return {400, "RequestExpired", "Request has expired."};
    return {401, "AuthFailure", "AWS was not able to validate the provided access credentials"};
  }
  const bool is_json = protocol == Protocol::json;
  const int status = is_json ? 400 : 403;
  switch (problem) {
    case AuthProblem::missing:
      return {status,
              is_json ? "MissingAuthenticationTokenException" : "MissingAuthenticationToken",
              "Request is missing Authentication Token"};
    case AuthProblem::expired:
      return {status, is_json ? "ExpiredTokenException" : "ExpiredToken",
              "The security token included in the request is expired"};
    case AuthProblem::skewed:
      return {status, is_json ? "InvalidSignatureException" : "SignatureDoesNotMatch",
              "Signature expired: the request's time is too far from the service's"};
    case AuthProblem::mismatch:
      return {
          status, is_json ? "InvalidSignatureException" : "SignatureDoesNotMatch",
          "The request signature we calculated does not match the signature you provided. Check "
          "your AWS Secret Access Key and signing method. Consult the service documentation for "
          "details."};
    case AuthProblem::unknown_key:
    case AuthProblem::wrong_region:
      break;
  }
  return {status, is_json ? "UnrecognizedClientException" : "InvalidClientTokenId",
          "The security token included in the request is invalid."};
}

class AwsFront final : public Front {
 public:
  explicit AwsFront(World& world) : world_(world), credentials_(world) {}

  std::string_view cloud() const override { return "aws"; }
  bool denies_the_unseen() const override { return true; }

  CallInfo identify(const Request& request) const override {
    CallInfo info;
    const auto scope = credential_scope(request);
    const auto target = http::find_header(request.headers, "x-amz-target");
    info.action = target.empty() ? peek(form_of(request), "Action")
                                 : std::string(target.substr(target.rfind('.') + 1));
    if (info.action.empty()) info.action = "?";
    if (!scope) return info;
    info.region = scope->region;
    const auto* key = credentials_.find(scope->key_id);
    if (key != nullptr) info.account = key->account;
    if (scope->service != "ec2") return info;
    const auto operation = aws::operations().find(info.action);
    info.is_write = operation != aws::operations().end() && operation->second.is_write;
    info.buckets = documented_buckets(info, form_of(request));
    return info;
  }

  Response handle(const Call& call) override {
    const auto request_id = world_.uuid();
    const auto scope = credential_scope(call.request);
    const auto form = form_of(call.request);
    if (!scope && peek(form, "Action") == "AssumeRoleWithWebIdentity") {
      return other_service(call, "sts", nullptr, find_region("us-east-1"), request_id);
    }
    const std::string service = scope ? scope->service : "ec2";
    const auto protocol = protocol_of(service);
    const auto caller = authenticate(credentials_, call.request, world_.now());
    if (!caller) {
      return error_response(protocol, auth_error(protocol, caller.error()), request_id);
    }
    const auto* region = find_region(scope->region);
    if (protocol != Protocol::ec2) return other_service(call, service, *caller, region, request_id);
    return ec2(call, **caller, *region, form, request_id);
  }

  Response refuse(const Call& call, Refusal why,
                  std::optional<std::chrono::seconds> retry_after) override {
    const auto scope = credential_scope(call.request);
    const auto protocol = protocol_of(scope ? scope->service : "ec2");
    auto response = error_response(protocol, refusal(protocol, why), world_.uuid());
    if (retry_after) {
      response.headers.emplace_back("Retry-After", std::to_string(retry_after->count()));
    }
    return response;
  }

  Result<std::vector<Variable>> environment(const Served& served) const override;

  std::vector<OfferedOperation> operations() const override {
    std::vector<OfferedOperation> all;
    for (const auto& [name, operation] : aws::operations()) {
      all.push_back({"ec2", std::string(name), std::string(operation.params)});
    }
    for (const auto* name : {"GetCallerIdentity", "AssumeRole", "AssumeRoleWithWebIdentity"}) {
      all.push_back({"sts", name, {}});
    }
    all.push_back({"ssm", "GetParameter", {}});
    all.push_back({"servicequotas", "GetServiceQuota", {}});
    return all;
  }

  void reset() override {
    prepared_.clear();
    state_ = {};
  }

 private:
  static ApiError refusal(Protocol protocol, Refusal why) {
    switch (why) {
      case Refusal::throttled:
        if (protocol == Protocol::ec2) {
          return {503, "RequestLimitExceeded", "Request limit exceeded."};
        }
        return {400, protocol == Protocol::json ? "ThrottlingException" : "Throttling",
                "Rate exceeded"};
      case Refusal::internal_error:
        return {500, protocol == Protocol::ec2 ? "InternalError" : "InternalFailure",
                "An internal error has occurred"};
      case Refusal::unavailable:
        return {503, protocol == Protocol::ec2 ? "Unavailable" : "ServiceUnavailable",
                "The service is unavailable. Please try again shortly."};
      case Refusal::expired:
        break;
    }
    return auth_error(protocol, AuthProblem::expired);
  }

  /// What every account finds in a region that it never used: images and the default VPC.
  void prepare(const Place& place, const Region& region) {
    if (!prepared_.insert(place).second) return;
    add_images(world_, place, region);
    make_default_vpc(world_, place, region);
  }

  Response ec2(const Call& call, const AccessKey& caller, const Region& region,
               const std::string& form, const std::string& request_id) {
    const Place place{"aws", caller.account, std::string(region.name)};
    prepare(place, region);
    auto params = Params::parse(form);
    if (!params) return error_response(Protocol::ec2, params.error(), request_id);
    const auto action = params->get("Action");
    Ec2 ec2{world_, state_, call, region, place, std::move(*params), {}};
    if (auto done = run(ec2, caller); !done) {
      return error_response(Protocol::ec2, done.error(), request_id);
    }
    return xml_response(200,
                        fmt::format("<{0}Response "
                                    "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\">"
                                    "<requestId>{1}</requestId>{2}</{0}Response>",
                                    action, request_id, ec2.xml.take()),
                        request_id);
  }

  static Answer<> run(Ec2& ec2, const AccessKey& caller) {
    const auto& action = ec2.params.get("Action");
    if (action.empty()) {
      return fail("MissingAction", "The request must contain the parameter Action");
    }
    const auto found = aws::operations().find(action);
    if (found == aws::operations().end() || ec2.params.get("Version") != "2016-11-15") {
      return fail("InvalidAction",
                  fmt::format("The action {} is not valid for this web service.", action));
    }
    const auto& operation = found->second;
    if (auto may = check_permissions(ec2.world, "ec2", action, &ec2.params, caller); !may) {
      return may;
    }
    if (auto checked = check_params(ec2.params, operation.params); !checked) return checked;
    if (ec2.params.flag("DryRun")) {
      return fail("DryRunOperation", "Request would have succeeded, but DryRun flag is set.", 412);
    }
    return operation.run(ec2);
  }

  Response other_service(const Call& call, const std::string& name, const AccessKey* caller,
                         const Region* region, const std::string& request_id) {
    Service service{world_, credentials_, call.request, caller, region};
    const auto protocol = protocol_of(name);
    if (caller != nullptr) {
      if (auto may = check_permissions(world_, name, call.info.action, nullptr, *caller); !may) {
        return error_response(protocol, may.error(), request_id);
      }
    }
    if (name == "sts") {
      auto params = Params::parse(form_of(call.request));
      auto body = params ? sts(service, *params, request_id) : std::unexpected(params.error());
      return body ? xml_response(200, std::move(*body), request_id)
                  : error_response(protocol, body.error(), request_id);
    }
    if (name != "ssm" && name != "servicequotas") {
      return error_response(protocol, {404, "UnknownOperationException", ""}, request_id);
    }
    auto body = json_service(service, http::find_header(call.request.headers, "x-amz-target"));
    if (!body) return error_response(protocol, body.error(), request_id);
    return {.status = 200,
            .headers = {{"Content-Type", "application/x-amz-json-1.1"},
                        {"x-amzn-RequestId", request_id}},
            .body = std::move(*body)};
  }

  World& world_;
  Credentials credentials_;
  Ec2State state_;
  std::set<Place> prepared_;
};

Result<std::vector<Variable>> AwsFront::environment(const Served& served) const {
  // Profiles for the partitions that the plain variables cannot name at the same time, and for the
  // other ways to credentials.
  std::string credentials;
  std::string config;
  const auto add = [&](std::string_view profile, std::string_view partition,
                       std::string_view region) {
    const auto& key = credentials_.key_of(partition);
    credentials += fmt::format("[{}]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
                               profile, key.id, key.secret);
    config += fmt::format("[{}{}]\nregion = {}\n", profile == "default" ? "" : "profile ", profile,
                          region);
  };
  add("default", "aws", "us-east-1");
  add("sim-cn", "aws-cn", "cn-north-1");
  add("sim-gov", "aws-us-gov", "us-gov-west-1");
  const auto& key = credentials_.key_of("aws");
  config += fmt::format(
      "[profile sim-role]\nrole_arn = arn:aws:iam::{}:role/simulated\nsource_profile = default\n"
      "region = us-east-1\n",
      key.account);
  const auto credentials_file = served.directory + "/aws-credentials";
  const auto config_file = served.directory + "/aws-config";
  const auto token_file = served.directory + "/aws-web-identity-token";
  auto written = write_private_file(credentials_file, credentials);
  if (written) written = write_private_file(config_file, config);
  if (written) written = write_private_file(token_file, credentials_.web_identity_token());
  if (!written) return written.error();
  return std::vector<Variable>{{"AWS_ENDPOINT_URL", served.http_url},
                               {"CCLOUD_SIM_AWS_HTTPS", served.https_url},
                               {"AWS_ACCESS_KEY_ID", key.id},
                               {"AWS_SECRET_ACCESS_KEY", key.secret},
                               {"AWS_REGION", "us-east-1"},
                               {"AWS_DEFAULT_REGION", "us-east-1"},
                               {"AWS_SHARED_CREDENTIALS_FILE", credentials_file},
                               {"AWS_CONFIG_FILE", config_file},
                               {"AWS_EC2_METADATA_DISABLED", "true"}};
}

}  // namespace

std::unique_ptr<Front> make_aws_front(World& world) { return std::make_unique<AwsFront>(world); }

}  // namespace ccloud::sim
