// ModifyInstanceAttribute and DescribeInstanceAttribute.
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "sim/aws/instances.h"
#include "sim/aws/types.h"

namespace ccloud::sim::aws {
namespace {

Answer<> change_type(Ec2& ec2, Machine& machine) {
  const auto& name = ec2.params.get("InstanceType.Value");
  const auto* type = find_type(name);
  if (type == nullptr || !is_offered(*type, ec2.region, machine.zone)) {
    return fail("InvalidInstanceAttributeValue",
                fmt::format("Invalid value '{}' for InstanceType.", name));
  }
  if (type->arch != machine.fields["arch"]) {
    return fail("InvalidParameterCombination",
                "The instance type's architecture does not match the instance's");
  }
  machine.size = type->name;
  machine.cpus = type->cpus;
  machine.memory_mib = type->memory_mib;
  return {};
}

Answer<> change_groups(Ec2& ec2, Machine& machine, const std::vector<std::string>& ids) {
  for (const auto& id : ids) {
    auto group = ec2.see_as<Firewall>("security-group", id);
    if (!group) return std::unexpected(group.error());
    if ((*group)->network != machine.network) {
      return fail("InvalidParameter",
                  fmt::format("Security group {} belongs to another network", id));
    }
  }
  machine.firewalls = ids;
  return {};
}

Answer<> change_user_data(Ec2& ec2, Machine& machine) {
  const auto data = decode_base64(ec2.params.get("UserData.Value"));
  if (!data) return fail("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  machine.user_data = *data;
  return {};
}

Answer<> modify(Ec2& ec2) {
  auto found = ec2.see_as<Machine>("instance", ec2.params.get("InstanceId"));
  if (!found) return std::unexpected(found.error());
  auto& machine = **found;
  const auto& params = ec2.params;
  const bool needs_stop = params.has("InstanceType.Value") || params.has("UserData.Value");
  if (needs_stop && machine.power != Power::stopped) {
    return fail("IncorrectInstanceState",
                fmt::format("The instance '{}' is not in the 'stopped' state.", machine.id));
  }
  const auto groups = params.list("GroupId");
  const auto attributes = std::ranges::count_if(
      params.all(), [](const auto& param) { return param.first.ends_with(".Value"); });
  if (attributes + (groups.empty() ? 0 : 1) != 1) {
    return fail("InvalidParameterCombination",
                "Fields for multiple attribute types specified, or none");
  }
  Answer<> done;
  if (params.has("InstanceType.Value")) done = change_type(ec2, machine);
  if (params.has("UserData.Value")) done = change_user_data(ec2, machine);
  if (!groups.empty()) done = change_groups(ec2, machine, groups);
  if (!done) return done;
  if (params.has("DisableApiTermination.Value")) {
    machine.fields.erase("protected");
    if (params.flag("DisableApiTermination.Value")) machine.fields["protected"] = "true";
  }
  if (params.has("InstanceInitiatedShutdownBehavior.Value")) {
    machine.fields["shutdown"] = params.get("InstanceInitiatedShutdownBehavior.Value");
  }
  ec2.write_true();
  return {};
}

Answer<> describe(Ec2& ec2) {
  auto found = ec2.see_as<Machine>("instance", ec2.params.get("InstanceId"));
  if (!found) return std::unexpected(found.error());
  const auto& machine = **found;
  const auto& name = ec2.params.get("Attribute");
  std::string value;
  if (name == "instanceType") {
    value = machine.size;
  } else if (name == "disableApiTermination") {
    value = machine.fields.contains("protected") ? "true" : "false";
  } else if (name == "userData") {
    value = base64(machine.user_data);
  } else if (name == "instanceInitiatedShutdownBehavior") {
    value = machine.fields.find("shutdown")->second;
  } else if (name == "rootDeviceName") {
    value = machine.fields.find("root_device")->second;
  } else if (name != "groupSet") {
    return fail("InvalidParameterValue",
                fmt::format("Value ({}) for parameter attribute is invalid.", name));
  }
  ec2.xml.leaf("instanceId", machine.id);
  if (name == "groupSet") {
    ec2.xml.list("groupSet", machine.firewalls,
                 [&](const std::string& id) { ec2.xml.leaf("groupId", id); });
    return {};
  }
  ec2.xml.open(name).optional("value", value).close(name);
  return {};
}

}  // namespace

std::vector<Operation> attribute_operations() {
  return {
      {"ModifyInstanceAttribute",
       "InstanceId! InstanceType.Value UserData.Value DisableApiTermination.Value:bool "
       "InstanceInitiatedShutdownBehavior.Value GroupId.N",
       true, modify},
      {"DescribeInstanceAttribute", "InstanceId! Attribute!", false, describe},
  };
}

}  // namespace ccloud::sim::aws
