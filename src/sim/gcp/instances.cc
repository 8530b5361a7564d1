// Machines as reads show them; the serial console; deletion.
#include <fmt/format.h>

#include "base/text.h"
#include "sim/gcp/listing.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {

std::string_view status_of(const Gce& gce, const Machine& machine) {
  const bool is_suspend = field(machine, "suspended") == "true";
  switch (machine.power_at(gce.call.as_of)) {
    case Power::pending: {
      const auto age = gce.world.now() - machine.changed;
      return !machine.has_run && age < gce.world.scaled(std::chrono::seconds(3)) ? "PROVISIONING"
                                                                                 : "STAGING";
    }
    case Power::running:
      return "RUNNING";
    case Power::stopping:
      return is_suspend ? "SUSPENDING" : "STOPPING";
    case Power::stopped:
      return is_suspend ? "SUSPENDED" : "TERMINATED";
    default:
      return "STOPPING";
  }
}

namespace {

void write_interface(json::Writer& out, const Gce& gce, const Machine& machine) {
  const auto* subnet = dynamic_cast<const Subnet*>(by_id(gce, machine.place, machine.subnet));
  const auto* network = by_id(gce, gce.place_of("global"), machine.network);
  out.key("networkInterfaces").begin_array().begin_object();
  out.member("kind", "compute#networkInterface").member("name", "nic0");
  if (network != nullptr) out.member("network", link_of(*network));
  if (subnet != nullptr) out.member("subnetwork", link_of(*subnet));
  if (!machine.private_ip.empty()) out.member("networkIP", machine.private_ip);
  if (machine.wants_public_ip || !machine.address.empty()) {
    out.key("accessConfigs").begin_array().begin_object();
    out.member("kind", "compute#accessConfig").member("type", "ONE_TO_ONE_NAT");
    out.member("name", field(machine, "access"));
    if (!machine.public_ip.empty()) out.member("natIP", machine.public_ip);
    out.member("networkTier", field(machine, "tier")).end_object().end_array();
  }
  out.member("fingerprint", fingerprint(machine.private_ip + machine.public_ip + machine.address));
  out.member("stackType", "IPV4_ONLY").end_object().end_array();
}

void write_disks(json::Writer& out, const Gce& gce, const Machine& machine) {
  out.key("disks").begin_array();
  int index = 0;
  for (const auto& id : machine.disks) {
    const auto* disk = dynamic_cast<const Disk*>(by_id(gce, machine.place, id));
    if (disk == nullptr) continue;
    out.begin_object().member("kind", "compute#attachedDisk").member("type", "PERSISTENT");
    out.member("mode", "READ_WRITE").member("source", link_of(*disk));
    out.member("deviceName", disk->device).member("index", index);
    out.member("boot", index == 0).member("autoDelete", disk->dies_with_machine);
    out.member("interface", "SCSI").member("diskSizeGb", std::to_string(disk->size_gib));
    out.member("architecture", field(*disk, "architecture")).end_object();
    ++index;
  }
  out.end_array();
}

void write_scheduling(json::Writer& out, const Machine& machine) {
  const bool is_spot = field(machine, "provisioning") == "SPOT";
  out.key("scheduling").begin_object();
  out.member("onHostMaintenance", is_spot ? "TERMINATE" : "MIGRATE");
  out.member("automaticRestart", !is_spot && field(machine, "restart") != "false");
  out.member("preemptible", is_spot);
  out.member("provisioningModel", is_spot ? "SPOT" : "STANDARD");
  if (const auto action = field(machine, "termination"); !action.empty()) {
    out.member("instanceTerminationAction", action);
  }
  out.end_object();
}

void write_lists(json::Writer& out, const Machine& machine) {
  const auto tags = field(machine, "tags");
  out.key("tags").begin_object();
  if (!tags.empty()) out.key("items").raw(tags);
  out.member("fingerprint", fingerprint(tags)).end_object();
  out.key("metadata");
  write_metadata(out, metadata_of(machine));
  if (!machine.identity.empty()) {
    out.key("serviceAccounts").begin_array().begin_object().member("email", machine.identity);
    out.key("scopes").raw(field(machine, "scopes")).end_object().end_array();
  }
  if (!machine.tags.empty()) {
    out.key("labels").begin_object();
    for (const auto& [key, value] : machine.tags) out.member(key, value);
    out.end_object();
  }
  out.member("labelFingerprint", label_fingerprint(machine));
}

}  // namespace

