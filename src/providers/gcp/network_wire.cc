// Shapes as in the Compute v1 API.
#include "providers/gcp/network_wire.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/cidr.h"
#include "base/hash.h"
#include "base/text.h"
#include "json/writer.h"
#include "providers/gcp/names.h"

namespace ccloud::gcp {

using cloud::FirewallRule;
using cloud::Protocol;

namespace {

constexpr std::size_t longest_description = 2048;
constexpr std::int64_t opening_priority = 1000;
/// Before the rules of the default network (65534) and after everything that people write.
constexpr std::int64_t closing_priority = 65000;
/// Of one rule.
constexpr std::size_t most_ranges = 256;
constexpr std::size_t most_source_tags = 30;

std::vector<Permission> read_permissions(json::Value list) {
  std::vector<Permission> out;
  for (const auto& one : list.items()) {
    Permission permission{to_lower(one.get("IPProtocol").string_or()), {}};
    for (const auto& port : one.get("ports").items()) permission.ports.push_back(port.string_or());
    std::ranges::sort(permission.ports);
    out.push_back(std::move(permission));
  }
  std::ranges::sort(out);
  return out;
}

std::string normal_range(const std::string& text) {
  const auto range = text.find('/') == std::string::npos ? parse_address(text) : parse_cidr(text);
  return range ? to_string(network_of(*range)) : text;
}

std::vector<std::string> read_texts(json::Value list) {
  std::vector<std::string> out;
  for (const auto& one : list.items()) out.push_back(one.string_or());
  std::ranges::sort(out);
  return out;
}

void write_permissions(json::Writer& out, std::string_view name,
                       const std::vector<Permission>& permissions) {
  if (permissions.empty()) return;
  out.key(name).begin_array();
  for (const auto& one : permissions) {
    out.begin_object().member("IPProtocol", one.protocol);
    if (!one.ports.empty()) out.member("ports", one.ports);
    out.end_object();
  }
  out.end_array();
}

/// What one rule can have as its sources: of one family, or tags.
enum class SourceKind { v4, v6, tag };

SourceKind kind_of(const FirewallRule& rule) {
  if (!rule.group.empty()) return SourceKind::tag;
  return rule.cidr.find(':') == std::string::npos ? SourceKind::v4 : SourceKind::v6;
}

std::string ports_of(const FirewallRule& rule) {
  return rule.from_port == rule.to_port ? std::to_string(rule.from_port)
                                        : fmt::format("{}-{}", rule.from_port, rule.to_port);
}

std::string protocol_word(Protocol protocol, SourceKind kind) {
  if (protocol == Protocol::icmp && kind == SourceKind::v6) return "58";
  return std::string(cloud::to_string(protocol));
}

using Sources = std::pair<SourceKind, std::set<std::string>>;

/// Sources by what they may do, then what they may do by sources.
std::map<Sources, std::vector<FirewallRule>> group_by_sources(
    const std::vector<FirewallRule>& rules, const std::map<std::string, std::string>& tags) {
  std::map<std::pair<FirewallRule, SourceKind>, std::set<std::string>> by_form;
  for (const auto& rule : rules) {
    FirewallRule form = rule;
    form.cidr.clear();
    form.group.clear();
    const auto kind = kind_of(rule);
    auto& sources = by_form[{form, kind}];
    if (kind == SourceKind::tag) {
      const auto tag = tags.find(rule.group);
      if (tag != tags.end()) sources.insert(tag->second);
    } else {
      sources.insert(normal_range(rule.cidr));
    }
  }
  std::map<Sources, std::vector<FirewallRule>> out;
  for (const auto& [form, sources] : by_form) {
    if (!sources.empty()) out[{form.second, sources}].push_back(form.first);
  }
  return out;
}

std::vector<Permission> permissions_of(const std::vector<FirewallRule>& forms, SourceKind kind) {
  std::map<std::string, std::vector<std::string>> ports;
  for (const auto& form : forms) {
    auto& of_protocol = ports[protocol_word(form.protocol, kind)];
    if (form.protocol != Protocol::icmp) of_protocol.push_back(ports_of(form));
  }
  std::vector<Permission> out;
  for (auto& [protocol, list] : ports) {
    std::ranges::sort(list);
    out.push_back({protocol, std::move(list)});
  }
  return out;
}

std::string text_of(const std::vector<Permission>& permissions) {
  std::string out;
  for (const auto& one : permissions) {
    out += one.protocol + (one.ports.empty() ? "" : ":" + join(one.ports, ",")) + " ";
  }
  return out;
}

struct Form {
  Protocol protocol;
  int from = 0;
  int to = 0;
};

std::optional<std::pair<int, int>> read_ports(std::string_view text) {
  const auto dash = text.find('-');
  const auto from = parse_int(text.substr(0, dash));
  const auto to = dash == std::string_view::npos ? from : parse_int(text.substr(dash + 1));
  if (!from || !to) return std::nullopt;
  return std::pair(static_cast<int>(*from), static_cast<int>(*to));
}

/// nullopt: a protocol that the model does not have.
std::optional<std::vector<Form>> forms_of(const Permission& permission) {
  const auto& word = permission.protocol;
  if (word == "all") {
    return std::vector<Form>{
        {Protocol::tcp, 0, 65535}, {Protocol::udp, 0, 65535}, {Protocol::icmp}};
  }
  if (word == "icmp" || word == "1" || word == "58") return std::vector<Form>{{Protocol::icmp}};
  if (word != "tcp" && word != "udp" && word != "6" && word != "17") return std::nullopt;
  const auto protocol = word == "tcp" || word == "6" ? Protocol::tcp : Protocol::udp;
  if (permission.ports.empty()) return std::vector<Form>{{protocol, 0, 65535}};
  std::vector<Form> out;
  for (const auto& text : permission.ports) {
    const auto range = read_ports(text);
    if (!range) return std::nullopt;
    out.push_back({protocol, range->first, range->second});
  }
  return out;
}

/// A difference that only removing the rule can end.
FirewallRule oddity(const Rule& rule, std::string_view what) {
  return {.protocol = Protocol::tcp,
          .from_port = 0,
          .to_port = 65535,
          .cidr = fmt::format("{} ({})", what, rule.name),
          .group = {}};
}

}  // namespace

Result<std::string> encode_notes(const cloud::Labels& notes) {
  json::Writer out;
  out.begin_object();
  for (const auto& [key, value] : notes) out.member(key, value);
  auto text = out.end_object().take();
  if (text.size() <= longest_description) return text;
  return make_error(
      ErrorCode::invalid_argument,
      fmt::format("the labels of a network or firewall have {} characters in a description, Google "
                  "takes {}",
                  text.size(), longest_description),
      "put fewer or shorter labels on project, provider and cluster");
}

cloud::Labels parse_notes(std::string_view description) {
  cloud::Labels out;
  if (!trim(description).starts_with('{')) return out;
  const auto document = json::parse(description);
  if (!document) return out;
  for (const auto& one : document->root().members()) {
    out.emplace(std::string(one.key), one.value.string_or());
  }
  return out;
}

std::string encode_network(std::string_view name, std::string_view notes) {
  json::Writer out;
  out.begin_object().member("name", name).member("description", notes);
  // Must be said: without it a network of the kind before subnetworks would be asked for.
  out.member("autoCreateSubnetworks", false);
  out.key("routingConfig").begin_object().member("routingMode", "REGIONAL").end_object();
  return out.end_object().take();
}

std::string encode_subnet(std::string_view name, std::string_view network, std::string_view cidr,
                          std::string_view notes) {
  json::Writer out;
  out.begin_object().member("name", name).member("description", notes);
  out.member("network", network).member("ipCidrRange", cidr);
  return out.end_object().take();
}

Rule parse_rule(json::Value item, std::string_view project) {
  Rule out;
  out.name = item.get("name").string_or();
  out.network = canonical(item.get("network").string_or(), project);
  out.description = item.get("description").string_or();
  out.is_ingress = item.get("direction").string_or("INGRESS") == "INGRESS";
  out.is_disabled = item.get("disabled").bool_or(false);
  out.has_other_ends = item.get("sourceServiceAccounts").size() > 0 ||
                       item.get("targetServiceAccounts").size() > 0 ||
                       item.get("destinationRanges").size() > 0;
  out.priority = item.get("priority").to_int().value_or(1000);
  out.allowed = read_permissions(item.get("allowed"));
  out.denied = read_permissions(item.get("denied"));
  for (const auto& range : read_texts(item.get("sourceRanges"))) {
    out.ranges.push_back(normal_range(range));
  }
  std::ranges::sort(out.ranges);
  out.source_tags = read_texts(item.get("sourceTags"));
  out.target_tags = read_texts(item.get("targetTags"));
  return out;
}

std::string encode_rule(const Rule& rule) {
  json::Writer out;
  out.begin_object().member("name", rule.name).member("description", rule.description);
  out.member("network", rule.network).member("direction", "INGRESS");
  out.member("priority", rule.priority).member("disabled", false);
  write_permissions(out, "allowed", rule.allowed);
  write_permissions(out, "denied", rule.denied);
  if (!rule.ranges.empty()) out.member("sourceRanges", rule.ranges);
  if (!rule.source_tags.empty()) out.member("sourceTags", rule.source_tags);
  out.member("targetTags", rule.target_tags);
  return out.end_object().take();
}

bool has_same_effect(const Rule& a, const Rule& b) {
  return a.network == b.network && a.is_ingress == b.is_ingress && a.is_disabled == b.is_disabled &&
         a.has_other_ends == b.has_other_ends && a.priority == b.priority &&
         a.allowed == b.allowed && a.denied == b.denied && a.ranges == b.ranges &&
         a.source_tags == b.source_tags && a.target_tags == b.target_tags;
}

Rule closing_rule(std::string_view tag, std::string_view network, std::string_view notes) {
  Rule out;
  out.name = tag;
  out.network = network;
  out.description = notes;
  out.priority = closing_priority;
  out.denied = {{"all", {}}};
  out.ranges = {"0.0.0.0/0"};
  out.target_tags = {std::string(tag)};
  return out;
}

bool is_closing(const Rule& rule) {
  return rule.is_ingress && rule.allowed.empty() && !rule.denied.empty() &&
         rule.target_tags.size() == 1 && rule.target_tags.front() == rule.name;
}

std::vector<Rule> opening_rules(std::string_view tag, std::string_view network,
                                std::string_view notes, const std::vector<FirewallRule>& rules,
                                const std::map<std::string, std::string>& tags) {
  std::vector<Rule> out;
  for (const auto& [sources, forms] : group_by_sources(rules, tags)) {
    const auto& [kind, names] = sources;
    const std::vector<std::string> all(names.begin(), names.end());
    const auto most = kind == SourceKind::tag ? most_source_tags : most_ranges;
    for (std::size_t at = 0; at < all.size(); at += most) {
      Rule rule;
      rule.network = network;
      rule.priority = opening_priority;
      rule.allowed = permissions_of(forms, kind);
      const auto end = std::min(at + most, all.size());
      auto& into = kind == SourceKind::tag ? rule.source_tags : rule.ranges;
      into.assign(all.begin() + static_cast<std::ptrdiff_t>(at),
                  all.begin() + static_cast<std::ptrdiff_t>(end));
      std::ranges::sort(into);
      rule.target_tags = {std::string(tag)};
      rule.name = fmt::format(
          "{}-{}", tag, sha256_hex(text_of(rule.allowed) + "from " + join(into, ",")).substr(0, 8));
      rule.description = notes;
      out.push_back(std::move(rule));
    }
  }
  return out;
}

std::vector<FirewallRule> meaning_of(const Rule& rule,
                                     const std::map<std::string, std::string>& names) {
  std::vector<FirewallRule> out;
  if (rule.is_disabled || !rule.is_ingress) return out;
  if (!rule.denied.empty()) return {oddity(rule, "denied")};
  if (rule.has_other_ends) return {oddity(rule, "by service account")};
  if (rule.priority >= closing_priority) return out;  // comes too late to open anything
  for (const auto& permission : rule.allowed) {
    const auto forms = forms_of(permission);
    if (!forms) {
      out.push_back(oddity(rule, "protocol " + permission.protocol));
      continue;
    }
    for (const auto& form : *forms) {
      const FirewallRule empty{.protocol = form.protocol,
                               .from_port = form.from,
                               .to_port = form.to,
                               .cidr = {},
                               .group = {}};
      for (const auto& range : rule.ranges) {
        out.push_back(empty);
        out.back().cidr = range;
      }
      for (const auto& tag : rule.source_tags) {
        out.push_back(empty);
        const auto name = names.find(tag);
        out.back().group = name == names.end() ? tag : name->second;
      }
      if (rule.ranges.empty() && rule.source_tags.empty()) {
        out.push_back(empty);
        out.back().cidr = "0.0.0.0/0";
      }
    }
  }
  return out;
}

}  // namespace ccloud::gcp
