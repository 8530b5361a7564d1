// ECS instances: RunInstances and the lists. What happens to them later is in op_lifecycle.cc.
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/alibaba/rpc.h"

namespace ccloud::sim::alibaba {
namespace {

std::string field(const Machine& machine, std::string_view name, std::string otherwise = {}) {
  const auto found = machine.fields.find(name);
  return found == machine.fields.end() ? otherwise : found->second;
}

std::string stopped_mode(const Machine& machine) {
  return machine.power == Power::stopped ? field(machine, "stopped_mode", "KeepCharging")
                                         : "Not-applicable";
}

/// Its only interface, with digits and a hardware address that follow from the instance's.
void write_interface(json::Writer& out, const Machine& machine) {
  const auto digits = machine.id.substr(2);
  const auto pair = [&](std::size_t at) { return digits.substr(at, 2); };
  out.key("NetworkInterfaces").begin_object().key("NetworkInterface").begin_array();
  out.begin_object()
      .member("NetworkInterfaceId", "eni-" + digits)
      .member("PrimaryIpAddress", machine.private_ip);
  out.member("MacAddress", fmt::format("00:16:3e:{}:{}:{}", pair(0), pair(2), pair(4)))
      .member("Type", "Primary")
      .end_object();
  out.end_array().end_object();
}

void write_instance(json::Writer& out, const Rpc& rpc, const Machine& machine) {
  const auto* type = find_type(machine.size);
  out.begin_object().member("InstanceId", machine.id).member("InstanceName", machine.name);
  out.member("HostName", machine.host_name).member("Status", status_of(rpc, machine));
  out.member("RegionId", machine.place.region).member("ZoneId", machine.zone);
  out.member("InstanceType", machine.size)
      .member("InstanceTypeFamily", type == nullptr ? "" : type->family);
  out.member("Cpu", machine.cpus)
      .member("Memory", machine.memory_mib)
      .member("ImageId", machine.image);
  out.member("OSType", "linux").member("OSName", machine.os);
  out.member("CreationTime", minute_text(machine.created))
      .member("StartTime", minute_text(machine.created));
  out.member("ExpiredTime", "2099-12-31T15:59Z").member("InstanceChargeType", "PostPaid");
  out.member("SpotStrategy", "NoSpot").member("StoppedMode", stopped_mode(machine));
  out.member("KeyPairName", machine.key_name)
      .member("InstanceNetworkType", "vpc")
      .member("IoOptimized", true);
  out.member("DeletionProtection", field(machine, "protection") == "true")
      .member("Description", "")
      .member("ResourceGroupId", "");
  out.member("InternetMaxBandwidthOut", parse_int(field(machine, "bandwidth")).value_or(0))
      .member("InternetChargeType", field(machine, "charge", "PayByTraffic"));
  out.key("VpcAttributes")
      .begin_object()
      .member("VpcId", machine.network)
      .member("VSwitchId", machine.subnet);
  write_list(
      out, "PrivateIpAddress", "IpAddress",
      machine.private_ip.empty() ? std::vector<std::string>{} : std::vector{machine.private_ip});
  out.member("NatIpAddress", "").end_object();
  const bool has_public = !machine.public_ip.empty();
  write_list(out, "PublicIpAddress", "IpAddress",
             has_public ? std::vector{machine.public_ip} : std::vector<std::string>{});
  write_list(out, "InnerIpAddress", "IpAddress", {});
  out.key("EipAddress")
      .begin_object()
      .member("AllocationId", "")
      .member("IpAddress", "")
      .member("InternetChargeType", "")
      .end_object();
  write_interface(out, machine);
  write_list(out, "SecurityGroupIds", "SecurityGroupId", machine.firewalls);
  write_tags(out, machine, false);
  write_list(out, "OperationLocks", "LockReason", {});
  out.end_object();
}

std::optional<Response> wanted_ids(Rpc& rpc, std::optional<std::vector<std::string>>& ids) {
  if (!rpc.params.contains("InstanceIds")) return std::nullopt;
  ids = json_list(rpc.get("InstanceIds"));
  if (ids && ids->size() <= 100) return std::nullopt;
  return fail(rpc, 400, "InvalidInstanceIds.Malformed",
              "The specified InstanceIds is no JSON array of at most 100 ids.");
}

Response describe(Rpc& rpc) {
  std::vector<Resource*> found;
  std::optional<std::vector<std::string>> ids;
  if (auto bad = wanted_ids(rpc, ids)) return *bad;
  const auto has_group = [&](const Machine& machine) {
    const auto group = rpc.get("SecurityGroupId");
    return group.empty() || std::ranges::find(machine.firewalls, group) != machine.firewalls.end();
  };
  const auto passes = [&](const Machine& machine) {
    return is_listed(rpc, machine) && rpc.is("Status", status_of(rpc, machine)) &&
           rpc.is("VpcId", machine.network) && rpc.is("ZoneId", machine.zone) &&
           rpc.is("InstanceType", machine.size) && rpc.is("VSwitchId", machine.subnet) &&
           rpc.is("ImageId", machine.image) && rpc.is("KeyPairName", machine.key_name) &&
           has_group(machine) &&
           (rpc.get("InstanceName").empty() || glob_match(rpc.get("InstanceName"), machine.name));
  };
  for (auto* resource : rpc.all("instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    if (ids && std::ranges::find(*ids, machine.id) == ids->end()) continue;
    if (passes(machine)) found.push_back(resource);
  }
  const auto page = page_of(rpc, std::move(found), Paging::both, {});
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, page);
    out.key("Instances").begin_object().key("Instance").begin_array();
    for (const auto* one : page.items) write_instance(out, rpc, static_cast<const Machine&>(*one));
    out.end_array().end_object();
  });
}

