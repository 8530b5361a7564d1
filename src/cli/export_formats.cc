#include "cli/export_formats.h"

#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "json/writer.h"

namespace ccloud::cli {
namespace {

using json::Layout;
using json::Writer;

/// Letters, digits and underscores, as Ansible's groups and Prometheus' labels want it.
std::string identifier(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_fine =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9' && !out.empty());
    out += is_fine ? c : '_';
  }
  return out;
}

/// Words in a shell's quotes, which ansible takes apart.
std::string common_args(const ExportNode& node) {
  std::vector<std::string> words;
  for (const SshOption& option : node.options) {
    words.push_back("-o " + shell_quote(option.name + "=" + option.value));
  }
  return join(words, " ");
}

void host_vars(Writer& w, const ExportNode& node) {
  const deploy::NodeRow& row = *node.row;
  w.begin_object().member("ansible_host", node.address);
  if (node.port != 22) w.member("ansible_port", node.port);
  if (!node.user.empty()) w.member("ansible_user", node.user);
  if (!node.identities.empty()) {
    w.member("ansible_ssh_private_key_file", node.identities.front());
  }
  w.member("ansible_ssh_common_args", common_args(node));
  w.member("ccloud_cluster", row.cluster)
      .member("ccloud_place", row.place)
      .member("ccloud_provider", row.provider)
      .member("ccloud_region", row.region)
      .member("ccloud_zone", row.instance.zone)
      .member("ccloud_state", cloud::to_string(row.instance.state))
      .member("ccloud_id", row.instance.id)
      .member("ccloud_type", row.instance.type)
      .member("ccloud_public_ip", row.instance.public_ip)
      .member("ccloud_private_ip", row.instance.private_ip);
  w.key("ccloud_labels").begin_object();
  for (const auto& [name, value] : row.labels) w.member(name, value);
  w.end_object().end_object();
}

}  // namespace

std::string ansible_inventory(const std::vector<ExportNode>& nodes) {
  std::map<std::string, std::vector<std::string>> groups;
  for (const ExportNode& node : nodes) {
    const deploy::NodeRow& row = *node.row;
    groups[identifier(row.cluster)].push_back(row.name);
    if (!row.place.empty()) groups["place_" + identifier(row.place)].push_back(row.name);
    groups["provider_" + identifier(row.provider)].push_back(row.name);
    groups["region_" + identifier(row.region)].push_back(row.name);
  }
  Writer w(Layout::pretty);
  w.begin_object().key("_meta").begin_object().key("hostvars").begin_object();
  for (const ExportNode& node : nodes) {
    w.key(node.row->name);
    host_vars(w, node);
  }
  w.end_object().end_object();
  w.key("all").begin_object().key("children").begin_array().value("ungrouped");
  for (const auto& [name, hosts] : groups) w.value(name);
  w.end_array().end_object();
  for (const auto& [name, hosts] : groups) {
    w.key(name).begin_object().member("hosts", hosts).end_object();
  }
  w.end_object();
  return w.take() + "\n";
}

std::string ansible_host(const std::vector<ExportNode>& nodes, std::string_view name) {
  for (const ExportNode& node : nodes) {
    if (node.row->name != name) continue;
    Writer w(Layout::pretty);
    host_vars(w, node);
    return w.take() + "\n";
  }
  return "{}\n";
}

std::string ssh_config(const std::vector<ExportNode>& nodes, std::string_view project) {
  std::string out = fmt::format(
      "# The nodes of {}, by `ccloud export ssh`. Include it from ~/.ssh/config.\n", project);
  for (const ExportNode& node : nodes) {
    out += fmt::format("\nHost {}\n  HostName {}\n", node.row->name, node.address);
    if (!node.user.empty()) out += fmt::format("  User {}\n", node.user);
    if (node.port != 22) out += fmt::format("  Port {}\n", node.port);
    for (const std::string& identity : node.identities) {
      // Quotes and blanks in a path are the reader's to take apart.
      out += fmt::format("  IdentityFile \"{}\"\n", identity);
    }
    for (const SshOption& option : node.options) {
      out += fmt::format("  {} {}\n", option.name, option.value);
    }
  }
  return out;
}

std::string prometheus_targets(const std::vector<ExportNode>& nodes, std::uint16_t port,
                               bool is_private) {
  Writer w(Layout::pretty);
  w.begin_array();
  for (const ExportNode& node : nodes) {
    const deploy::NodeRow& row = *node.row;
    const std::string address =
        is_private && !row.instance.private_ip.empty() ? row.instance.private_ip : node.address;
    const bool is_v6 = address.contains(':');
    w.begin_object().key("targets").begin_array();
    w.value(is_v6 ? fmt::format("[{}]:{}", address, port) : fmt::format("{}:{}", address, port));
    w.end_array().key("labels").begin_object();
    w.member("node", row.name)
        .member("cluster", row.cluster)
        .member("place", row.place)
        .member("provider", row.provider)
        .member("region", row.region)
        .member("zone", row.instance.zone)
        .member("type", row.instance.type);
    for (const auto& [name, value] : row.labels) w.member("label_" + identifier(name), value);
    w.end_object().end_object();
  }
  w.end_array();
  return w.take() + "\n";
}

}  // namespace ccloud::cli
