// Firewalls as security groups: found by name in their VPC, inbound rules exactly as wanted;
// outbound stays as EC2 makes it, open.
#pragma once

#include <span>

#include "providers/aws/api.h"
#include "providers/aws/read.h"

namespace ccloud::aws {

/// "ccloud-{project}-{name}": existing networks may be shared by several projects.
std::string group_name(const std::string& project, const std::string& name);

struct PermissionDiff {
  std::vector<Permission> missing;
  std::vector<Permission> extra;
};
PermissionDiff diff_permissions(const std::set<Permission>& have, const std::set<Permission>& want);

/// Groups in `all` give names to the ids in rules.
cloud::Firewall to_firewall(const Group& group, std::span<const Group> all,
                            const std::string& region);

Task<cloud::Firewall> ensure_firewall(Context ctx, Api& api, cloud::FirewallSpec spec);
Task<void> delete_firewall(Context ctx, Api& api, cloud::Firewall firewall);
/// All security groups that match the form's filters.
Task<std::vector<Group>> list_groups(Context ctx, Api& api, std::string region, Form form);

}  // namespace ccloud::aws
