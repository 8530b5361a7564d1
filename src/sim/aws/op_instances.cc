// Instances: describe, status, power, termination, console.
#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/aws/instances.h"
#include "sim/aws/listing.h"

namespace ccloud::sim::aws {
namespace {

constexpr Field<Machine> fields[] = {
    {"instance-id", [](const Machine& m) { return Values{m.id}; }},
    {"instance-state-name",
     [](const Machine& m) { return Values{std::string(state_name(m.power).name)}; }},
    {"instance-state-code",
     [](const Machine& m) { return Values{std::to_string(state_name(m.power).code)}; }},
    {"instance-type", [](const Machine& m) { return Values{m.size}; }},
    {"image-id", [](const Machine& m) { return Values{m.image}; }},
    {"client-token", [](const Machine& m) { return Values{m.client_token}; }},
    {"reservation-id", [](const Machine& m) { return Values{m.batch}; }},
    {"vpc-id", [](const Machine& m) { return Values{m.network}; }},
    {"subnet-id", [](const Machine& m) { return Values{m.subnet}; }},
    {"availability-zone", [](const Machine& m) { return Values{m.zone}; }},
    {"instance.group-id", [](const Machine& m) { return m.firewalls; }},
    {"network-interface.group-id", [](const Machine& m) { return m.firewalls; }},
    {"key-name", [](const Machine& m) { return Values{m.key_name}; }},
    {"private-ip-address", [](const Machine& m) { return Values{m.private_ip}; }},
    {"ip-address", [](const Machine& m) { return Values{m.public_ip}; }},
    {"launch-time", [](const Machine& m) { return Values{ec2_time(m.created)}; }},
    {"iam-instance-profile.arn", [](const Machine& m) { return Values{m.identity}; }},
    {"architecture", [](const Machine& m) { return Values{m.fields.find("arch")->second}; }},
    {"owner-id", [](const Machine& m) { return Values{m.place.account}; }},
};

Answer<> describe_instances(Ec2& ec2) {
  auto found = select<Machine>(ec2, {.type = "instance", .ids = "InstanceId"}, fields);
  if (!found) return std::unexpected(found.error());
  // Instances of one call that follow each other are shown as one reservation.
  std::vector<std::vector<const Machine*>> reservations;
  for (const auto* machine : found->all) {
    if (reservations.empty() || reservations.back().front()->batch != machine->batch) {
      reservations.emplace_back();
    }
    reservations.back().push_back(machine);
  }
  ec2.xml.list("reservationSet", reservations,
               [&](const auto& machines) { write_reservation(ec2, machines); });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

void write_health(Ec2& ec2, std::string_view element, std::string_view status) {
  ec2.xml.open(element).leaf("status", status).open("details").open("item");
  ec2.xml.leaf("name", "reachability").leaf("status", status == "ok" ? "passed" : status);
  ec2.xml.close("item").close("details").close(element);
}

Answer<> describe_status(Ec2& ec2) {
  auto found = select<Machine>(ec2, {.type = "instance", .ids = "InstanceId"}, fields);
  if (!found) return std::unexpected(found.error());
  if (!ec2.params.flag("IncludeAllInstances")) {
    std::erase_if(found->all, [](const Machine* m) { return m->power != Power::running; });
  }
  ec2.xml.list("instanceStatusSet", found->all, [&](const Machine* machine) {
    const std::string_view status = machine->power == Power::running   ? "ok"
                                    : machine->power == Power::pending ? "initializing"
                                                                       : "not-applicable";
    ec2.xml.leaf("instanceId", machine->id).leaf("availabilityZone", machine->zone);
    write_state(ec2, "instanceState", machine->power);
    write_health(ec2, "systemStatus", status);
    write_health(ec2, "instanceStatus", status);
  });
  ec2.xml.optional("nextToken", found->next_token);
  return {};
}

/// All machines that the request names; one bad id fails the whole call.
Answer<std::vector<Machine*>> named_machines(Ec2& ec2) {
  std::vector<Machine*> machines;
  const auto ids = ec2.params.list("InstanceId");
  if (ids.size() > 1000) {
    return fail("InvalidParameterValue", "At most 1000 instances can be named in one call");
  }
  std::vector<std::string> unknown;
  for (const auto& id : ids) {
    auto machine = ec2.see_as<Machine>("instance", id);
    if (!machine && machine.error().code.ends_with("NotFound")) {
      unknown.push_back(id);
      continue;
    }
    if (!machine) return std::unexpected(machine.error());
    machines.push_back(*machine);
  }
  if (unknown.empty()) return machines;
  return fail("InvalidInstanceID.NotFound",
              unknown.size() == 1
                  ? fmt::format("The instance ID '{}' does not exist", unknown.front())
                  : fmt::format("The instance IDs '{}' do not exist", join(unknown, ", ")));
}

struct PowerAction {
  bool (*can)(Power power);
  void (*act)(World& world, Machine& machine);
  std::string_view from;  ///< for the message
};

Answer<> change_power(Ec2& ec2, const PowerAction& action) {
  auto machines = named_machines(ec2);
  if (!machines) return std::unexpected(machines.error());
  for (const auto* machine : *machines) {
    if (action.can(machine->power)) continue;
    return fail("IncorrectInstanceState",
                fmt::format("The instance '{}' is not in a state from which it can be {}.",
                            machine->id, action.from));
  }
  std::vector<Power> before;
  for (auto* machine : *machines) {
    before.push_back(machine->power);
    action.act(ec2.world, *machine);
  }
  std::size_t at = 0;
  ec2.xml.list("instancesSet", *machines, [&](const Machine* machine) {
    ec2.xml.leaf("instanceId", machine->id);
    write_state(ec2, "currentState", machine->power);
    write_state(ec2, "previousState", before[at++]);
  });
  return {};
}

Answer<> start_instances(Ec2& ec2) {
  return change_power(ec2, {[](Power power) {
                              return power == Power::stopped || power == Power::running ||
                                     power == Power::pending;
                            },
                            [](World& world, Machine& machine) {
                              if (machine.power == Power::stopped) world.start(machine);
                            },
                            "started"});
}

Answer<> stop_instances(Ec2& ec2) {
  return change_power(ec2, {[](Power power) {
                              return power == Power::running || power == Power::stopping ||
                                     power == Power::stopped;
                            },
                            [](World& world, Machine& machine) {
                              if (machine.power == Power::running) world.stop(machine);
                            },
                            "stopped"});
}

Answer<> reboot_instances(Ec2& ec2) {
  auto machines = named_machines(ec2);
  if (!machines) return std::unexpected(machines.error());
  for (const auto* machine : *machines) {
    if (machine->power == Power::running) continue;
    return fail("IncorrectInstanceState",
                fmt::format("Instance '{}' is not in the running state.", machine->id));
  }
  for (auto* machine : *machines) ec2.world.reboot(*machine);
  ec2.write_true();
  return {};
}

Answer<> terminate_instances(Ec2& ec2) {
  auto machines = named_machines(ec2);
  if (!machines) return std::unexpected(machines.error());
  for (const auto* machine : *machines) {
    if (!machine->fields.contains("protected")) continue;
    return fail("OperationNotPermitted",
                fmt::format("The instance '{}' may not be terminated. Modify its "
                            "'disableApiTermination' instance attribute and try again.",
                            machine->id));
  }
  return change_power(ec2, {[](Power) { return true; },
                            [](World& world, Machine& machine) {
                              if (machine.power != Power::failed) world.terminate(machine);
                            },
                            "terminated"});
}

Answer<> console_output(Ec2& ec2) {
  auto machine = ec2.see_as<Machine>("instance", ec2.params.get("InstanceId"));
  if (!machine) return std::unexpected(machine.error());
  constexpr std::size_t kept = 64 * 1024;
  auto text = ec2.world.console(**machine);
  if (text.size() > kept) text.erase(0, text.size() - kept);
  ec2.xml.leaf("instanceId", (*machine)->id).leaf("timestamp", ec2_time(ec2.world.now()));
  ec2.xml.leaf("output", base64(text));
  return {};
}

}  // namespace

std::vector<Operation> instance_operations() {
  return {
      {"DescribeInstances", "InstanceId.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false,
       describe_instances},
      {"DescribeInstanceStatus",
       "InstanceId.N IncludeAllInstances:bool" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false,
       describe_status},
      {"StartInstances", "InstanceId.N!", true, start_instances},
      {"StopInstances", "InstanceId.N! Force:bool", true, stop_instances},
      {"RebootInstances", "InstanceId.N!", true, reboot_instances},
      {"TerminateInstances", "InstanceId.N!", true, terminate_instances},
      {"GetConsoleOutput", "InstanceId! Latest:bool", false, console_output},
  };
}

}  // namespace ccloud::sim::aws
