// Filters, page tokens and the choice of an index.
#include "sim/aws/listing.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

constexpr std::string_view token_prefix = "simulated-page:";

bool has_wildcard(std::string_view value) {
  return value.find_first_of("*?\\") != std::string_view::npos;
}

bool match_here(std::string_view pattern, std::string_view text) {
  while (!pattern.empty()) {
    const char c = pattern.front();
    if (c == '*') {
      pattern.remove_prefix(1);
      for (std::size_t skip = 0; skip <= text.size(); ++skip) {
        if (match_here(pattern, text.substr(skip))) return true;
      }
      return false;
    }
    if (text.empty()) return false;
    if (c == '\\' && pattern.size() > 1) {
      pattern.remove_prefix(1);
      if (pattern.front() != text.front()) return false;
    } else if (c != '?' && c != text.front()) {
      return false;
    }
    pattern.remove_prefix(1);
    text.remove_prefix(1);
  }
  return text.empty();
}

}  // namespace

bool value_matches(const Values& patterns, const std::string& value) {
  return std::ranges::any_of(patterns, [&](const std::string& pattern) {
    return has_wildcard(pattern) ? match_here(pattern, value) : pattern == value;
  });
}

bool is_tag_filter(std::string_view name) {
  return name.starts_with("tag:") || name == "tag-key" || name == "tag-value";
}

bool tags_match(const Wanted& wanted, const Resource& resource) {
  if (wanted.name.starts_with("tag:")) {
    const auto tag = resource.tags.find(std::string_view(wanted.name).substr(4));
    return tag != resource.tags.end() && value_matches(wanted.values, tag->second);
  }
  return std::ranges::any_of(resource.tags, [&](const auto& tag) {
    return value_matches(wanted.values, wanted.name == "tag-key" ? tag.first : tag.second);
  });
}

Answer<std::vector<Wanted>> wanted_filters(const Params& params) {
  std::vector<Wanted> all;
  for (const auto& entry : params.entries("Filter")) {
    Wanted wanted{params.get(entry + ".Name"), params.list(entry + ".Value")};
    if (wanted.name.empty()) {
      return fail("MissingParameter", "The request must contain the parameter Filter.Name");
    }
    if (wanted.values.empty()) {
      return fail("InvalidParameterValue", "The filter 'null' is invalid");
    }
    if (wanted.values.size() > 200) {
      return fail("FilterLimitExceeded",
                  "The maximum number of filter values specified on a single call is 200");
    }
    all.push_back(std::move(wanted));
  }
  return all;
}

std::string page_token(std::uint64_t after) {
  return base64(fmt::format("{}{}", token_prefix, after));
}

Answer<Page> wanted_page(const Params& params, int low, int high) {
  Page page;
  if (params.has("MaxResults")) {
    const auto max = params.number("MaxResults", 0);
    if (max < low || max > high) {
      return fail("InvalidParameterValue",
                  fmt::format("Value ( {} ) for parameter maxResults is invalid. Expecting a value "
                              "greater than or equal to {} and at most {}.",
                              max, low, high));
    }
    page.max = static_cast<std::size_t>(max);
  }
  if (params.has("NextToken")) {
    const auto text = decode_base64(params.get("NextToken")).value_or("");
    const auto after = text.starts_with(token_prefix)
                           ? parse_int(std::string_view(text).substr(token_prefix.size()))
                           : std::nullopt;
    if (!after) return fail("InvalidNextToken", "The specified nextToken is not valid.");
    page.after = static_cast<std::uint64_t>(*after);
  }
  return page;
}

const World::Listing& candidates(Ec2& ec2, std::string_view type,
                                 const std::vector<Wanted>& filters, World::Listing& merged) {
  const World::Listing* best = &ec2.world.list(ec2.place, type);
  for (const auto& wanted : filters) {
    if (!wanted.name.starts_with("tag:")) continue;
    if (std::ranges::any_of(wanted.values, has_wildcard)) continue;
    const auto key = std::string_view(wanted.name).substr(4);
    if (wanted.values.size() == 1) {
      const auto& tagged = ec2.world.tagged(ec2.place, key, wanted.values.front());
      if (tagged.size() < best->size()) best = &tagged;
      continue;
    }
    World::Listing joined;
    for (const auto& value : wanted.values) {
      const auto& tagged = ec2.world.tagged(ec2.place, key, value);
      joined.insert(tagged.begin(), tagged.end());
    }
    if (joined.size() >= best->size()) continue;
    merged = std::move(joined);
    best = &merged;
  }
  return *best;
}

}  // namespace ccloud::sim::aws
