// Public images: their projects can be read by everybody.
#include <fmt/format.h>

#include "sim/gcp/listing.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {

std::string image_link(const ImageFacts& image) {
  return fmt::format("https://www.googleapis.com/compute/v1/projects/{}/global/images/{}",
                     image.project, image.name);
}

const ImageFacts* resolve_image(const Gce& gce, const std::string& url) {
  const auto reference = parse_reference(url);
  if (!reference || reference->collection != "images" || reference->scope != "global")
    return nullptr;
  const auto& project = reference->project.empty() ? gce.project.id : reference->project;
  return reference->is_family ? find_family(project, reference->name)
                              : find_image(project, reference->name);
}

namespace {

Time built(const ImageFacts& image) {
  return image.is_deprecated ? Time(std::chrono::sys_days(std::chrono::year(2026) / 6 / 10))
                             : Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 12));
}

void write_image(json::Writer& out, const Gce&, const Item& item) {
  const auto& image = *static_cast<const ImageFacts*>(item.fact);
  const auto link = image_link(image);
  out.begin_object().member("kind", "compute#image").member("id", stable_id(link));
  out.member("creationTimestamp", time_text(built(image))).member("name", image.name);
  out.member("description", fmt::format("{} built for the simulator", image.os));
  out.member("family", image.family).member("status", "READY").member("sourceType", "RAW");
  out.member("diskSizeGb", std::to_string(image.disk_gib)).member("archiveSizeBytes", "1073741824");
  out.member("architecture", image.is_arm ? "ARM64" : "X86_64");
  if (image.is_deprecated) {
    const auto* newest = find_family(image.project, image.family);
    out.key("deprecated").begin_object().member("state", "DEPRECATED");
    out.member("replacement", image_link(*newest)).end_object();
  }
  out.key("guestOsFeatures").begin_array();
  for (const auto* feature : {"UEFI_COMPATIBLE", "GVNIC", "VIRTIO_SCSI_MULTIQUEUE"}) {
    out.begin_object().member("type", feature).end_object();
  }
  out.end_array().member("labelFingerprint", fingerprint(std::string_view()));
  out.key("storageLocations").begin_array().value("eu").value("us").end_array();
  out.member("selfLink", link).end_object();
}

Item item_of(const ImageFacts& image) {
  return {.name = image.name, .scope = "global", .created = built(image), .fact = &image};
}

Response list_images(Gce& gce) {
  std::vector<Item> items;
  for (const auto& image : all_images()) {
    if (image.project == gce.owner) items.push_back(item_of(image));
  }
  return list(gce, "image", "images", std::move(items), write_image);
}

Response shown(Gce& gce, const ImageFacts* image, const std::string& path) {
  if (image == nullptr) return not_found(gce, path);
  json::Writer out;
  write_image(out, gce, item_of(*image));
  return answer(200, out.take());
}

Response show_image(Gce& gce) {
  return shown(gce, find_image(gce.owner, gce.args[0]), "global/images/" + gce.args[0]);
}

Response show_family(Gce& gce) {
  return shown(gce, find_family(gce.owner, gce.args[0]), "global/images/family/" + gce.args[0]);
}

}  // namespace

std::vector<Route> image_routes() {
  return {{"images.list", "GET", "global/images", list_images, list_params, ""},
          {"images.getFromFamily", "GET", "global/images/family/{}", show_family, "", ""},
          {"images.get", "GET", "global/images/{}", show_image, "", ""}};
}

}  // namespace ccloud::sim::gcp
