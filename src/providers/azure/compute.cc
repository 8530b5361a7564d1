// Shapes as in the compute API, version 2024-07-01.
#include "providers/azure/compute.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "cloud/marks.h"
#include "json/writer.h"
#include "providers/azure/names.h"

namespace ccloud::azure {

using cloud::NodeState;

namespace {

constexpr std::string_view power_prefix = "PowerState/";
constexpr std::string_view provisioning_prefix = "ProvisioningState/";

cloud::Labels labels_of(json::Value tags) {
  cloud::Labels labels;
  for (const auto& tag : tags.members()) {
    labels.emplace(std::string(tag.key), tag.value.string_or());
  }
  return labels;
}

std::string image_of(json::Value reference) {
  const auto id = reference.get("id").string_or();
  if (!id.empty()) return id;
  const auto publisher = reference.get("publisher").string_or();
  if (publisher.empty()) return {};
  return to_string(
      Urn{publisher, reference.get("offer").string_or(), reference.get("sku").string_or(),
          reference.get("exactVersion").string_or(reference.get("version").string_or())});
}

double number_of(const std::string& text) {
  double out = 0;
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

}  // namespace

Status read_statuses(json::Value view) {
  Status out;
  for (const auto& status : view.get("statuses").items()) {
    const auto code = status.get("code").string_or();
    if (code.starts_with(power_prefix)) {
      out.power = to_lower(code.substr(power_prefix.size()));
    } else if (to_lower(code).starts_with("provisioningstate/failed")) {
      const auto cause = code.substr(std::min(code.size(), provisioning_prefix.size() + 7));
      out.failure = status.get("message").string_or(status.get("displayStatus").string_or());
      if (!cause.empty()) out.failure = fmt::format("{}: {}", cause, out.failure);
    }
  }
  return out;
}

NodeState state_of(std::string_view provisioning, std::string_view power) {
  const auto doing = to_lower(provisioning);
  if (doing == "deleting") return NodeState::terminating;
  if (doing == "creating") return NodeState::pending;
  if (power.empty()) return doing == "failed" ? NodeState::error : NodeState::unknown;
  if (power == "creating" || power == "starting") return NodeState::pending;
  if (power == "running") return NodeState::running;
  if (power == "stopping" || power == "deallocating") return NodeState::stopping;
  if (power == "stopped" || power == "deallocated") return NodeState::stopped;
  return NodeState::unknown;
}

std::string normal_time(std::string_view text) {
  const auto time = parse_time(text);
  return time ? format_time(*time) : std::string(text);
}

std::string identity_of(json::Value machine) {
  const auto identity = machine.get("identity");
  for (const auto& one : identity.get("userAssignedIdentities").members()) {
    return std::string(one.key);
  }
  const auto type = identity.get("type").string_or();
  return type.find("SystemAssigned") == std::string::npos ? "" : "system";
}

cloud::Instance parse_machine(json::Value machine) {
  const auto properties = machine.get("properties");
  const auto storage = properties.get("storageProfile");
  cloud::Instance out;
  const auto own_name = machine.get("name").string_or();
  out.id = node_id(canonical(machine.get("id").string_or()), properties.get("vmId").string_or());
  out.region = normal_location(machine.get("location").string_or());
  out.zone = machine.get("zones").at(0).string_or();
  out.type = properties.get("hardwareProfile").get("vmSize").string_or();
  out.image = image_of(storage.get("imageReference"));
  out.created = normal_time(properties.get("timeCreated").string_or());
  out.labels = labels_of(machine.get("tags"));
  out.identity = identity_of(machine);
  const auto disk = storage.get("osDisk");
  out.disk_gib = disk.get("diskSizeGB").int_or(0);
  out.disk_type = disk_type_of(disk.get("managedDisk").get("storageAccountType").string_or());
  cloud::apply_marks(out, 0);
  if (out.name.empty()) out.name = own_name;
  apply_status(out, properties.get("provisioningState").string_or(),
               read_statuses(properties.get("instanceView")));
  return out;
}

void apply_status(cloud::Instance& instance, std::string_view provisioning, const Status& status) {
  instance.state = state_of(provisioning, status.power);
  instance.state_reason = status.failure;
  if (instance.state == NodeState::error && status.failure.empty()) {
    instance.state_reason = "its provisioning failed";
  }
}

std::optional<Urn> parse_urn(std::string_view text) {
  const auto parts = split(text, ':');
  if (parts.size() != 4 || text.starts_with('/')) return std::nullopt;
  return Urn{parts[0], parts[1], parts[2], parts[3]};
}

std::string to_string(const Urn& urn) {
  return fmt::format("{}:{}:{}:{}", urn.publisher, urn.offer, urn.sku, urn.version);
}

std::string storage_of(std::string_view disk_type) {
  return disk_type == "hdd" ? "Standard_LRS" : "StandardSSD_LRS";
}

std::string disk_type_of(std::string_view storage) {
  if (storage.empty()) return {};
  return storage == "Standard_LRS" ? "hdd" : "ssd";
}

std::string encode_identity(std::string_view wanted, std::string_view before) {
  json::Writer out;
  out.begin_object();
  if (wanted.empty()) {
    out.member("type", "None");
  } else if (wanted == "system") {
    out.member("type", "SystemAssigned");
  } else {
    out.member("type", "UserAssigned").key("userAssignedIdentities").begin_object();
    out.key(wanted).begin_object().end_object();
    // A PATCH merges: the old one goes only when it is named as null.
    if (before.starts_with('/') && !equals_ignoring_case(before, wanted)) {
      out.key(before).value(nullptr);
    }
    out.end_object();
  }
  out.end_object();
  return out.take();
}

namespace {

void write_storage(json::Writer& out, const cloud::NodeBatch& batch, const std::string& name) {
  out.key("storageProfile").begin_object().key("imageReference").begin_object();
  if (const auto urn = parse_urn(batch.image.id)) {
    out.member("publisher", urn->publisher).member("offer", urn->offer);
    out.member("sku", urn->sku).member("version", urn->version);
  } else {
    out.member("id", batch.image.id);
  }
  out.end_object().key("osDisk").begin_object();
  out.member("name", disk_name(name)).member("createOption", "FromImage");
  if (batch.disk.gib > 0) out.member("diskSizeGB", batch.disk.gib);
  out.member("caching", "ReadWrite").key("managedDisk").begin_object();
  out.member("storageAccountType", storage_of(batch.disk.type)).end_object();
  out.member("deleteOption", "Delete").end_object().end_object();
}

void write_login(json::Writer& out, const cloud::NodeBatch& batch, const std::string& name) {
  const auto user = batch.login_user.empty() ? std::string("azureuser") : batch.login_user;
  out.key("osProfile").begin_object().member("computerName", name).member("adminUsername", user);
  if (!batch.user_data.empty()) out.member("customData", base64(batch.user_data));
  out.key("linuxConfiguration").begin_object().member("disablePasswordAuthentication", true);
  out.key("ssh").begin_object().key("publicKeys").begin_array();
  for (const auto& key : batch.ssh_keys) {
    out.begin_object().member("path", fmt::format("/home/{}/.ssh/authorized_keys", user));
    out.member("keyData", key).end_object();
  }
  out.end_array().end_object().end_object().end_object();
}

}  // namespace

std::string encode_machine(const cloud::NodeBatch& batch, const MachineParts& parts) {
  json::Writer out;
  out.begin_object().member("location", batch.region);
  if (!batch.zone.empty()) out.key("zones").begin_array().value(batch.zone).end_array();
  out.key("tags").begin_object();
  for (const auto& [key, value] : batch.labels) {
    if (key != cloud::mark_node) out.member(key, value);
  }
  out.member(cloud::mark_node, parts.name).end_object();
  if (!parts.identity_id.empty()) {
    out.key("identity").raw(encode_identity(parts.identity_id, ""));
  }
  if (parts.plan.exists()) {
    out.key("plan").begin_object().member("name", parts.plan.name);
    out.member("publisher", parts.plan.publisher).member("product", parts.plan.product);
    out.end_object();
  }
  out.key("properties").begin_object();
  out.key("hardwareProfile").begin_object().member("vmSize", batch.type).end_object();
  write_storage(out, batch, parts.name);
  write_login(out, batch, parts.name);
  out.key("networkProfile").begin_object().key("networkInterfaces").begin_array().begin_object();
  out.member("id", parts.interface_id).key("properties").begin_object();
  out.member("primary", true).member("deleteOption", "Delete");
  out.end_object().end_object().end_array().end_object();
  out.key("diagnosticsProfile").begin_object().key("bootDiagnostics").begin_object();
  out.member("enabled", true).end_object().end_object();
  out.end_object().end_object();
  return out.take();
}

namespace {

std::string capability(json::Value sku, std::string_view name) {
  for (const auto& one : sku.get("capabilities").items()) {
    if (one.get("name").string_or() == name) return one.get("value").string_or();
  }
  return {};
}

/// Zones that the subscription may not use; "*" when it is the whole location.
std::set<std::string> restricted_zones(json::Value sku) {
  std::set<std::string> out;
  for (const auto& one : sku.get("restrictions").items()) {
    if (one.get("type").string_or() == "Location") out.insert("*");
    for (const auto& zone : one.get("restrictionInfo").get("zones").items()) {
      out.insert(zone.string_or());
    }
  }
  return out;
}

}  // namespace

cloud::RegionCatalogue parse_skus(const std::vector<json::Document>& pages, std::string_view region,
                                  const std::vector<std::string>& types) {
  cloud::RegionCatalogue out;
  std::set<std::string> all_zones;
  for (const auto& page : pages) {
    for (const auto& sku : page.root().get("value").items()) {
      if (!equals_ignoring_case(sku.get("resourceType").string_or(), "virtualMachines")) continue;
      const auto barred = restricted_zones(sku);
      cloud::TypeOffer offer;
      offer.name = sku.get("name").string_or();
      for (const auto& place : sku.get("locationInfo").items()) {
        if (normal_location(place.get("location").string_or()) != region) continue;
        for (const auto& zone : place.get("zones").items()) {
          all_zones.insert(zone.string_or());
          if (!barred.contains(zone.string_or())) offer.zones.push_back(zone.string_or());
        }
      }
      const bool is_wanted = types.empty() || std::ranges::any_of(types, [&](const auto& type) {
                               return equals_ignoring_case(type, offer.name);
                             });
      if (!is_wanted || barred.contains("*")) continue;
      std::ranges::sort(offer.zones);
      offer.vcpus = static_cast<int>(number_of(capability(sku, "vCPUs")));
      offer.memory_mib = static_cast<std::int64_t>(number_of(capability(sku, "MemoryGB")) * 1024);
      const bool is_arm = equals_ignoring_case(capability(sku, "CpuArchitectureType"), "arm64");
      offer.archs = {is_arm ? cloud::Arch::arm64 : cloud::Arch::x86_64};
      offer.is_burstable = offer.name.starts_with("Standard_B");
      out.types.push_back(std::move(offer));
    }
  }
  out.zones.assign(all_zones.begin(), all_zones.end());
  return out;
}

}  // namespace ccloud::azure
