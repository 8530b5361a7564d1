// Adds what is missing before it takes away what is too much: nothing that should be open closes.
#include "providers/aws/firewalls.h"

#include <algorithm>

#include <fmt/format.h>

#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/aws/errors.h"
#include "providers/aws/labels.h"

namespace ccloud::aws {
namespace {

using cloud::FirewallRule;
using cloud::Protocol;

Permission to_permission(const FirewallRule& rule, const std::map<std::string, std::string>& ids) {
  const bool is_icmp = rule.protocol == Protocol::icmp;
  Permission made{.protocol = std::string(to_string(rule.protocol)),
                  .from_port = is_icmp ? -1 : rule.from_port,
                  .to_port = is_icmp ? -1 : rule.to_port,
                  .value = rule.cidr};
  if (!rule.group.empty()) {
    made.peer = Permission::Peer::group;
    made.value = ids.at(rule.group);
  } else if (rule.cidr.find(':') != std::string::npos) {
    made.peer = Permission::Peer::cidr6;
  }
  return made;
}

/// EC2's default "everything" and numbered protocols have no word of ours; they show as all TCP
/// ports, which no wanted rule equals, so that a plan sees and removes them.
FirewallRule to_rule(const Permission& permission,
                     const std::map<std::string, std::string>& names) {
  FirewallRule rule;
  if (permission.protocol == "udp") rule.protocol = Protocol::udp;
  if (permission.protocol == "icmp") rule.protocol = Protocol::icmp;
  const bool has_ports = permission.protocol == "tcp" || permission.protocol == "udp";
  if (has_ports) {
    rule.from_port = static_cast<int>(permission.from_port);
    rule.to_port = static_cast<int>(permission.to_port);
  } else if (permission.protocol != "icmp") {
    rule.to_port = 65535;
  }
  if (permission.peer == Permission::Peer::group) {
    const auto found = names.find(permission.value);
    rule.group = found == names.end() ? permission.value : found->second;
  } else {
    rule.cidr = permission.value;
  }
  return rule;
}

void add_permissions(Form& form, const std::vector<Permission>& permissions) {
  int index = 0;
  for (const auto& one : permissions) {
    const std::string prefix = fmt::format("IpPermissions.{}", ++index);
    form.add(prefix + ".IpProtocol", one.protocol);
    if (one.protocol != "-1") {
      form.add(prefix + ".FromPort", one.from_port).add(prefix + ".ToPort", one.to_port);
    }
    switch (one.peer) {
      case Permission::Peer::cidr:
        form.add(prefix + ".IpRanges.1.CidrIp", one.value);
        break;
      case Permission::Peer::cidr6:
        form.add(prefix + ".Ipv6Ranges.1.CidrIpv6", one.value);
        break;
      case Permission::Peer::group:
        form.add(prefix + ".Groups.1.GroupId", one.value);
        break;
      case Permission::Peer::prefix_list:
        form.add(prefix + ".PrefixListIds.1.PrefixListId", one.value);
        break;
    }
  }
}

Task<std::optional<Group>> find_group(Context ctx, Api& api, std::string region,
                                      std::string network_id, std::string name) {
  Form form("DescribeSecurityGroups");
  form.filter("vpc-id", {network_id}).filter("group-name", {name});
  auto groups = co_await list_groups(ctx, api, region, std::move(form));
  if (groups.empty()) co_return std::nullopt;
  co_return std::move(groups.front());
}

/// By name, which is unique in its VPC: a second machine that makes the same one gets the first's.
Task<Group> find_or_create(Context ctx, Api& api, const cloud::FirewallSpec& spec,
                           std::string name) {
  const std::string what = fmt::format("creating the firewall {}", name);
  const std::string project = label_of(spec.labels, cloud::mark_project);
  const std::string full = group_name(project, name);
  auto found = co_await find_group(ctx, api, spec.region, spec.network.id, full);
  if (found.has_value()) co_return std::move(*found);
  cloud::Labels labels = named(spec.labels, full);
  labels[std::string(cloud::mark_firewall)] = name;
  Form form("CreateSecurityGroup");
  form.add("GroupName", full)
      .add("GroupDescription", fmt::format("ccloud: {} of project {}", name, project))
      .add("VpcId", spec.network.id)
      .tag_specification("security-group", labels);
  const auto create = [&] { return api.ec2(ctx, spec.region, what, form); };
  // The VPC may be too young to be seen.
  auto made = co_await cloud::repeat_while(ctx, until_visible, create, is_missing).result();
  if (made.has_value()) {
    co_return Group{.id = made->root().text("groupId"),
                    .name = full,
                    .network_id = spec.network.id,
                    .labels = labels,
                    .permissions = {}};
  }
  if (made.error().raw_code != "InvalidGroup.Duplicate") co_return made.error();
  const auto look = [&] { return find_group(ctx, api, spec.region, spec.network.id, full); };
  found = co_await cloud::poll_until(ctx, {.deadline = std::chrono::minutes(1)}, what, look,
                                     [](const auto& seen) { return seen.has_value(); });
  co_return std::move(*found);
}

Task<void> change_rules(Context ctx, Api& api, const cloud::FirewallSpec& spec, std::string id,
                        std::string action, std::vector<Permission> permissions) {
  if (permissions.empty()) co_return {};
  // EC2 takes hundreds of rules in one call; a firewall of the config has fewer.
  Form form(std::move(action));
  form.add("GroupId", std::move(id));
  add_permissions(form, permissions);
  static_cast<void>(co_await api.ec2(
      ctx, spec.region, fmt::format("changing the firewall {}", spec.name), std::move(form)));
  co_return {};
}

Task<void> apply_diff(Context ctx, Api& api, const cloud::FirewallSpec& spec, std::string id,
                      PermissionDiff diff) {
  co_await change_rules(ctx, api, spec, id, "AuthorizeSecurityGroupIngress",
                        std::move(diff.missing));
  co_await change_rules(ctx, api, spec, id, "RevokeSecurityGroupIngress", std::move(diff.extra));
  co_return {};
}

/// Another machine may be doing the same: a rule that is there (or gone) already fails the whole
/// call, so look again and do what is left.
Task<void> apply_rules(Context ctx, Api& api, const cloud::FirewallSpec& spec, Group& group,
                       const std::set<Permission>& want) {
  for (int round = 1;; ++round) {
    const auto diff = diff_permissions(group.permissions, want);
    if (diff.missing.empty() && diff.extra.empty()) co_return {};
    const auto step = [&] { return apply_diff(ctx, api, spec, group.id, diff); };
    const auto is_young = [](const Error& error) {
      return error.raw_code == "InvalidGroup.NotFound" ||
             error.raw_code == "InvalidGroupId.NotFound";
    };
    auto done = co_await cloud::repeat_while(ctx, until_visible, step, is_young).result();
    if (done.has_value()) co_return {};
    const std::string& code = done.error().raw_code;
    const bool is_passing =
        code == "InvalidPermission.Duplicate" || code == "InvalidPermission.NotFound";
    if (!is_passing || round == 4) co_return done;
    auto seen = co_await find_group(ctx, api, spec.region, spec.network.id, group.name);
    if (seen.has_value()) group = std::move(*seen);
  }
}

}  // namespace

std::string group_name(const std::string& project, const std::string& name) {
  return fmt::format("ccloud-{}-{}", project, name);
}

PermissionDiff diff_permissions(const std::set<Permission>& have,
                                const std::set<Permission>& want) {
  PermissionDiff diff;
  std::ranges::set_difference(want, have, std::back_inserter(diff.missing));
  std::ranges::set_difference(have, want, std::back_inserter(diff.extra));
  return diff;
}

cloud::Firewall to_firewall(const Group& group, std::span<const Group> all,
                            const std::string& region) {
  std::map<std::string, std::string> names;
  for (const auto& one : all) {
    const std::string mark = label_of(one.labels, cloud::mark_firewall);
    names[one.id] = mark.empty() ? one.id : mark;
  }
  cloud::Firewall firewall;
  firewall.id = group.id;
  firewall.name = label_of(group.labels, cloud::mark_firewall);
  if (firewall.name.empty()) firewall.name = group.name;
  firewall.region = region;
  firewall.network_id = group.network_id;
  firewall.labels = group.labels;
  for (const auto& one : group.permissions) firewall.rules.push_back(to_rule(one, names));
  std::ranges::sort(firewall.rules);
  return firewall;
}

Task<std::vector<Group>> list_groups(Context ctx, Api& api, std::string region, Form form) {
  std::vector<Group> groups;
  co_await api.ec2_pages(ctx, region, "listing firewalls", std::move(form), 1000, [&](Node root) {
    for (const Node item : root.items("securityGroupInfo")) groups.push_back(read_group(item));
  });
  co_return groups;
}

Task<cloud::Firewall> ensure_firewall(Context ctx, Api& api, cloud::FirewallSpec spec) {
  Group group = co_await find_or_create(ctx, api, spec, spec.name);
  std::vector<Group> all = {group};
  std::map<std::string, std::string> ids = {{spec.name, group.id}};
  for (const auto& rule : spec.rules) {
    if (rule.group.empty() || ids.contains(rule.group)) continue;
    // It may not be there yet: two clusters may let each other in.
    auto peer = co_await find_or_create(ctx, api, spec, rule.group);
    ids[rule.group] = peer.id;
    all.push_back(std::move(peer));
  }
  std::set<Permission> want;
  for (const auto& rule : spec.rules) want.insert(to_permission(rule, ids));
  co_await apply_rules(ctx, api, spec, group, want);
  co_await relabel(ctx, api, spec.region, {group.id},
                   cloud::label_change(spec.labels, group.labels).set, spec.remove_labels,
                   fmt::format("labelling the firewall {}", spec.name));
  for (const auto& [key, value] : spec.labels) group.labels[key] = value;
  for (const auto& key : spec.remove_labels) group.labels.erase(key);
  group.permissions = want;
  co_return to_firewall(group, all, spec.region);
}

/// Other firewalls of the project may still let this one in; EC2 refuses to delete it until then.
static Task<void> revoke_mentions(Context ctx, Api& api, const cloud::Firewall& firewall) {
  Form form("DescribeSecurityGroups");
  form.filter("ip-permission.group-id", {firewall.id});
  const auto others = co_await list_groups(ctx, api, firewall.region, std::move(form));
  const std::string project = label_of(firewall.labels, cloud::mark_project);
  for (const auto& other : others) {
    if (other.id == firewall.id || label_of(other.labels, cloud::mark_project) != project) continue;
    std::vector<Permission> mentions;
    std::ranges::copy_if(other.permissions, std::back_inserter(mentions), [&](const auto& one) {
      return one.peer == Permission::Peer::group && one.value == firewall.id;
    });
    if (mentions.empty()) continue;
    Form revoke("RevokeSecurityGroupIngress");
    revoke.add("GroupId", other.id);
    add_permissions(revoke, mentions);
    co_await cloud::effect_of(
        api.ec2(ctx, firewall.region, fmt::format("deleting the firewall {}", firewall.name),
                std::move(revoke)),
        cloud::is_missing);
  }
  co_return {};
}

Task<void> delete_firewall(Context ctx, Api& api, cloud::Firewall firewall) {
  co_await revoke_mentions(ctx, api, firewall);
  const std::string what = fmt::format("deleting the firewall {}", firewall.name);
  Form form("DeleteSecurityGroup");
  form.add("GroupId", firewall.id);
  // Interfaces of terminated nodes linger for minutes (fact sheet 3).
  const auto step = [&] {
    return cloud::effect_of(api.ec2(ctx, firewall.region, what, form), is_missing);
  };
  co_await cloud::repeat_while(ctx, {.first = std::chrono::milliseconds(500)}, step, is_busy);
  co_return {};
}

}  // namespace ccloud::aws
