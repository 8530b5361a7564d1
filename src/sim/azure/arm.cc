// Answers, ids, lists and the checks that all types share.
#include "sim/azure/arm.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "base/text.h"
#include "sim/azure/facts.h"

namespace ccloud::sim::azure {

std::string Arm::param(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (equals_ignoring_case(key, name)) return value;
  }
  return {};
}

Resource* Arm::find(std::string_view id) const {
  const auto key = to_lower(id);
  const auto known = memory.where.find(key);
  return known == memory.where.end() ? nullptr : world.find(known->second, key);
}

std::vector<Resource*> Arm::all(std::string_view wanted, std::string_view group) const {
  std::vector<Resource*> out;
  for (const auto& place : world.places()) {
    if (place.cloud != cloud_name || place.account != subscription) continue;
    for (const auto& [serial, resource] : world.list(place, wanted)) {
      if (!World::is_visible(*resource, call.as_of)) continue;
      if (!group.empty() && group_of(resource->id) != group) continue;
      out.push_back(resource);
    }
  }
  std::ranges::sort(out, {}, [](const Resource* one) { return one->serial; });
  return out;
}

double Arm::count(std::string_view wanted, const std::string& region) const {
  return static_cast<double>(world.list(place(region), wanted).size());
}

std::string in_subscription(std::string_view rest) {
  return fmt::format("/subscriptions/{{}}{}", rest);
}
std::string in_group(std::string_view rest) {
  return fmt::format("/subscriptions/{{}}/resourceGroups/{{}}{}", rest);
}
std::string providers_path(std::string_view wanted, bool one) {
  return fmt::format("/providers/{}{}", wanted, one ? "/{}" : "");
}

Response answer(int status, std::string json) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json; charset=utf-8"}},
          .body = std::move(json)};
}

Response nothing(int status) { return {.status = status, .headers = {}, .body = ""}; }

Response refusal(int status, std::string_view code, std::string_view message) {
  json::Writer out;
  out.begin_object().key("error").begin_object();
  out.member("code", code).member("message", message).end_object().end_object();
  return answer(status, out.take());
}

Response no_group(std::string_view name) {
  return refusal(404, "ResourceGroupNotFound",
                 fmt::format("Resource group '{}' could not be found.", name));
}

Response not_found(const Arm& arm, std::string_view wanted, std::string_view name) {
  const auto& group = arm.args.size() > 1 ? arm.args[1] : std::string();
  if (arm.find(fmt::format("/subscriptions/{}/resourceGroups/{}", arm.subscription, group)) ==
      nullptr) {
    return no_group(group);
  }
  return refusal(404, "ResourceNotFound",
                 fmt::format("The Resource '{}/{}' under resource group '{}' was not found. For "
                             "more details please go to https://aka.ms/ARMResourceNotFoundFix",
                             wanted, name, group));
}

std::string id_of(const Arm& arm, std::string_view wanted, std::string_view group,
                  std::string_view name) {
  return fmt::format("/subscriptions/{}/resourceGroups/{}/providers/{}/{}", arm.subscription, group,
                     wanted, name);
}

std::string shown_id(const Resource& resource) { return field(resource, "id"); }

std::string group_of(std::string_view id) {
  constexpr std::string_view mark = "/resourcegroups/";
  const auto lower = to_lower(id);
  const auto at = lower.find(mark);
  if (at == std::string::npos) return {};
  const auto begin = at + mark.size();
  return lower.substr(begin, lower.find('/', begin) - begin);
}

std::string last_of(std::string_view id) { return std::string(id.substr(id.rfind('/') + 1)); }

std::string field(const Resource& resource, std::string_view name) {
  const auto found = resource.fields.find(name);
  return found == resource.fields.end() ? std::string() : found->second;
}

void write_head(json::Writer& out, const Resource& resource) {
  out.begin_object().member("name", resource.name).member("id", shown_id(resource));
  out.member("type", resource.type).member("location", field(resource, "location"));
  out.key("tags").begin_object();
  for (const auto& [key, value] : resource.tags) out.member(key, value);
  out.end_object();
  out.member("etag", fmt::format("W/\"{}\"", field(resource, "etag")));
}