Response describe_status(Rpc& rpc) {
  const auto ids = rpc.list("InstanceId");
  std::vector<Resource*> found;
  for (auto* resource : rpc.all("instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    const bool is_wanted = ids.empty() || std::ranges::find(ids, machine.id) != ids.end();
    if (is_wanted && is_listed(rpc, machine) && rpc.is("ZoneId", machine.zone))
      found.push_back(resource);
  }
  const auto page = page_of(rpc, std::move(found), Paging::numbers, {.most = 50});
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, page);
    out.key("InstanceStatuses").begin_object().key("InstanceStatus").begin_array();
    for (const auto* one : page.items) {
      out.begin_object().member("InstanceId", one->id);
      out.member("Status", status_of(rpc, static_cast<const Machine&>(*one))).end_object();
    }
    out.end_array().end_object();
  });
}

std::optional<Response> check_disk(Rpc& rpc, const Image& image, Machine& machine) {
  const auto kind = rpc.get("SystemDisk.Category", "cloud_essd");
  if (kind != "cloud_essd" && kind != "cloud_auto" && kind != "cloud_essd_entry" &&
      kind != "cloud_ssd" && kind != "cloud_efficiency" && kind != "cloud") {
    return fail(rpc, 400, "InvalidSystemDiskCategory.ValueNotSupported",
                "The specified parameter \"SystemDisk.Category\" is not valid.");
  }
  const auto text = rpc.get("SystemDisk.Size");
  const auto size = text.empty() ? std::max(40, image.min_disk_gib) : parse_int(text).value_or(0);
  if (size < image.min_disk_gib) {
    return fail(rpc, 400, "InvalidSystemDiskSize.LessThanImageSize",
                "The specified parameter \"SystemDisk.Size\" is less than the image's size.");
  }
  machine.fields["disk"] = std::to_string(size);
  machine.fields["disk_kind"] = kind;
  return std::nullopt;
}

