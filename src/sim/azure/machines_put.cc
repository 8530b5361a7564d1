// PUT and PATCH of virtual machines: everything that Compute checks before it says 201. What only
// shows later (no room) comes through the operation.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/azure/facts.h"
#include "sim/azure/parts.h"

namespace ccloud::sim::azure {
namespace {

constexpr std::array reserved_users = {
    "administrator", "admin",  "user",   "user1",   "test",  "user2",   "test1",
    "user3",         "admin1", "1",      "123",     "a",     "actuser", "adm",
    "admin2",        "aspnet", "backup", "console", "guest", "john",    "owner",
    "root",          "server", "sql",    "support", "sys",   "test2",   "test3"};

using Refused = std::optional<Response>;

Response invalid(std::string_view target, std::string_view message) {
  json::Writer out;
  out.begin_object().key("error").begin_object().member("code", "InvalidParameter");
  out.member("message", message).member("target", target).end_object().end_object();
  return answer(400, out.take());
}

Response conflict(std::string_view code, std::string_view message) {
  return refusal(409, code, message);
}

Refused read_size(json::Value properties, Machine& into) {
  const auto name = properties.get("hardwareProfile").get("vmSize").string_or();
  const auto* size = find_size(name);
  if (size == nullptr) {
    return invalid("vmSize",
                   fmt::format("The value {} provided for the VM size is not valid.", name));
  }
  into.size = size->name;
  into.cpus = size->cpus;
  into.memory_mib = size->memory_mib;
  return std::nullopt;
}

Refused read_zone(const Arm& arm, const Order& order, Machine& into) {
  const auto zones = arm.body.get("zones");
  if (zones.size() == 0) return std::nullopt;
  into.zone = zones.at(0).string_or();
  const bool is_known = into.zone == "1" || into.zone == "2" || into.zone == "3";
  if (zones.size() > 1 || !is_known || !find_region(order.location)->has_zones) {
    return refusal(
        400, "AvailabilityZoneNotSupported",
        fmt::format("The zone(s) '{}' for resource '{}' is not supported.", into.zone, order.id));
  }
  return std::nullopt;
}

Refused read_image(const Arm& arm, json::Value storage, Machine& into, int& least_gib) {
  const auto reference = storage.get("imageReference");
  if (const auto id = reference.get("id").string_or(); !id.empty()) {
    return refusal(404, "NotFound", fmt::format("The resource {} was not found.", id));
  }
  const auto publisher = reference.get("publisher").string_or();
  const auto offer = reference.get("offer").string_or();
  const auto sku = reference.get("sku").string_or();
  const auto version = reference.get("version").string_or();
  const auto* image = find_image(publisher, offer, sku);
  const bool has_version =
      version == "latest" || std::ranges::find(image_versions(), version) != image_versions().end();
  if (image == nullptr || !has_version) {
    return refusal(404, "PlatformImageNotFound",
                   fmt::format("The platform image '{}:{}:{}:{}' is not available. Verify that all "
                               "fields in the storage profile are correct.",
                               publisher, offer, sku, version));
  }
  if (image->is_arm != find_size(into.size)->is_arm) {
    return refusal(400, "BadRequest",
                   fmt::format("Cannot create a VM of size '{}' because this VM size only supports "
                               "a CPU Architecture of '{}', but an image or disk with CPU "
                               "Architecture '{}' was given.",
                               into.size, find_size(into.size)->is_arm ? "Arm64" : "x64",
                               image->is_arm ? "Arm64" : "x64"));
  }
  const auto plan = arm.body.get("plan");
  if (image->has_plan && !plan.get("name").exists()) {
    return refusal(400, "VMMarketplaceInvalidInput",
                   "Creating a virtual machine from Marketplace image requires Plan information in "
                   "the request.");
  }
  const auto exact = version == "latest" ? std::string(image_versions().back()) : version;
  json::Writer out;
  out.begin_object().member("publisher", publisher).member("offer", offer).member("sku", sku);
  out.member("version", version).member("exactVersion", exact).end_object();
  into.fields["image_reference"] = out.take();
  into.image = fmt::format("{}:{}:{}:{}", publisher, offer, sku, exact);
  into.os = image->os;
  least_gib = image->disk_gib;
  if (plan.is_object()) into.fields["plan"] = plan.text();
  return std::nullopt;
}

Refused read_disk(const Arm& arm, json::Value storage, const std::string& group, int least_gib,
                  Machine& into, Disk& disk) {
  constexpr std::array kinds = {"Standard_LRS", "StandardSSD_LRS", "Premium_LRS", "StandardSSD_ZRS",
                                "Premium_ZRS"};
  const auto wanted = storage.get("osDisk");
  if (wanted.get("createOption").string_or() != "FromImage") {
    return invalid("osDisk.createOption",
                   "Required parameter 'osDisk.createOption' is missing or "
                   "is not FromImage.");
  }
  disk.kind = wanted.get("managedDisk").get("storageAccountType").string_or("Premium_LRS");
  if (std::ranges::find(kinds, disk.kind) == kinds.end()) {
    return invalid("storageAccountType",
                   fmt::format("Requested storage account type {} is invalid.", disk.kind));
  }
  disk.size_gib = static_cast<int>(wanted.get("diskSizeGB").int_or(least_gib));
  if (disk.size_gib < least_gib) {
    return refusal(400, "ResizeDiskError",
                   fmt::format("The specified disk size {} GB is smaller than the size of the "
                               "corresponding disk in the VM image: {} GB.",
                               disk.size_gib, least_gib));
  }
  const auto remove = wanted.get("deleteOption").string_or("Detach");
  disk.dies_with_machine = remove == "Delete";
  disk.name = wanted.get("name").string_or(name_arg(arm) + "_OsDisk_1");
  const auto shown = id_of(arm, type::disk, group, disk.name);
  disk.id = to_lower(shown);
  if (arm.find(disk.id) != nullptr) {
    return conflict("ConflictingUserInput",
                    fmt::format("Disk {} already exists in resource group {}. Only CreateOption."
                                "Attach is supported.",
                                disk.name, group));
  }
  disk.fields["id"] = shown;
  into.fields["disk_name"] = disk.name;
  into.fields["disk_id"] = shown;
  into.fields["disk_type"] = disk.kind;
  into.fields["disk_delete"] = remove;
  return std::nullopt;
}

Refused read_login(json::Value properties, Machine& into) {
  const auto os = properties.get("osProfile");
  into.host_name = os.get("computerName").string_or();
  into.user = os.get("adminUsername").string_or();
  if (into.host_name.empty() || into.host_name.size() > 64) {
    return invalid("computerName",
                   "Linux host name cannot exceed 64 characters in length or be "
                   "empty.");
  }
  if (into.user.empty())
    return invalid("adminUsername", "Required parameter 'adminUsername' is missing (null).");
  if (std::ranges::find(reserved_users, to_lower(into.user)) != reserved_users.end()) {
    return invalid("adminUsername", "The Admin Username specified is not allowed.");
  }
  const auto linux_part = os.get("linuxConfiguration");
  const auto home = fmt::format("/home/{}/.ssh/authorized_keys", into.user);
  for (const auto& key : linux_part.get("ssh").get("publicKeys").items()) {
    if (key.get("path").string_or() != home) {
      return invalid("linuxConfiguration.ssh.publicKeys.path",
                     fmt::format("Destination path for SSH public keys is currently limited to its "
                                 "default value {}.",
                                 home));
    }
    const auto text = key.get("keyData").string_or();
    if (!text.starts_with("ssh-rsa ") && !text.starts_with("ssh-ed25519 ")) {
      return invalid(
          "linuxConfiguration.ssh.publicKeys.keyData",
          "The value of parameter linuxConfiguration.ssh.publicKeys.keyData is invalid.");
    }
    into.public_keys.push_back(text);
  }
  const bool has_password = os.has("adminPassword");
  if (into.public_keys.empty() && !has_password) {
    return invalid(
        "linuxConfiguration.ssh.publicKeys",
        "Authentication using either SSH or by user name and password must be enabled in "
        "Linux profile.");
  }
  if (os.has("customData")) {
    const auto raw = decode_base64(os.get("customData").string_or());
    if (!raw || raw->size() > 65535) {
      return invalid("customData",
                     "Custom data in OSProfile must be in Base64 encoding and with a "
                     "maximum length of 87380 characters.");
    }
    into.user_data = *raw;
  }
  return std::nullopt;
}

Refused read_interfaces(const Arm& arm, json::Value properties, const Order& order, Machine& into,
                        Interface*& nic) {
  const auto all = properties.get("networkProfile").get("networkInterfaces");
  if (all.size() != 1) {
    return refusal(400, all.size() == 0 ? "VMHasNoNetworkInterface" : "NotSupported",
                   "A virtual machine has one network interface here.");
  }
  const auto id = all.at(0).get("id").string_or();
  nic = arm.find_as<Interface>(id, type::interface);
  if (nic == nullptr || nic->place.region != order.location) {
    return refusal(
        404, "NotFound",
        fmt::format("Resource {} referenced by resource {} was not found.", id, order.id));
  }
  if (!nic->machine.empty() && nic->machine != order.id && arm.find(nic->machine) != nullptr) {
    return refusal(
        409, "NicInUse",
        fmt::format("Network Interface {} is used by existing VM {}.", id, nic->machine));
  }
  into.fields["interfaces"] = all.text();
  // `subnet` stays empty while the interface holds the address: a failed boot must not free it.
  into.network = nic->subnet.substr(0, nic->subnet.rfind("/subnets/"));
  into.private_ip = nic->ip;
  if (!nic->security_group.empty()) into.firewalls = {nic->security_group};
  return std::nullopt;
}

Refused check_quota(Arm& arm, const Machine& machine) {
  double used = 0;
  for (const auto& [serial, resource] : arm.world.list(machine.place, type::machine)) {
    used += static_cast<const Machine&>(*resource).cpus;
  }
  const auto limit = arm.world.quota(machine.place, "cores", 350);
  if (!arm.call.over_quota && used + machine.cpus <= limit) return std::nullopt;
  return conflict(
      "OperationNotAllowed",
      fmt::format("Operation could not be completed as it results in exceeding approved Total "
                  "Regional Cores quota. Additional details - Deployment Model: Resource Manager, "
                  "Location: {}, Current Limit: {:.0f}, Current Usage: {:.0f}, Additional "
                  "Required: {}.",
                  machine.place.region, limit, used, machine.cpus));
}

constexpr std::string_view members =
    "location tags properties zones identity plan id name type etag sku resources extendedLocation";
constexpr std::string_view properties_members =
    "hardwareProfile storageProfile osProfile networkProfile diagnosticsProfile provisioningState "
    "vmId priority evictionPolicy billingProfile availabilitySet securityProfile licenseType "
    "userData timeCreated instanceView proximityPlacementGroup host additionalCapabilities "
    "extensionsTimeBudget platformFaultDomain scheduledEventsProfile applicationProfile";

Refused read_identity(json::Value identity, Machine& into) {
  if (!identity.is_object()) return std::nullopt;
  const auto kind = identity.get("type").string_or();
  if (kind != "UserAssigned" && kind != "SystemAssigned" && kind != "None" &&
      kind != "SystemAssigned, UserAssigned") {
    return refusal(400, "InvalidIdentityType",
                   fmt::format("The identity type {} is invalid.", kind));
  }
  Tags ids;
  const auto before =
      json::parse(into.fields.contains("identity") ? into.fields["identity"] : "{}");
  for (const auto& one : before->root().get("userAssignedIdentities").members()) {
    ids.emplace(one.key, "");
  }
  for (const auto& one : identity.get("userAssignedIdentities").members()) {
    ids.erase(std::string(one.key));
    if (!one.value.is_null()) ids.emplace(one.key, "");
  }
  if (kind.find("UserAssigned") == std::string::npos) ids.clear();
  if (kind == "None") {
    into.fields.erase("identity");
    into.identity.clear();
    return std::nullopt;
  }
  json::Writer out;
  out.begin_object().member("type", kind);
  if (!ids.empty()) {
    out.key("userAssignedIdentities").begin_object();
    for (const auto& [id, none] : ids) out.key(id).begin_object().end_object();
    out.end_object();
  }
  out.end_object();
  into.fields["identity"] = out.take();
  into.identity = ids.empty() ? kind : ids.begin()->first;
  return std::nullopt;
}

Response not_changeable(std::string_view property) {
  return conflict("PropertyChangeNotAllowed",
                  fmt::format("Changing property '{}' is not allowed.", property));
}

/// The same body again changes nothing; some changes are taken, most are refused.
Response update(Arm& arm, const Order& order, Machine& machine) {
  const auto properties = arm.body.get("properties");
  if (machine.power == Power::terminating) {
    return conflict(
        "OperationNotAllowed",
        fmt::format("The VM '{}' is being deleted and cannot be updated.", machine.name));
  }
  Machine wanted;
  wanted.fields = machine.fields;
  if (auto bad = read_size(properties, wanted)) return *bad;
  if (auto bad = read_login(properties, wanted)) return *bad;
  if (arm.body.get("zones").at(0).string_or() != machine.zone) return not_changeable("zones");
  if (wanted.user != machine.user) return not_changeable("osProfile.adminUsername");
  if (wanted.host_name != machine.host_name) return not_changeable("osProfile.computerName");
  if (wanted.user_data != machine.user_data) return not_changeable("osProfile.customData");
  if (wanted.public_keys != machine.public_keys) {
    return not_changeable("linuxConfiguration.ssh.publicKeys");
  }
  machine.size = wanted.size;
  machine.cpus = wanted.cpus;
  machine.memory_mib = wanted.memory_mib;
  if (auto bad = read_identity(arm.body.get("identity"), machine)) return *bad;
  replace_tags(arm.world, machine, order.tags);
  return begin(arm, one(200, arm, write_machine, machine),
               {.until = Until::running, .target = machine.id});
}

Response put(Arm& arm) {
  auto order = check_order(arm, type::machine, members);
  if (order.refused) return *order.refused;
  const auto properties = arm.body.get("properties");
  if (auto bad = check_members(properties, properties_members, "VirtualMachineProperties")) {
    return *bad;
  }
  if (auto* there = static_cast<Machine*>(order.existing)) {
    if (http::find_header(arm.call.request.headers, "If-None-Match") == "*") {
      return refusal(412, "PreconditionFailed",
                     fmt::format("The resource '{}' already exists.", there->name));
    }
    return update(arm, order, *there);
  }
  Machine machine;
  fill(machine, arm, order, type::machine);
  const auto group =
      arm.find(fmt::format("/subscriptions/{}/resourceGroups/{}", arm.subscription, arm.args[1]))
          ->name;
  const auto storage = properties.get("storageProfile");
  Disk disk;
  Interface* nic = nullptr;
  int least_gib = 30;
  if (auto bad = read_size(properties, machine)) return *bad;
  if (auto bad = read_zone(arm, order, machine)) return *bad;
  if (auto bad = read_image(arm, storage, machine, least_gib)) return *bad;
  if (auto bad = read_login(properties, machine)) return *bad;
  if (auto bad = read_interfaces(arm, properties, order, machine, nic)) return *bad;
  if (auto bad = read_disk(arm, storage, group, least_gib, machine, disk)) return *bad;
  if (auto bad = read_identity(arm.body.get("identity"), machine)) return *bad;
  if (auto bad = check_quota(arm, machine)) return *bad;
  machine.fields["vm_id"] = arm.world.uuid();
  const auto diagnostics = properties.get("diagnosticsProfile").get("bootDiagnostics");
  machine.fields["diagnostics"] = diagnostics.get("enabled").bool_or(false) ? "true" : "false";
  disk.place = machine.place;
  disk.type = type::disk;
  disk.machine = machine.id;
  disk.tags = machine.tags;
  disk.zone = machine.zone;
  disk.fields["location"] = order.location;
  disk.fields["etag"] = arm.world.uuid();
  machine.disks = {disk.id};
  arm.add(std::move(disk));
  nic->machine = machine.id;
  arm.memory.where[machine.id] = machine.place;
  auto& made = arm.world.launch(std::move(machine));
  if (const auto* address = dynamic_cast<PublicAddress*>(arm.find(nic->address))) {
    made.address = address->id;
    made.public_ip = address->ip;
  }
  if (arm.call.is_full(made.zone)) {
    made.reason_code = made.zone.empty() ? "AllocationFailed" : "ZonalAllocationFailed";
    made.reason =
        "Allocation failed. We do not have sufficient capacity for the requested VM size "
        "in this region.";
    made.power = made.earlier_power = Power::failed;
    ++made.epoch;
  }
  return begin(arm, one(201, arm, write_machine, made),
               {.until = Until::running, .target = made.id});
}

Response patch(Arm& arm) {
  auto* machine =
      arm.find_as<Machine>(id_of(arm, type::machine, arm.args[1], name_arg(arm)), type::machine);
  if (machine == nullptr) return not_found(arm, type::machine, name_arg(arm));
  if (auto bad = check_members(arm.body, "tags properties identity plan zones", type::machine)) {
    return *bad;
  }
  const auto properties = arm.body.get("properties");
  if (properties.get("hardwareProfile").has("vmSize")) {
    Machine wanted;
    if (auto bad = read_size(properties, wanted)) return *bad;
    if (find_size(wanted.size)->is_arm != find_size(machine->size)->is_arm) {
      return conflict("OperationNotAllowed",
                      fmt::format("Unable to resize the VM '{}' because the requested size {} is "
                                  "not available in the current hardware cluster.",
                                  machine->name, wanted.size));
    }
    machine->size = wanted.size;
    machine->cpus = wanted.cpus;
    machine->memory_mib = wanted.memory_mib;
    if (machine->power == Power::running) arm.world.reboot(*machine);
  }
  if (auto bad = read_identity(arm.body.get("identity"), *machine)) return *bad;
  if (arm.body.has("tags")) {
    Tags tags;
    if (auto bad = read_tags(arm.body.get("tags"), tags)) return *bad;
    replace_tags(arm.world, *machine, tags);
  }
  return begin(arm, one(200, arm, write_machine, *machine),
               {.until = Until::running, .target = machine->id});
}

}  // namespace

std::vector<Route> machine_put_routes() {
  const auto one = in_group(providers_path(type::machine, true));
  return {{"PUT", one, put}, {"PATCH", one, patch}};
}

}  // namespace ccloud::sim::azure
