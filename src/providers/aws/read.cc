// Element names of EC2's answers (fact sheet 3, 4, 11).
#include "providers/aws/read.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"

namespace ccloud::aws {
namespace {

using cloud::NodeState;

/// The low byte counts only.
NodeState state_of(std::int64_t code) {
  switch (code & 0xFF) {
    case 0:
      return NodeState::pending;
    case 16:
      return NodeState::running;
    case 32:
      return NodeState::terminating;
    case 48:
      return NodeState::terminated;
    case 64:
      return NodeState::stopping;
    case 80:
      return NodeState::stopped;
    default:
      return NodeState::unknown;
  }
}

/// Ends that somebody wanted; any other reason of a terminated instance is a failed birth.
bool is_normal_end(std::string_view reason) {
  constexpr std::array<std::string_view, 4> normal = {
      "Client.UserInitiatedShutdown", "Client.InstanceInitiatedShutdown",
      "Server.SpotInstanceTermination", "Server.ScheduledStop"};
  return reason.empty() || std::ranges::find(normal, reason) != normal.end();
}

/// Of the instance itself; where that list is empty, of its first interface.
std::vector<std::string> read_group_ids(Node instance) {
  std::vector<std::string> ids;
  for (const Node group : instance.items("groupSet")) ids.push_back(group.text("groupId"));
  if (!ids.empty()) return ids;
  for (const Node interface : instance.items("networkInterfaceSet")) {
    for (const Node group : interface.items("groupSet")) ids.push_back(group.text("groupId"));
    break;
  }
  return ids;
}

std::string last_part(const std::string& arn) { return arn.substr(arn.rfind('/') + 1); }

}  // namespace

cloud::Labels read_tags(Node resource) {
  cloud::Labels labels;
  for (const Node tag : resource.items("tagSet")) labels[tag.text("key")] = tag.text("value");
  return labels;
}

cloud::Instance read_instance(Node item, const std::string& region) {
  cloud::Instance instance;
  instance.id = item.text("instanceId");
  instance.region = region;
  instance.zone = item.text("placement/availabilityZone");
  instance.state = state_of(item.number("instanceState/code"));
  const std::string reason = item.text("stateReason/code");
  if (instance.state == NodeState::terminated && !is_normal_end(reason)) {
    instance.state = NodeState::error;
    instance.state_reason = fmt::format("{}: {}", reason, item.text("stateReason/message"));
  }
  instance.type = item.text("instanceType");
  instance.image = item.text("imageId");
  instance.public_ip = item.text("ipAddress");
  instance.private_ip = item.text("privateIpAddress");
  const auto launched = parse_time(item.text("launchTime"));
  if (launched.has_value()) instance.created = format_time(*launched);
  instance.labels = read_tags(item);
  instance.network_id = item.text("vpcId");
  instance.subnet_id = item.text("subnetId");
  instance.firewall_ids = read_group_ids(item);
  instance.key_name = item.text("keyName");
  instance.identity = last_part(item.text("iamInstanceProfile/arn"));
  cloud::apply_marks(instance, static_cast<std::size_t>(item.number("amiLaunchIndex")));
  return instance;
}

std::vector<cloud::Instance> read_instances(Node root, const std::string& region) {
  std::vector<cloud::Instance> all;
  for (const Node item : root.items("instancesSet")) all.push_back(read_instance(item, region));
  for (const Node reservation : root.items("reservationSet")) {
    for (const Node item : reservation.items("instancesSet")) {
      all.push_back(read_instance(item, region));
    }
  }
  return all;
}

std::string root_volume_of(Node instance) {
  const std::string device = instance.text("rootDeviceName");
  for (const Node mapping : instance.items("blockDeviceMapping")) {
    if (mapping.text("deviceName") == device) return mapping.text("ebs/volumeId");
  }
  return {};
}

Group read_group(Node item) {
  Group group{.id = item.text("groupId"),
              .name = item.text("groupName"),
              .network_id = item.text("vpcId"),
              .labels = read_tags(item),
              .permissions = {}};
  for (const Node rule : item.items("ipPermissions")) {
    Permission permission{.protocol = rule.text("ipProtocol"), .value = {}};
    if (rule.find("fromPort").exists()) permission.from_port = rule.number("fromPort");
    if (rule.find("toPort").exists()) permission.to_port = rule.number("toPort");
    const auto add = [&](Permission::Peer peer, const char* list, const char* name) {
      for (const Node one : rule.items(list)) {
        permission.peer = peer;
        permission.value = one.text(name);
        group.permissions.insert(permission);
      }
    };
    add(Permission::Peer::cidr, "ipRanges", "cidrIp");
    add(Permission::Peer::cidr6, "ipv6Ranges", "cidrIpv6");
    add(Permission::Peer::group, "groups", "groupId");
    add(Permission::Peer::prefix_list, "prefixListIds", "prefixListId");
  }
  return group;
}

cloud::Subnet read_subnet(Node item) {
  return {.id = item.text("subnetId"),
          .zone = item.text("availabilityZone"),
          .cidr = item.text("cidrBlock")};
}

}  // namespace ccloud::aws
