// The XML of instances and reservations.
#include "sim/aws/instances.h"

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

const std::string& field(const Resource& resource, std::string_view name) {
  static const std::string nothing;
  const auto found = resource.fields.find(name);
  return found == resource.fields.end() ? nothing : found->second;
}

void write_groups(Ec2& ec2, const Machine& machine) {
  ec2.xml.list("groupSet", machine.firewalls, [&](const std::string& id) {
    const auto* group = ec2.world.find(ec2.place, id);
    ec2.xml.leaf("groupId", id).leaf("groupName", group == nullptr ? "" : group->name);
  });
}

struct Reason {
  std::string_view code;
  std::string_view message;
};

/// stateReason: absent while all is well.
Reason reason_of(const Machine& machine, Power power) {
  if (power == Power::pending && !machine.has_run) return {"pending", "pending"};
  if (power == Power::pending || power == Power::running) return {"", ""};
  if (power == Power::failed)
    return {"Server.InternalError", "Server.InternalError: Internal error on launch"};
  if (machine.reason_code == "host_failure" && power == Power::terminated) {
    return {"Server.InternalError", "Server.InternalError: Internal error on the host"};
  }
  return {"Client.UserInitiatedShutdown", "Client.UserInitiatedShutdown: User initiated shutdown"};
}

void write_disks(Ec2& ec2, const Machine& machine) {
  ec2.xml.list("blockDeviceMapping", machine.disks, [&](const std::string& id) {
    const auto* disk = ec2.world.find_as<Disk>(ec2.place, id);
    if (disk == nullptr) return;
    ec2.xml.leaf("deviceName", disk->device).open("ebs");
    ec2.xml.leaf("volumeId", disk->id)
        .leaf("status", "attached")
        .leaf("attachTime", ec2_time(disk->created))
        .leaf("deleteOnTermination", disk->dies_with_machine)
        .close("ebs");
  });
}

void write_interface(Ec2& ec2, const Machine& machine, const std::string& public_ip) {
  auto& xml = ec2.xml;
  xml.open("networkInterfaceSet").open("item");
  xml.leaf("networkInterfaceId", field(machine, "eni"))
      .leaf("subnetId", machine.subnet)
      .leaf("vpcId", machine.network)
      .leaf("ownerId", ec2.place.account)
      .leaf("status", "in-use")
      .leaf("macAddress", field(machine, "mac"))
      .leaf("privateIpAddress", machine.private_ip)
      .leaf("sourceDestCheck", true);
  write_groups(ec2, machine);
  xml.open("attachment")
      .leaf("attachmentId", "eni-attach-" + field(machine, "eni").substr(4))
      .leaf("deviceIndex", 0)
      .leaf("status", "attached")
      .leaf("attachTime", ec2_time(machine.created))
      .leaf("deleteOnTermination", true)
      .close("attachment");
  const auto association = [&] {
    if (public_ip.empty()) return;
    xml.open("association").leaf("publicIp", public_ip).leaf("ipOwnerId", "amazon");
    xml.close("association");
  };
  association();
  xml.open("privateIpAddressesSet").open("item");
  xml.leaf("privateIpAddress", machine.private_ip).leaf("primary", true);
  association();
  xml.close("item").close("privateIpAddressesSet");
  xml.leaf("interfaceType", "interface").close("item").close("networkInterfaceSet");
}

}  // namespace

StateName state_name(Power power) {
  switch (power) {
    case Power::pending:
      return {0, "pending"};
    case Power::running:
      return {16, "running"};
    case Power::terminating:
      return {32, "shutting-down"};
    case Power::terminated:
    case Power::failed:
      return {48, "terminated"};
    case Power::stopping:
      return {64, "stopping"};
    case Power::stopped:
      return {80, "stopped"};
  }
  return {16, "running"};
}

void write_state(Ec2& ec2, std::string_view element, Power power) {
  const auto state = state_name(power);
  ec2.xml.open(element).leaf("code", state.code).leaf("name", state.name).close(element);
}

std::string private_dns(const Region& region, const std::string& ip) {
  if (ip.empty()) return {};
  const auto host = "ip-" + replace_all(ip, ".", "-");
  if (region.name == "us-east-1") return host + ".ec2.internal";
  return fmt::format("{}.{}.compute.internal", host, region.name);
}

