// Routes and JSON of /_sim/.
#include "sim/admin.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"

namespace ccloud::sim {
namespace {

using http::Request;
using http::Response;
using Query = std::vector<std::pair<std::string, std::string>>;

Response json_response(std::string body, int status = 200) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = body + "\n"};
}

Response error_response(int status, std::string_view message) {
  json::Writer out;
  out.begin_object().member("error", message).end_object();
  return json_response(out.take(), status);
}

std::string_view power_name(Power power) {
  switch (power) {
    case Power::pending:
      return "pending";
    case Power::running:
      return "running";
    case Power::stopping:
      return "stopping";
    case Power::stopped:
      return "stopped";
    case Power::terminating:
      return "terminating";
    case Power::terminated:
      return "terminated";
    case Power::failed:
      return "failed";
  }
  return "unknown";
}

void write_tags(json::Writer& out, std::string_view key, const Tags& tags) {
  out.key(key).begin_object();
  for (const auto& [name, value] : tags) out.member(name, value);
  out.end_object();
}

void write_machine(json::Writer& out, const Machine& machine) {
  out.member("size", machine.size).member("image", machine.image).member("os", machine.os);
  out.member("user", machine.user).member("network", machine.network);
  out.member("subnet", machine.subnet).member("firewalls", machine.firewalls);
  out.member("private_ip", machine.private_ip).member("public_ip", machine.public_ip);
  out.member("batch", machine.batch).member("client_token", machine.client_token);
  if (machine.node) {
    out.key("node").begin_object();
    out.member("address", machine.node->address).member("ssh_port", machine.node->ssh_port);
    out.member("host_key", machine.node->host_key);
    out.end_object();
  }
}

void write_resource(json::Writer& out, const Resource& resource) {
  const auto* machine = dynamic_cast<const Machine*>(&resource);
  out.begin_object();
  out.member("cloud", resource.place.cloud).member("account", resource.place.account);
  out.member("region", resource.place.region).member("zone", resource.zone);
  out.member("type", resource.type).member("id", resource.id).member("name", resource.name);
  out.member("state",
             machine != nullptr ? std::string(power_name(machine->power)) : resource.state);
  out.member("created", format_time(resource.created)).member("builtin", resource.is_builtin);
  write_tags(out, "tags", resource.tags);
  if (machine != nullptr) write_machine(out, *machine);
  if (const auto* network = dynamic_cast<const Network*>(&resource)) {
    out.member("cidrs", network->cidrs);
  }
  if (const auto* subnet = dynamic_cast<const Subnet*>(&resource)) {
    out.member("network", subnet->network).member("cidr", subnet->cidr);
  }
  if (const auto* disk = dynamic_cast<const Disk*>(&resource)) {
    out.member("machine", disk->machine).member("size_gib", disk->size_gib);
  }
  if (const auto* address = dynamic_cast<const PublicAddress*>(&resource)) {
    out.member("ip", address->ip).member("machine", address->machine);
  }
  write_tags(out, "fields", resource.fields);
  out.end_object();
}

/// Machines that have ended are gone, even where they are still listed for an hour.
bool is_live(const Resource& resource) {
  const auto* machine = dynamic_cast<const Machine*>(&resource);
  return machine == nullptr || machine->power != Power::terminated;
}

bool fits(const Resource& resource, const Query& query) {
  return std::ranges::all_of(query, [&](const auto& wanted) {
    const auto& [key, value] = wanted;
    if (key == "cloud") return resource.place.cloud == value;
    if (key == "account") return resource.place.account == value;
    if (key == "region") return resource.place.region == value;
    if (key == "type") return resource.type == value;
    if (key == "id") return resource.id == value;
    if (key.starts_with("tag:")) {
      const auto tag = resource.tags.find(std::string_view(key).substr(4));
      return tag != resource.tags.end() && glob_match(value, tag->second);
    }
    return true;
  });
}

std::string value_of(const Query& query, std::string_view key) {
  const auto found = std::ranges::find(query, key, &Query::value_type::first);
  return found == query.end() ? std::string() : found->second;
}

Response resources(Hub& hub, const Query& query) {
  const bool with_builtin = value_of(query, "builtin") == "true";
  const bool with_ended = value_of(query, "ended") == "true";
  const bool only_count = value_of(query, "count") == "only";
  json::Writer out;
  out.begin_object().member("schema", "ccloud.sim.resources/1");
  std::map<std::string, int> by_type;
  int count = 0;
  if (!only_count) out.key("resources").begin_array();
  hub.world().for_each([&](const Resource& resource) {
    if ((resource.is_builtin && !with_builtin) || (!with_ended && !is_live(resource))) return;
    if (!fits(resource, query)) return;
    ++count;
    ++by_type[fmt::format("{}/{}", resource.place.cloud, resource.type)];
    if (!only_count) write_resource(out, resource);
  });
  if (!only_count) out.end_array();
  out.member("count", count).key("types").begin_object();
  for (const auto& [type, number] : by_type) out.member(type, number);
  out.end_object().end_object();
  return json_response(out.take());
}

