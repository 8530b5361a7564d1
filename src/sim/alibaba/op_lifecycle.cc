// What happens to ECS instances once they are there: power, size, deletion, disks, roles, console.
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"
#include "sim/alibaba/rpc.h"

namespace ccloud::sim::alibaba {
namespace {

Response wrong_state(const Rpc& rpc) {
  return fail(rpc, 403, "IncorrectInstanceStatus",
              "The current status of the resource does not support this operation.");
}

std::optional<Response> start(const Rpc& rpc, Machine& machine) {
  if (machine.power == Power::running || machine.power == Power::pending) return std::nullopt;
  if (machine.power != Power::stopped) return wrong_state(rpc);
  rpc.world.start(machine);
  return std::nullopt;
}

std::optional<Response> stop(const Rpc& rpc, Machine& machine) {
  if (machine.power == Power::stopped || machine.power == Power::stopping) return std::nullopt;
  if (machine.power != Power::running) return wrong_state(rpc);
  machine.fields["stopped_mode"] = rpc.get("StoppedMode", "KeepCharging");
  rpc.world.stop(machine);
  return std::nullopt;
}

std::optional<Response> reboot(const Rpc& rpc, Machine& machine) {
  if (machine.power != Power::running) return wrong_state(rpc);
  rpc.world.reboot(machine);
  return std::nullopt;
}

std::optional<Response> modify_spec(const Rpc& rpc, Machine& machine) {
  const auto* type = find_type(rpc.get("InstanceType"));
  if (type == nullptr)
    return fail(rpc, 404, "InvalidInstanceType.NotFound",
                "The specified InstanceType does not exist.");
  if (machine.power != Power::stopped) return wrong_state(rpc);
  machine.size = type->name;
  machine.cpus = type->cpus;
  machine.memory_mib = type->memory_gib * 1024;
  return std::nullopt;
}

std::optional<Response> modify_attribute(const Rpc& rpc, Machine& machine) {
  const auto groups = rpc.list("SecurityGroupIds");
  for (const auto& id : groups) {
    if (rpc.see<Firewall>("securitygroup", id) == nullptr)
      return fail(rpc, 404, "InvalidSecurityGroupId.NotFound",
                  "The specified SecurityGroupId does not exist.");
  }
  if (!groups.empty()) machine.firewalls = groups;
  if (const auto name = rpc.get("InstanceName"); !name.empty()) machine.name = name;
  if (const auto on = rpc.get("DeletionProtection"); !on.empty()) machine.fields["protection"] = on;
  return std::nullopt;
}

using Act = std::optional<Response> (*)(const Rpc&, Machine&);

/// The operations on one instance.
template <Act act>
Response one(Rpc& rpc) {
  if (auto bad = require(rpc, {"InstanceId"})) return *bad;
  auto* machine = find_machine(rpc, rpc.get("InstanceId"));
  if (machine == nullptr) return no_such_instance(rpc);
  if (auto refused = act(rpc, *machine)) return *refused;
  return done(rpc);
}

/// Their plurals: status 200, and what became of each inside.
template <Act act>
Response several(Rpc& rpc) {
  const auto ids = rpc.list("InstanceId");
  if (ids.empty()) return missing(rpc, "InstanceId");
  if (ids.size() > 100)
    return fail(rpc, 400, "InvalidInstanceId.Malformed", "At most 100 instances at a time.");
  return succeed(rpc, [&](json::Writer& out) {
    out.key("InstanceResponses").begin_object().key("InstanceResponse").begin_array();
    for (const auto& id : ids) {
      auto* machine = find_machine(rpc, id);
      const auto before = machine == nullptr ? std::string_view() : status_of(rpc, *machine);
      const auto refused = machine == nullptr ? no_such_instance(rpc) : act(rpc, *machine);
      out.begin_object().member("InstanceId", id);
      if (refused) {
        const auto why = json::parse(refused->body);
        out.member("Code", why->root().get("Code").string_or())
            .member("Message", why->root().get("Message").string_or());
      } else {
        out.member("Code", "200").member("Message", "success");
      }
      const auto after =
          machine == nullptr ? std::string_view() : status_in(*machine, machine->power);
      out.member("PreviousStatus", before).member("CurrentStatus", after).end_object();
    }
    out.end_array().end_object();
  });
}

/// Why this one cannot be deleted now.
std::optional<Response> cannot_delete(const Rpc& rpc, const Machine* machine) {
  if (machine == nullptr) return no_such_instance(rpc);
  const auto protection = machine->fields.find("protection");
  if (protection != machine->fields.end() && protection->second == "true") {
    return fail(rpc, 403, "InvalidOperation.DeletionProtection",
                "The operation is not allowed due to the instance's DeletionProtection.");
  }
  if (machine->power != Power::stopped && rpc.get("Force") != "true") return wrong_state(rpc);
  return std::nullopt;
}

Response remove(Rpc& rpc) {
  auto ids = rpc.list("InstanceId");
  if (const auto one = rpc.get("InstanceId"); !one.empty()) ids.push_back(one);
  if (ids.empty()) return missing(rpc, "InstanceId");
  for (const auto& id : ids) {
    if (auto bad = cannot_delete(rpc, find_machine(rpc, id))) return *bad;
  }
  for (const auto& id : ids) rpc.world.terminate(*find_machine(rpc, id));
  return done(rpc);
}

Response describe_disks(Rpc& rpc) {
  std::vector<Resource*> found;
  const auto id = rpc.get("InstanceId");
  const auto disks = json_list(rpc.get("DiskIds"));
  for (auto* resource : rpc.all("instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    const bool is_wanted = !disks || std::ranges::any_of(*disks, [&](const std::string& disk) {
      return instance_of_disk(disk) == machine.id;
    });
    if (is_wanted && is_listed(rpc, machine) && rpc.is("InstanceId", machine.id) &&
        rpc.is("ZoneId", machine.zone) && rpc.get("DiskType") != "data") {
      found.push_back(resource);
    }
  }
  const auto page = page_of(rpc, std::move(found), Paging::both, {});
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, page);
    out.key("Disks").begin_object().key("Disk").begin_array();
    for (const auto* one : page.items) {
      const auto& machine = static_cast<const Machine&>(*one);
      out.begin_object().member("DiskId", "d-" + machine.id.substr(2));
      out.member("InstanceId", machine.id).member("RegionId", machine.place.region);
      out.member("ZoneId", machine.zone).member("Type", "system").member("Status", "In_use");
      out.member("Category", machine.fields.at("disk_kind")).member("Portable", false);
      out.member("Size", parse_int(machine.fields.at("disk")).value_or(0));
      out.member("DeleteWithInstance", true)
          .member("Encrypted", false)
          .member("Device", "/dev/xvda");
      out.member("CreationTime", second_text(machine.created));
      write_tags(out, machine, false);  // RunInstances puts them on the disk as well
      out.end_object();
    }
    out.end_array().end_object();
  });
}