Response one(int status, const Arm& arm, Write write, const Resource& resource) {
  json::Writer out;
  write(out, arm, resource);
  auto response = answer(status, out.take());
  response.headers.emplace_back("ETag", fmt::format("W/\"{}\"", field(resource, "etag")));
  return response;
}

Response list(Arm& arm, std::string_view wanted, Write write, std::size_t page) {
  const bool is_of_group = arm.args.size() > 1;
  const auto group = is_of_group ? to_lower(arm.args[1]) : std::string();
  if (is_of_group && arm.find(fmt::format("/subscriptions/{}/resourceGroups/{}", arm.subscription,
                                          group)) == nullptr) {
    return no_group(arm.args[1]);
  }
  const auto from = static_cast<std::uint64_t>(parse_int(arm.param("$skiptoken")).value_or(0));
  std::uint64_t last = from;
  bool has_more = false;
  std::size_t count = 0;
  json::Writer out;
  out.begin_object().key("value").begin_array();
  for (const auto* resource : arm.all(wanted, group)) {
    if (resource->serial <= from) continue;
    if (count == page || arm.call.empty_page) {
      has_more = true;
      break;
    }
    write(out, arm, *resource);
    last = resource->serial;
    ++count;
  }
  out.end_array();
  if (has_more) {
    const auto url = arm.call.request.url;
    std::string more;
    for (const auto& [key, value] : arm.query) {
      if (!equals_ignoring_case(key, "$skiptoken")) more += key + "=" + percent_encode(value) + "&";
    }
    out.member("nextLink", fmt::format("{}{}?{}$skiptoken={}", arm.base,
                                       url.substr(0, url.find('?')), more, last));
  }
  out.end_object();
  return answer(200, out.take());
}

std::optional<Response> check_members(json::Value object, std::string_view known,
                                      std::string_view of) {
  const auto words = split(known, ' ');
  for (const auto& member : object.members()) {
    const bool is_known = std::ranges::any_of(
        words, [&](const auto& word) { return equals_ignoring_case(word, member.key); });
    if (is_known || member.value.is_null()) continue;
    return refusal(400, "InvalidRequestContent",
                   fmt::format("The request content was invalid and could not be deserialized: "
                               "'Could not find member '{}' on object of type '{}'.",
                               member.key, of));
  }
  return std::nullopt;
}

std::optional<Response> read_tags(json::Value tags, Tags& into) {
  if (tags.exists() && !tags.is_null() && !tags.is_object()) {
    return refusal(400, "InvalidRequestContent", "The tags must be an object.");
  }
  if (tags.size() > 50) {
    return refusal(400, "InvalidTagCount",
                   fmt::format("Tag count '{}' is over the limit of 50.", tags.size()));
  }
  for (const auto& tag : tags.members()) {
    const std::string key(tag.key);
    const bool is_bad =
        key.empty() || key.size() > 512 || key.find_first_of("<>%&\\?/") != std::string::npos;
    if (is_bad) {
      return refusal(400, "InvalidTagNameCharacters",
                     fmt::format("The tag names '{}' have reserved characters '<,>,%,&,\\,?,/' or "
                                 "control characters.",
                                 key));
    }
    for (const auto prefix : {"microsoft", "azure", "windows"}) {
      if (!to_lower(key).starts_with(prefix)) continue;
      return refusal(400, "ReservedTagName",
                     fmt::format("The tag name '{}' is reserved for system use.", key));
    }
    if (tag.value.string_or().size() > 256) {
      return refusal(400, "TagValueTooLarge", "A tag value is too large: at most 256 characters.");
    }
    for (const auto& [other, value] : into) {
      if (!equals_ignoring_case(other, key)) continue;
      return refusal(400, "DuplicateTagNames",
                     fmt::format("The tag name '{}' was given more than once.", key));
    }
    into.emplace(key, tag.value.string_or());
  }
  return std::nullopt;
}

