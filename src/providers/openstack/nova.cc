// Shapes and states as in the compute API reference (2.67).
#include "providers/openstack/nova.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/hash.h"
#include "cloud/marks.h"
#include "json/writer.h"

namespace ccloud::openstack {

using cloud::NodeState;

std::string project_tag(std::string_view project) {
  return fmt::format("{}={}", cloud::mark_project, project);
}

NodeState state_of(std::string_view status, std::string_view task) {
  if (task == "deleting") return NodeState::terminating;
  if (task == "powering-off") return NodeState::stopping;
  if (task == "powering-on") return NodeState::pending;
  struct Row {
    std::string_view status;
    NodeState state;
  };
  static constexpr std::array<Row, 19> table = {{
      {"ACTIVE", NodeState::running},
      {"BUILD", NodeState::pending},
      {"SHUTOFF", NodeState::stopped},
      {"ERROR", NodeState::error},
      {"REBOOT", NodeState::pending},
      {"HARD_REBOOT", NodeState::pending},
      {"REBUILD", NodeState::pending},
      {"RESIZE", NodeState::pending},
      {"REVERT_RESIZE", NodeState::pending},
      {"RESCUE", NodeState::pending},
      {"VERIFY_RESIZE", NodeState::running},
      {"PASSWORD", NodeState::running},
      {"MIGRATING", NodeState::running},
      {"PAUSED", NodeState::stopped},
      {"SUSPENDED", NodeState::stopped},
      {"SHELVED", NodeState::stopped},
      {"SHELVED_OFFLOADED", NodeState::stopped},
      {"DELETED", NodeState::terminated},
      {"SOFT_DELETED", NodeState::terminated},
  }};
  const auto found = std::ranges::find(table, status, &Row::status);
  return found == table.end() ? NodeState::unknown : found->state;
}

namespace {

/// Fixed addresses are the private ones; a floating one, or a fixed one beside none, is public.
void read_addresses(json::Value addresses, cloud::Instance& instance) {
  for (const auto& network : addresses.members()) {
    for (const auto& address : network.value.items()) {
      if (address.get("version").int_or(4) != 4) continue;
      const bool is_floating = address.get("OS-EXT-IPS:type").string_or("fixed") == "floating";
      auto& slot = is_floating ? instance.public_ip : instance.private_ip;
      if (slot.empty()) slot = address.get("addr").string_or();
    }
  }
}

}  // namespace

cloud::Instance parse_server(json::Value server, std::string_view region) {
  cloud::Instance instance;
  instance.id = server.get("id").string_or();
  instance.name = server.get("name").string_or();
  instance.region = region;
  instance.zone = server.get("OS-EXT-AZ:availability_zone").string_or();
  instance.state =
      state_of(server.get("status").string_or(), server.get("OS-EXT-STS:task_state").string_or());
  instance.state_reason = server.get("fault").get("message").string_or();
  if (instance.state_reason.find("No valid host") != std::string::npos) {
    instance.state_reason =
        "no capacity: " + instance.state_reason;  // the scheduler's words for it
  }
  instance.type = server.get("flavor").get("original_name").string_or();
  instance.image = server.get("image").get("id").string_or();
  read_addresses(server.get("addresses"), instance);
  instance.created = server.get("created").string_or();
  for (const auto& entry : server.get("metadata").members()) {
    instance.labels.emplace(std::string(entry.key), entry.value.string_or());
  }
  for (const auto& tag : server.get("tags").items()) {
    const auto text = tag.string_or();
    const auto equal = text.find('=');
    if (equal != std::string::npos)
      instance.labels.emplace(text.substr(0, equal), text.substr(equal + 1));
  }
  instance.key_name = server.get("key_name").string_or();
  const auto name = instance.name;
  apply_marks(instance, 0);
  if (instance.name.empty()) instance.name = name;
  return instance;
}

std::vector<Flavor> parse_flavors(json::Value body) {
  std::vector<Flavor> flavors;
  for (const auto& item : body.get("flavors").items()) {
    Flavor flavor;
    flavor.id = item.get("id").string_or();
    flavor.disk_gib = item.get("disk").int_or(0);
    flavor.offer.name = item.get("name").string_or();
    flavor.offer.vcpus = static_cast<int>(item.get("vcpus").int_or(0));
    flavor.offer.memory_mib = item.get("ram").int_or(0);
    // Flavors do not tell the architecture: what a cloud offers is taken as what it can run.
    flavor.offer.archs = {cloud::Arch::x86_64, cloud::Arch::arm64};
    flavors.push_back(std::move(flavor));
  }
  return flavors;
}

std::string encode_create(const cloud::NodeBatch& batch, const CreateServer& one) {
  cloud::Labels labels = batch.labels;
  labels[std::string(cloud::mark_node)] = one.name;
  json::Writer out;
  out.begin_object().key("server").begin_object();
  out.member("name", one.name).member("flavorRef", one.flavor_id);
  if (one.volume_gib == 0) {
    out.member("imageRef", batch.image.id);
  } else {
    out.key("block_device_mapping_v2").begin_array().begin_object();
    out.member("boot_index", 0).member("uuid", batch.image.id).member("source_type", "image");
    out.member("destination_type", "volume").member("volume_size", one.volume_gib);
    out.member("delete_on_termination", true).end_object().end_array();
  }
  if (!batch.key_name.empty()) out.member("key_name", batch.key_name);
  if (!batch.zone.empty()) out.member("availability_zone", batch.zone);
  out.key("networks")
      .begin_array()
      .begin_object()
      .member("port", one.port_id)
      .end_object()
      .end_array();
  if (!batch.user_data.empty()) out.member("user_data", base64(batch.user_data));
  out.member("config_drive", true);
  out.key("metadata").begin_object();
  for (const auto& [key, value] : labels) out.member(key, value);
  out.end_object();
  out.key("tags").begin_array().value(project_tag(batch.project)).end_array();
  out.end_object().end_object();
  return out.take();
}

std::string encode_metadata(const cloud::Labels& labels) {
  json::Writer out;
  out.begin_object().key("metadata").begin_object();
  for (const auto& [key, value] : labels) out.member(key, value);
  out.end_object().end_object();
  return out.take();
}

std::vector<cloud::Quota> parse_limits(json::Value body) {
  const auto absolute = body.get("limits").get("absolute");
  const auto quota = [&](std::string_view name, std::string_view limit, std::string_view used) {
    return cloud::Quota{.name = std::string(name),
                        .limit = static_cast<double>(absolute.get(limit).int_or(-1)),
                        .used = static_cast<double>(absolute.get(used).int_or(0))};
  };
  return {quota("instances", "maxTotalInstances", "totalInstancesUsed"),
          quota("vcpus", "maxTotalCores", "totalCoresUsed"),
          quota("memory_mib", "maxTotalRAMSize", "totalRAMUsed")};
}

}  // namespace ccloud::openstack
