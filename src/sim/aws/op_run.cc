// RunInstances: checks in EC2's order, client tokens, and the machines with their disks and
// interfaces.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/aws/instances.h"
#include "sim/aws/types.h"

namespace ccloud::sim::aws {
namespace {

/// Everything that one call asks for, checked.
struct Order {
  const Image* image = nullptr;
  const InstanceType* type = nullptr;
  Subnet* subnet = nullptr;
  std::vector<std::string> groups;
  const Key* key = nullptr;
  std::string user_data;
  bool wants_public_ip = false;
  std::vector<Disk> disks;  ///< the root disk first
  Tags instance_tags;
  Tags volume_tags;
  Tags interface_tags;
  std::string profile;
  std::int64_t min = 1;
  std::int64_t max = 1;
};

/// Subnet, groups and the like come at the top level or in the first network interface.
struct Wanted {
  std::string subnet;
  std::vector<std::string> groups;
  std::optional<bool> public_ip;
  std::string private_ip;
};

Answer<Wanted> wanted_network(const Params& params) {
  const auto interfaces = params.entries("NetworkInterface");
  if (interfaces.empty()) {
    return Wanted{params.get("SubnetId"), params.list("SecurityGroupId"), std::nullopt,
                  params.get("PrivateIpAddress")};
  }
  if (interfaces.size() > 1) {
    return fail("UnsupportedOperation", "the simulator gives an instance one network interface");
  }
  if (params.has("SubnetId") || !params.list("SecurityGroupId").empty()) {
    return fail("InvalidParameterCombination",
                "Network interfaces and an instance-level subnet ID or security groups may not be "
                "specified on the same request");
  }
  const auto& at = interfaces.front();
  if (params.get(at + ".DeviceIndex") != "0") {
    return fail("InvalidParameterCombination", "The first network interface needs device index 0");
  }
  Wanted wanted{params.get(at + ".SubnetId"), params.list(at + ".SecurityGroupId"), std::nullopt,
                params.get(at + ".PrivateIpAddress")};
  if (params.has(at + ".AssociatePublicIpAddress")) {
    wanted.public_ip = params.flag(at + ".AssociatePublicIpAddress");
  }
  return wanted;
}

Answer<> check_counts(Ec2& ec2, Order& order) {
  order.min = ec2.params.number("MinCount", 0);
  order.max = ec2.params.number("MaxCount", 0);
  if (order.min < 1 || order.max < order.min || order.max > 1000) {
    return fail("InvalidParameterValue",
                fmt::format("Value ({} - {}) for parameters minCount and maxCount is invalid.",
                            order.min, order.max));
  }
  return {};
}

Answer<> find_image_and_type(Ec2& ec2, Order& order) {
  auto image = ec2.see_as<Image>("image", ec2.params.get("ImageId"));
  if (!image) {
    if (image.error().code != "InvalidAMIID.NotFound") return std::unexpected(image.error());
    return fail("InvalidAMIID.NotFound",
                fmt::format("The image id '[{}]' does not exist", ec2.params.get("ImageId")));
  }
  const auto name = ec2.params.has("InstanceType") ? ec2.params.get("InstanceType") : "m1.small";
  const auto* type = find_type(name);
  if (type == nullptr) {
    return fail("InvalidParameterValue", fmt::format("Invalid value '{}' for InstanceType.", name));
  }
  if (type->arch != (*image)->arch) {
    return fail("InvalidParameterValue",
                fmt::format("The architecture '{}' of the specified instance type does not match "
                            "the architecture '{}' of the specified AMI. Specify an instance type "
                            "and an AMI that have matching architectures, and try again.",
                            type->arch, (*image)->arch));
  }
  order.image = *image;
  order.type = type;
  return {};
}

Answer<Subnet*> default_subnet(Ec2& ec2, const InstanceType& type) {
  const auto& zone = ec2.params.get("Placement.AvailabilityZone");
  const auto zones = zones_of(ec2.region);
  if (!zone.empty() && std::ranges::find(zones, zone) == zones.end()) {
    return fail("InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", zone));
  }
  for (const auto& [serial, resource] : ec2.world.list(ec2.place, "subnet")) {
    auto& subnet = static_cast<Subnet&>(*resource);
    if (!subnet.fields.contains("default")) continue;
    if (zone.empty() ? is_offered(type, ec2.region, subnet.zone) : subnet.zone == zone) {
      return &subnet;
    }
  }
  return fail("MissingInput", "No subnets found for the default VPC. Please specify a subnet.");
}

Answer<> find_subnet(Ec2& ec2, const Wanted& wanted, Order& order) {
  auto subnet = wanted.subnet.empty() ? default_subnet(ec2, *order.type)
                                      : ec2.see_as<Subnet>("subnet", wanted.subnet);
  if (!subnet) return std::unexpected(subnet.error());
  order.subnet = *subnet;
  const auto& zone = ec2.params.get("Placement.AvailabilityZone");
  if (!zone.empty() && zone != order.subnet->zone) {
    return fail("InvalidParameterValue",
                fmt::format("The availability zone '{}' does not match the subnet's '{}'.", zone,
                            order.subnet->zone));
  }
  if (!is_offered(*order.type, ec2.region, order.subnet->zone)) {
    return fail("Unsupported",
                fmt::format("Your requested instance type ({}) is not supported in your requested "
                            "Availability Zone ({}). Please retry your request by not specifying "
                            "an Availability Zone or choosing another one.",
                            order.type->name, order.subnet->zone));
  }
  order.wants_public_ip = wanted.public_ip.value_or(order.subnet->gives_public_ip);
  return {};
}

Answer<> find_groups(Ec2& ec2, const Wanted& wanted, Order& order) {
  for (const auto& id : wanted.groups) {
    auto group = ec2.see_as<Firewall>("security-group", id);
    if (!group) return std::unexpected(group.error());
    if ((*group)->network != order.subnet->network) {
      return fail("InvalidParameter",
                  fmt::format("Security group {} and subnet {} belong to different networks.", id,
                              order.subnet->id));
    }
    order.groups.push_back(id);
  }
  if (!order.groups.empty()) return {};
  for (const auto& [serial, resource] : ec2.world.list(ec2.place, "security-group")) {
    const auto& group = static_cast<Firewall&>(*resource);
    if (group.network == order.subnet->network && group.name == "default") {
      order.groups.push_back(group.id);
    }
  }
  return {};
}

Answer<> find_key_and_data(Ec2& ec2, Order& order) {
  if (ec2.params.has("KeyName")) {
    const auto& name = ec2.params.get("KeyName");
    for (const auto& [serial, key] : ec2.world.list(ec2.place, "key-pair")) {
      if (key->name == name && ec2.is_visible(*key)) order.key = static_cast<Key*>(key);
    }
    if (order.key == nullptr) {
      return fail("InvalidKeyPair.NotFound", fmt::format("The key pair '{}' does not exist", name));
    }
  }
  const auto data = decode_base64(ec2.params.get("UserData"));
  if (!data) return fail("InvalidUserData.Malformed", "Invalid BASE64 encoding of user data.");
  if (data->size() > 16384) {
    return fail("InvalidParameterValue", "User data is limited to 16384 bytes");
  }
  order.user_data = *data;
  auto profile = profile_arn(ec2);
  if (!profile) return std::unexpected(profile.error());
  order.profile = std::move(*profile);
  return {};
}

Answer<Disk> wanted_disk(const Params& params, const std::string& at, const Image& image) {
  constexpr std::array kinds = {"standard", "gp2", "gp3", "io1", "io2", "st1", "sc1"};
  Disk disk;
  disk.device = params.get(at + ".DeviceName");
  const bool is_root = disk.device == image.fields.find("root_device")->second;
  const auto least = is_root ? image.min_disk_gib : 1;
  disk.size_gib = static_cast<int>(params.number(at + ".Ebs.VolumeSize", least));
  disk.kind = params.has(at + ".Ebs.VolumeType") ? params.get(at + ".Ebs.VolumeType") : "gp3";
  disk.dies_with_machine = params.flag(at + ".Ebs.DeleteOnTermination", true);
  disk.fields["encrypted"] = params.flag(at + ".Ebs.Encrypted") ? "true" : "false";
  if (params.has(at + ".Ebs.Iops")) disk.fields["iops"] = params.get(at + ".Ebs.Iops");
  if (params.has(at + ".Ebs.Throughput")) {
    disk.fields["throughput"] = params.get(at + ".Ebs.Throughput");
  }
  if (disk.device.empty()) {
    return fail("MissingParameter", "The request must contain the parameter deviceName");
  }
  if (std::ranges::find(kinds, disk.kind) == kinds.end()) {
    return fail("InvalidParameterValue",
                fmt::format("Invalid value '{}' for VolumeType.", disk.kind));
  }
  if (disk.size_gib < least) {
    return fail("InvalidBlockDeviceMapping",
                fmt::format("Volume of size {}GB is smaller than snapshot '{}', expect size >= "
                            "{}GB",
                            disk.size_gib, image.fields.find("snapshot")->second, least));
  }
  if (disk.size_gib > 16384) {
    return fail("InvalidParameterValue",
                fmt::format("Volume of size {}GB is too large", disk.size_gib));
  }
  return disk;
}

Answer<> find_disks(Ec2& ec2, Order& order) {
  const auto& root_device = order.image->fields.find("root_device")->second;
  Disk root;
  root.device = root_device;
  root.size_gib = order.image->min_disk_gib;
  root.kind = "gp3";
  root.fields["encrypted"] = "false";
  order.disks.push_back(std::move(root));
  for (const auto& at : ec2.params.entries("BlockDeviceMapping")) {
    auto disk = wanted_disk(ec2.params, at, *order.image);
    if (!disk) return std::unexpected(disk.error());
    if (disk->device == root_device) {
      order.disks.front() = std::move(*disk);
    } else {
      order.disks.push_back(std::move(*disk));
    }
  }
  return {};
}

Answer<> find_tags(Ec2& ec2, Order& order) {
  if (auto good = check_tag_types(ec2.params, "instance volume network-interface"); !good) {
    return good;
  }
  const std::array<std::pair<std::string_view, Tags*>, 3> kinds = {
      {{"instance", &order.instance_tags},
       {"volume", &order.volume_tags},
       {"network-interface", &order.interface_tags}}};
  for (const auto& [type, into] : kinds) {
    auto tags = tags_for(ec2.params, type);
    if (!tags) return std::unexpected(tags.error());
    *into = std::move(*tags);
  }
  return {};
}

Answer<Order> check_order(Ec2& ec2) {
  Order order;
  auto wanted = wanted_network(ec2.params);
  if (!wanted) return std::unexpected(wanted.error());
  if (!wanted->private_ip.empty()) {
    return fail("UnsupportedOperation", "the simulator chooses private addresses itself");
  }
  Answer<> step = check_counts(ec2, order);
  if (step) step = find_image_and_type(ec2, order);
  if (step) step = find_subnet(ec2, *wanted, order);
  if (step) step = find_groups(ec2, *wanted, order);
  if (step) step = find_key_and_data(ec2, order);
  if (step) step = find_disks(ec2, order);
  if (step) step = find_tags(ec2, order);
  if (!step) return std::unexpected(step.error());
  return order;
}

/// How many can be had between min and max: quota, addresses, capacity.
Answer<std::int64_t> room_for(Ec2& ec2, const Order& order) {
  if (ec2.call.is_full(order.subnet->zone)) {
    return fail("InsufficientInstanceCapacity",
                fmt::format("We currently do not have sufficient {} capacity in the Availability "
                            "Zone you requested ({}). Our system will be working on provisioning "
                            "additional capacity.",
                            order.type->name, order.subnet->zone),
                500);
  }
  const auto quota = ec2.world.quota(ec2.place, "vCPUs", default_cpu_quota);
  auto count = order.max;
  if (ec2.call.over_quota) count = 0;
  if (quota < 1e9) {
    const auto left = quota - used_cpus(ec2.world, ec2.place);
    count = std::min(count, static_cast<std::int64_t>(left / order.type->cpus));
  }
  if (count < order.min) {
    return fail("VcpuLimitExceeded",
                fmt::format("You have requested more vCPU capacity than your current vCPU limit of "
                            "{} allows for the instance bucket that the specified instance type "
                            "belongs to.",
                            static_cast<std::int64_t>(quota)));
  }
  const auto free = static_cast<std::int64_t>(World::capacity(*order.subnet)) -
                    static_cast<std::int64_t>(order.subnet->used.size());
  count = std::min(count, free);
  if (count < order.min) {
    return fail("InsufficientFreeAddressesInSubnet",
                fmt::format("There are not enough free addresses in subnet '{}' to satisfy the "
                            "requested number of instances.",
                            order.subnet->id));
  }
  return count;
}

std::string mac_of(World& world) {
  const auto digits = world.hex_id(10);
  return fmt::format("02:{}:{}:{}:{}:{}", digits.substr(0, 2), digits.substr(2, 2),
                     digits.substr(4, 2), digits.substr(6, 2), digits.substr(8, 2));
}

/// Its disks and its interface, which are resources of their own.
void add_parts(Ec2& ec2, const Order& order, Machine& machine) {
  for (const auto& wanted : order.disks) {
    Disk disk = wanted;
    disk.place = ec2.place;
    disk.type = "volume";
    disk.id = ec2.new_id("vol-");
    disk.zone = machine.zone;
    disk.state = "in-use";
    disk.machine = machine.id;
    disk.tags = order.volume_tags;
    machine.disks.push_back(ec2.world.add(std::move(disk)).id);
  }
  Resource eni;
  eni.place = ec2.place;
  eni.type = "network-interface";
  eni.id = ec2.new_id("eni-");
  eni.zone = machine.zone;
  eni.state = "in-use";
  eni.tags = order.interface_tags;
  eni.fields["machine"] = machine.id;
  eni.fields["subnet"] = machine.subnet;
  eni.fields["vpc"] = machine.network;
  machine.fields["eni"] = eni.id;
  machine.parts.push_back(eni.id);
  ec2.world.add(std::move(eni));
}

Machine& launch_one(Ec2& ec2, const Order& order, const std::string& reservation, int index) {
  Machine machine;
  machine.place = ec2.place;
  machine.type = "instance";
  machine.id = ec2.new_id("i-");
  machine.zone = order.subnet->zone;
  machine.tags = order.instance_tags;
  machine.image = order.image->id;
  machine.os = order.image->os;
  machine.user = order.image->user;
  machine.size = order.type->name;
  machine.cpus = order.type->cpus;
  machine.memory_mib = order.type->memory_mib;
  machine.network = order.subnet->network;
  machine.subnet = order.subnet->id;
  machine.firewalls = order.groups;
  if (order.key != nullptr) {
    machine.key_name = order.key->name;
    machine.public_keys = {order.key->public_key};
  }
  machine.user_data = order.user_data;
  machine.identity = order.profile;
  machine.client_token = ec2.params.get("ClientToken");
  machine.batch = reservation;
  machine.batch_index = index;
  machine.wants_public_ip = order.wants_public_ip;
  machine.private_ip = ec2.world.allocate_ip(*order.subnet).value_or("");
  machine.host_name = "ip-" + replace_all(machine.private_ip, ".", "-");
  machine.lingers = std::chrono::hours(1);
  machine.fields["arch"] = order.type->arch;
  machine.fields["root_device"] = order.disks.front().device;
  machine.fields["mac"] = mac_of(ec2.world);
  const auto& params = ec2.params;
  const bool has_tokens = params.has("MetadataOptions.HttpTokens");
  machine.fields["http_tokens"] =
      has_tokens ? params.get("MetadataOptions.HttpTokens") : "optional";
  machine.fields["http_hops"] =
      std::to_string(params.number("MetadataOptions.HttpPutResponseHopLimit", 1));
  if (params.flag("DisableApiTermination")) machine.fields["protected"] = "true";
  const auto& shutdown = params.get("InstanceInitiatedShutdownBehavior");
  machine.fields["shutdown"] = shutdown.empty() ? "stop" : shutdown;
  add_parts(ec2, order, machine);
  return ec2.world.launch(std::move(machine));
}

/// All parameters but those that differ between a call and its repetition.
std::string fingerprint(const Params& params) {
  std::string text;
  for (const auto& [key, value] : params.all()) {
    if (key != "ClientToken" && key != "DryRun") text += key + "=" + value + "\n";
  }
  return sha256(text);
}

/// A token counts per zone as soon as the request names one, by itself or by its subnet.
std::string token_scope(Ec2& ec2) {
  auto wanted = wanted_network(ec2.params);
  std::string zone = ec2.params.get("Placement.AvailabilityZone");
  if (wanted && !wanted->subnet.empty()) {
    if (const auto* subnet = ec2.world.find(ec2.place, wanted->subnet)) zone = subnet->zone;
  }
  return fmt::format("{}/{}/{}/{}", ec2.place.account, ec2.place.region, zone,
                     ec2.params.get("ClientToken"));
}

/// The machines of an earlier call with the same token, as they are now.
Answer<std::vector<const Machine*>> earlier_launch(Ec2& ec2, const std::string& scope) {
  std::vector<const Machine*> machines;
  const auto found = ec2.state.launches.find(scope);
  if (found == ec2.state.launches.end()) return machines;
  if (found->second.fingerprint != fingerprint(ec2.params)) {
    return fail("IdempotentParameterMismatch",
                "Arguments on this idempotent request are inconsistent with arguments used in "
                "previous request(s).");
  }
  for (const auto& id : found->second.instances) {
    if (const auto* machine = ec2.world.find_as<Machine>(ec2.place, id))
      machines.push_back(machine);
  }
  return machines;
}

Answer<> run_instances(Ec2& ec2) {
  const auto& token = ec2.params.get("ClientToken");
  if (token.size() > 64) {
    return fail(
        "InvalidParameterValue",
        fmt::format("Value ({}) for parameter clientToken is invalid. It is too long.", token));
  }
  const auto scope = token_scope(ec2);
  if (!token.empty()) {
    auto earlier = earlier_launch(ec2, scope);
    if (!earlier) return std::unexpected(earlier.error());
    if (!earlier->empty()) {
      write_reservation(ec2, *earlier);
      return {};
    }
  }
  auto order = check_order(ec2);
  if (!order) return std::unexpected(order.error());
  auto count = room_for(ec2, *order);
  if (!count) return std::unexpected(count.error());
  Launch launch{fingerprint(ec2.params), ec2.new_id("r-"), {}};
  std::vector<const Machine*> machines;
  for (int index = 0; index < *count; ++index) {
    const auto& machine = launch_one(ec2, *order, launch.reservation, index);
    machines.push_back(&machine);
    launch.instances.push_back(machine.id);
  }
  if (!token.empty()) ec2.state.launches[scope] = std::move(launch);
  write_reservation(ec2, machines);
  return {};
}

}  // namespace