void replace_tags(World& world, Resource& resource, const Tags& tags) {
  const Tags before = resource.tags;
  for (const auto& [key, value] : before) {
    if (!tags.contains(key) && key != ssh_port_tag) world.remove_tag(resource, key);
  }
  for (const auto& [key, value] : tags) world.set_tag(resource, key, value);
}

namespace {

bool is_good_name(std::string_view wanted, const std::string& name) {
  static const std::regex general(R"([A-Za-z0-9]([A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?)");
  static const std::regex network(R"([A-Za-z0-9][A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])");
  static const std::regex machine(R"([A-Za-z0-9]([A-Za-z0-9_.-]{0,62}[A-Za-z0-9_])?)");
  const auto& rule = wanted == type::network   ? network
                     : wanted == type::machine ? machine
                                               : general;
  return std::regex_match(name, rule);
}

}  // namespace

Order check_order(Arm& arm, std::string_view wanted, std::string_view members) {
  Order order;
  const auto refuse = [&](Response response) {
    order.refused = std::move(response);
    return order;
  };
  const auto& group_name = arm.args.at(1);
  const auto& name = arm.args.at(2);
  const auto* group =
      arm.find(fmt::format("/subscriptions/{}/resourceGroups/{}", arm.subscription, group_name));
  if (group == nullptr) return refuse(no_group(group_name));
  if (group->state == "Deleting") {
    return refuse(refusal(409, "ResourceGroupBeingDeleted",
                          fmt::format("The resource group '{}' is in deprovisioning state and "
                                      "cannot perform this operation.",
                                      group_name)));
  }
  if (!is_good_name(wanted, name)) {
    return refuse(refusal(400, wanted == type::machine ? "InvalidParameter" : "InvalidResourceName",
                          fmt::format("Resource name {} is invalid. The name can be up to 80 "
                                      "characters long. It must begin with a word character, and "
                                      "it must end with a word character or with '_'.",
                                      name)));
  }
  if (!arm.body.is_object()) {
    return refuse(
        refusal(400, "InvalidRequestContent", "The request content was empty or no object."));
  }
  if (auto bad = check_members(arm.body, members, wanted)) return refuse(*bad);
  order.location = replace_all(to_lower(arm.body.get("location").string_or()), " ", "");
  if (order.location.empty()) {
    return refuse(refusal(400, "LocationRequired",
                          "The location property is required for this "
                          "definition."));
  }
  if (find_region(order.location) == nullptr) {
    return refuse(refusal(400, "LocationNotAvailableForResourceType",
                          fmt::format("The provided location '{}' is not available for resource "
                                      "type '{}'.",
                                      order.location, wanted)));
  }
  if (auto bad = read_tags(arm.body.get("tags"), order.tags)) return refuse(*bad);
  order.id = to_lower(id_of(arm, wanted, group_name, name));
  order.existing = arm.find(order.id);
  if (order.existing != nullptr && field(*order.existing, "location") != order.location) {
    return refuse(
        refusal(409, "InvalidResourceLocation",
                fmt::format("The resource '{}' already exists in location '{}' in "
                            "resource group '{}'. A resource with the same name cannot "
                            "be created in location '{}'.",
                            name, field(*order.existing, "location"), group_name, order.location)));
  }
  return order;
}

void fill(Resource& resource, const Arm& arm, const Order& order, std::string_view wanted) {
  resource.place = arm.place(order.location);
  resource.type = wanted;
  resource.id = order.id;
  resource.name = arm.args.at(2);
  resource.tags = order.tags;
  resource.state = "Succeeded";
  const auto* group =
      arm.find(fmt::format("/subscriptions/{}/resourceGroups/{}", arm.subscription, arm.args[1]));
  resource.fields["id"] = id_of(arm, wanted, group->name, resource.name);
  resource.fields["location"] = order.location;
  resource.fields["etag"] = arm.world.uuid();
  resource.fields["guid"] = arm.world.uuid();
}

}  // namespace ccloud::sim::azure