Response resize_disk(Rpc& rpc) {
  if (auto bad = require(rpc, {"DiskId", "NewSize"})) return *bad;
  auto* machine = find_machine(rpc, instance_of_disk(rpc.get("DiskId")));
  if (machine == nullptr)
    return fail(rpc, 404, "InvalidDiskId.NotFound", "The specified DiskId does not exist.");
  auto& size = machine->fields["disk"];
  const auto wanted = parse_int(rpc.get("NewSize")).value_or(0);
  if (wanted <= parse_int(size).value_or(0)) {
    return fail(rpc, 403, "InvalidNewSize.TooSmall",
                "The new size is not larger than the disk's size.");
  }
  size = std::to_string(wanted);
  return done(rpc);
}

Response console(Rpc& rpc) {
  const auto* machine = find_machine(rpc, rpc.get("InstanceId"));
  if (machine == nullptr) return no_such_instance(rpc);
  return succeed(rpc, [&](json::Writer& out) {
    out.member("InstanceId", machine->id)
        .member("ConsoleOutput", base64(rpc.world.console(*machine)));
    // In Beijing's time, unlike everything else.
    auto time = second_text(rpc.world.now() + std::chrono::hours(8));
    out.member("LastUpdateTime", time.substr(0, 10) + " " + time.substr(11, 8));
  });
}