Response calls(Hub& hub, const Query& query) {
  json::Writer out;
  std::uint64_t total = 0;
  out.begin_object().member("schema", "ccloud.sim.calls/1").key("counts").begin_object();
  std::string open;
  for (const auto& [key, count] : hub.counts()) {
    if (key.first != open) {
      if (!open.empty()) out.end_object();
      out.key(key.first).begin_object();
      open = key.first;
    }
    out.member(key.second, count);
    total += count;
  }
  if (!open.empty()) out.end_object();
  out.end_object().member("total", total).member("writes", hub.writes());
  out.key("served").begin_array();
  for (const auto& [key, served] : hub.served()) {
    const auto& [cloud, region, action] = key;
    out.begin_object().member("cloud", cloud).member("region", region).member("action", action);
    out.member("calls", served.calls);
    out.member("seconds", std::chrono::duration<double>(served.latency).count());
    out.member("work", std::chrono::duration<double>(served.work).count()).end_object();
  }
  out.end_array();
  const auto limit = parse_int(value_of(query, "limit")).value_or(1000);
  const auto& all = hub.calls();
  const auto skip = limit < 0 || static_cast<std::size_t>(limit) >= all.size()
                        ? std::size_t{0}
                        : all.size() - static_cast<std::size_t>(limit);
  out.key("calls").begin_array();
  for (std::size_t i = skip; i < all.size(); ++i) {
    const auto& call = all[i];
    out.begin_object().member("at", format_time(call.at)).member("cloud", call.cloud);
    out.member("account", call.account).member("region", call.region);
    out.member("action", call.action).member("write", call.is_write);
    out.member("status", call.status).member("fault", call.fault);
    out.member("user_agent", call.user_agent).end_object();
  }
  out.end_array().end_object();
  return json_response(out.take());
}

Response critical_paths(Hub& hub) {
  const auto seconds = [](Duration time) { return std::chrono::duration<double>(time).count(); };
  json::Writer out;
  out.begin_object().member("schema", "ccloud.sim.critical-path/1").key("clouds").begin_object();
  Duration longest{};
  for (const auto& [cloud, path] : hub.critical_paths()) {
    longest = std::max(longest, path.length);
    out.key(cloud).begin_object().member("seconds", seconds(path.length));
    out.key("steps").begin_array();
    for (const auto& step : path.steps) {
      out.begin_object().member("region", step.region).member("action", step.action);
      out.member("start", seconds(step.start)).member("seconds", seconds(step.took)).end_object();
    }
    out.end_array().end_object();
  }
  out.end_object().member("seconds", seconds(longest)).end_object();
  return json_response(out.take());
}

Response list_faults(Hub& hub) {
  json::Writer out;
  out.begin_object().key("rules").begin_array();
  for (const auto& rule : hub.faults().rules()) {
    out.begin_object().member("fault", to_string(rule.kind)).member("cloud", rule.cloud);
    out.member("region", rule.region).member("action", rule.action);
    out.member("probability", rule.probability).member("after", rule.after);
    out.member("count", rule.count).member("matched", rule.matched).member("used", rule.used);
    out.end_object();
  }
  out.end_array().end_object();
  return json_response(out.take());
}

Response change_faults(Hub& hub, const Request& request) {
  if (request.method == "DELETE") {
    hub.faults().clear();
    return list_faults(hub);
  }
  auto rules = Faults::parse(request.body);
  if (!rules) return error_response(400, rules.error().message);
  if (request.method == "PUT") hub.faults().clear();
  hub.faults().add(std::move(*rules));
  return list_faults(hub);
}

Response operations(Hub& hub) {
  json::Writer out;
  out.begin_object().member("schema", "ccloud.sim.operations/1").key("operations").begin_array();
  for (const auto& front : hub.fronts()) {
    for (const auto& operation : front->operations()) {
      out.begin_object().member("cloud", front->cloud()).member("service", operation.service);
      out.member("name", operation.name).member("parameters", operation.parameters).end_object();
    }
  }
  out.end_array().end_object();
  return json_response(out.take());
}

/// {"latency": "typical"}: how long calls take from now on.
Response change_latency(Hub& hub, const Request& request) {
  const auto document = json::parse(request.body);
  if (!document) return error_response(400, document.error().message);
  const auto latency = parse_latency(document->root().get("latency").string_or());
  if (!latency) return error_response(400, latency.error().message);
  hub.set_latency(*latency);
  return json_response("{}");
}

