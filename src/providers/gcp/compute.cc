// Shapes as in the Compute v1 API. Numbers of 64 bits are strings there.
#include "providers/gcp/compute.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "json/writer.h"
#include "providers/gcp/first_boot.h"
#include "providers/gcp/names.h"

namespace ccloud::gcp {

using cloud::NodeState;

namespace {

constexpr std::string_view scope = "https://www.googleapis.com/auth/cloud-platform";

std::string text_of(json::Value value) {
  return value.is_string() ? value.string_or() : value.exists() ? value.text() : std::string();
}

std::string item(const std::map<std::string, std::string>& metadata, std::string_view key) {
  const auto found = metadata.find(std::string(key));
  return found == metadata.end() ? std::string() : found->second;
}

/// The text of the config, where it means what the machine has; so the two can be compared.
std::string as_written(const std::string& written, const std::string& meant,
                       const std::string& actual) {
  return !written.empty() && meant == actual ? written : actual;
}

std::string identity_of(json::Value machine, const std::map<std::string, std::string>& metadata,
                        std::string_view project) {
  const auto actual = machine.get("serviceAccounts").at(0).get("email").string_or();
  const auto written = item(metadata, item_identity);
  if (written == "default" && actual.ends_with("-compute@developer.gserviceaccount.com")) {
    return written;
  }
  return as_written(written, account_address(written, project), actual);
}

json::Value boot_disk(json::Value machine) {
  for (const auto& disk : machine.get("disks").items()) {
    if (disk.get("boot").bool_or(false)) return disk;
  }
  return machine.get("disks").at(0);
}

void write_labels(json::Writer& out, const cloud::Labels& labels) {
  out.begin_object();
  for (const auto& [key, value] : labels) out.member(key, value);
  out.end_object();
}

void write_disk(json::Writer& out, const cloud::NodeBatch& batch, const MachineParts& parts) {
  out.key("disks").begin_array().begin_object();
  out.member("boot", true).member("autoDelete", true);
  out.key("initializeParams").begin_object().member("sourceImage", batch.image.id);
  if (batch.disk.gib > 0) out.member("diskSizeGb", std::to_string(batch.disk.gib));
  out.member("diskType", fmt::format("zones/{}/diskTypes/{}", parts.zone,
                                     disk_type_for(batch.type, batch.disk.type)));
  out.key("labels");
  write_labels(out, parts.labels);
  out.end_object().end_object().end_array();
}

void write_interface(json::Writer& out, const cloud::NodeBatch& batch) {
  out.key("networkInterfaces").begin_array().begin_object();
  if (!batch.subnet_id.empty()) {
    out.member("subnetwork", batch.subnet_id);
  } else {
    out.member("network", batch.network.id);
  }
  if (batch.public_ip) {
    out.key("accessConfigs").begin_array().begin_object();
    out.member("type", "ONE_TO_ONE_NAT").member("name", "External NAT");
    out.end_object().end_array();
  }
  out.end_object().end_array();
}

void write_item(json::Writer& out, std::string_view key, std::string_view value) {
  if (value.empty()) return;
  out.begin_object().member("key", key).member("value", value).end_object();
}

void write_metadata(json::Writer& out, const cloud::NodeBatch& batch, const MachineParts& parts) {
  out.key("metadata").begin_object().key("items").begin_array();
  write_item(out, cloud::mark_cluster, batch.cluster);
  write_item(out, cloud::mark_node, parts.labels.at(std::string(cloud::mark_node)));
  write_item(out, item_image, batch.image.id);
  if (!batch.network.is_owned) write_item(out, item_network, batch.network.id);
  write_item(out, item_identity, batch.identity);
  const auto user = batch.login_user.empty() ? batch.image.login_user : batch.login_user;
  if (!user.empty()) write_item(out, item_keys, ssh_keys_item(user, batch.ssh_keys));
  // The keys of the config open the node, not those of the whole project.
  write_item(out, "block-project-ssh-keys", "TRUE");
  write_item(out, "enable-oslogin", "FALSE");
  write_item(out, "user-data", batch.user_data);
  write_item(out, "startup-script", startup_script(batch.user_data).value_or(""));
  out.end_array().end_object();
}

cloud::Arch arch_of(json::Value type) {
  const auto said = type.get("architecture").string_or();
  if (!said.empty()) return said == "ARM64" ? cloud::Arch::arm64 : cloud::Arch::x86_64;
  const auto name = type.get("name").string_or();
  for (const auto series : {"t2a-", "c4a-", "n4a-"}) {
    if (name.starts_with(series)) return cloud::Arch::arm64;
  }
  return cloud::Arch::x86_64;
}

cloud::TypeOffer read_type(json::Value type) {
  cloud::TypeOffer out;
  out.name = type.get("name").string_or();
  out.vcpus = static_cast<int>(type.get("guestCpus").to_int().value_or(0));
  out.memory_mib = type.get("memoryMb").to_int().value_or(0);
  out.archs = {arch_of(type)};
  out.is_burstable = type.get("isSharedCpu").bool_or(false);
  out.is_current = !type.has("deprecated");
  return out;
}

}  // namespace

NodeState state_of(std::string_view status) {
  constexpr std::array<std::pair<std::string_view, NodeState>, 12> states = {{
      {"PENDING", NodeState::pending},
      {"PROVISIONING", NodeState::pending},
      {"STAGING", NodeState::pending},
      {"REPAIRING", NodeState::pending},
      {"RUNNING", NodeState::running},
      {"STOPPING", NodeState::stopping},
      {"PENDING_STOP", NodeState::stopping},
      {"SUSPENDING", NodeState::stopping},
      {"DEPROVISIONING", NodeState::terminating},
      {"STOPPED", NodeState::stopped},
      {"TERMINATED", NodeState::stopped},  // not deleted: what is deleted is not there
      {"SUSPENDED", NodeState::stopped},
  }};
  const auto found =
      std::ranges::find(states, status, &std::pair<std::string_view, NodeState>::first);
  return found == states.end() ? NodeState::unknown : found->second;
}

cloud::Labels read_labels(json::Value labels) {
  cloud::Labels out;
  for (const auto& one : labels.members()) out.emplace(std::string(one.key), one.value.string_or());
  return out;
}

std::map<std::string, std::string> read_metadata(json::Value machine) {
  std::map<std::string, std::string> out;
  for (const auto& one : machine.get("metadata").get("items").items()) {
    out.emplace(one.get("key").string_or(), one.get("value").string_or());
  }
  return out;
}

cloud::Instance parse_machine(json::Value machine, std::string_view project) {
  cloud::Instance out;
  out.id = text_of(machine.get("id"));
  out.labels = read_labels(machine.get("labels"));
  out.name = machine.get("name").string_or();
  cloud::apply_marks(out, 0);
  const auto metadata = read_metadata(machine);
  if (out.cluster.empty()) out.cluster = item(metadata, cloud::mark_cluster);
  if (!out.labels.contains(std::string(cloud::mark_node))) {
    if (const auto name = item(metadata, cloud::mark_node); !name.empty()) out.name = name;
  }
  out.zone = last_part(machine.get("zone").string_or());
  out.region = region_of_zone(out.zone);
  out.state = state_of(machine.get("status").string_or());
  out.state_reason = machine.get("statusMessage").string_or();
  out.type = last_part(machine.get("machineType").string_or());
  out.image = item(metadata, item_image);
  out.created = normal_time(machine.get("creationTimestamp").string_or());
  const auto nic = machine.get("networkInterfaces").at(0);
  out.private_ip = nic.get("networkIP").string_or();
  out.public_ip = nic.get("accessConfigs").at(0).get("natIP").string_or();
  out.subnet_id = canonical(nic.get("subnetwork").string_or(), project);
  const auto written = item(metadata, item_network);
  out.network_id = as_written(written, network_path(written, project),
                              canonical(nic.get("network").string_or(), project));
  for (const auto& tag : machine.get("tags").get("items").items()) {
    out.firewall_ids.push_back(tag.string_or());
  }
  if (out.firewall_ids.empty()) out.firewall_ids.emplace_back(no_tag);
  out.identity = identity_of(machine, metadata, project);
  out.disk_gib = boot_disk(machine).get("diskSizeGb").to_int().value_or(0);
  return out;
}

std::string encode_machine(const cloud::NodeBatch& batch, const MachineParts& parts) {
  json::Writer out;
  out.begin_object().member("name", parts.name);
  out.member("machineType", fmt::format("zones/{}/machineTypes/{}", parts.zone, batch.type));
  out.key("labels");
  write_labels(out, parts.labels);
  if (!batch.firewall_ids.empty()) {
    out.key("tags").begin_object().member("items", batch.firewall_ids).end_object();
  }
  write_disk(out, batch, parts);
  write_interface(out, batch);
  write_metadata(out, batch, parts);
  if (!batch.identity.empty()) {
    out.key("serviceAccounts").begin_array();
    out.raw(encode_account(account_address(batch.identity, parts.project)));
    out.end_array();
  }
  out.end_object();
  return out.take();
}

std::string disk_type_for(std::string_view machine_type, std::string_view wanted) {
  constexpr std::array<std::string_view, 10> hyperdisk_only = {"c4",  "c4a", "c4d", "n4",  "n4a",
                                                               "n4d", "x4",  "m4",  "h4d", "a4"};
  const auto series = machine_type.substr(0, machine_type.find('-'));
  if (std::ranges::find(hyperdisk_only, series) != hyperdisk_only.end() && wanted != "hdd") {
    return "hyperdisk-balanced";
  }
  return wanted == "hdd" ? "pd-standard" : "pd-balanced";
}

std::string encode_account(std::string_view address) {
  json::Writer out;
  out.begin_object().member("email", address).key("scopes").begin_array();
  if (!address.empty()) out.value(scope);
  out.end_array().end_object();
  return out.take();
}

cloud::RegionCatalogue parse_types(const std::vector<ZoneTypes>& zones) {
  cloud::RegionCatalogue out;
  std::map<std::string, cloud::TypeOffer> offers;
  for (const auto& zone : zones) {
    out.zones.push_back(zone.zone);
    const auto add = [&](json::Value type) {
      const auto name = type.get("name").string_or();
      if (name.empty()) return;
      const auto at = offers.try_emplace(name, read_type(type)).first;
      at->second.zones.push_back(zone.zone);
    };
    for (const auto& page : zone.pages) {
      if (page.root().has("guestCpus")) add(page.root());
      for (const auto& type : page.root().get("items").items()) add(type);
    }
  }
  for (auto& [name, offer] : offers) {
    std::ranges::sort(offer.zones);
    out.types.push_back(std::move(offer));
  }
  std::ranges::sort(out.zones);
  return out;
}

void read_quotas(json::Value resource, std::vector<cloud::Quota>& into) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> metrics = {
      {{"CPUS", "vcpus"},
       {"INSTANCES", "instances"},
       {"IN_USE_ADDRESSES", "addresses"},
       {"NETWORKS", "networks"}}};
  for (const auto& one : resource.get("quotas").items()) {
    const auto metric = one.get("metric").string_or();
    for (const auto& [theirs, ours] : metrics) {
      if (metric != theirs) continue;
      into.push_back({.name = std::string(ours),
                      .limit = one.get("limit").as_double().value_or(0),
                      .used = one.get("usage").as_double().value_or(0)});
    }
  }
}

std::string normal_time(std::string_view text) {
  const auto time = parse_time(text);
  return time ? format_time(*time) : std::string(text);
}

}  // namespace ccloud::gcp