Answer<std::string> profile_arn(Ec2& ec2) {
  const auto& name = ec2.params.get("IamInstanceProfile.Name");
  const auto& arn = ec2.params.get("IamInstanceProfile.Arn");
  if (!name.empty() && !arn.empty()) {
    return fail("InvalidParameterCombination",
                "The parameter iamInstanceProfile.name may not be used in combination with arn");
  }
  if (name.empty()) return arn;
  return fmt::format("arn:{}:iam::{}:instance-profile/{}", ec2.region.partition, ec2.place.account,
                     name);
}

void write_profile(Ec2& ec2, const std::string& arn) {
  ec2.xml.open("iamInstanceProfile")
      .leaf("arn", arn)
      .leaf("id", "AIPA" + std::string(16, 'S'))
      .close("iamInstanceProfile");
}

void write_instance(Ec2& ec2, const Machine& machine) {
  auto& xml = ec2.xml;
  const auto power = machine.power_at(ec2.call.as_of);
  const bool has_ended = power == Power::terminated || power == Power::failed;
  const auto public_ip = power == Power::running ? machine.public_ip : std::string();
  xml.leaf("instanceId", machine.id).leaf("imageId", machine.image);
  write_state(ec2, "instanceState", power);
  xml.leaf("privateDnsName", private_dns(ec2.region, machine.private_ip))
      .leaf("dnsName", "")
      .leaf("reason", machine.reason)
      .optional("keyName", machine.key_name)
      .leaf("amiLaunchIndex", machine.batch_index)
      .open("productCodes")
      .close("productCodes")
      .leaf("instanceType", machine.size)
      .leaf("launchTime", ec2_time(machine.created))
      .open("placement")
      .leaf("availabilityZone", machine.zone)
      .leaf("groupName", "")
      .leaf("tenancy", "default")
      .close("placement")
      .open("monitoring")
      .leaf("state", "disabled")
      .close("monitoring");
  if (!has_ended) {
    xml.leaf("subnetId", machine.subnet).leaf("vpcId", machine.network);
    xml.optional("privateIpAddress", machine.private_ip).optional("ipAddress", public_ip);
  }
  xml.leaf("sourceDestCheck", true);
  write_groups(ec2, machine);
  if (const auto reason = reason_of(machine, power); !reason.code.empty()) {
    xml.open("stateReason").leaf("code", reason.code).leaf("message", reason.message);
    xml.close("stateReason");
  }
  xml.leaf("architecture", field(machine, "arch"))
      .leaf("rootDeviceType", "ebs")
      .leaf("rootDeviceName", field(machine, "root_device"));
  write_disks(ec2, machine);
  xml.leaf("virtualizationType", "hvm").leaf("clientToken", machine.client_token);
  ec2.write_tags(machine);
  xml.leaf("hypervisor", "xen");
  if (!has_ended) write_interface(ec2, machine, public_ip);
  if (!machine.identity.empty()) write_profile(ec2, machine.identity);
  xml.leaf("ebsOptimized", false).leaf("enaSupport", true);
  xml.open("metadataOptions")
      .leaf("state", "applied")
      .leaf("httpTokens", field(machine, "http_tokens"))
      .leaf("httpPutResponseHopLimit", field(machine, "http_hops"))
      .leaf("httpEndpoint", "enabled")
      .close("metadataOptions");
}

void write_reservation(Ec2& ec2, const std::vector<const Machine*>& machines) {
  ec2.xml.leaf("reservationId", machines.front()->batch)
      .leaf("ownerId", ec2.place.account)
      .open("groupSet")
      .close("groupSet");
  ec2.xml.list("instancesSet", machines,
               [&](const Machine* machine) { write_instance(ec2, *machine); });
}

int used_cpus(World& world, const Place& place) {
  int used = 0;
  for (const auto& [serial, resource] : world.list(place, "instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    if (machine.power == Power::pending || machine.power == Power::running) used += machine.cpus;
  }
  return used;
}

}  // namespace ccloud::sim::aws
