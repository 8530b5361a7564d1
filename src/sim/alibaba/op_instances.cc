// ECS instances: RunInstances, the lists, deletion, tags, disks, console.
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"
#include "sim/alibaba/rpc.h"

namespace ccloud::sim::alibaba {
namespace {

std::string_view status_of(const Rpc& rpc, const Machine& machine) {
  switch (machine.power_at(rpc.call.as_of)) {
    case Power::pending:
      return machine.has_run ? "Starting" : "Pending";
    case Power::running:
      return "Running";
    case Power::stopping:
      return "Stopping";
    case Power::stopped:
      return "Stopped";
    default:
      return "Stopped";
  }
}

/// ids of a JSON array parameter: InstanceIds=["i-1","i-2"].
std::vector<std::string> json_ids(const std::string& text) {
  std::vector<std::string> out;
  if (const auto document = json::parse(text)) {
    for (const auto& one : document->root().items()) out.push_back(one.string_or());
  }
  return out;
}

/// Deleted and failed ones are simply not listed.
bool is_listed(const Rpc& rpc, const Machine& machine) {
  const auto power = machine.power_at(rpc.call.as_of);
  return power != Power::terminated && power != Power::failed && power != Power::terminating;
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
  out.member("SpotStrategy", "NoSpot").member("StoppedMode", "Not-applicable");
  out.member("KeyPairName", machine.key_name)
      .member("InstanceNetworkType", "vpc")
      .member("IoOptimized", true);
  out.member("DeletionProtection", false).member("Description", "").member("ResourceGroupId", "");
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
      .end_object();
  write_list(out, "SecurityGroupIds", "SecurityGroupId", machine.firewalls);
  write_tags(out, machine, false);
  write_list(out, "OperationLocks", "LockReason", {});
  out.end_object();
}

Response describe(Rpc& rpc) {
  std::vector<Resource*> found;
  const auto ids = json_ids(rpc.get("InstanceIds"));
  if (ids.size() > 100) return fail(rpc, 400, "InvalidInstanceIds.Malformed", "at most 100 ids");
  const auto passes = [&](const Machine& machine) {
    const auto is = [&](const char* name, const std::string& value) {
      const auto wanted = rpc.get(name);
      return wanted.empty() || wanted == value;
    };
    return is_listed(rpc, machine) && is("Status", std::string(status_of(rpc, machine))) &&
           is("VpcId", machine.network) && is("ZoneId", machine.zone) &&
           is("InstanceType", machine.size) && is("VSwitchId", machine.subnet) &&
           (rpc.get("InstanceName").empty() || glob_match(rpc.get("InstanceName"), machine.name));
  };
  for (auto* resource : rpc.all("instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    if (rpc.params.contains("InstanceIds") && std::ranges::find(ids, machine.id) == ids.end())
      continue;
    if (passes(machine)) found.push_back(resource);
  }
  const auto page = page_of(rpc, std::move(found), 10, 100);
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, rpc, page);
    out.key("Instances").begin_object().key("Instance").begin_array();
    for (const auto* one : page.items) write_instance(out, rpc, static_cast<const Machine&>(*one));
    out.end_array().end_object();
  });
}

std::optional<Response> check_order(Rpc& rpc, Machine& machine) {
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
  if (groups.empty())
    return fail(rpc, 400, "MissingParameter",
                "The input parameter \"SecurityGroupId\" is mandatory.");
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
  if (rpc.tags().size() > 20) return fail(rpc, 400, "TagLimitExceeded", "at most 20 tags");
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
  machine.tags = rpc.tags();
  return std::nullopt;
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
  if (rpc.call.no_capacity)
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
    ids.push_back(rpc.world.launch(std::move(machine)).id);
  }
  remember(rpc, ids);
  return answer(ids);
}

Machine* find_machine(const Rpc& rpc, const std::string& id) {
  auto* machine = rpc.world.find_as<Machine>(rpc.place, id);
  return machine != nullptr && machine->type == "instance" && is_listed(rpc, *machine) ? machine
                                                                                       : nullptr;
}

