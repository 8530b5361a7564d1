// Glance: the images that every project sees.
#include <algorithm>

#include <fmt/format.h>

#include "sim/openstack/rest.h"

namespace ccloud::sim::openstack {
namespace {

void write_image(json::Writer& out, const Image& image) {
  out.begin_object().member("id", image.id).member("name", image.name).member("status", "active");
  out.member("visibility", "public").member("created_at", time_text(image.created));
  out.member("updated_at", time_text(image.created)).member("min_disk", image.min_disk_gib);
  out.member("min_ram", 0).member("size", 1 << 20).member("disk_format", "qcow2");
  out.member("container_format", "bare").member("protected", false).member("os_hidden", false);
  out.member("architecture", image.arch).member("checksum", nullptr).member("owner", "0");
  for (const auto& [key, value] : image.fields) out.member(key, value);
  out.key("tags").begin_array().end_array();
  out.member("self", "/v2/images/" + image.id).member("file", "/v2/images/" + image.id + "/file");
  out.member("schema", "/v2/schemas/image").end_object();
}

Response list(Rest& rest) {
  std::vector<Resource*> all;
  for (const auto& [serial, resource] : rest.world.list(rest.place, "image")) {
    const auto& image = static_cast<const Image&>(*resource);
    const auto fits = [&](std::string_view name, const std::string& value) {
      const auto wanted = rest.param(name);
      return wanted.empty() || wanted == value;
    };
    const auto field = [&](const char* name) {
      const auto found = image.fields.find(name);
      return found == image.fields.end() ? std::string() : found->second;
    };
    if (fits("name", image.name) && fits("os_distro", field("os_distro")) &&
        fits("os_version", field("os_version")) && fits("id", image.id)) {
      all.push_back(resource);
    }
  }
  const auto page = page_of(rest, std::move(all), 1000);
  json::Writer out;
  out.begin_object().key("images").begin_array();
  for (const auto* image : page.items) write_image(out, static_cast<const Image&>(*image));
  out.end_array().member("first", "/v2/images").member("schema", "/v2/schemas/images");
  if (page.has_more) out.member("next", "/v2/images?marker=" + page.items.back()->id);
  out.end_object();
  return answer(200, out.take());
}

Response show(Rest& rest) {
  const auto* image = rest.see<Image>("image", rest.args.at(0));
  if (image == nullptr) {
    return answer(
        404,
        fmt::format(
            R"({{"message":"No image found with ID {}<br /><br />\n\n\n","code":"404 Not Found","title":"Not Found"}})",
            rest.args.at(0)));
  }
  json::Writer out;
  write_image(out, *image);
  return answer(200, out.take());
}

}  // namespace

std::vector<Route> image_routes() {
  return {{Service::image, "GET", "/images", list}, {Service::image, "GET", "/images/{}", show}};
}

}  // namespace ccloud::sim::openstack
