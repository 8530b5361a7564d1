// Neutron's common behaviour.
#include "sim/openstack/neutron.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::openstack {

std::string field_of(const Resource& resource, const std::string& name) {
  const auto found = resource.fields.find(name);
  return found == resource.fields.end() ? std::string() : found->second;
}

void write_common(json::Writer& out, const Resource& resource) {
  out.member("id", resource.id).member("name", resource.name);
  out.member("tenant_id", resource.place.account).member("project_id", resource.place.account);
  out.member("description", field_of(resource, "description"));
  out.member("created_at", time_text(resource.created))
      .member("updated_at", time_text(resource.created));
  out.member("revision_number", 1).key("tags").begin_array();
  for (const auto& [tag, value] : resource.tags) out.value(tag);
  out.end_array();
}

Response not_found(std::string_view type, const std::string& id) {
  std::string words;
  bool starts = true;
  for (const char c : type) {
    if (c == '_') {
      starts = true;
      continue;
    }
    words += starts ? static_cast<char>(c - 'a' + 'A') : c;
    starts = false;
  }
  return neutron_error(404, words + "NotFound",
                       fmt::format("{} {} could not be found.", words, id));
}

Response list_of(
    Rest& rest, std::string_view type, Render render,
    const std::function<bool(const Resource&, std::string_view, const std::string&)>& fits) {
  static constexpr std::string_view not_filters[] = {"limit",    "marker",   "fields",
                                                     "sort_key", "sort_dir", "page_reverse"};
  const auto passes = [&](const Resource& resource) {
    for (const auto& [name, value] : rest.query) {
      if (std::ranges::find(not_filters, name) != std::end(not_filters)) continue;
      bool fits_this = false;
      if (name == "name")
        fits_this = resource.name == value;
      else if (name == "id")
        fits_this = resource.id == value;
      else if (name == "description")
        fits_this = field_of(resource, "description") == value;
      else if (name == "project_id" || name == "tenant_id")
        fits_this = true;
      else if (name == "tags") {
        fits_this = std::ranges::all_of(
            split(value, ','), [&](const auto& tag) { return resource.tags.contains(tag); });
      } else
        fits_this = fits(resource, name, value);
      if (!fits_this) return false;
    }
    return true;
  };
  std::vector<Resource*> all;
  for (const auto& [serial, resource] : rest.world.list(rest.place, type)) {
    if (rest.is_visible(*resource) && passes(*resource)) all.push_back(resource);
  }
  const auto page = page_of(rest, std::move(all), 1000);
  const auto collection = fmt::format("{}s", type);
  json::Writer out;
  out.begin_object().key(collection).begin_array();
  for (const auto* resource : page.items) render(out, rest, *resource);
  out.end_array();
  if (page.has_more) {
    out.key(collection + "_links").begin_array().begin_object().member("rel", "next");
    out.member("href", fmt::format("{}/{}/network/v2.0/{}?marker={}", rest.base, rest.place.region,
                                   collection, page.items.back()->id));
    out.end_object().end_array();
  }
  out.end_object();
  return answer(200, out.take());
}

Response one_of(Rest& rest, int status, std::string_view type, Render render,
                const Resource& resource) {
  json::Writer out;
  out.begin_object().key(type);
  render(out, rest, resource);
  out.end_object();
  return answer(status, out.take());
}

std::optional<Response> check_attributes(json::Value object, std::string_view allowed) {
  if (!object.is_object()) return neutron_error(400, "HTTPBadRequest", "Resource body required");
  const auto names = split(allowed, ' ');
  for (const auto& entry : object.members()) {
    if (std::ranges::find(names, entry.key) == names.end()) {
      return neutron_error(400, "HTTPBadRequest",
                           fmt::format("Unrecognized attribute(s) '{}'", entry.key));
    }
  }
  return std::nullopt;
}

}  // namespace ccloud::sim::openstack
