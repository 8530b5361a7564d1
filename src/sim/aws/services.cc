// STS over the query protocol, SSM and Service Quotas over JSON 1.1.
#include "sim/aws/services.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"
#include "sim/aws/images.h"
#include "sim/aws/instances.h"

namespace ccloud::sim::aws {
namespace {

Answer<> caller_identity(Service& service, const Params& params, Xml& xml) {
  if (auto checked = check_params(params, ""); !checked) return checked;
  xml.leaf("Arn", service.caller->arn)
      .leaf("UserId", service.caller->user_id)
      .leaf("Account", service.caller->account);
  return {};
}

void write_credentials(Xml& xml, const AccessKey& key) {
  xml.open("Credentials")
      .leaf("AccessKeyId", key.id)
      .leaf("SecretAccessKey", key.secret)
      .leaf("SessionToken", key.session_token)
      .leaf("Expiration", format_time(*key.expires))
      .close("Credentials");
  xml.open("AssumedRoleUser")
      .leaf("Arn", key.arn)
      .leaf("AssumedRoleId", key.user_id)
      .close("AssumedRoleUser");
}

bool is_session_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 64 && std::ranges::all_of(name, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  std::string_view("_+=,.@-").find(c) != std::string_view::npos;
         });
}

/// Roles of the caller's own account; any name will do.
Answer<> assume(Service& service, const AccessKey& who, const Params& params, Xml& xml) {
  const auto& role = params.get("RoleArn");
  const auto& session = params.get("RoleSessionName");
  const auto lifetime = params.number("DurationSeconds", 3600);
  if (!is_session_name(session) || lifetime < 900 || lifetime > 43200) {
    return fail("ValidationError",
                "1 validation error detected: roleSessionName or durationSeconds");
  }
  const auto own = fmt::format("arn:{}:iam::{}:role/", who.partition, who.account);
  if (!role.starts_with(own) || role.size() == own.size()) {
    return fail("AccessDenied",
                fmt::format("User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
                            who.arn, role),
                403);
  }
  write_credentials(xml, service.credentials.assume(service.world, who, role, session,
                                                    std::chrono::seconds(lifetime)));
  return {};
}

Answer<> assume_role(Service& service, const Params& params, Xml& xml) {
  auto checked = check_params(params,
                              "RoleArn! RoleSessionName! DurationSeconds:int ExternalId Policy "
                              "SerialNumber TokenCode");
  if (!checked) return checked;
  return assume(service, *service.caller, params, xml);
}

Answer<> assume_with_web_identity(Service& service, const Params& params, Xml& xml) {
  auto checked = check_params(
      params, "RoleArn! RoleSessionName! WebIdentityToken! DurationSeconds:int ProviderId Policy");
  if (!checked) return checked;
  if (params.get("WebIdentityToken") != service.credentials.web_identity_token()) {
    return fail("InvalidIdentityToken", "The web identity token that was passed is not valid");
  }
  const auto parts = split(params.get("RoleArn"), ':');
  const auto name = parts.size() > 1 ? parts[1] : "";
  return assume(service, service.credentials.key_of(partition(name).name), params, xml);
}

Answer<std::string> get_parameter(Service& service, json::Value request) {
  const auto name = request.get("Name").string_or();
  if (name.empty()) return fail("ValidationException", "Name is missing");
  const auto value = public_parameter(name, *service.region);
  if (!value) return fail("ParameterNotFound", "");
  json::Writer out;
  out.begin_object().key("Parameter").begin_object();
  out.member("Name", name).member("Type", "String").member("Value", *value).member("Version", 7);
  out.member("ARN", fmt::format("arn:{}:ssm:{}::parameter{}", service.region->partition,
                                service.region->name, name));
  out.member("DataType", "aws:ec2:image").end_object().end_object();
  return out.take();
}

Answer<std::string> get_quota(Service& service, json::Value request) {
  struct Known {
    std::string_view service, code, name, ours;
    double documented;
  };
  constexpr Known known[] = {
      {"ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances",
       "vCPUs", default_cpu_quota},
      {"ec2", "L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests",
       "spot vCPUs", default_cpu_quota},
      {"ec2", "L-0263D0A3", "EC2-VPC Elastic IPs", "addresses", 5},
      {"vpc", "L-F678F1CE", "VPCs per Region", "VPCs", 5},
      {"vpc", "L-0EA8095F", "Inbound or outbound rules per security group",
       "rules per security group", 60},
  };
  const auto code = request.get("QuotaCode").string_or();
  const auto of = request.get("ServiceCode").string_or();
  const auto found = std::ranges::find_if(
      known, [&](const Known& one) { return one.code == code && one.service == of; });
  if (found == std::end(known)) {
    return fail("NoSuchResourceException", "The specified resource does not exist");
  }
  const Place place{"aws", service.caller->account, std::string(service.region->name)};
  json::Writer out;
  out.begin_object().key("Quota").begin_object();
  out.member("ServiceCode", of).member("QuotaCode", code).member("QuotaName", found->name);
  out.member("Value", service.world.quota(place, std::string(found->ours), found->documented));
  out.member("Unit", "None").member("Adjustable", true).member("GlobalQuota", false);
  out.end_object().end_object();
  return out.take();
}

}  // namespace

Answer<std::string> sts(Service& service, const Params& params, const std::string& request_id) {
  const auto& action = params.get("Action");
  Xml xml;
  Answer<> done;
  if (action == "AssumeRoleWithWebIdentity") {
    done = assume_with_web_identity(service, params, xml);
  } else if (service.caller == nullptr) {
    done = fail("MissingAuthenticationToken", "Request is missing Authentication Token", 403);
  } else if (action == "GetCallerIdentity") {
    done = caller_identity(service, params, xml);
  } else if (action == "AssumeRole") {
    done = assume_role(service, params, xml);
  } else {
    done = fail("InvalidAction",
                fmt::format("Could not find operation {} for version 2011-06-15", action));
  }
  if (!done) return std::unexpected(done.error());
  return fmt::format(
      "<{0}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><{0}Result>{1}</{0}Result>"
      "<ResponseMetadata><RequestId>{2}</RequestId></ResponseMetadata></{0}Response>",
      action, xml.take(), request_id);
}

Answer<std::string> json_service(Service& service, std::string_view target) {
  const auto document = json::parse(service.request.body);
  if (!document) return fail("SerializationException", "the body is not JSON");
  if (target == "AmazonSSM.GetParameter") return get_parameter(service, document->root());
  if (target == "ServiceQuotasV20190624.GetServiceQuota")
    return get_quota(service, document->root());
  return fail("UnknownOperationException", "");
}

}  // namespace ccloud::sim::aws