/// {"cloud": "aws", "name": "vCPUs", "value": 8}
Response change_quota(Hub& hub, const Request& request) {
  const auto document = json::parse(request.body);
  if (!document) return error_response(400, document.error().message);
  const auto root = document->root();
  const auto value = root.get("value").as_double();
  if (!value || !root.get("cloud").is_string() || !root.get("name").is_string()) {
    return error_response(400, "cloud, name and value are needed");
  }
  hub.world().set_quota(root.get("cloud").string_or(), root.get("name").string_or(), *value);
  return json_response("{}");
}

/// What was listed and never needed, by cloud.
Response show_permissions(Hub& hub) {
  json::Writer out;
  out.begin_object().key("unused").begin_object();
  for (const auto& front : hub.fronts()) {
    const auto& permissions = hub.world().permissions();
    if (!permissions.is_limited(front->cloud())) continue;
    out.member(front->cloud(), permissions.unused(front->cloud()));
  }
  out.end_object().end_object();
  return json_response(out.take());
}

/// {"cloud": "azure", "allow": ["Microsoft.Compute/*/read"]}; DELETE: everybody may do everything.
Response change_permissions(Hub& hub, const Request& request) {
  auto& permissions = hub.world().permissions();
  if (request.method == "DELETE") {
    permissions.lift();
    return json_response("{}");
  }
  const auto document = json::parse(request.body);
  if (!document) return error_response(400, document.error().message);
  const auto root = document->root();
  if (!root.get("cloud").is_string() || !root.get("allow").is_array()) {
    return error_response(400, "cloud and allow are needed");
  }
  std::vector<std::string> allowed;
  for (const auto& one : root.get("allow").items()) allowed.push_back(one.string_or());
  permissions.limit(root.get("cloud").string_or(), allowed);
  return json_response("{}");
}

Machine* find_machine(World& world, const std::string& id) {
  for (const auto& place : world.places()) {
    if (auto* machine = world.find_as<Machine>(place, id)) return machine;
    // Fronts with ids in path form (or names) are found by the last part or the name.
    for (const auto& [serial, resource] : world.machines(place)) {
      if (resource->name == id || resource->id.ends_with("/" + id)) {
        return dynamic_cast<Machine*>(resource);
      }
    }
  }
  return nullptr;
}

Response machine_action(Hub& hub, const std::string& id, std::string_view action) {
  auto& world = hub.world();
  auto* machine = find_machine(world, id);
  if (machine == nullptr) return error_response(404, "no such machine: " + id);
  if (action == "kill") {
    world.kill(*machine);
  } else if (action == "stop") {
    if (machine->power == Power::running) world.stop(*machine);
  } else if (action == "start") {
    if (machine->power == Power::stopped) world.start(*machine);
  } else if (action == "crash") {
    if (world.host() != nullptr) world.host()->crash(World::node_id(*machine));
  } else if (action == "delete") {
    world.terminate(*machine);
  } else {
    return error_response(404, fmt::format("no such action: {}", action));
  }
  json::Writer out;
  write_resource(out, *machine);
  world.settle();  // may remove it
  return json_response(out.take());
}

}  // namespace

Response serve_admin(Hub& hub, const Request& request) {
  hub.world().settle();
  const auto question = request.url.find('?');
  const auto path = request.url.substr(0, question);
  const auto query = question == std::string::npos
                         ? Query()
                         : http::decode_query(std::string_view(request.url).substr(question + 1));
  const bool is_get = request.method == "GET";
  const bool is_post = request.method == "POST";
  if (path == "/_sim/resources" && is_get) return resources(hub, query);
  if (path == "/_sim/operations" && is_get) return operations(hub);
  if (path == "/_sim/calls" && is_get) return calls(hub, query);
  if (path == "/_sim/critical_path" && is_get) return critical_paths(hub);
  if (path == "/_sim/calls" && request.method == "DELETE") {
    hub.forget_calls();
    return json_response("{}");
  }
  if (path == "/_sim/faults") return is_get ? list_faults(hub) : change_faults(hub, request);
  if (path == "/_sim/latency" && is_post) return change_latency(hub, request);
  if (path == "/_sim/quotas" && is_post) return change_quota(hub, request);
  if (path == "/_sim/permissions") {
    return is_get ? show_permissions(hub) : change_permissions(hub, request);
  }
  if (path == "/_sim/reset" && is_post) {
    hub.reset();
    return json_response("{}");
  }
  constexpr std::string_view machines = "/_sim/machines/";
  if (path.starts_with(machines) && is_post) {
    const auto rest = path.substr(machines.size());
    const auto slash = rest.rfind('/');
    if (slash != std::string::npos) {
      return machine_action(hub, percent_decode(rest.substr(0, slash)), rest.substr(slash + 1));
    }
  }
  return error_response(404, fmt::format("no {} {}", request.method, path));
}

}  // namespace ccloud::sim