std::vector<Operation> run_operations() {
  return {{"RunInstances",
           "ImageId! MinCount:int! MaxCount:int! InstanceType KeyName UserData ClientToken "
           "SubnetId SecurityGroupId.N PrivateIpAddress Placement.AvailabilityZone "
           "IamInstanceProfile.Name IamInstanceProfile.Arn DisableApiTermination:bool "
           "InstanceInitiatedShutdownBehavior EbsOptimized:bool Monitoring.Enabled:bool "
           "MetadataOptions.HttpTokens MetadataOptions.HttpEndpoint "
           "MetadataOptions.HttpPutResponseHopLimit:int MetadataOptions.InstanceMetadataTags "
           "CreditSpecification.CpuCredits "
           "NetworkInterface.N.DeviceIndex:int NetworkInterface.N.SubnetId "
           "NetworkInterface.N.SecurityGroupId.N "
           "NetworkInterface.N.AssociatePublicIpAddress:bool "
           "NetworkInterface.N.DeleteOnTermination:bool NetworkInterface.N.Description "
           "NetworkInterface.N.PrivateIpAddress "
           "BlockDeviceMapping.N.DeviceName BlockDeviceMapping.N.Ebs.VolumeSize:int "
           "BlockDeviceMapping.N.Ebs.VolumeType BlockDeviceMapping.N.Ebs.Iops:int "
           "BlockDeviceMapping.N.Ebs.Throughput:int "
           "BlockDeviceMapping.N.Ebs.DeleteOnTermination:bool "
           "BlockDeviceMapping.N.Ebs.Encrypted:bool" CCLOUD_EC2_TAGS,
           true, run_instances}};
}

}  // namespace ccloud::sim::aws
