// What is done to machines: power, console; and their disks.
#include <fmt/format.h>

#include "base/text.h"
#include "sim/azure/facts.h"
#include "sim/azure/parts.h"

namespace ccloud::sim::azure {
namespace {

Machine* machine_arg(Arm& arm) {
  return arm.find_as<Machine>(id_of(arm, type::machine, arm.args[1], name_arg(arm)), type::machine);
}

/// Of a machine that can be acted on, or the refusal.
template <class Act>
Response act(Arm& arm, Until until, Act run) {
  auto* machine = machine_arg(arm);
  if (machine == nullptr) return not_found(arm, type::machine, name_arg(arm));
  if (machine->power == Power::terminating) {
    return refusal(409, "OperationNotAllowed",
                   fmt::format("The VM '{}' is being deleted.", machine->name));
  }
  if (machine->power == Power::failed) {
    return refusal(409, "OperationNotAllowed",
                   fmt::format("The VM '{}' failed to be provisioned.", machine->name));
  }
  run(*machine);
  return accepted(arm, {.until = until, .target = machine->id});
}

Response start(Arm& arm) {
  const auto* found = machine_arg(arm);
  if (found != nullptr && found->power == Power::stopping) {
    return refusal(409, "OperationNotAllowed",
                   fmt::format("The VM '{}' is being stopped.", found->name));
  }
  return act(arm, Until::running, [&](Machine& machine) {
    if (machine.power != Power::stopped) return;
    machine.fields.erase("stopped_by");
    arm.world.start(machine);
  });
}

Response stop(Arm& arm, std::string_view how) {
  const auto* found = machine_arg(arm);
  if (found != nullptr && found->power == Power::pending) {
    return refusal(409, "OperationNotAllowed",
                   fmt::format("The VM '{}' is being started.", found->name));
  }
  return act(arm, Until::stopped, [&](Machine& machine) {
    machine.fields["stopped_by"] = how;
    if (machine.power == Power::running) arm.world.stop(machine);
  });
}

Response deallocate(Arm& arm) { return stop(arm, "deallocate"); }
Response power_off(Arm& arm) { return stop(arm, "powerOff"); }

Response restart(Arm& arm) {
  return act(arm, Until::running, [&](Machine& machine) {
    if (machine.power == Power::running) arm.world.reboot(machine);
    if (machine.power == Power::stopped) arm.world.start(machine);
  });
}

Response boot_diagnostics(Arm& arm) {
  const auto* machine = machine_arg(arm);
  if (machine == nullptr) return not_found(arm, type::machine, name_arg(arm));
  if (field(*machine, "diagnostics") != "true") {
    return refusal(409, "BootDiagnosticsNotEnabled",
                   fmt::format("Boot diagnostics is not enabled for VM '{}'.", machine->name));
  }
  json::Writer out;
  const auto link = fmt::format("{}/_blob/{}", arm.base, field(*machine, "vm_id"));
  out.begin_object().member("consoleScreenshotBlobUri", link + "/screen.bmp?sig=simulated");
  out.member("serialConsoleLogBlobUri", link + "/serialconsole.log?sig=simulated").end_object();
  return answer(200, out.take());
}

Disk* disk_arg(Arm& arm) {
  return arm.find_as<Disk>(id_of(arm, type::disk, arm.args[1], name_arg(arm)), type::disk);
}

Response list_disks(Arm& arm) { return list(arm, type::disk, write_disk, 200); }

Response show_disk(Arm& arm) {
  const auto* disk = disk_arg(arm);
  return disk == nullptr ? not_found(arm, type::disk, name_arg(arm))
                         : one(200, arm, write_disk, *disk);
}

Response patch_disk(Arm& arm) {
  auto* disk = disk_arg(arm);
  if (disk == nullptr) return not_found(arm, type::disk, name_arg(arm));
  const auto wanted = arm.body.get("properties").get("diskSizeGB").int_or(disk->size_gib);
  if (wanted < disk->size_gib) {
    return refusal(400, "InvalidParameter",
                   fmt::format("The value '{}' of parameter diskSizeGB is smaller than the current "
                               "one: a disk cannot shrink.",
                               wanted));
  }
  if (wanted > 4095) {
    return refusal(400, "InvalidParameter", "An OS disk has at most 4095 GB.");
  }
  disk->size_gib = static_cast<int>(wanted);
  if (arm.body.has("tags")) {
    Tags tags;
    if (auto bad = read_tags(arm.body.get("tags"), tags)) return *bad;
    replace_tags(arm.world, *disk, tags);
  }
  return begin(arm, one(202, arm, write_disk, *disk),
               {.until = Until::now, .target = disk->id, .result = write_disk});
}

Response delete_disk(Arm& arm) {
  auto* disk = disk_arg(arm);
  if (disk == nullptr) return nothing(204);
  if (!disk->machine.empty() && arm.find(disk->machine) != nullptr) {
    return refusal(
        409, "OperationNotAllowed",
        fmt::format("Disk {} is attached to VM {}.", disk->name, last_of(disk->machine)));
  }
  const auto region = disk->place.region;
  arm.world.remove(*disk);
  return accepted(arm, {.until = Until::now, .target = "", .region = region});
}

}  // namespace

void write_disk(json::Writer& out, const Arm& arm, const Resource& resource) {
  const auto& disk = static_cast<const Disk&>(resource);
  write_head(out, disk);
  if (!disk.zone.empty()) out.key("zones").begin_array().value(disk.zone).end_array();
  const auto* machine = disk.machine.empty() ? nullptr : arm.find(disk.machine);
  if (machine != nullptr) out.member("managedBy", shown_id(*machine));
  out.key("sku").begin_object().member("name", disk.kind).end_object();
  out.key("properties").begin_object().member("osType", "Linux");
  out.key("creationData").begin_object().member("createOption", "FromImage").end_object();
  out.member("diskSizeGB", disk.size_gib).member("provisioningState", "Succeeded");
  out.member("diskState", machine == nullptr ? "Unattached" : "Attached");
  out.member("timeCreated", format_time(disk.created)).end_object().end_object();
}

std::vector<Route> action_routes() {
  const auto one = in_group(providers_path(type::machine, true));
  return {{"POST", one + "/start", start},
          {"POST", one + "/deallocate", deallocate},
          {"POST", one + "/powerOff", power_off},
          {"POST", one + "/restart", restart},
          {"POST", one + "/retrieveBootDiagnosticsData", boot_diagnostics}};
}

std::vector<Route> disk_routes() {
  const auto one = in_group(providers_path(type::disk, true));
  return {{"GET", in_subscription(providers_path(type::disk, false)), list_disks},
          {"GET", in_group(providers_path(type::disk, false)), list_disks},
          {"GET", one, show_disk},
          {"PATCH", one, patch_disk},
          {"DELETE", one, delete_disk}};
}

}  // namespace ccloud::sim::azure