void write_instance(json::Writer& out, const Gce& gce, const Resource& resource) {
  const auto& machine = static_cast<const Machine&>(resource);
  out.begin_object().member("kind", "compute#instance").member("id", machine.id);
  out.member("creationTimestamp", time_text(machine.created)).member("name", machine.name);
  if (const auto text = field(machine, "description"); !text.empty())
    out.member("description", text);
  const auto status = status_of(gce, machine);
  out.member("machineType", gce.link("zones/" + machine.zone, "machineTypes", machine.size));
  out.member("status", status);
  out.member("zone", fmt::format("https://www.googleapis.com/compute/v1/projects/{}/zones/{}",
                                 gce.project.id, machine.zone));
  out.member("canIpForward", field(machine, "forward") == "true");
  if (const auto host = field(machine, "hostname"); !host.empty()) out.member("hostname", host);
  write_interface(out, gce, machine);
  write_disks(out, gce, machine);
  write_lists(out, machine);
  write_scheduling(out, machine);
  out.member("cpuPlatform", status == "TERMINATED" ? "Unknown CPU Platform" : "Intel Broadwell");
  out.member("selfLink", link_of(machine)).member("startRestricted", false);
  out.member("deletionProtection", field(machine, "protected") == "true");
  if (machine.has_run) {
    const bool is_on = machine.power == Power::running;
    out.member("lastStartTimestamp", time_text(is_on ? machine.changed : machine.created));
  }
  if (machine.power == Power::stopped) out.member("lastStopTimestamp", time_text(machine.changed));
  out.key("shieldedInstanceConfig").begin_object().member("enableSecureBoot", false);
  out.member("enableVtpm", true).member("enableIntegrityMonitoring", true).end_object();
  out.key("shieldedInstanceIntegrityPolicy").begin_object().member("updateAutoLearnPolicy", true);
  out.end_object();
  out.member("fingerprint",
             fingerprint(machine.size + label_fingerprint(machine) + field(machine, "tags")));
  out.end_object();
}

namespace {

void write_item(json::Writer& out, const Gce& gce, const Item& item) {
  write_instance(out, gce, *item.resource);
}

Response list_all(Gce& gce) { return list_resources(gce, "instance", type::instances, write_item); }

Response list_everywhere(Gce& gce) {
  return aggregate_resources(gce, "instance", type::instances, zone_scopes(), write_item);
}

Response show(Gce& gce) {
  const auto* machine = gce.target<Machine>(type::instances);
  if (machine == nullptr) return not_found_target(gce, type::instances);
  json::Writer out;
  write_instance(out, gce, *machine);
  return answer(200, out.take());
}

Response remove(Gce& gce) {
  auto* machine = gce.target<Machine>(type::instances);
  if (machine == nullptr) return not_found_target(gce, type::instances);
  if (machine->power == Power::terminating) return not_ready(gce, *machine);
  if (field(*machine, "protected") == "true") {
    return refusal(400, "invalidResourceUsage",
                   "Invalid resource usage: 'Resource cannot be deleted if it's protected against "
                   "deletion.'.");
  }
  // What it was still waiting for is over.
  if (const auto boot = gce.memory.boots.find(machine->id); boot != gce.memory.boots.end()) {
    auto& operation = gce.memory.operations[boot->second.first][boot->second.second];
    operation.is_done = true;
    operation.ended = gce.world.now();
    gce.memory.boots.erase(boot);
  }
  const auto response = begin(gce, "delete", machine, {.until = Until::gone});
  gce.world.terminate(*machine);
  return response;
}

/// The serial port keeps the last megabyte; `start` counts from the first byte ever.
Response serial_port(Gce& gce) {
  constexpr std::size_t kept = std::size_t{1} << 20;
  const auto* machine = gce.target<Machine>(type::instances);
  if (machine == nullptr) return not_found_target(gce, type::instances);
  const auto port = gce.has_param("port") ? parse_int(gce.param("port")).value_or(0) : 1;
  if (port < 1 || port > 4) return invalid("port", gce.param("port"), "Must be between 1 and 4.");
  const auto text = port == 1 ? gce.world.console(*machine) : std::string();
  auto start = gce.has_param("start") ? parse_int(gce.param("start")).value_or(0) : 0;
  const auto size = static_cast<std::int64_t>(text.size());
  if (start < 0) start = std::max<std::int64_t>(0, size + start);
  start = std::min(std::max(start, size - static_cast<std::int64_t>(kept)), size);
  json::Writer out;
  out.begin_object().member("kind", "compute#serialPortOutput");
  out.member("selfLink", link_of(*machine) + "/serialPort");
  out.member("contents", text.substr(static_cast<std::size_t>(start)));
  out.member("start", std::to_string(start)).member("next", std::to_string(size)).end_object();
  return answer(200, out.take());
}

}  // namespace

std::vector<Route> instance_routes() {
  return {{"instances.list", "GET", "zones/{}/instances", list_all, list_params, ""},
          {"instances.aggregatedList", "GET", "aggregated/instances", list_everywhere,
           aggregated_params, ""},
          {"instances.get", "GET", "zones/{}/instances/{}", show, "", ""},
          {"instances.delete", "DELETE", "zones/{}/instances/{}", remove, "requestId", ""},
          {"instances.getSerialPortOutput", "GET", "zones/{}/instances/{}/serialPort", serial_port,
           "port start", ""}};
}

}  // namespace ccloud::sim::gcp
