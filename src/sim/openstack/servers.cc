// Nova's servers: list with filters and pages, create, show, delete.
#include "sim/openstack/servers.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/openstack/rest.h"

namespace ccloud::sim::openstack {

std::string_view status_of(const Rest& rest, const Machine& machine) {
  switch (machine.power_at(rest.call.as_of)) {
    case Power::pending:
      return machine.has_run ? "SHUTOFF" : "BUILD";
    case Power::running:
      return machine.fields.contains("resizing") ? "VERIFY_RESIZE" : "ACTIVE";
    case Power::stopping:
    case Power::terminating:
      return machine.has_run ? "ACTIVE" : "BUILD";
    case Power::stopped:
      return "SHUTOFF";
    case Power::terminated:
      return "DELETED";
    case Power::failed:
      return "ERROR";
  }
  return "UNKNOWN";
}

Machine* find_server(const Rest& rest) {
  auto* machine = rest.see<Machine>("server", rest.args.at(0));
  return machine != nullptr && machine->power != Power::terminated ? machine : nullptr;
}

Response no_such_server(const Rest& rest) {
  return nova_error(404, fmt::format("Instance {} could not be found.", rest.args.at(0)));
}

std::optional<Response> check_metadata(json::Value metadata) {
  const auto is_allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("-_:. ").contains(c);
  };
  for (const auto& entry : metadata.members()) {
    if (entry.key.empty() || entry.key.size() > 255 ||
        !std::ranges::all_of(entry.key, is_allowed)) {
      return nova_error(400, fmt::format("Invalid input for field/attribute metadata. '{}' does "
                                         "not match any of the regexes: '^[a-zA-Z0-9-_:. "
                                         "]{{1,255}}$'",
                                         entry.key));
    }
    if (entry.value.string_or().size() > 255) {
      return nova_error(400, "Invalid input for field/attribute metadata. it is too long");
    }
  }
  return std::nullopt;
}

