// Answers, paging, and the facts of this simulated OpenStack (release-like limits of Zed).
#include "sim/openstack/rest.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::openstack {

std::string Rest::param(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return {};
}

std::vector<std::string> Rest::params(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [key, value] : query) {
    if (key == name) out.push_back(value);
  }
  return out;
}

Response answer(int status, std::string json) {
  return {
      .status = status, .headers = {{"Content-Type", "application/json"}}, .body = std::move(json)};
}

Response no_content(int status) { return {.status = status, .headers = {}, .body = ""}; }

Response nova_error(int status, std::string_view message) {
  static const std::map<int, std::string_view> keys = {
      {400, "badRequest"},   {401, "unauthorized"},       {403, "forbidden"},
      {404, "itemNotFound"}, {409, "conflictingRequest"}, {413, "overLimit"},
      {429, "overLimit"},    {503, "serviceUnavailable"}};
  const auto found = keys.find(status);
  json::Writer out;
  out.begin_object().key(found == keys.end() ? "computeFault" : found->second).begin_object();
  out.member("code", status).member("message", message).end_object().end_object();
  return answer(status, out.take());
}

Response neutron_error(int status, std::string_view type, std::string_view message) {
  json::Writer out;
  out.begin_object().key("NeutronError").begin_object();
  out.member("type", type)
      .member("message", message)
      .member("detail", "")
      .end_object()
      .end_object();
  return answer(status, out.take());
}

Response keystone_error(int status, std::string_view title, std::string_view message) {
  json::Writer out;
  out.begin_object().key("error").begin_object();
  out.member("code", status).member("message", message).member("title", title);
  out.end_object().end_object();
  return answer(status, out.take());
}

Response unauthorized(Service service) {
  auto response =
      keystone_error(401, "Unauthorized", "The request you have made requires authentication.");
  if (service != Service::identity) {
    response.headers.emplace_back("WWW-Authenticate", "Keystone uri=\"/identity\"");
  }
  return response;
}

std::string time_text(Time time) { return format_time(time); }

Page page_of(const Rest& rest, std::vector<Resource*> all, std::size_t most) {
  std::size_t limit = most;
  if (const auto asked = parse_int(rest.param("limit")); asked && *asked > 0) {
    limit = std::min(limit, static_cast<std::size_t>(*asked));
  }
  const auto marker = rest.param("marker");
  auto from = all.begin();
  if (!marker.empty()) {
    const auto at = std::ranges::find(all, marker, &Resource::id);
    if (at != all.end()) from = at + 1;
  }
  Page page;
  const auto left = static_cast<std::size_t>(all.end() - from);
  page.items.assign(from, from + static_cast<std::ptrdiff_t>(std::min(limit, left)));
  page.has_more = left > limit;
  return page;
}

const std::vector<FlavorFacts>& flavor_facts() {
  static const std::vector<FlavorFacts> facts = {
      {"1", "m1.tiny", 1, 512, 10},      {"2", "m1.small", 1, 2048, 20},
      {"3", "m1.medium", 2, 4096, 40},   {"4", "m1.large", 4, 8192, 80},
      {"5", "m1.xlarge", 8, 16384, 160}, {"6", "c1.small", 2, 2048, 20},
      {"7", "c1.large", 4, 4096, 40},    {"8", "r1.large", 4, 32768, 80}};
  return facts;
}

const FlavorFacts* find_flavor(std::string_view id_or_name) {
  for (const auto& one : flavor_facts()) {
    if (one.id == id_or_name) return &one;
  }
  return nullptr;
}

void furnish(World& world, const Place& place) {
  if (!world.list(place, "network").empty()) return;
  struct Known {
    std::string_view os, distro, version, user;
  };
  for (const auto& known :
       {Known{"debian-12", "debian", "12", "debian"}, Known{"debian-13", "debian", "13", "debian"},
        Known{"ubuntu-22.04", "ubuntu", "22.04", "ubuntu"},
        Known{"ubuntu-24.04", "ubuntu", "24.04", "ubuntu"},
        Known{"rocky-9", "rocky", "9", "rocky"}}) {
    Image image;
    image.place = place;
    image.type = "image";
    image.id = world.uuid();
    image.name = known.os;
    image.os = known.os;
    image.user = known.user;
    image.arch = "x86_64";
    image.min_disk_gib = 2;
    image.fields = {{"os_distro", std::string(known.distro)},
                    {"os_version", std::string(known.version)}};
    image.is_builtin = true;
    world.add(std::move(image));
  }
  Network external;
  external.place = place;
  external.type = "network";
  external.id = world.uuid();
  external.name = "public";
  external.fields = {{"external", "true"}};
  external.is_builtin = true;
  world.add(std::move(external));
}

}  // namespace ccloud::sim::openstack
