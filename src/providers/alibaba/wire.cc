// Field names, doubly wrapped lists and units as in the ECS reference (2014-05-26).
#include "providers/alibaba/wire.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "cloud/marks.h"
#include "providers/alibaba/api.h"

namespace ccloud::alibaba {

using cloud::NodeState;
using cloud::Protocol;

NodeState state_of(std::string_view status) {
  if (status == "Running") return NodeState::running;
  if (status == "Pending" || status == "Starting") return NodeState::pending;
  if (status == "Stopping") return NodeState::stopping;
  if (status == "Stopped") return NodeState::stopped;
  return NodeState::unknown;
}

cloud::Labels read_tags(json::Value owner) {
  cloud::Labels labels;
  for (const auto& tag : items_of(owner, "Tags", "Tag")) {
    const auto key = tag.get("TagKey").string_or(tag.get("Key").string_or());
    labels.emplace(key, tag.get("TagValue").string_or(tag.get("Value").string_or()));
  }
  return labels;
}

std::string read_time(std::string text) {
  // "2017-12-10T04:04Z" has no seconds.
  if (text.size() == 17 && text.back() == 'Z') text.insert(16, ":00");
  return text;
}

cloud::Instance read_instance(json::Value item) {
  cloud::Instance out;
  out.id = item.get("InstanceId").string_or();
  out.name = item.get("InstanceName").string_or();
  out.region = item.get("RegionId").string_or();
  out.zone = item.get("ZoneId").string_or();
  out.state = state_of(item.get("Status").string_or());
  for (const auto& lock : items_of(item, "OperationLocks", "LockReason")) {
    out.state_reason = "locked: " + lock.get("LockReason").string_or();
  }
  out.type = item.get("InstanceType").string_or();
  out.image = item.get("ImageId").string_or();
  out.public_ip = item.get("PublicIpAddress")
                      .get("IpAddress")
                      .at(0)
                      .string_or(item.get("EipAddress").get("IpAddress").string_or());
  const auto vpc = item.get("VpcAttributes");
  out.private_ip = vpc.get("PrivateIpAddress").get("IpAddress").at(0).string_or();
  out.network_id = vpc.get("VpcId").string_or();
  out.subnet_id = vpc.get("VSwitchId").string_or();
  out.created = read_time(item.get("CreationTime").string_or());
  for (const auto& group : items_of(item, "SecurityGroupIds", "SecurityGroupId")) {
    out.firewall_ids.push_back(group.string_or());
  }
  out.key_name = item.get("KeyPairName").string_or();
  out.labels = read_tags(item);
  const auto name = out.name;
  apply_marks(out, 0);
  if (out.name.empty()) out.name = name;
  return out;
}

std::string full_zone(std::string_view region, std::string_view zone) {
  return catalog::full_zone(catalog::Driver::alibaba, region, zone);
}

std::size_t zone_index(std::string_view zone) {
  const char letter = zone.empty() ? 'a' : zone.back();
  return letter >= 'a' && letter <= 'z' ? static_cast<std::size_t>(letter - 'a') % 8 : 0;
}

std::vector<cloud::FirewallRule> read_rules(json::Value attribute) {
  std::vector<cloud::FirewallRule> rules;
  for (const auto& item : items_of(attribute, "Permissions", "Permission")) {
    if (item.get("Direction").string_or("ingress") != "ingress") continue;
    cloud::FirewallRule rule;
    const auto protocol = to_lower(item.get("IpProtocol").string_or());
    rule.protocol = protocol == "udp"    ? Protocol::udp
                    : protocol == "icmp" ? Protocol::icmp
                                         : Protocol::tcp;
    const auto ports = item.get("PortRange").string_or("-1/-1");
    if (rule.protocol != Protocol::icmp) {
      std::sscanf(ports.c_str(), "%d/%d", &rule.from_port, &rule.to_port);
    }
    rule.cidr = item.get("SourceCidrIp").string_or();
    if (rule.cidr.empty()) rule.cidr = item.get("Ipv6SourceCidrIp").string_or();
    if (!rule.cidr.empty() && rule.cidr.find('/') == std::string::npos) {
      rule.cidr += rule.cidr.find(':') == std::string::npos ? "/32" : "/128";
    }
    rule.group = item.get("SourceGroupId").string_or();
    rules.push_back(std::move(rule));
  }
  return rules;
}

void add_permission(Params& params, std::size_t n, const cloud::FirewallRule& rule) {
  const auto add = [&](std::string_view name, std::string value) {
    params.emplace_back(fmt::format("Permissions.{}.{}", n, name), std::move(value));
  };
  add("IpProtocol", std::string(to_string(rule.protocol)));
  add("PortRange", rule.protocol == Protocol::icmp
                       ? "-1/-1"
                       : fmt::format("{}/{}", rule.from_port, rule.to_port));
  add("Policy", "accept");
  if (!rule.group.empty()) {
    add("SourceGroupId", rule.group);
  } else if (rule.cidr.find(':') != std::string::npos) {
    add("Ipv6SourceCidrIp", rule.cidr);
  } else {
    add("SourceCidrIp", rule.cidr);
  }
}

Params run_params(const cloud::NodeBatch& batch, const std::string& name,
                  const std::string& token) {
  Params params = {
      {"ImageId", batch.image.id},
      {"InstanceType", batch.type},
      {"VSwitchId", batch.subnet_id},
      {"Amount", "1"},
      {"InstanceName", name},
      {"HostName", name},
      {"InstanceChargeType", "PostPaid"},
      {"HttpTokens", "required"},
      {"SystemDisk.Category", batch.disk.type == "hdd" ? "cloud_efficiency" : "cloud_essd"},
      {"InternetMaxBandwidthOut", batch.public_ip ? "100" : "0"},
      {"ClientToken", token}};
  if (batch.public_ip) params.emplace_back("InternetChargeType", "PayByTraffic");
  if (batch.disk.gib > 0) params.emplace_back("SystemDisk.Size", std::to_string(batch.disk.gib));
  add_list(params, "SecurityGroupIds", batch.firewall_ids);
  if (!batch.key_name.empty()) params.emplace_back("KeyPairName", batch.key_name);
  if (!batch.identity.empty()) params.emplace_back("RamRoleName", batch.identity);
  if (!batch.user_data.empty()) params.emplace_back("UserData", base64(batch.user_data));
  cloud::Labels labels = batch.labels;
  labels[std::string(cloud::mark_node)] = name;
  add_tags(params, labels);
  return params;
}

}  // namespace ccloud::alibaba
