// Firewall rules: one by one, per network; machines are chosen by network tag or service account.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/cidr.h"
#include "base/text.h"
#include "sim/gcp/listing.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {
namespace {

constexpr std::array lists = {
    "allowed",           "denied",     "sourceRanges",          "sourceTags",
    "destinationRanges", "targetTags", "sourceServiceAccounts", "targetServiceAccounts"};

void write_firewall(json::Writer& out, const Gce& gce, const Item& item) {
  const auto& rule = static_cast<const Firewall&>(*item.resource);
  const auto* network = by_id(gce, gce.place_of("global"), rule.network);
  out.begin_object().member("kind", "compute#firewall").member("id", rule.id);
  out.member("creationTimestamp", time_text(rule.created)).member("name", rule.name);
  out.member("description", rule.description);
  if (network != nullptr) out.member("network", link_of(*network));
  out.key("priority").raw(field(rule, "priority"));
  for (const auto* name : lists) {
    if (const auto text = field(rule, name); !text.empty()) out.key(name).raw(text);
  }
  out.member("direction", field(rule, "direction"));
  out.key("logConfig").begin_object().member("enable", field(rule, "log") == "true").end_object();
  out.member("disabled", field(rule, "disabled") == "true").member("selfLink", link_of(rule));
  out.end_object();
}

bool is_port(std::string_view text) {
  const auto number = parse_int(text);
  return number && *number >= 0 && *number <= 65535;
}

bool is_port_range(std::string_view text) {
  const auto dash = text.find('-');
  if (dash == std::string_view::npos) return is_port(text);
  return is_port(text.substr(0, dash)) && is_port(text.substr(dash + 1)) &&
         parse_int(text.substr(0, dash)) <= parse_int(text.substr(dash + 1));
}

std::optional<Response> check_protocols(json::Value rules, std::string_view name) {
  constexpr std::array named = {"tcp", "udp", "icmp", "esp", "ah", "sctp", "ipip", "all"};
  std::size_t index = 0;
  for (const auto& rule : rules.items()) {
    const auto where = fmt::format("resource.{}[{}]", name, index++);
    const auto protocol = to_lower(rule.get("IPProtocol").string_or());
    if (protocol.empty()) return missing(where + ".IPProtocol");
    const auto number = parse_int(protocol);
    const bool is_known = std::ranges::find(named, protocol) != named.end();
    if (!is_known && (!number || *number < 0 || *number > 255)) {
      return invalid(where + ".IPProtocol", protocol, "Must be a known protocol's name or number.");
    }
    const bool has_ports = protocol == "tcp" || protocol == "udp" || protocol == "sctp" ||
                           protocol == "6" || protocol == "17" || protocol == "132";
    const auto ports = rule.get("ports").items();
    if (!ports.empty() && !has_ports) {
      return invalid(
          where + ".ports", ports[0].string_or(),
          "Ports may only be specified on rules whose protocol is one of [TCP, UDP, SCTP].");
    }
    for (const auto& port : ports) {
      if (is_port_range(port.string_or())) continue;
      return invalid(where + ".ports[0]", port.string_or(), "Must be a port or a range of ports.");
    }
  }
  return std::nullopt;
}

std::optional<Response> check_ranges(json::Value ranges, std::string_view name) {
  std::size_t index = 0;
  for (const auto& one : ranges.items()) {
    const auto text = one.string_or();
    auto range = parse_cidr(text);
    if (!range) range = parse_address(text);
    if (!range || has_host_bits(*range)) {
      return invalid(fmt::format("resource.{}[{}]", name, index), text,
                     "Must be a valid CIDR address range.");
    }
    ++index;
  }
  return std::nullopt;
}

bool has(const Tags& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found != fields.end() && !found->second.empty();
}

std::optional<Response> check_sides(Tags& fields) {
  const auto& direction = fields["direction"];
  if (direction != "INGRESS" && direction != "EGRESS") {
    return invalid("resource.direction", direction, "Must be INGRESS or EGRESS.");
  }
  if (has(fields, "allowed") == has(fields, "denied")) {
    return invalid("resource.allowed", "", "Exactly one of allowed and denied must be specified.");
  }
  const bool has_source = has(fields, "sourceRanges") || has(fields, "sourceTags") ||
                          has(fields, "sourceServiceAccounts");
  if (direction == "EGRESS" && has_source) {
    return invalid("resource.sourceRanges", fields["sourceRanges"],
                   "A rule for egress has no sources.");
  }
  if (direction == "INGRESS" && has(fields, "destinationRanges") && !has_source) {
    return invalid("resource.destinationRanges", fields["destinationRanges"],
                   "A rule for ingress needs a source.");
  }
  const bool has_tags = has(fields, "sourceTags") || has(fields, "targetTags");
  const bool has_accounts =
      has(fields, "sourceServiceAccounts") || has(fields, "targetServiceAccounts");
  if (has_tags && has_accounts) {
    return invalid("resource.targetTags", "", "Tags and service accounts cannot be mixed.");
  }
  constexpr std::string_view everywhere = R"(["0.0.0.0/0"])";
  if (direction == "INGRESS" && !has_source) fields["sourceRanges"] = everywhere;
  if (direction == "EGRESS" && !has(fields, "destinationRanges"))
    fields["destinationRanges"] = everywhere;
  return std::nullopt;
}

/// Reads what the body has into the fields; a list that it has empty is cleared.
std::optional<Response> read_fields(const Gce& gce, Tags& fields) {
  const auto body = gce.body;
  for (const auto* name : lists) {
    const auto list = body.get(name);
    if (!list.exists()) continue;
    fields[name] = list.size() == 0 ? std::string() : list.text();
    const std::string_view word = name;
    std::optional<Response> bad;
    if (word == "allowed" || word == "denied") bad = check_protocols(list, word);
    if (word.ends_with("Ranges")) bad = check_ranges(list, word);
    if (word.ends_with("Tags")) bad = check_network_tags(list, fmt::format("resource.{}", word));
    if (bad) return bad;
  }
  const auto priority = body.get("priority");
  if (priority.exists()) {
    const auto number = priority.to_int().value_or(-1);
    if (number < 0 || number > 65535) {
      return invalid("resource.priority", priority.text(), "Must be between 0 and 65535.");
    }
    fields["priority"] = std::to_string(number);
  }
  if (body.has("direction")) {
    const auto wanted = body.get("direction").string_or();
    if (!fields["direction"].empty() && fields["direction"] != wanted) {
      return invalid("resource.direction", wanted, "Direction cannot be changed once set.");
    }
    fields["direction"] = wanted;
  }
  if (body.has("disabled"))
    fields["disabled"] = body.get("disabled").bool_or(false) ? "true" : "false";
  if (body.has("logConfig"))
    fields["log"] = body.get("logConfig").get("enable").bool_or(false) ? "true" : "false";
  if (fields["direction"].empty()) fields["direction"] = "INGRESS";
  if (fields["priority"].empty()) fields["priority"] = "1000";
  return check_sides(fields);
}

Response insert(Gce& gce) {
  const auto name = gce.body.get("name").string_or();
  if (auto bad = check_name("resource.name", name)) return *bad;
  const auto url = gce.body.get("network").string_or("global/networks/default");
  auto* network = resolve_network(gce, url);
  if (network == nullptr) {
    return parse_reference(url) ? not_found(gce, "global/networks/" + last_of(url))
                                : invalid("resource.network", url, "The URL is malformed.");
  }
  if (!World::is_visible(*network, gce.world.now())) return not_ready(gce, *network);
  Firewall rule;
  if (auto bad = read_fields(gce, rule.fields)) return *bad;
  if (gce.find(type::firewalls, "global", name) != nullptr)
    return exists(gce, "global/firewalls/" + name);
  Operation operation;
  if (!check_quota(gce, "", "FIREWALLS", 1, operation)) {
    return begin_at(gce, "insert", gce.link("global", type::firewalls, name), numeric_id(gce.world),
                    operation);
  }
  rule.type = type::firewalls;
  rule.name = name;
  rule.network = network->id;
  rule.description = gce.body.get("description").string_or();
  return begin(gce, "insert", &gce.add(std::move(rule), "global"));
}

Response change(Gce& gce, Tags fields, std::string_view kind) {
  auto* rule = gce.target<Firewall>(type::firewalls);
  if (rule == nullptr) return not_found_target(gce, type::firewalls);
  if (gce.body.has("network")) {
    const auto* network = resolve_network(gce, gce.body.get("network").string_or());
    if (network == nullptr || network->id != rule->network) {
      return invalid("resource.network", gce.body.get("network").string_or(),
                     "Network cannot be changed once set.");
    }
  }
  if (auto bad = read_fields(gce, fields)) return *bad;
  rule->fields = std::move(fields);
  if (gce.body.has("description")) rule->description = gce.body.get("description").string_or();
  return begin(gce, kind, rule);
}

Response patch(Gce& gce) {
  const auto* rule = gce.target<Firewall>(type::firewalls);
  if (rule == nullptr) return not_found_target(gce, type::firewalls);
  return change(gce, rule->fields, "patch");
}

/// Everything anew; only the direction stays.
Response update(Gce& gce) {
  const auto* rule = gce.target<Firewall>(type::firewalls);
  if (rule == nullptr) return not_found_target(gce, type::firewalls);
  return change(gce, {{"direction", field(*rule, "direction")}}, "update");
}

Response list_all(Gce& gce) {
  return list_resources(gce, "firewall", type::firewalls, write_firewall);
}

Response show(Gce& gce) {
  const auto* rule = gce.target<Firewall>(type::firewalls);
  if (rule == nullptr) return not_found_target(gce, type::firewalls);
  json::Writer out;
  write_firewall(out, gce, {.resource = rule});
  return answer(200, out.take());
}

Response remove(Gce& gce) {
  auto* rule = gce.target<Firewall>(type::firewalls);
  if (rule == nullptr) return not_found_target(gce, type::firewalls);
  const auto response = begin(gce, "delete", rule, {.until = Until::gone});
  gce.remove(*rule);
  return response;
}

}  // namespace

std::vector<Route> firewall_routes() {
  return {{"firewalls.list", "GET", "global/firewalls", list_all, list_params, ""},
          {"firewalls.get", "GET", "global/firewalls/{}", show, "", ""},
          {"firewalls.insert", "POST", "global/firewalls", insert, "requestId", "Firewall"},
          {"firewalls.patch", "PATCH", "global/firewalls/{}", patch, "requestId", "Firewall"},
          {"firewalls.update", "PUT", "global/firewalls/{}", update, "requestId", "Firewall"},
          {"firewalls.delete", "DELETE", "global/firewalls/{}", remove, "requestId", ""}};
}

}  // namespace ccloud::sim::gcp
