// Describe*: choosing what to look at (ids, tag index or everything), filters, and paging by
// EC2's rules. Pages go by order of creation, so each page starts where the last one ended.
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/aws/ec2.h"

namespace ccloud::sim::aws {

using Values = std::vector<std::string>;

/// One filter that a Describe operation knows: its name and the resource's values for it.
template <class T>
struct Field {
  std::string_view name;
  Values (*of)(const T& resource);
};

/// A filter of the request.
struct Wanted {
  std::string name;
  Values values;
};
Answer<std::vector<Wanted>> wanted_filters(const Params& params);
/// `*` and `?` match as in EC2, a backslash takes them literally.
bool value_matches(const Values& patterns, const std::string& value);
bool tags_match(const Wanted& wanted, const Resource& resource);
bool is_tag_filter(std::string_view name);

struct Page {
  std::size_t max = SIZE_MAX;
  std::uint64_t after = 0;  ///< serial of the last one of the page before
};
/// `MaxResults` within the limits, `NextToken` as it was given out.
Answer<Page> wanted_page(const Params& params, int low, int high);
std::string page_token(std::uint64_t after);

/// What has to be looked at: the tag index where a tag filter has plain values, else all. `merged`
/// is room for a union of index entries.
const World::Listing& candidates(Ec2& ec2, std::string_view type,
                                 const std::vector<Wanted>& filters, World::Listing& merged);

template <class T>
Answer<> check_fields(const std::vector<Wanted>& filters, std::span<const Field<T>> fields) {
  for (const auto& wanted : filters) {
    if (is_tag_filter(wanted.name)) continue;
    if (std::ranges::find(fields, wanted.name, &Field<T>::name) == fields.end()) {
      return fail("InvalidParameterValue", fmt::format("The filter '{}' is invalid", wanted.name));
    }
  }
  return {};
}

template <class T>
bool matches(const std::vector<Wanted>& filters, std::span<const Field<T>> fields,
             const T& resource) {
  return std::ranges::all_of(filters, [&](const Wanted& wanted) {
    if constexpr (std::is_base_of_v<Resource, T>) {
      if (is_tag_filter(wanted.name)) return tags_match(wanted, resource);
    }
    const auto field = std::ranges::find(fields, wanted.name, &Field<T>::name);
    if (field == fields.end()) return false;
    return std::ranges::any_of(field->of(resource), [&](const std::string& value) {
      return value_matches(wanted.values, value);
    });
  });
}

template <class T>
struct Found {
  std::vector<T*> all;
  std::string next_token;
};

/// The whole of a Describe's selection. `ids` names its list of ids; `paged` says from how many to
/// how many results a page may have ({0, 0}: the operation has no pages).
struct Select {
  std::string_view type;
  std::string_view ids;
  int page_low = 5;
  int page_high = 1000;
};

template <class T>
Answer<Found<T>> select(Ec2& ec2, const Select& how, std::span<const Field<T>> fields) {
  auto filters = wanted_filters(ec2.params);
  if (!filters) return std::unexpected(filters.error());
  if (auto known = check_fields(*filters, fields); !known) return std::unexpected(known.error());
  auto page = wanted_page(ec2.params, how.page_low, how.page_high);
  if (!page) return std::unexpected(page.error());
  Found<T> found;
  const auto ids = ec2.params.list(how.ids);
  if (!ids.empty() && ec2.params.has("MaxResults") && how.type == "instance") {
    return fail("InvalidParameterCombination",
                "The parameter instancesSet cannot be used with the parameter maxResults");
  }
  if (!ids.empty()) {
    for (const auto& id : ids) {
      auto resource = ec2.see(how.type, id);
      if (!resource) return std::unexpected(resource.error());
      auto& it = static_cast<T&>(**resource);
      const bool is_new = std::ranges::find(found.all, &it) == found.all.end();
      if (is_new && matches(*filters, fields, static_cast<const T&>(it))) found.all.push_back(&it);
    }
    return found;
  }
  if (ec2.call.empty_page && ec2.params.has("MaxResults")) {
    found.next_token = page_token(page->after);
    return found;
  }
  World::Listing merged;
  const auto& listing = candidates(ec2, how.type, *filters, merged);
  for (auto it = listing.upper_bound(page->after); it != listing.end(); ++it) {
    if (it->second->type != how.type || !ec2.is_visible(*it->second)) continue;
    auto& resource = static_cast<T&>(*it->second);
    if (!matches(*filters, fields, static_cast<const T&>(resource))) continue;
    if (found.all.size() == page->max) {
      found.next_token = page_token(found.all.back()->serial);
      break;
    }
    found.all.push_back(&resource);
  }
  return found;
}

}  // namespace ccloud::sim::aws
