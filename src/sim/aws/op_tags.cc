// Tags: create, delete, and the listing over all types that finds what carries a mark.
#include <fmt/format.h>

#include "base/text.h"
#include "sim/aws/listing.h"

namespace ccloud::sim::aws {
namespace {

constexpr std::size_t max_tags = 50;

/// The type's own id check, chosen by the id's prefix.
Answer<Resource*> see_any(Ec2& ec2, const std::string& id) {
  auto* found = ec2.world.find(ec2.place, id);
  if (found != nullptr && ec2.is_visible(*found)) return found;
  constexpr std::pair<std::string_view, std::string_view> kinds[] = {
      {"i-", "instance"},
      {"ami-", "image"},
      {"vpc-", "vpc"},
      {"subnet-", "subnet"},
      {"sg-", "security-group"},
      {"igw-", "internet-gateway"},
      {"rtb-", "route-table"},
      {"vol-", "volume"},
      {"eipalloc-", "elastic-ip"},
      {"key-", "key-pair"},
      {"eni-", "network-interface"},
  };
  for (const auto& [prefix, type] : kinds) {
    if (id.starts_with(prefix)) return ec2.see(type, id);
  }
  return fail("InvalidID", fmt::format("The ID '{}' is not valid", id));
}

Answer<std::vector<Resource*>> named_resources(Ec2& ec2) {
  std::vector<Resource*> all;
  const auto ids = ec2.params.list("ResourceId");
  if (ids.size() > 1000) return fail("InvalidParameterValue", "At most 1000 resources in one call");
  for (const auto& id : ids) {
    auto resource = see_any(ec2, id);
    if (!resource) return std::unexpected(resource.error());
    all.push_back(*resource);
  }
  return all;
}

Answer<> create_tags(Ec2& ec2) {
  auto resources = named_resources(ec2);
  if (!resources) return std::unexpected(resources.error());
  Tags wanted;
  for (const auto& entry : ec2.params.entries("Tag")) {
    const auto& key = ec2.params.get(entry + ".Key");
    const auto& value = ec2.params.get(entry + ".Value");
    if (auto good = check_tag(key, value); !good) return good;
    wanted[key] = value;
  }
  if (wanted.empty()) return fail("MissingParameter", "The request must contain the parameter Tag");
  for (const auto* resource : *resources) {
    Tags after = resource->tags;
    for (const auto& [key, value] : wanted) after[key] = value;
    if (after.size() > max_tags) {
      return fail("TagLimitExceeded",
                  "The maximum number of Tags for a resource has been reached.");
    }
  }
  for (auto* resource : *resources) {
    for (const auto& [key, value] : wanted) ec2.world.set_tag(*resource, key, value);
  }
  ec2.write_true();
  return {};
}

Answer<> delete_tags(Ec2& ec2) {
  auto resources = named_resources(ec2);
  if (!resources) return std::unexpected(resources.error());
  const auto entries = ec2.params.entries("Tag");
  for (auto* resource : *resources) {
    if (entries.empty()) {
      const Tags all = resource->tags;
      for (const auto& [key, value] : all) ec2.world.remove_tag(*resource, key);
    }
    for (const auto& entry : entries) {
      const auto found = resource->tags.find(ec2.params.get(entry + ".Key"));
      if (found == resource->tags.end()) continue;
      // With a value the tag goes only if it has that one.
      const bool has_value = ec2.params.has(entry + ".Value");
      if (has_value && ec2.params.get(entry + ".Value") != found->second) continue;
      ec2.world.remove_tag(*resource, std::string(found->first));
    }
  }
  ec2.write_true();
  return {};
}

constexpr std::string_view types[] = {
    "instance",    "vpc",    "subnet",     "security-group", "internet-gateway",
    "route-table", "volume", "elastic-ip", "key-pair",       "network-interface"};

const Values* filter(const std::vector<Wanted>& filters, std::string_view name) {
  const auto found = std::ranges::find(filters, name, &Wanted::name);
  return found == filters.end() ? nullptr : &found->values;
}

bool is_plain(const Values& values) {
  return std::ranges::all_of(values, [](const std::string& value) {
    return value.find_first_of("*?\\") == std::string::npos;
  });
}

/// What can match at all, by the tag index where key and value are given plainly. `merged` is room
/// for a union.
const World::Listing& tag_candidates(Ec2& ec2, const std::vector<Wanted>& filters,
                                     World::Listing& merged) {
  const auto join = [&](const Values& keys, const Values& values) -> const World::Listing& {
    if (keys.size() == 1 && values.size() == 1) {
      return ec2.world.tagged(ec2.place, keys.front(), values.front());
    }
    for (const auto& key : keys) {
      for (const auto& value : values) {
        const auto& tagged = ec2.world.tagged(ec2.place, key, value);
        merged.insert(tagged.begin(), tagged.end());
      }
    }
    return merged;
  };
  const auto* keys = filter(filters, "key");
  const auto* values = filter(filters, "value");
  for (const auto& wanted : filters) {
    if (!wanted.name.starts_with("tag:") || !is_plain(wanted.values)) continue;
    return join({wanted.name.substr(4)}, wanted.values);
  }
  if (keys != nullptr && values != nullptr && is_plain(*keys) && is_plain(*values)) {
    return join(*keys, *values);
  }
  for (const auto type : types) {
    const auto& listing = ec2.world.list(ec2.place, type);
    merged.insert(listing.begin(), listing.end());
  }
  return merged;
}

struct Tagged {
  const Resource* resource;
  const std::string* key;
  const std::string* value;
};

Answer<> describe_tags(Ec2& ec2) {
  static constexpr Field<Tagged> fields[] = {
      {"key", [](const Tagged& t) { return Values{*t.key}; }},
      {"value", [](const Tagged& t) { return Values{*t.value}; }},
      {"resource-id", [](const Tagged& t) { return Values{t.resource->id}; }},
      {"resource-type", [](const Tagged& t) { return Values{t.resource->type}; }},
  };
  auto filters = wanted_filters(ec2.params);
  if (!filters) return std::unexpected(filters.error());
  for (const auto& wanted : *filters) {
    if (wanted.name.starts_with("tag:")) continue;
    if (std::ranges::find(fields, wanted.name, &Field<Tagged>::name) == std::end(fields)) {
      return fail("InvalidParameterValue", fmt::format("The filter '{}' is invalid", wanted.name));
    }
  }
  auto page = wanted_page(ec2.params, 5, 1000);
  if (!page) return std::unexpected(page.error());
  if (ec2.call.empty_page && ec2.params.has("MaxResults")) {
    ec2.xml.open("tagSet").close("tagSet").leaf("nextToken", page_token(page->after));
    return {};
  }
  const auto fits = [&](const Tagged& tagged) {
    return std::ranges::all_of(*filters, [&](const Wanted& wanted) {
      if (wanted.name.starts_with("tag:")) {
        return *tagged.key == wanted.name.substr(4) && value_matches(wanted.values, *tagged.value);
      }
      return matches<Tagged>({wanted}, fields, tagged);
    });
  };
  std::vector<Tagged> shown;
  std::string token;
  World::Listing merged;
  const auto& listing = tag_candidates(ec2, *filters, merged);
  // A page ends with a whole resource, so that its serial says where to go on; that can make a page
  // a few tags shorter than asked for.
  for (auto it = listing.upper_bound(page->after); it != listing.end(); ++it) {
    if (!ec2.is_visible(*it->second)) continue;
    std::vector<Tagged> some;
    for (const auto& [key, value] : it->second->tags) {
      const Tagged tagged{it->second, &key, &value};
      if (fits(tagged)) some.push_back(tagged);
    }
    if (some.empty()) continue;
    if (!shown.empty() && shown.size() + some.size() > page->max) {
      token = page_token(shown.back().resource->serial);
      break;
    }
    shown.insert(shown.end(), some.begin(), some.end());
  }
  ec2.xml.list("tagSet", shown, [&](const Tagged& tagged) {
    ec2.xml.leaf("resourceId", tagged.resource->id)
        .leaf("resourceType", tagged.resource->type)
        .leaf("key", *tagged.key)
        .leaf("value", *tagged.value);
  });
  ec2.xml.optional("nextToken", token);
  return {};
}

}  // namespace

std::vector<Operation> tag_operations() {
  return {
      {"CreateTags", "ResourceId.N! Tag.N.Key Tag.N.Value", true, create_tags},
      {"DeleteTags", "ResourceId.N! Tag.N.Key Tag.N.Value", true, delete_tags},
      {"DescribeTags", CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false, describe_tags},
  };
}

}  // namespace ccloud::sim::aws