/// Linux: 2 to 64 letters, digits, dots and dashes, none of the signs at an end or twice.
bool is_host_name(std::string_view name) {
  if (name.size() < 2 || name.size() > 64) return false;
  char last = '-';
  for (const char c : name) {
    const bool is_sign = c == '-' || c == '.';
    const bool is_alnum =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_alnum && (!is_sign || last == '-' || last == '.')) return false;
    last = c;
  }
  return last != '-' && last != '.';
}

std::optional<Response> check_names(const Rpc& rpc) {
  const auto host = rpc.get("HostName");
  if (!host.empty() && !is_host_name(host))
    return fail(rpc, 400, "InvalidHostName.Malformed",
                "The specified parameter \"HostName\" is not valid.");
  const auto name = rpc.get("InstanceName", "any");
  if (name.size() < 2 || name.size() > 128)
    return fail(rpc, 400, "InvalidInstanceName.Malformed",
                "The specified parameter \"InstanceName\" is not valid.");
  return std::nullopt;
}

std::optional<Response> check_order(Rpc& rpc, Machine& machine) {
  if (auto bad = require(rpc, {"ImageId", "InstanceType", "VSwitchId"})) return bad;
  const auto* type = find_type(rpc.get("InstanceType"));
  if (type == nullptr)
    return fail(rpc, 404, "InvalidInstanceType.NotFound",
                "The specified InstanceType does not exist.");
  const auto* image = rpc.see<Image>("image", rpc.get("ImageId"));
  if (image == nullptr)
    return fail(rpc, 404, "InvalidImageId.NotFound", "The specified ImageId does not exist.");
  if ((image->arch == "arm64") != type->is_arm) {
    return fail(rpc, 403, "ImageNotSupportInstanceType",
                "The specified image does not support the specified instance type.");
  }
  auto* subnet = rpc.see<Subnet>("vswitch", rpc.get("VSwitchId"));
  if (subnet == nullptr)
    return fail(rpc, 404, "InvalidVSwitchId.NotFound",
                "The VSwitchId provided does not exist in our records.");
  auto groups = rpc.list("SecurityGroupIds");
  if (const auto one = rpc.get("SecurityGroupId"); !one.empty()) groups.push_back(one);
  if (groups.empty()) return missing(rpc, "SecurityGroupId");
  for (const auto& id : groups) {
    const auto* group = rpc.see<Firewall>("securitygroup", id);
    if (group == nullptr)
      return fail(rpc, 404, "InvalidSecurityGroupId.NotFound",
                  "The specified SecurityGroupId does not exist.");
    if (group->network != subnet->network)
      return fail(rpc, 400, "InvalidSecurityGroupId.VpcMismatch",
                  "The security group is in another VPC.");
  }
  const auto key_name = rpc.get("KeyPairName");
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "keypair")) {
    if (resource->name == key_name)
      machine.public_keys = {static_cast<const Key&>(*resource).public_key};
  }
  if (!key_name.empty() && machine.public_keys.empty())
    return fail(rpc, 404, "InvalidKeyPairName.NotFound",
                "The specified KeyPairName does not exist.");
  const auto data = decode_base64(rpc.get("UserData"));
  if (!data || data->size() > 32768)
    return fail(rpc, 400, "InvalidUserData.SizeExceeded",
                "The user data is not base64 of at most 32 KB.");
  if (auto bad = check_tags(rpc)) return bad;
  if (auto bad = check_disk(rpc, *image, machine)) return bad;
  if (auto bad = check_names(rpc)) return bad;
  machine.image = image->id;
  machine.os = image->os;
  machine.user = image->user;
  machine.size = type->name;
  machine.cpus = type->cpus;
  machine.memory_mib = type->memory_gib * 1024;
  machine.network = subnet->network;
  machine.subnet = subnet->id;
  machine.zone = subnet->zone;
  machine.firewalls = groups;
  machine.key_name = key_name;
  machine.user_data = *data;
  machine.identity = rpc.get("RamRoleName");
  machine.wants_public_ip = parse_int(rpc.get("InternetMaxBandwidthOut", "0")).value_or(0) > 0;
  machine.name = rpc.get("InstanceName");
  machine.host_name = rpc.get("HostName", machine.name);
  machine.fields["bandwidth"] = rpc.get("InternetMaxBandwidthOut", "0");
  machine.fields["charge"] = rpc.get("InternetChargeType", "PayByTraffic");
  machine.fields["protection"] = rpc.get("DeletionProtection", "false");
  machine.tags = rpc.tags();
  return std::nullopt;
}

