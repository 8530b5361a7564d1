// Resource Manager derives actions from requests: the types in the path and read, write, delete, or
// the name of a POST and `action`. What a body refers to by its id needs a right to join it.
#include "sim/azure/permissions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::azure {
namespace {

struct Need {
  std::string action;
  std::string scope;
};

std::vector<std::string> segments_of(std::string_view path) {
  std::vector<std::string> out;
  for (auto& part : split(path.substr(0, path.find('?')), '/')) {
    if (!part.empty()) out.push_back(percent_decode(part));
  }
  return out;
}

std::string verb_of(std::string_view method) {
  if (method == "GET" || method == "HEAD") return "read";
  return method == "DELETE" ? "delete" : "write";
}

/// "Microsoft.Network/virtualNetworks/subnets" of an id or a path; types and names take turns after
/// the namespace.
std::string type_of(const std::vector<std::string>& segments, std::size_t at) {
  std::string out = segments[at];
  for (std::size_t i = at + 1; i < segments.size(); i += 2) out += "/" + segments[i];
  return out;
}

/// Where the last namespace stands; 0: nowhere.
std::size_t namespace_in(const std::vector<std::string>& segments) {
  for (std::size_t i = segments.size(); i-- > 1;) {
    if (equals_ignoring_case(segments[i - 1], "providers")) return i;
  }
  return 0;
}

/// Of the request itself; empty for the list of one's own subscriptions, which everybody may see.
std::string action_of(std::string_view method, const std::vector<std::string>& segments) {
  const auto at = namespace_in(segments);
  const auto verb = verb_of(method);
  if (at == 0) {
    if (segments.size() < 2) return {};
    std::string type = "Microsoft.Resources/subscriptions";
    for (std::size_t i = 2; i < segments.size(); i += 2) type += "/" + segments[i];
    return fmt::format("{}/{}", type, verb);
  }
  const auto type = type_of(segments, at);
  // tags/default hangs on another resource and is one of its own.
  if (equals_ignoring_case(type, "Microsoft.Resources/tags")) return type + "/" + verb;
  return method == "POST" ? type + "/action" : fmt::format("{}/{}", type, verb);
}

/// Every "id" below `value` that is a resource's.
void collect_ids(json::Value value, std::vector<std::string>& into) {
  for (const auto& item : value.items()) collect_ids(item, into);
  for (const auto& member : value.members()) {
    const auto text = member.value.string_or();
    if (member.key == "id" && text.find("/providers/") != std::string::npos) {
      into.push_back(text);
    } else {
      collect_ids(member.value, into);
    }
  }
}

std::string join_action(const std::string& id, std::string_view user) {
  const auto segments = segments_of(id);
  const auto type = type_of(segments, namespace_in(segments));
  if (equals_ignoring_case(type, type::application_group)) {
    const bool is_rule = equals_ignoring_case(user, type::security_group);
    return type + (is_rule ? "/joinNetworkSecurityRule/action" : "/joinIpConfiguration/action");
  }
  if (type.find("images") != std::string::npos || type.find("galleries") != std::string::npos) {
    return type + "/read";
  }
  return type + (equals_ignoring_case(type, type::disk) ? "/write" : "/join/action");
}

std::vector<Need> linked_needs(const Arm& arm, const std::string& path, const std::string& type) {
  std::vector<Need> out;
  std::vector<std::string> ids;
  collect_ids(arm.body.get("properties"), ids);
  for (const auto& id : ids) {
    // Parts of the resource itself.
    if (to_lower(id).starts_with(to_lower(path))) continue;
    out.push_back({join_action(id, type), id});
  }
  const auto identities = arm.body.get("identity").get("userAssignedIdentities");
  for (const auto& one : identities.members()) {
    if (one.value.is_null()) continue;
    out.push_back(
        {"Microsoft.ManagedIdentity/userAssignedIdentities/assign/action", std::string(one.key)});
  }
  if (equals_ignoring_case(type, type::machine) && arm.method == "PUT") {
    out.push_back({std::string(type::disk) + "/write", path});  // the root disk, made on the way
  }
  return out;
}

}  // namespace

std::optional<Response> check_permissions(const Arm& arm, std::string_view principal) {
  auto& permissions = arm.world.permissions();
  if (!permissions.is_limited(cloud_name)) return std::nullopt;
  const auto segments = segments_of(arm.call.request.url);
  const std::string path = "/" + join(segments, "/");
  const auto action = action_of(arm.method, segments);
  if (action.empty()) return std::nullopt;
  if (permissions.missing(cloud_name, {action})) {
    return refusal(403, "AuthorizationFailed",
                   fmt::format("The client '{0}' with object id '{0}' does not have authorization "
                               "to perform action '{1}' over scope '{2}' or the scope is invalid. "
                               "If access was recently granted, please refresh your credentials.",
                               principal, action, path));
  }
  const auto at = namespace_in(segments);
  const bool is_write = arm.method == "PUT" || arm.method == "PATCH";
  if (at == 0 || !is_write) return std::nullopt;
  for (const auto& need : linked_needs(arm, path, type_of(segments, at))) {
    if (!permissions.missing(cloud_name, {need.action})) continue;
    return refusal(403, "LinkedAuthorizationFailed",
                   fmt::format("The client '{0}' with object id '{0}' has permission to perform "
                               "action '{1}' on scope '{2}'; however, it does not have permission "
                               "to perform action(s) '{3}' on the linked scope(s) '{4}' "
                               "(respectively) or the linked scope(s) are invalid.",
                               principal, action, path, need.action, need.scope));
  }
  return std::nullopt;
}

}  // namespace ccloud::sim::azure