Response describe_roles(Rpc& rpc) {
  const auto ids = json_list(rpc.get("InstanceIds"));
  if (!ids && rpc.get("RamRoleName").empty()) return missing(rpc, "InstanceIds");
  if (ids && ids->size() > 50)
    return fail(rpc, 400, "InvalidInstanceIds.Malformed", "At most 50 instances at a time.");
  std::vector<Resource*> found;
  for (auto* resource : rpc.all("instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    const bool is_wanted = !ids || std::ranges::find(*ids, machine.id) != ids->end();
    if (is_wanted && is_listed(rpc, machine) && rpc.is("RamRoleName", machine.identity))
      found.push_back(resource);
  }
  const auto page = page_of(rpc, std::move(found), Paging::numbers, {.most = 50});
  return succeed(rpc, [&](json::Writer& out) {
    out.member("RegionId", rpc.place.region).member("TotalCount", page.total);
    out.key("InstanceRamRoleSets").begin_object().key("InstanceRamRoleSet").begin_array();
    for (const auto* resource : page.items) {
      out.begin_object().member("InstanceId", resource->id);
      out.member("RamRoleName", static_cast<const Machine&>(*resource).identity).end_object();
    }
    out.end_array().end_object();
  });
}

/// Attaches or detaches the role; an instance has one at most.
Response change_role(Rpc& rpc, bool is_attach) {
  if (auto bad = require(rpc, {"InstanceIds", "RamRoleName"})) return *bad;
  const auto ids = json_list(rpc.get("InstanceIds"));
  if (!ids) return fail(rpc, 400, "InvalidInstanceIds.Malformed", "InstanceIds is no JSON array.");
  const auto role = rpc.get("RamRoleName");
  const std::string word =
      is_attach ? "AttachInstanceRamRoleResult" : "DetachInstanceRamRoleResult";
  int failures = 0;
  return succeed(rpc, [&](json::Writer& out) {
    out.member("RamRoleName", role).member("TotalCount", ids->size());
    out.key(word + "s").begin_object().key(word).begin_array();
    for (const auto& id : *ids) {
      auto* machine = find_machine(rpc, id);
      std::string_view code;
      if (machine == nullptr) {
        code = "InvalidInstanceId.NotFound";
      } else if (is_attach && !machine->identity.empty() && machine->identity != role) {
        code = "InvalidInstance.AlreadyHasRole";
      } else if (!is_attach && machine->identity != role) {
        code = "InvalidRamRole.NotAttached";
      } else {
        machine->identity = is_attach ? role : "";
      }
      failures += code.empty() ? 0 : 1;
      out.begin_object().member("InstanceId", id).member("Success", code.empty());
      out.member("Code", code.empty() ? "200" : code);
      out.member("Message", code.empty() ? "success" : "The role was not changed.").end_object();
    }
    out.end_array().end_object().member("FailCount", failures);
  });
}

Response attach_role(Rpc& rpc) { return change_role(rpc, true); }
Response detach_role(Rpc& rpc) { return change_role(rpc, false); }

}  // namespace

std::vector<Operation> lifecycle_operations() {
  using enum Scope;
  return {{"ecs", "StartInstance", true, one<start>, instance},
          {"ecs", "StopInstance", true, one<stop>, instance},
          {"ecs", "RebootInstance", true, one<reboot>, instance},
          {"ecs", "StartInstances", true, several<start>},
          {"ecs", "StopInstances", true, several<stop>},
          {"ecs", "RebootInstances", true, several<reboot>},
          {"ecs", "ModifyInstanceSpec", true, one<modify_spec>, instance},
          {"ecs", "ModifyInstanceAttribute", true, one<modify_attribute>, instance},
          {"ecs", "DeleteInstance", true, remove, instance},
          {"ecs", "DeleteInstances", true, remove},
          {"ecs", "DescribeDisks", false, describe_disks},
          {"ecs", "ResizeDisk", true, resize_disk, instance},
          {"ecs", "DescribeInstanceRamRole", false, describe_roles},
          {"ecs", "AttachInstanceRamRole", true, attach_role},
          {"ecs", "DetachInstanceRamRole", true, detach_role},
          {"ecs", "GetInstanceConsoleOutput", false, console}};
}

}  // namespace ccloud::sim::alibaba