Response remove(Rpc& rpc) {
  auto ids = rpc.list("InstanceId");
  if (const auto one = rpc.get("InstanceId"); !one.empty()) ids.push_back(one);
  for (const auto& id : ids) {
    auto* machine = find_machine(rpc, id);
    if (machine == nullptr)
      return fail(rpc, 404, "InvalidInstanceId.NotFound",
                  "The specified InstanceId does not exist.");
    if (machine->power != Power::stopped && rpc.get("Force") != "true") {
      return fail(rpc, 403, "IncorrectInstanceStatus",
                  "The current status of the resource does not support this operation.");
    }
  }
  for (const auto& id : ids) rpc.world.terminate(*find_machine(rpc, id));
  return done(rpc);
}

Resource* tagged_resource(const Rpc& rpc, const std::string& id) {
  if (auto* machine = find_machine(rpc, id)) return machine;
  for (const auto* type : {"securitygroup", "keypair", "disk"}) {
    if (auto* found = rpc.see<Resource>(type, id)) return found;
  }
  return nullptr;
}

Response tag(Rpc& rpc) {
  for (const auto& id : rpc.list("ResourceId")) {
    auto* resource = tagged_resource(rpc, id);
    if (resource == nullptr)
      return fail(rpc, 404, "InvalidResourceId.NotFound", "The specified resource does not exist.");
    for (const auto& [key, value] : rpc.tags()) {
      if (key.starts_with("aliyun") || key.starts_with("acs:"))
        return fail(rpc, 400, "InvalidTagKey.Malformed", "The tag key is reserved.");
      rpc.world.set_tag(*resource, key, value);
    }
  }
  return done(rpc);
}

Response untag(Rpc& rpc) {
  for (const auto& id : rpc.list("ResourceId")) {
    auto* resource = tagged_resource(rpc, id);
    if (resource == nullptr)
      return fail(rpc, 404, "InvalidResourceId.NotFound", "The specified resource does not exist.");
    for (const auto& key : rpc.list("TagKey")) rpc.world.remove_tag(*resource, key);
  }
  return done(rpc);
}

Response list_tags(Rpc& rpc) {
  const auto kind = rpc.get("ResourceType");
  const auto page = page_of(rpc, rpc.all(kind), 20, 50);
  return succeed(rpc, [&](json::Writer& out) {
    out.member("NextToken", page.next)
        .key("TagResources")
        .begin_object()
        .key("TagResource")
        .begin_array();
    for (const auto* one : page.items) {
      for (const auto& [key, value] : one->tags) {
        out.begin_object().member("ResourceId", one->id).member("ResourceType", kind);
        out.member("TagKey", key).member("TagValue", value).end_object();
      }
    }
    out.end_array().end_object();
  });
}

Response describe_disks(Rpc& rpc) {
  const auto* machine = find_machine(rpc, rpc.get("InstanceId"));
  return succeed(rpc, [&](json::Writer& out) {
    out.member("TotalCount", machine == nullptr ? 0 : 1)
        .key("Disks")
        .begin_object()
        .key("Disk")
        .begin_array();
    if (machine != nullptr) {
      const auto size = machine->fields.find("disk");
      out.begin_object()
          .member("DiskId", "d-" + machine->id.substr(2))
          .member("InstanceId", machine->id);
      out.member("Type", "system").member("Status", "In_use").member("Category", "cloud_essd");
      out.member("Size", size == machine->fields.end() ? 20 : parse_int(size->second).value_or(20))
          .end_object();
    }
    out.end_array().end_object();
  });
}

Response resize_disk(Rpc& rpc) {
  auto* machine = find_machine(
      rpc, "i-" + rpc.get("DiskId").substr(std::min<std::size_t>(2, rpc.get("DiskId").size())));
  if (machine == nullptr)
    return fail(rpc, 404, "InvalidDiskId.NotFound", "The specified DiskId does not exist.");
  machine->fields["disk"] = rpc.get("NewSize");
  return done(rpc);
}

