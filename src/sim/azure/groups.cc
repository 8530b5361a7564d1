// Subscriptions, locations, resource groups, what lies in them, tags, resource providers.
#include <algorithm>
#include <array>
#include <regex>

#include <fmt/format.h>

#include "base/text.h"
#include "sim/azure/arm.h"
#include "sim/azure/facts.h"
#include "sim/azure/front.h"
#include "sim/azure/parts.h"

namespace ccloud::sim::azure {
namespace {

constexpr std::array top_types = {
    type::machine,           type::disk,    type::network,  type::security_group,
    type::application_group, type::address, type::interface};

void write_subscription(json::Writer& out, const Arm& arm) {
  const auto id = login_of(arm.world).subscription;
  out.begin_object().member("id", "/subscriptions/" + id).member("subscriptionId", id);
  out.member("tenantId", login_of(arm.world).tenant).member("displayName", "Simulated");
  out.member("state", "Enabled").member("authorizationSource", "RoleBased").end_object();
}

Response list_subscriptions(Arm& arm) {
  json::Writer out;
  out.begin_object().key("value").begin_array();
  write_subscription(out, arm);
  out.end_array().end_object();
  return answer(200, out.take());
}

Response show_subscription(Arm& arm) {
  json::Writer out;
  write_subscription(out, arm);
  return answer(200, out.take());
}

Response list_locations(Arm& arm) {
  json::Writer out;
  out.begin_object().key("value").begin_array();
  const auto write = [&](std::string_view name, bool is_physical, bool has_zones) {
    out.begin_object();
    out.member("id", fmt::format("/subscriptions/{}/locations/{}", arm.subscription, name));
    out.member("name", name).member("displayName", name).member("regionalDisplayName", name);
    out.key("metadata").begin_object();
    out.member("regionType", is_physical ? "Physical" : "Logical").end_object();
    if (has_zones) {
      out.key("availabilityZoneMappings").begin_array();
      for (const auto* zone : {"1", "2", "3"}) {
        out.begin_object().member("logicalZone", zone);
        out.member("physicalZone", fmt::format("{}-az{}", name, zone)).end_object();
      }
      out.end_array();
    }
    out.end_object();
  };
  for (const auto& region : all_regions()) write(region.name, true, region.has_zones);
  write("europe", false, false);
  out.end_array().end_object();
  return answer(200, out.take());
}

std::string group_id(const Arm& arm, std::string_view name) {
  return fmt::format("/subscriptions/{}/resourceGroups/{}", arm.subscription, name);
}

void write_group(json::Writer& out, const Arm&, const Resource& group) {
  out.begin_object().member("id", shown_id(group)).member("name", group.name);
  out.member("type", group.type).member("location", field(group, "location"));
  out.key("tags").begin_object();
  for (const auto& [key, value] : group.tags) out.member(key, value);
  out.end_object().key("properties").begin_object().member("provisioningState", group.state);
  out.end_object().end_object();
}

/// $filter=tagName eq 'k' and tagValue eq 'v'
struct TagFilter {
  bool exists = false;
  std::string name, value;
};
TagFilter tag_filter(const Arm& arm) {
  static const std::regex form(R"(tagName eq '([^']*)'(?: and tagValue eq '([^']*)')?)",
                               std::regex::icase);
  std::smatch match;
  const auto text = arm.param("$filter");
  if (!std::regex_match(text, match, form)) return {};
  return {true, match[1], match[2]};
}

bool passes(const TagFilter& filter, const Resource& resource) {
  if (!filter.exists) return true;
  return std::ranges::any_of(resource.tags, [&](const auto& tag) {
    return equals_ignoring_case(tag.first, filter.name) &&
           (filter.value.empty() || tag.second == filter.value);
  });
}

Response list_groups(Arm& arm) {
  const auto filter = tag_filter(arm);
  json::Writer out;
  out.begin_object().key("value").begin_array();
  for (const auto* group : arm.all(type::group, "")) {
    if (passes(filter, *group)) write_group(out, arm, *group);
  }
  out.end_array().end_object();
  return answer(200, out.take());
}

Response show_group(Arm& arm) {
  const auto* group = arm.find(group_id(arm, arm.args[1]));
  return group == nullptr ? no_group(arm.args[1]) : one(200, arm, write_group, *group);
}

Response check_group(Arm& arm) {
  return nothing(arm.find(group_id(arm, arm.args[1])) == nullptr ? 404 : 204);
}

Response put_group(Arm& arm) {
  static const std::regex rule(R"([-\w._()]{0,89}[-\w_()])");
  const auto& name = arm.args[1];
  if (!std::regex_match(name, rule)) {
    return refusal(400, "InvalidResourceGroup",
                   fmt::format("The provided resource group name '{}' is not valid.", name));
  }
  if (auto bad = check_members(arm.body, "location tags properties managedBy id name type",
                               "ResourceGroup")) {
    return *bad;
  }
  const auto location = replace_all(to_lower(arm.body.get("location").string_or()), " ", "");
  if (location.empty()) {
    return refusal(400, "LocationRequired",
                   "The location property is required for this definition.");
  }
  if (find_region(location) == nullptr) {
    return refusal(
        400, "LocationNotAvailableForResourceGroup",
        fmt::format("The provided location '{}' is not available for resource group.", location));
  }
  Tags tags;
  if (auto bad = read_tags(arm.body.get("tags"), tags)) return *bad;
  if (auto* there = arm.find(group_id(arm, name))) {
    if (there->state == "Deleting") {
      return refusal(409, "ResourceGroupBeingDeleted",
                     fmt::format("The resource group '{}' is in deprovisioning state and cannot "
                                 "perform this operation.",
                                 name));
    }
    if (field(*there, "location") != location) {
      return refusal(409, "InvalidResourceGroupLocation",
                     fmt::format("Invalid resource group location '{}'. The Resource group already "
                                 "exists in location '{}'.",
                                 location, field(*there, "location")));
    }
    replace_tags(arm.world, *there, tags);
    return one(200, arm, write_group, *there);
  }
  if (arm.call.over_quota || arm.all(type::group, "").size() >= 980) {
    return refusal(409, "ResourceGroupQuotaExceeded",
                   "Creating the resource group would exceed the quota of '980'.");
  }
  Resource group;
  group.place = arm.place("global");
  group.type = type::group;
  group.id = to_lower(group_id(arm, name));
  group.name = name;
  group.state = "Succeeded";
  group.tags = tags;
  group.fields = {{"id", group_id(arm, name)}, {"location", location}, {"etag", "0"}};
  return one(201, arm, write_group, arm.add(std::move(group)));
}

Response patch_group(Arm& arm) {
  auto* group = arm.find(group_id(arm, arm.args[1]));
  if (group == nullptr) return no_group(arm.args[1]);
  Tags tags;
  if (auto bad = read_tags(arm.body.get("tags"), tags)) return *bad;
  if (arm.body.has("tags")) replace_tags(arm.world, *group, tags);
  return one(200, arm, write_group, *group);
}

/// Machines take their time to end; everything else goes at once, the group with the last machine.
Response delete_group(Arm& arm) {
  auto* group = arm.find(group_id(arm, arm.args[1]));
  if (group == nullptr) return no_group(arm.args[1]);
  group->state = "Deleting";
  const auto id = group->id;
  const auto name = group_of(id);
  for (auto* machine : arm.all(type::machine, name)) {
    arm.world.terminate(*static_cast<Machine*>(machine));
  }
  for (const auto wanted : {type::interface, type::address, type::subnet, type::network,
                            type::security_group, type::application_group, type::disk}) {
    for (auto* resource : arm.all(wanted, name)) arm.world.remove(*resource);
  }
  arm.memory.dying_groups.push_back(id);
  Operation operation{.until = Until::gone, .target = id, .region = "global"};
  auto response = accepted(arm, std::move(operation));
  // Groups speak the Location form only.
  std::erase_if(response.headers,
                [](const auto& header) { return header.first.starts_with("Azure-Async"); });
  return response;
}

Response list_resources(Arm& arm) {
  const bool is_of_group = arm.args.size() > 1;
  if (is_of_group && arm.find(group_id(arm, arm.args[1])) == nullptr) return no_group(arm.args[1]);
  const auto group = is_of_group ? to_lower(arm.args[1]) : std::string();
  const auto filter = tag_filter(arm);
  json::Writer out;
  out.begin_object().key("value").begin_array();
  for (const auto wanted : top_types) {
    for (const auto* resource : arm.all(wanted, group)) {
      if (!passes(filter, *resource)) continue;
      out.begin_object().member("id", shown_id(*resource)).member("name", resource->name);
      out.member("type", resource->type).member("location", field(*resource, "location"));
      // With a tag filter the tags themselves are left out, as the service does.
      if (!filter.exists) {
        out.key("tags").begin_object();
        for (const auto& [key, value] : resource->tags) out.member(key, value);
        out.end_object();
      }
      out.end_object();
    }
  }
  out.end_array().end_object();
  return answer(200, out.take());
}

Response list_identities(Arm& arm) {
  json::Writer out;
  out.begin_object().key("value").begin_array();
  const auto name = "sim-node";
  out.begin_object();
  out.member("id", fmt::format("/subscriptions/{}/resourcegroups/sim-shared/providers/"
                               "Microsoft.ManagedIdentity/userAssignedIdentities/{}",
                               arm.subscription, name));
  out.member("name", name).member("type", "Microsoft.ManagedIdentity/userAssignedIdentities");
  out.member("location", "westeurope").key("properties").begin_object();
  out.member("principalId", arm.world.derive("azure/principal").substr(0, 32)).end_object();
  out.end_object().end_array().end_object();
  return answer(200, out.take());
}

Response show_provider(Arm& arm) {
  json::Writer out;
  out.begin_object();
  out.member("id", fmt::format("/subscriptions/{}/providers/{}", arm.subscription, arm.args[1]));
  out.member("namespace", arm.args[1]).member("registrationState", "Registered");
  out.key("resourceTypes").begin_array().end_array().end_object();
  return answer(200, out.take());
}

}  // namespace

Response serve_tags(Arm& arm, std::string_view scope) {
  auto* resource = arm.find(scope);
  if (resource == nullptr) {
    return refusal(404, "ResourceNotFound",
                   fmt::format("The resource '{}' was not found.", last_of(scope)));
  }
  const auto show = [&] {
    json::Writer out;
    out.begin_object();
    out.member("id",
               fmt::format("{}/providers/Microsoft.Resources/tags/default", shown_id(*resource)));
    out.member("name", "default").member("type", "Microsoft.Resources/tags");
    out.key("properties").begin_object().key("tags").begin_object();
    for (const auto& [key, value] : resource->tags) out.member(key, value);
    out.end_object().end_object().end_object();
    return answer(200, out.take());
  };
  if (arm.method == "GET") return show();
  if (arm.method == "DELETE") {
    replace_tags(arm.world, *resource, {});
    return nothing(200);
  }
  Tags wanted;
  if (auto bad = read_tags(arm.body.get("properties").get("tags"), wanted)) return *bad;
  const auto operation = arm.method == "PUT" ? std::string("replace")
                                             : to_lower(arm.body.get("operation").string_or());
  Tags tags = operation == "replace" ? Tags{} : resource->tags;
  if (operation != "replace" && operation != "merge" && operation != "delete") {
    return refusal(400, "InvalidRequestContent",
                   "The operation must be one of 'Replace', 'Merge', 'Delete'.");
  }
  for (const auto& [key, value] : wanted) {
    // Names are one in any case; the old spelling goes.
    std::erase_if(tags, [&](const auto& tag) {
      return equals_ignoring_case(tag.first, key) &&
             (operation != "delete" || tag.second == value || value.empty());
    });
    if (operation != "delete") tags.emplace(key, value);
  }
  if (tags.size() > 50) {
    return refusal(400, "InvalidTagCount", "The tag count is over the limit of 50.");
  }
  replace_tags(arm.world, *resource, tags);
  return show();
}

std::vector<Route> group_routes() {
  const auto groups = in_subscription("/resourceGroups");
  return {{"GET", "/subscriptions", list_subscriptions},
          {"GET", in_subscription(""), show_subscription},
          {"GET", in_subscription("/locations"), list_locations},
          {"GET", in_subscription("/resources"), list_resources},
          {"GET", in_subscription("/providers/{}"), show_provider},
          {"POST", in_subscription("/providers/{}/register"), show_provider},
          {"GET", in_subscription("/providers/Microsoft.ManagedIdentity/userAssignedIdentities"),
           list_identities},
          {"GET", groups, list_groups},
          {"GET", in_group(""), show_group},
          {"HEAD", in_group(""), check_group},
          {"PUT", in_group(""), put_group},
          {"PATCH", in_group(""), patch_group},
          {"DELETE", in_group(""), delete_group},
          {"GET", in_group("/resources"), list_resources}};
}

}  // namespace ccloud::sim::azure