/// "node-[7,3]-x" is node-007-x, node-008-x and so on.
std::string numbered(const std::string& pattern, std::int64_t index) {
  const auto open = pattern.find('[');
  const auto comma = pattern.find(',', open == std::string::npos ? 0 : open);
  const auto close = pattern.find(']', comma == std::string::npos ? 0 : comma);
  if (open == std::string::npos || comma == std::string::npos || close == std::string::npos)
    return pattern;
  const auto first = parse_int(pattern.substr(open + 1, comma - open - 1)).value_or(0);
  const auto digits = parse_int(pattern.substr(comma + 1, close - comma - 1)).value_or(0);
  return fmt::format("{}{:0{}}{}", pattern.substr(0, open), first + index,
                     std::clamp<std::int64_t>(digits, 0, 6), pattern.substr(close + 1));
}

Response run_instances(Rpc& rpc) {
  std::optional<Response> refused;
  const auto answer = [&](const std::vector<std::string>& ids) {
    return succeed(rpc, [&](json::Writer& out) {
      write_list(out, "InstanceIdSets", "InstanceIdSet", ids);
      out.member("TradePrice", 0.1);
    });
  };
  if (const auto* earlier = recall(rpc, refused)) return refused ? *refused : answer(earlier->ids);
  Machine wanted;
  if (auto bad = check_order(rpc, wanted)) return *bad;
  const auto amount = parse_int(rpc.get("Amount", "1")).value_or(0);
  if (amount < 1 || amount > 100) return fail(rpc, 400, "InvalidAmount", "Amount is 1 to 100.");
  if (rpc.get("DryRun") == "true")
    return fail(rpc, 412, "DryRunOperation",
                "Request validation has been passed with DryRun flag set.");
  if (rpc.call.is_full(wanted.zone))
    return fail(rpc, 403, "OperationDenied.NoStock",
                "The requested resource is sold out in the specified zone; try other types of "
                "resources or other regions and zones.");
  double used = 0;
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    used += machine.is_live() ? machine.cpus : 0;
  }
  if (rpc.call.over_quota ||
      used + static_cast<double>(amount * wanted.cpus) > rpc.world.quota(rpc.place, "vcpus", 500)) {
    return fail(rpc, 403, "QuotaExceed.ElasticQuota",
                "The number of vCPUs has exceeded the quota.");
  }
  std::vector<std::string> ids;
  auto* subnet = rpc.see<Subnet>("vswitch", wanted.subnet);
  for (std::int64_t i = 0; i < amount; ++i) {
    Machine machine = wanted;
    const auto ip = rpc.world.allocate_ip(*subnet, 1);
    if (!ip)
      return fail(rpc, 400, "InvalidVSwitchId.IpNotEnough",
                  "The specified VSwitch has not enough IpAddress.");
    machine.private_ip = *ip;
    machine.place = rpc.place;
    machine.type = "instance";
    machine.id = rpc.new_id("i-");
    machine.batch_index = static_cast<int>(i);
    machine.name = numbered(wanted.name, i);
    machine.host_name = rpc.get("HostName").empty() ? machine.name : numbered(wanted.host_name, i);
    ids.push_back(rpc.world.launch(std::move(machine)).id);
  }
  remember(rpc, ids);
  return answer(ids);
}

}  // namespace

std::vector<Operation> instance_operations() {
  return {{"ecs", "DescribeInstances", false, describe},
          {"ecs", "DescribeInstanceStatus", false, describe_status},
          {"ecs", "RunInstances", true, run_instances}};
}

}  // namespace ccloud::sim::alibaba