Response console(Rpc& rpc) {
  const auto* machine = find_machine(rpc, rpc.get("InstanceId"));
  if (machine == nullptr)
    return fail(rpc, 404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.");
  return succeed(rpc, [&](json::Writer& out) {
    out.member("InstanceId", machine->id)
        .member("ConsoleOutput", base64(rpc.world.console(*machine)));
    out.member("LastUpdateTime", second_text(rpc.world.now()));
  });
}

/// StartInstance, StopInstance, RebootInstance and ModifyInstanceSpec work on one of these.
Response with_machine(Rpc& rpc, Response (*act)(Rpc&, Machine&)) {
  auto* machine = find_machine(rpc, rpc.get("InstanceId"));
  if (machine == nullptr)
    return fail(rpc, 404, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist.");
  return act(rpc, *machine);
}

Response wrong_state(const Rpc& rpc) {
  return fail(rpc, 403, "IncorrectInstanceStatus",
              "The current status of the resource does not support this operation.");
}

Response start(Rpc& rpc) {
  return with_machine(rpc, [](Rpc& r, Machine& machine) {
    if (machine.power == Power::running || machine.power == Power::pending) return done(r);
    if (machine.power != Power::stopped) return wrong_state(r);
    r.world.start(machine);
    return done(r);
  });
}

Response stop(Rpc& rpc) {
  return with_machine(rpc, [](Rpc& r, Machine& machine) {
    if (machine.power == Power::stopped || machine.power == Power::stopping) return done(r);
    if (machine.power != Power::running) return wrong_state(r);
    r.world.stop(machine);
    return done(r);
  });
}

Response reboot(Rpc& rpc) {
  return with_machine(rpc, [](Rpc& r, Machine& machine) {
    if (machine.power != Power::running) return wrong_state(r);
    r.world.reboot(machine);
    return done(r);
  });
}

Response modify_spec(Rpc& rpc) {
  return with_machine(rpc, [](Rpc& r, Machine& machine) {
    const auto* type = find_type(r.get("InstanceType"));
    if (type == nullptr)
      return fail(r, 404, "InvalidInstanceType.NotFound",
                  "The specified InstanceType does not exist.");
    if (machine.power != Power::stopped) return wrong_state(r);
    machine.size = type->name;
    machine.cpus = type->cpus;
    machine.memory_mib = type->memory_gib * 1024;
    return done(r);
  });
}

Response modify_attribute(Rpc& rpc) {
  return with_machine(rpc, [](Rpc& r, Machine& machine) {
    if (const auto groups = r.list("SecurityGroupIds"); !groups.empty()) machine.firewalls = groups;
    if (const auto name = r.get("InstanceName"); !name.empty()) machine.name = name;
    return done(r);
  });
}

Response attach_role(Rpc& rpc) {
  for (const auto& id : json_ids(rpc.get("InstanceIds"))) {
    if (auto* machine = find_machine(rpc, id)) machine->identity = rpc.get("RamRoleName");
  }
  return done(rpc);
}

}  // namespace

std::vector<Operation> instance_operations() {
  return {{"ecs", "DescribeInstances", false, describe},
          {"ecs", "RunInstances", true, run_instances},
          {"ecs", "DeleteInstance", true, remove},
          {"ecs", "DeleteInstances", true, remove},
          {"ecs", "TagResources", true, tag},
          {"ecs", "UntagResources", true, untag},
          {"ecs", "ListTagResources", false, list_tags},
          {"ecs", "DescribeDisks", false, describe_disks},
          {"ecs", "ResizeDisk", true, resize_disk},
          {"ecs", "GetInstanceConsoleOutput", false, console}};
}

std::vector<Operation> power_operations() {
  return {{"ecs", "StartInstance", true, start},
          {"ecs", "StopInstance", true, stop},
          {"ecs", "RebootInstance", true, reboot},
          {"ecs", "ModifyInstanceSpec", true, modify_spec},
          {"ecs", "ModifyInstanceAttribute", true, modify_attribute},
          {"ecs", "AttachInstanceRamRole", true, attach_role}};
}

}  // namespace ccloud::sim::alibaba
