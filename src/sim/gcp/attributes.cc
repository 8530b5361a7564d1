// What is changed on machines beside their power. What others may change at the same time is
// guarded by fingerprints.
#include <fmt/format.h>

#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {
namespace {

/// Of a machine that is there and stays, or the refusal.
template <class Act>
Response change(Gce& gce, std::string_view kind, Act run) {
  auto* machine = gce.target<Machine>(type::instances);
  if (machine == nullptr) return not_found_target(gce, type::instances);
  if (machine->power == Power::terminating) return not_ready(gce, *machine);
  if (std::optional<Response> refused = run(*machine)) return *refused;
  return begin(gce, kind, machine);
}

using Refused = std::optional<Response>;

Response set_labels(Gce& gce) {
  return change(gce, "setLabels", [&](Machine& machine) -> Refused {
    Tags labels;
    if (auto bad = check_labels(gce.body.get("labels"), "labels", labels)) return bad;
    if (gce.body.get("labelFingerprint").string_or() != label_fingerprint(machine)) {
      return stale_fingerprint("Labels");
    }
    replace_labels(gce.world, machine, labels);
    return std::nullopt;
  });
}

Response set_metadata(Gce& gce) {
  return change(gce, "setMetadata", [&](Machine& machine) -> Refused {
    Tags items;
    if (auto bad = read_metadata(gce.body, "metadata", items)) return bad;
    if (gce.body.get("fingerprint").string_or() != fingerprint(metadata_of(machine))) {
      return stale_fingerprint("Metadata");
    }
    keep_metadata(machine, items);
    return std::nullopt;
  });
}

Response set_tags(Gce& gce) {
  return change(gce, "setTags", [&](Machine& machine) -> Refused {
    const auto items = gce.body.get("items");
    if (auto bad = check_network_tags(items, "tags.items")) return bad;
    if (gce.body.get("fingerprint").string_or() != fingerprint(field(machine, "tags"))) {
      return stale_fingerprint("Tags");
    }
    machine.fields["tags"] = items.size() > 0 ? items.text() : std::string();
    return std::nullopt;
  });
}

Refused must_be_stopped(const Machine& machine) {
  if (machine.power == Power::stopped) return std::nullopt;
  return refusal(400, "resourceNotReady",
                 fmt::format("The instance '{}' must be stopped first.", path_of(machine)));
}

Response set_machine_type(Gce& gce) {
  return change(gce, "setMachineType", [&](Machine& machine) -> Refused {
    Machine wanted;
    if (auto bad = read_machine_type(gce, gce.body.get("machineType").string_or(), "machineType",
                                     wanted)) {
      return bad;
    }
    if (auto bad = must_be_stopped(machine)) return bad;
    if (field(wanted, "arm") != field(machine, "arm")) {
      return invalid("machineType", gce.body.get("machineType").string_or(),
                     "The architecture of the machine type is not that of the disks.");
    }
    machine.size = wanted.size;
    machine.cpus = wanted.cpus;
    machine.memory_mib = wanted.memory_mib;
    return std::nullopt;
  });
}

Response set_service_account(Gce& gce) {
  return change(gce, "setServiceAccount", [&](Machine& machine) -> Refused {
    if (auto bad = must_be_stopped(machine)) return bad;
    if (!gce.body.has("email") || gce.body.get("email").string_or().empty()) {
      machine.identity.clear();
      return std::nullopt;
    }
    const auto list = json::parse("[" + gce.body.text() + "]");
    Machine wanted;
    if (auto bad = read_service_accounts(gce, list->root(), wanted)) return bad;
    machine.identity = wanted.identity;
    machine.fields["scopes"] = wanted.fields["scopes"];
    return std::nullopt;
  });
}

Response set_deletion_protection(Gce& gce) {
  return change(gce, "setDeletionProtection", [&](Machine& machine) -> Refused {
    const auto wanted = gce.param("deletionProtection");
    if (!wanted.empty() && wanted != "true" && wanted != "false") {
      return invalid("deletionProtection", wanted, "Must be true or false.");
    }
    machine.fields["protected"] = wanted == "false" ? "false" : "true";
    return std::nullopt;
  });
}

Refused check_interface(const Gce& gce) {
  const auto nic = gce.param("networkInterface");
  if (nic.empty()) return missing("networkInterface");
  if (nic == "nic0") return std::nullopt;
  return invalid("networkInterface", nic, "The instance has no such network interface.");
}

Response add_access_config(Gce& gce) {
  return change(gce, "addAccessConfig", [&](Machine& machine) -> Refused {
    if (auto bad = check_interface(gce)) return bad;
    if (machine.wants_public_ip || !machine.address.empty()) {
      return invalid("resource", "", "At most one access config currently supported.");
    }
    Machine wanted;
    PublicAddress* address = nullptr;
    if (auto bad = read_access(gce, gce.body, "resource", wanted, address)) return bad;
    machine.fields["access"] = wanted.fields["access"];
    machine.fields["tier"] = wanted.fields["tier"];
    if (address != nullptr) {
      gce.world.assign(*address, &machine);
      return std::nullopt;
    }
    machine.wants_public_ip = true;
    if (machine.power == Power::running) {
      machine.public_ip = machine.node ? machine.node->address : gce.world.fresh_public_ip();
    }
    return std::nullopt;
  });
}

Response delete_access_config(Gce& gce) {
  return change(gce, "deleteAccessConfig", [&](Machine& machine) -> Refused {
    if (auto bad = check_interface(gce)) return bad;
    const auto name = gce.param("accessConfig");
    if (name.empty()) return missing("accessConfig");
    const bool has_one = machine.wants_public_ip || !machine.address.empty();
    if (!has_one || name != field(machine, "access")) {
      return invalid("accessConfig", name, "The network interface has no such access config.");
    }
    machine.wants_public_ip = false;
    if (auto* address = dynamic_cast<PublicAddress*>(by_id(gce, machine.place, machine.address))) {
      gce.world.assign(*address, nullptr);
    }
    machine.public_ip.clear();
    return std::nullopt;
  });
}

}  // namespace

std::vector<Route> attribute_routes() {
  return {
      {"instances.setLabels", "POST", "zones/{}/instances/{}/setLabels", set_labels, "requestId",
       "SetLabels"},
      {"instances.setMetadata", "POST", "zones/{}/instances/{}/setMetadata", set_metadata,
       "requestId", "Metadata"},
      {"instances.setTags", "POST", "zones/{}/instances/{}/setTags", set_tags, "requestId", "Tags"},
      {"instances.setMachineType", "POST", "zones/{}/instances/{}/setMachineType", set_machine_type,
       "requestId", "SetMachineType"},
      {"instances.setServiceAccount", "POST", "zones/{}/instances/{}/setServiceAccount",
       set_service_account, "requestId", "SetServiceAccount"},
      {"instances.setDeletionProtection", "POST", "zones/{}/instances/{}/setDeletionProtection",
       set_deletion_protection, "requestId deletionProtection", ""},
      {"instances.addAccessConfig", "POST", "zones/{}/instances/{}/addAccessConfig",
       add_access_config, "requestId networkInterface", "AccessConfig"},
      {"instances.deleteAccessConfig", "POST", "zones/{}/instances/{}/deleteAccessConfig",
       delete_access_config, "requestId networkInterface accessConfig", ""}};
}

}  // namespace ccloud::sim::gcp
