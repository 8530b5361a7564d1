// Virtual machines: lists, one, instance view, delete. Creation is in machines_put.cc.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "sim/azure/parts.h"

namespace ccloud::sim::azure {
namespace {

std::string_view provisioning_of(const Arm& arm, const Machine& machine) {
  switch (machine.power_at(arm.call.as_of)) {
    case Power::pending:
      return machine.has_run ? "Updating" : "Creating";
    case Power::stopping:
      return "Updating";
    case Power::terminating:
    case Power::terminated:
      return "Deleting";
    case Power::failed:
      return "Failed";
    default:
      return "Succeeded";
  }
}

std::string_view power_of(const Arm& arm, const Machine& machine) {
  const bool is_deallocated = field(machine, "stopped_by") == "deallocate";
  switch (machine.power_at(arm.call.as_of)) {
    case Power::pending:
      return machine.has_run ? "starting" : "";
    case Power::running:
      return "running";
    case Power::stopping:
      return is_deallocated ? "deallocating" : "stopping";
    case Power::stopped:
      return is_deallocated ? "deallocated" : "stopped";
    case Power::terminating:
      return machine.has_run ? "stopping" : "";
    default:
      return "";
  }
}

void write_status(json::Writer& out, std::string_view code, std::string_view level,
                  std::string_view text, std::string_view message) {
  out.begin_object().member("code", code).member("level", level).member("displayStatus", text);
  if (!message.empty()) out.member("message", message);
  out.end_object();
}

std::string reason_code(const Machine& machine) {
  return machine.reason_code == "internal_error" ? "OSProvisioningTimedOut" : machine.reason_code;
}

void write_model(json::Writer& out, const Arm& arm, const Machine& machine) {
  out.key("hardwareProfile").begin_object().member("vmSize", machine.size).end_object();
  out.member("provisioningState", provisioning_of(arm, machine));
  out.member("vmId", field(machine, "vm_id"));
  out.member("timeCreated", replace_all(format_time(machine.created), "Z", ".1234567+00:00"));
  out.key("storageProfile").begin_object();
  out.key("imageReference").raw(field(machine, "image_reference"));
  out.key("osDisk").begin_object().member("osType", "Linux");
  out.member("name", field(machine, "disk_name")).member("createOption", "FromImage");
  out.member("caching", "ReadWrite").key("managedDisk").begin_object();
  out.member("storageAccountType", field(machine, "disk_type"));
  out.member("id", field(machine, "disk_id")).end_object();
  out.member("deleteOption", field(machine, "disk_delete"));
  const auto* disk = dynamic_cast<const Disk*>(arm.find(field(machine, "disk_id")));
  if (disk != nullptr) out.member("diskSizeGB", disk->size_gib);
  out.end_object().key("dataDisks").begin_array().end_array().end_object();
  out.key("osProfile").begin_object().member("computerName", machine.host_name);
  out.member("adminUsername", machine.user).key("linuxConfiguration").begin_object();
  out.member("disablePasswordAuthentication", true).key("ssh").begin_object();
  out.key("publicKeys").begin_array();
  for (const auto& key : machine.public_keys) {
    out.begin_object().member("path", fmt::format("/home/{}/.ssh/authorized_keys", machine.user));
    out.member("keyData", key).end_object();
  }
  out.end_array().end_object().member("provisionVMAgent", true).end_object();
  out.key("secrets").begin_array().end_array().member("allowExtensionOperations", true);
  out.member("requireGuestProvisionSignal", true).end_object();
  out.key("networkProfile").begin_object();
  out.key("networkInterfaces").raw(field(machine, "interfaces")).end_object();
  out.key("diagnosticsProfile").begin_object().key("bootDiagnostics").begin_object();
  out.member("enabled", field(machine, "diagnostics") == "true").end_object().end_object();
}

Machine* machine_arg(Arm& arm) {
  return arm.find_as<Machine>(id_of(arm, type::machine, arm.args[1], name_arg(arm)), type::machine);
}

Response show(Arm& arm) {
  const auto* machine = machine_arg(arm);
  if (machine == nullptr) return not_found(arm, type::machine, name_arg(arm));
  return one(200, arm, write_machine, *machine);
}

Response instance_view(Arm& arm) {
  const auto* machine = machine_arg(arm);
  if (machine == nullptr) return not_found(arm, type::machine, name_arg(arm));
  json::Writer out;
  write_instance_view(out, arm, *machine);
  return answer(200, out.take());
}

/// The model without its instance view, or (statusOnly) the other way round.
void write_status_only(json::Writer& out, const Arm& arm, const Resource& resource) {
  const auto& machine = static_cast<const Machine&>(resource);
  out.begin_object().member("name", machine.name).member("id", shown_id(machine));
  out.member("type", machine.type).member("location", machine.place.region);
  out.key("properties").begin_object().member("vmId", field(machine, "vm_id"));
  out.member("provisioningState", provisioning_of(arm, machine)).key("instanceView");
  write_instance_view(out, arm, machine);
  out.end_object().end_object();
}

/// The service changes the case of groups in ids of lists.
void write_listed(json::Writer& out, const Arm& arm, const Resource& resource) {
  json::Writer one;
  write_machine(one, arm, resource);
  const auto id = shown_id(resource);
  const auto name =
      arm.find(fmt::format("/subscriptions/{}/resourceGroups/{}", arm.subscription, group_of(id)))
          ->name;
  std::string upper = name;
  for (auto& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  const auto text = one.take();
  const auto loud = replace_all(id, "/" + name + "/", "/" + upper + "/");
  const auto at = text.find(id);
  out.raw(at == std::string::npos ? text : text.substr(0, at) + loud + text.substr(at + id.size()));
}

Response list_all(Arm& arm) {
  if (!arm.param("$expand").empty() && arm.param("$filter").empty()) {
    return refusal(400, "InvalidParameter", "$expand is only supported together with $filter.");
  }
  const bool is_status = to_lower(arm.param("statusOnly")) == "true";
  return list(arm, type::machine, is_status ? write_status_only : write_listed, 50);
}

Response list_in_location(Arm& arm) {
  // args: subscription, location.
  const auto location = to_lower(arm.args.at(1));
  json::Writer out;
  out.begin_object().key("value").begin_array();
  for (const auto* resource : arm.all(type::machine, "")) {
    if (resource->place.region == location) write_listed(out, arm, *resource);
  }
  out.end_array().end_object();
  return answer(200, out.take());
}

Response remove(Arm& arm) {
  auto* machine = machine_arg(arm);
  if (machine == nullptr) return nothing(204);
  // An interface that stays keeps its address.
  const auto interfaces = json::parse(field(*machine, "interfaces"));
  for (const auto& item : interfaces->root().items()) {
    auto* nic = arm.find_as<Interface>(item.get("id").string_or(), type::interface);
    if (nic == nullptr) continue;
    const bool dies = item.get("properties").get("deleteOption").string_or() == "Delete";
    if (!dies) {
      machine->private_ip.clear();
      nic->machine.clear();
      continue;
    }
    // What ends with the machine gives its address back then, not earlier.
    machine->subnet = nic->subnet;
    machine->private_ip = nic->ip;
    machine->parts.push_back(nic->id);
    if (nic->address_dies && !nic->address.empty()) machine->parts.push_back(nic->address);
  }
  const auto id = machine->id;
  const auto region = machine->place.region;
  arm.world.terminate(*machine);
  return accepted(arm, {.until = Until::gone, .target = id, .region = region});
}

}  // namespace

void write_instance_view(json::Writer& out, const Arm& arm, const Machine& machine) {
  const auto doing = provisioning_of(arm, machine);
  const auto power = power_of(arm, machine);
  out.begin_object();
  if (power == "running") {
    out.member("computerName", machine.host_name).member("osName", machine.os);
  }
  out.key("statuses").begin_array();
  if (doing == "Failed") {
    const auto cause = reason_code(machine);
    write_status(out, fmt::format("ProvisioningState/failed{}", cause.empty() ? "" : "/" + cause),
                 "Error", "Provisioning failed", machine.reason);
  } else {
    write_status(out, "ProvisioningState/" + to_lower(doing), "Info",
                 doing == "Succeeded" ? "Provisioning succeeded" : doing, "");
  }
  if (!power.empty()) {
    write_status(out, fmt::format("PowerState/{}", power), "Info", fmt::format("VM {}", power), "");
  }
  out.end_array().end_object();
}

void write_machine(json::Writer& out, const Arm& arm, const Resource& resource) {
  const auto& machine = static_cast<const Machine&>(resource);
  write_head(out, machine);
  if (!machine.zone.empty()) out.key("zones").begin_array().value(machine.zone).end_array();
  if (const auto text = field(machine, "identity"); !text.empty()) out.key("identity").raw(text);
  if (const auto text = field(machine, "plan"); !text.empty()) out.key("plan").raw(text);
  out.key("properties").begin_object();
  write_model(out, arm, machine);
  if (to_lower(arm.param("$expand")) == "instanceview") {
    out.key("instanceView");
    write_instance_view(out, arm, machine);
  }
  out.end_object().end_object();
}

std::vector<Route> machine_routes() {
  const auto one = in_group(providers_path(type::machine, true));
  return {{"GET", in_subscription(providers_path(type::machine, false)), list_all},
          {"GET", in_group(providers_path(type::machine, false)), list_all},
          {"GET", in_subscription("/providers/Microsoft.Compute/locations/{}/virtualMachines"),
           list_in_location},
          {"GET", one, show},
          {"GET", one + "/instanceView", instance_view},
          {"DELETE", one, remove}};
}

}  // namespace ccloud::sim::azure
