// The rest of Nova: actions, metadata, tags, flavors, key pairs, zones, limits.
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/openstack/servers.h"

namespace ccloud::sim::openstack {
namespace {

Response wrong_state(const Machine& machine, std::string_view action, std::string_view state) {
  return nova_error(409, fmt::format("Cannot '{}' instance {} while it is in vm_state {}", action,
                                     machine.id, state));
}

Response resize(Rest& rest, Machine& machine, json::Value wanted) {
  const auto* flavor = find_flavor(wanted.get("flavorRef").string_or());
  if (flavor == nullptr) return nova_error(400, "Flavor could not be found.");
  if (flavor->id == machine.size)
    return nova_error(400, "When resizing, instances must change flavor!");
  machine.fields["old_size"] = machine.size;
  machine.fields["resizing"] = "1";
  machine.size = flavor->id;
  if (machine.power == Power::stopped) rest.world.start(machine);
  return no_content(202);
}

/// addSecurityGroup, removeSecurityGroup: of every port that the server has.
Response change_group(Rest& rest, Machine& machine, const std::string& name, bool is_added) {
  std::string id;
  for (const auto& [serial, resource] : rest.world.list(rest.place, "security_group")) {
    if (resource->id == name || resource->name == name) id = resource->id;
  }
  if (id.empty()) {
    return nova_error(404, fmt::format("Unable to find security_group with name or id '{}'", name));
  }
  for (const auto& [serial, resource] : rest.world.list(rest.place, "port")) {
    auto& port = static_cast<Port&>(*resource);
    if (port.device != machine.id) continue;
    std::erase(port.groups, id);
    if (is_added) port.groups.push_back(id);
    machine.firewalls = port.groups;
  }
  return no_content(202);
}

Response act(Rest& rest) {
  auto* machine = find_server(rest);
  if (machine == nullptr) return no_such_server(rest);
  if (rest.body.has("os-start")) {
    if (machine->power != Power::stopped) return wrong_state(*machine, "start", "active");
    rest.world.start(*machine);
    return no_content(202);
  }
  if (rest.body.has("os-stop")) {
    if (machine->power != Power::running) {
      return wrong_state(*machine, "stop",
                         machine->power == Power::stopped ? "stopped" : "building");
    }
    rest.world.stop(*machine);
    return no_content(202);
  }
  if (rest.body.has("reboot")) {
    if (machine->power != Power::running) return wrong_state(*machine, "reboot", "stopped");
    rest.world.reboot(*machine);
    return no_content(202);
  }
  if (rest.body.has("resize")) return resize(rest, *machine, rest.body.get("resize"));
  if (rest.body.has("confirmResize") || rest.body.has("revertResize")) {
    if (!machine->fields.contains("resizing"))
      return wrong_state(*machine, "confirmResize", "active");
    if (rest.body.has("revertResize")) machine->size = machine->fields["old_size"];
    machine->fields.erase("resizing");
    return no_content(rest.body.has("confirmResize") ? 204 : 202);
  }
  for (const auto* action : {"addSecurityGroup", "removeSecurityGroup"}) {
    if (!rest.body.has(action)) continue;
    return change_group(rest, *machine, rest.body.get(action).get("name").string_or(),
                        action[0] == 'a');
  }
  if (rest.body.has("os-getConsoleOutput")) {
    return answer(200,
                  fmt::format(R"({{"output":{}}})", json::quoted(rest.world.console(*machine))));
  }
  return nova_error(400, "There is no such action");
}

Response show_metadata(Rest& rest) {
  const auto* machine = find_server(rest);
  if (machine == nullptr) return no_such_server(rest);
  json::Writer out;
  out.begin_object().key("metadata").begin_object();
  for (const auto& [key, value] : machine->tags) {
    if (!key.starts_with("tag:")) out.member(key, value);
  }
  out.end_object().end_object();
  return answer(200, out.take());
}

Response merge_metadata(Rest& rest) {
  auto* machine = find_server(rest);
  if (machine == nullptr) return no_such_server(rest);
  const auto metadata = rest.body.get("metadata");
  if (auto refusal = check_metadata(metadata)) return std::move(*refusal);
  for (const auto& entry : metadata.members()) {
    rest.world.set_tag(*machine, std::string(entry.key), entry.value.string_or());
  }
  return show_metadata(rest);
}

Response remove_metadata(Rest& rest) {
  auto* machine = find_server(rest);
  if (machine == nullptr) return no_such_server(rest);
  if (!machine->tags.contains(rest.args.at(1)))
    return nova_error(404, "Metadata item was not found");
  rest.world.remove_tag(*machine, rest.args.at(1));
  return no_content();
}

Response put_tag(Rest& rest) {
  auto* machine = find_server(rest);
  if (machine == nullptr) return no_such_server(rest);
  const auto key = "tag:" + rest.args.at(1);
  const bool is_new = !machine->tags.contains(key);
  rest.world.set_tag(*machine, key, "");
  return no_content(is_new ? 201 : 204);
}

Response remove_tag(Rest& rest) {
  auto* machine = find_server(rest);
  if (machine == nullptr) return no_such_server(rest);
  if (!machine->tags.contains("tag:" + rest.args.at(1)))
    return nova_error(404, "the server has no such tag");
  rest.world.remove_tag(*machine, "tag:" + rest.args.at(1));
  return no_content();
}

void write_flavor(json::Writer& out, const FlavorFacts& flavor) {
  out.begin_object().member("id", flavor.id).member("name", flavor.name);
  out.member("vcpus", flavor.vcpus)
      .member("ram", flavor.memory_mib)
      .member("disk", flavor.disk_gib);
  out.member("swap", "")
      .member("OS-FLV-EXT-DATA:ephemeral", 0)
      .member("OS-FLV-DISABLED:disabled", false);
  out.member("os-flavor-access:is_public", true).member("rxtx_factor", 1);
  out.key("links").begin_array().end_array().end_object();
}

Response flavors(Rest&) {
  json::Writer out;
  out.begin_object().key("flavors").begin_array();
  for (const auto& flavor : flavor_facts()) write_flavor(out, flavor);
  out.end_array().end_object();
  return answer(200, out.take());
}

Response flavor(Rest& rest) {
  const auto* found = find_flavor(rest.args.at(0));
  if (found == nullptr)
    return nova_error(404, fmt::format("Flavor {} could not be found.", rest.args.at(0)));
  json::Writer out;
  out.begin_object().key("flavor");
  write_flavor(out, *found);
  out.end_object();
  return answer(200, out.take());
}

Response extra_specs(Rest& rest) {
  if (find_flavor(rest.args.at(0)) == nullptr) return flavor(rest);
  return answer(200, R"({"extra_specs":{}})");
}

/// Nova's own view of Neutron's groups, which ended with 2.36.
Response group_proxy(Rest& rest) {
  if (rest.has_microversion(36)) return nova_error(404, "The resource could not be found.");
  const bool is_list = rest.args.empty();
  json::Writer out;
  out.begin_object().key(is_list ? "security_groups" : "security_group");
  if (is_list) out.begin_array();
  bool is_found = is_list;
  for (const auto& [serial, group] : rest.world.list(rest.place, "security_group")) {
    if (!is_list && group->id != rest.args.at(0)) continue;
    is_found = true;
    out.begin_object().member("id", group->id).member("name", group->name);
    out.member("description", "").member("tenant_id", rest.place.account);
    out.key("rules").begin_array().end_array().end_object();
  }
  if (!is_found) return nova_error(404, fmt::format("Security group {} not found.", rest.args[0]));
  if (is_list) out.end_array();
  out.end_object();
  return answer(200, out.take());
}

Response zones(Rest&) {
  json::Writer out;
  out.begin_object().key("availabilityZoneInfo").begin_array();
  for (const auto zone : zone_names) {
    out.begin_object().member("zoneName", zone).key("zoneState").begin_object();
    out.member("available", true).end_object().member("hosts", nullptr).end_object();
  }
  out.end_array().end_object();
  return answer(200, out.take());
}

Response limits(Rest& rest) {
  int instances = 0, cores = 0, memory = 0;
  for (const auto& [serial, resource] : rest.world.list(rest.place, "server")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    if (!machine.is_live()) continue;
    ++instances;
    cores += machine.cpus;
    memory += machine.memory_mib;
  }
  const auto quota = [&](const std::string& name, double documented) {
    return static_cast<std::int64_t>(std::min(rest.world.quota(rest.place, name, documented), 1e9));
  };
  return answer(
      200,
      fmt::format(
          R"({{"limits":{{"rate":[],"absolute":{{"maxTotalInstances":{},"maxTotalCores":{},)"
          R"("maxTotalRAMSize":{},"maxServerMeta":128,"totalInstancesUsed":{},"totalCoresUsed":{},"totalRAMUsed":{}}}}}}})",
          quota("instances", 10), quota("cores", 20), quota("memory", 51200), instances, cores,
          memory));
}

void write_key(json::Writer& out, const Key& key) {
  out.begin_object().member("name", key.name).member("public_key", key.public_key);
  out.member("fingerprint", key.fingerprint).member("type", "ssh").end_object();
}

Key* find_key(Rest& rest, const std::string& name) {
  for (const auto& [serial, resource] : rest.world.list(rest.place, "keypair")) {
    if (resource->name == name) return static_cast<Key*>(resource);
  }
  return nullptr;
}

Response list_keys(Rest& rest) {
  json::Writer out;
  out.begin_object().key("keypairs").begin_array();
  for (const auto& [serial, resource] : rest.world.list(rest.place, "keypair")) {
    out.begin_object().key("keypair");
    write_key(out, static_cast<const Key&>(*resource));
    out.end_object();
  }
  out.end_array().end_object();
  return answer(200, out.take());
}

Response one_key(const Key& key, int status) {
  json::Writer out;
  out.begin_object().key("keypair");
  write_key(out, key);
  out.end_object();
  return answer(status, out.take());
}

Response show_key(Rest& rest) {
  const auto* key = find_key(rest, rest.args.at(0));
  return key == nullptr
             ? nova_error(404, fmt::format("Keypair {} not found for user", rest.args.at(0)))
             : one_key(*key, 200);
}

/// As ssh-keygen prints it with -E md5.
std::string fingerprint_of(std::string_view line) {
  const auto parts = split(line, ' ');
  const auto blob = parts.size() < 2 ? std::nullopt : decode_base64(parts[1]);
  if (!blob) return {};
  const auto digits = hex(md5(*blob));
  std::string out;
  for (std::size_t i = 0; i < digits.size(); i += 2)
    out += (i == 0 ? "" : ":") + digits.substr(i, 2);
  return out;
}

Response create_key(Rest& rest) {
  const auto wanted = rest.body.get("keypair");
  Key key;
  key.name = wanted.get("name").string_or();
  key.public_key = wanted.get("public_key").string_or();
  key.fingerprint = fingerprint_of(key.public_key);
  constexpr std::string_view allowed =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._- ";
  if (key.name.empty() || key.name.find_first_not_of(allowed) != std::string::npos) {
    return nova_error(400, "Invalid input for field/attribute name.");
  }
  if (key.fingerprint.empty())
    return nova_error(400, "Keypair data is invalid: failed to generate fingerprint");
  if (find_key(rest, key.name) != nullptr) {
    return nova_error(409, fmt::format("Key pair '{}' already exists.", key.name));
  }
  key.place = rest.place;
  key.type = "keypair";
  key.id = rest.world.uuid();
  return one_key(rest.world.add(std::move(key)), 201);
}

Response remove_key(Rest& rest) {
  auto* key = find_key(rest, rest.args.at(0));
  if (key == nullptr)
    return nova_error(404, fmt::format("Keypair {} not found for user", rest.args.at(0)));
  rest.world.remove(*key);
  return no_content();
}

}  // namespace

std::vector<Route> compute_routes() {
  using enum Service;
  return {{compute, "POST", "/servers/{}/action", act},
          {compute, "GET", "/servers/{}/metadata", show_metadata},
          {compute, "POST", "/servers/{}/metadata", merge_metadata},
          {compute, "DELETE", "/servers/{}/metadata/{}", remove_metadata},
          {compute, "PUT", "/servers/{}/tags/{}", put_tag},
          {compute, "DELETE", "/servers/{}/tags/{}", remove_tag},
          {compute, "GET", "/flavors", flavors},
          {compute, "GET", "/flavors/detail", flavors},
          {compute, "GET", "/flavors/{}", flavor},
          {compute, "GET", "/flavors/{}/os-extra_specs", extra_specs},
          {compute, "GET", "/os-security-groups", group_proxy},
          {compute, "GET", "/os-security-groups/{}", group_proxy},
          {compute, "GET", "/os-availability-zone", zones},
          {compute, "GET", "/limits", limits},
          {compute, "GET", "/os-keypairs", list_keys},
          {compute, "POST", "/os-keypairs", create_key},
          {compute, "GET", "/os-keypairs/{}", show_key},
          {compute, "DELETE", "/os-keypairs/{}", remove_key}};
}

}  // namespace ccloud::sim::openstack