namespace {

std::optional<std::string_view> task_of(const Machine& machine) {
  switch (machine.power) {
    case Power::pending:
      return machine.has_run ? "powering-on" : "spawning";
    case Power::stopping:
      return "powering-off";
    case Power::terminating:
      return "deleting";
    default:
      return std::nullopt;
  }
}

void write_links(json::Writer& out, const Rest& rest, std::string_view id) {
  out.key("links").begin_array().begin_object().member("rel", "self");
  out.member("href",
             fmt::format("{}/{}/compute/v2.1/servers/{}", rest.base, rest.place.region, id));
  out.end_object().end_array();
}

void write_address(json::Writer& out, const std::string& ip, std::string_view kind) {
  out.begin_object().member("version", 4).member("addr", ip).member("OS-EXT-IPS:type", kind);
  out.member("OS-EXT-IPS-MAC:mac_addr", "fa:16:3e:00:00:01").end_object();
}

void write_flavor(json::Writer& out, const Rest& rest, const Machine& machine) {
  const auto* flavor = find_flavor(machine.size);
  out.key("flavor").begin_object();
  if (!rest.has_microversion(47) || flavor == nullptr) {
    out.member("id", machine.size).end_object();
    return;
  }
  out.member("vcpus", flavor->vcpus)
      .member("ram", flavor->memory_mib)
      .member("disk", flavor->disk_gib);
  out.member("ephemeral", 0).member("swap", 0).member("original_name", flavor->name);
  out.key("extra_specs").begin_object().end_object().end_object();
}

std::vector<std::string> server_tags(const Machine& machine) {
  std::vector<std::string> out;
  for (const auto& [key, value] : machine.tags) {
    if (key.starts_with("tag:")) out.push_back(key.substr(4));
  }
  return out;
}

void write_server(json::Writer& out, Rest& rest, const Machine& machine) {
  out.begin_object().member("id", machine.id).member("name", machine.name);
  out.member("status", status_of(rest, machine)).member("tenant_id", machine.place.account);
  out.member("user_id", machine.fields.at("user")).key("metadata").begin_object();
  for (const auto& [key, value] : machine.tags) {
    if (!key.starts_with("tag:")) out.member(key, value);
  }
  out.end_object();
  out.member("hostId", "").key("image");
  if (machine.image.empty()) {
    out.value("");
  } else {
    out.begin_object().member("id", machine.image);
    out.key("links").begin_array().end_array().end_object();
  }
  write_flavor(out, rest, machine);
  out.member("created", time_text(machine.created)).member("updated", time_text(machine.changed));
  out.key("addresses").begin_object();
  if (!machine.private_ip.empty()) {
    const auto* network = rest.world.find_as<Network>(machine.place, machine.network);
    out.key(network == nullptr ? "net" : network->name).begin_array();
    write_address(out, machine.private_ip, "fixed");
    if (!machine.public_ip.empty()) write_address(out, machine.public_ip, "floating");
    out.end_array();
  }
  out.end_object();
  out.member("accessIPv4", "").member("accessIPv6", "");
  write_links(out, rest, machine.id);
  out.member("OS-DCF:diskConfig", "MANUAL").member("progress", machine.has_run ? 100 : 0);
  out.member("OS-EXT-AZ:availability_zone", machine.zone).member("config_drive", "");
  if (machine.key_name.empty()) {
    out.member("key_name", nullptr);
  } else {
    out.member("key_name", machine.key_name);
  }
  out.member("OS-SRV-USG:launched_at", nullptr).member("OS-SRV-USG:terminated_at", nullptr);
  out.key("security_groups").begin_array();
  for (const auto& id : machine.firewalls) {
    const auto* group = rest.world.find_as<Firewall>(machine.place, id);
    out.begin_object().member("name", group == nullptr ? id : group->name).end_object();
  }
  out.end_array();
  const auto task = task_of(machine);
  if (task) {
    out.member("OS-EXT-STS:task_state", *task);
  } else {
    out.member("OS-EXT-STS:task_state", nullptr);
  }
  out.member("OS-EXT-STS:vm_state", machine.power == Power::stopped ? "stopped" : "active");
  out.member("OS-EXT-STS:power_state", machine.power == Power::running ? 1 : 4);
  out.key("os-extended-volumes:volumes_attached").begin_array().end_array();
  if (machine.power == Power::failed) {
    out.key("fault")
        .begin_object()
        .member("code", 500)
        .member("created", time_text(machine.changed));
    out.member("message",
               machine.reason.empty() ? std::string("No valid host was found. ") : machine.reason);
    out.end_object();
  }
  if (rest.has_microversion(9)) out.member("locked", false);
  if (rest.has_microversion(19)) out.member("description", nullptr);
  if (rest.has_microversion(26)) out.member("tags", server_tags(machine));
  out.end_object();
}

bool passes_filters(Rest& rest, const Machine& machine) {
  for (const auto& name : rest.params("status")) {
    if (to_lower(name) != to_lower(status_of(rest, machine))) return false;
  }
  if (const auto name = rest.param("name"); !name.empty()) {
    if (!std::regex_search(machine.name, std::regex(name))) return false;
  }
  const auto has_tag = [&](const std::string& tag) { return machine.tags.contains("tag:" + tag); };
  if (const auto tags = rest.param("tags"); !tags.empty() && rest.has_microversion(26)) {
    if (!std::ranges::all_of(split(tags, ','), has_tag)) return false;
  }
  if (const auto tags = rest.param("tags-any"); !tags.empty() && rest.has_microversion(26)) {
    if (!std::ranges::any_of(split(tags, ','), has_tag)) return false;
  }
  return true;
}

Response list(Rest& rest, bool with_details) {
  std::vector<Resource*> all;
  const auto tag = rest.has_microversion(26) ? rest.param("tags") : std::string();
  // One tag is the usual question: the World has an index for it.
  const bool is_indexed = !tag.empty() && tag.find(',') == std::string::npos;
  const auto& found = is_indexed ? rest.world.tagged(rest.place, "tag:" + tag, "")
                                 : rest.world.list(rest.place, "server");
  for (const auto& [serial, resource] : found) {
    if (resource->type != "server" || !rest.is_visible(*resource)) continue;
    const auto& machine = static_cast<const Machine&>(*resource);
    if (machine.power == Power::terminated || !passes_filters(rest, machine)) continue;
    all.push_back(resource);
  }
  std::ranges::reverse(all);  // Nova lists the newest first
  const auto page = page_of(rest, std::move(all), 1000);
  json::Writer out;
  out.begin_object().key("servers").begin_array();
  for (const auto* resource : page.items) {
    if (with_details) {
      write_server(out, rest, static_cast<const Machine&>(*resource));
      continue;
    }
    out.begin_object().member("id", resource->id).member("name", resource->name);
    write_links(out, rest, resource->id);
    out.end_object();
  }
  out.end_array();
  if (page.has_more) {
    out.key("servers_links").begin_array().begin_object().member("rel", "next");
    out.member("href", fmt::format("{}/{}/compute/v2.1/servers/detail?marker={}", rest.base,
                                   rest.place.region, page.items.back()->id));
    out.end_object().end_array();
  }
  out.end_object();
  return answer(200, out.take());
}

Response list_short(Rest& rest) { return list(rest, false); }
Response list_detail(Rest& rest) { return list(rest, true); }

Response show(Rest& rest) {
  const auto* machine = find_server(rest);
  if (machine == nullptr) return no_such_server(rest);
  json::Writer out;
  out.begin_object().key("server");
  write_server(out, rest, *machine);
  out.end_object();
  return answer(200, out.take());
}

/// PUT: only its name can change; what it calls itself inside stays.
Response rename(Rest& rest) {
  auto* machine = find_server(rest);
  if (machine == nullptr) return no_such_server(rest);
  const auto wanted = rest.body.get("server");
  for (const auto& member : wanted.members()) {
    if (member.key == "name") continue;
    return nova_error(
        400,
        fmt::format("Additional properties are not allowed ('{}' was unexpected)", member.key));
  }
  machine->name = wanted.get("name").string_or(machine->name);
  return show(rest);
}

/// What the create asks for, or Nova's refusal.
std::optional<Response> check_order(Rest& rest, json::Value server, Machine& machine) {
  const auto invalid = [](std::string_view what, std::string_view why) {
    return nova_error(400, fmt::format("Invalid input for field/attribute {}. {}", what, why));
  };
  machine.name = server.get("name").string_or();
  if (machine.name.empty() || machine.name.size() > 255)
    return invalid("name", "Value: ''. '' is too short");
  const auto* flavor = find_flavor(server.get("flavorRef").string_or());
  if (flavor == nullptr) {
    return nova_error(
        400, fmt::format("Flavor {} could not be found.", server.get("flavorRef").string_or()));
  }
  machine.size = flavor->id;
  machine.cpus = flavor->vcpus;
  machine.memory_mib = flavor->memory_mib;
  auto image_id = server.get("imageRef").string_or();
  if (image_id.empty())
    image_id = server.get("block_device_mapping_v2").at(0).get("uuid").string_or();
  const auto* image = rest.see<Image>("image", image_id);
  if (image == nullptr) return nova_error(400, "Can not find requested image");
  machine.image = server.has("imageRef") ? image->id : "";
  machine.os = image->os;
  machine.user = image->user;
  machine.zone = server.get("availability_zone").string_or(zone_names[0]);
  if (std::ranges::find(zone_names, machine.zone) == std::end(zone_names)) {
    return nova_error(400, "The requested availability zone is not available");
  }
  if (server.has("user_data")) {
    const auto text = server.get("user_data").string_or();
    const auto raw = decode_base64(text);
    if (!raw || text.size() > 65535)
      return invalid("user_data", "it is not base64 of at most 65535 bytes");
    machine.user_data = *raw;
  }
  if (const auto key_name = server.get("key_name").string_or(); !key_name.empty()) {
    const Key* key = nullptr;
    for (const auto& [serial, resource] : rest.world.list(rest.place, "keypair")) {
      if (resource->name == key_name) key = static_cast<const Key*>(resource);
    }
    if (key == nullptr) return nova_error(400, "Invalid key_name provided.");
    machine.key_name = key->name;
    machine.public_keys = {key->public_key};
  }
  if (auto refusal = check_metadata(server.get("metadata"))) return refusal;
  for (const auto& entry : server.get("metadata").members()) {
    machine.tags.emplace(std::string(entry.key), entry.value.string_or());
  }
  for (const auto& tag : server.get("tags").items()) {
    const auto text = tag.string_or();
    if (!rest.has_microversion(52)) return invalid("tags", "Additional properties are not allowed");
    if (text.empty() || text.size() > 60 || text.find_first_of("/,") != std::string::npos) {
      return invalid("tags", "a tag has 1 to 60 characters, without '/' and ','");
    }
    machine.tags.emplace("tag:" + text, "");
  }
  return std::nullopt;
}

std::optional<Response> check_networks(Rest& rest, json::Value server, Machine& machine,
                                       Port*& port) {
  const auto networks = server.get("networks");
  if (!networks.exists() && rest.has_microversion(37)) {
    return nova_error(
        400, "Invalid input for field/attribute server. 'networks' is a required property");
  }
  const auto first = networks.at(0);
  if (first.has("port")) {
    port = rest.see<Port>("port", first.get("port").string_or());
    if (port == nullptr) {
      return nova_error(400,
                        fmt::format("Port {} could not be found.", first.get("port").string_or()));
    }
    if (!port->device.empty()) {
      return nova_error(409, fmt::format("Port {} is still in use.", port->id));
    }
  } else if (first.has("uuid")) {
    const auto id = first.get("uuid").string_or();
    if (rest.see<Network>("network", id) == nullptr) {
      return nova_error(400, fmt::format("Network {} could not be found.", id));
    }
    port = make_port(rest, id, "");
    if (port == nullptr) return nova_error(400, "No fixed IP addresses available for network");
    port->fields["dies_with_server"] = "1";
    for (const auto& group : server.get("security_groups").items()) {
      const auto wanted = group.get("name").string_or();
      for (const auto& [serial, resource] : rest.world.list(rest.place, "security_group")) {
        if (resource->name == wanted || resource->id == wanted)
          port->groups.push_back(resource->id);
      }
    }
  }
  if (port == nullptr) return std::nullopt;
  machine.network = port->network;
  machine.subnet = port->subnet;
  machine.private_ip = port->ip;
  machine.firewalls = port->groups;
  return std::nullopt;
}

Response create(Rest& rest) {
  const auto server = rest.body.get("server");
  if (!server.is_object()) return nova_error(400, "'server' is a required property");
  Machine machine;
  machine.place = rest.place;
  machine.type = "server";
  machine.id = rest.world.uuid();
  machine.fields["user"] = rest.world.derive("openstack/user").substr(0, 32);
  if (auto refused = check_order(rest, server, machine)) return *refused;
  double used = 0;
  for (const auto& [serial, resource] : rest.world.list(rest.place, "server")) {
    used += static_cast<const Machine&>(*resource).is_live() ? 1 : 0;
  }
  const auto limit = rest.world.quota(rest.place, "instances", 10);
  if (used >= limit || rest.call.over_quota) {
    return nova_error(403, fmt::format("Quota exceeded for instances: Requested 1, but already "
                                       "used {:.0f} of {:.0f} instances",
                                       used, limit));
  }
  Port* port = nullptr;
  if (auto refused = check_networks(rest, server, machine, port)) return *refused;
  machine.host_name = machine.name;
  auto& made = rest.world.launch(std::move(machine));
  if (rest.call.is_full(made.zone)) {
    made.reason = "No valid host was found. There are not enough hosts available.";
    made.power = made.earlier_power = Power::failed;
    ++made.epoch;
  }
  if (port != nullptr) {
    port->device = made.id;
    port->owner = "compute:" + made.zone;
    if (port->fields.contains("dies_with_server")) made.parts.push_back(port->id);
    bind_floating_ip(rest, port->id, &made);
  }
  json::Writer out;
  out.begin_object().key("server").begin_object().member("id", made.id);
  write_links(out, rest, made.id);
  out.member("OS-DCF:diskConfig", "MANUAL").key("security_groups").begin_array().end_array();
  out.member("adminPass", rest.world.hex_id(12)).end_object().end_object();
  auto response = answer(202, out.take());
  response.headers.emplace_back("Location", fmt::format("{}/{}/compute/v2.1/servers/{}", rest.base,
                                                        rest.place.region, made.id));
  return response;
}

Response remove(Rest& rest) {
  auto* machine = find_server(rest);
  if (machine == nullptr) return no_such_server(rest);
  // Ports that others made stay, and become free.
  for (const auto& [serial, resource] : rest.world.list(rest.place, "port")) {
    auto& port = static_cast<Port&>(*resource);
    if (port.device != machine->id) continue;
    port.device.clear();
    port.owner.clear();
    if (!port.fields.contains("dies_with_server")) machine->private_ip.clear();
  }
  rest.world.terminate(*machine);
  return no_content();
}

}  // namespace

std::vector<Route> server_routes() {
  using enum Service;
  return {
      {compute, "GET", "/servers", list_short}, {compute, "GET", "/servers/detail", list_detail},
      {compute, "POST", "/servers", create},    {compute, "GET", "/servers/{}", show},
      {compute, "PUT", "/servers/{}", rename},  {compute, "DELETE", "/servers/{}", remove}};
}

}  // namespace ccloud::sim::openstack
