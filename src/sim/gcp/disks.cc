// Persistent disks of zones: new empty ones, ones from images, and the boot disks of machines.
#include <fmt/format.h>

#include "sim/gcp/listing.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {

std::optional<Response> read_disk(const Gce& gce, json::Value wanted, const std::string& where,
                                  bool is_resource, DiskOrder& into) {
  const auto kind = wanted.get(is_resource ? "type" : "diskType").string_or();
  const auto kind_field = where + (is_resource ? ".type" : ".diskType");
  into.kind = "pd-standard";
  if (!kind.empty()) {
    const auto reference = parse_reference(kind);
    if (!reference || reference->collection != "diskTypes") {
      return invalid(kind_field, kind, "The URL is malformed.");
    }
    if (reference->scope != "zones/" + gce.zone || find_disk_type(reference->name) == nullptr) {
      return invalid(kind_field, kind, "The referenced diskType resource cannot be found.");
    }
    into.kind = reference->name;
  }
  const auto source = is_resource && gce.has_param("sourceImage")
                          ? gce.param("sourceImage")
                          : wanted.get("sourceImage").string_or();
  if (!source.empty()) {
    if (!parse_reference(source))
      return invalid(where + ".sourceImage", source, "The URL is malformed.");
    into.image = resolve_image(gce, source);
    if (into.image == nullptr) {
      return invalid(where + ".sourceImage", source,
                     "The referenced image resource cannot be found.");
    }
  }
  const auto* facts = find_disk_type(into.kind);
  const auto size_name = is_resource ? "sizeGb" : "diskSizeGb";
  const int usual = into.image != nullptr ? into.image->disk_gib : facts->default_gib;
  // 0 is what old clients send for "as usual".
  const auto asked = wanted.get(size_name).to_int().value_or(0);
  const auto size = asked == 0 ? usual : asked;
  const auto size_field = fmt::format("{}.{}", where, size_name);
  if (into.image != nullptr && size < into.image->disk_gib) {
    return invalid(size_field, std::to_string(size),
                   fmt::format("Requested disk size cannot be smaller than the image size ({} GB)",
                               into.image->disk_gib));
  }
  const int least = into.image != nullptr ? 1 : facts->least_gib;
  if (size < least || size > facts->most_gib) {
    return invalid(
        size_field, std::to_string(size),
        fmt::format("Disk size must be between {} and {} GB, inclusive.", least, facts->most_gib));
  }
  into.size_gib = static_cast<int>(size);
  into.description = wanted.get("description").string_or();
  return check_labels(wanted.get("labels"), where + ".labels", into.labels);
}

Disk make_disk(const Gce& gce, const DiskOrder& order) {
  Disk disk;
  disk.type = type::disks;
  disk.name = order.name;
  disk.id = numeric_id(gce.world);
  disk.kind = order.kind;
  disk.size_gib = order.size_gib;
  disk.tags = order.labels;
  disk.state = "READY";
  if (order.image != nullptr) disk.fields["image"] = image_link(*order.image);
  disk.fields["architecture"] = order.image != nullptr && order.image->is_arm ? "ARM64" : "X86_64";
  disk.fields["description"] = order.description;
  return disk;
}

bool is_disk_in_quota(const Gce& gce, const DiskOrder& order, Operation& operation) {
  const bool is_ssd = find_disk_type(order.kind)->is_ssd;
  return check_quota(gce, region_of_zone(gce.zone), is_ssd ? "SSD_TOTAL_GB" : "DISKS_TOTAL_GB",
                     order.size_gib, operation);
}

namespace {

void write_disk(json::Writer& out, const Gce& gce, const Item& item) {
  const auto& disk = static_cast<const Disk&>(*item.resource);
  const auto* machine = by_id(gce, disk.place, disk.machine);
  out.begin_object().member("kind", "compute#disk").member("id", disk.id);
  out.member("creationTimestamp", time_text(disk.created)).member("name", disk.name);
  if (const auto text = field(disk, "description"); !text.empty()) out.member("description", text);
  out.member("sizeGb", std::to_string(disk.size_gib));
  out.member("zone", fmt::format("https://www.googleapis.com/compute/v1/projects/{}/zones/{}",
                                 gce.project.id, disk.zone));
  out.member("status", "READY").member("selfLink", link_of(disk));
  if (const auto image = field(disk, "image"); !image.empty()) {
    out.member("sourceImage", image).member("sourceImageId", stable_id(image));
  }
  out.member("type", gce.link("zones/" + disk.zone, "diskTypes", disk.kind));
  if (machine != nullptr) out.key("users").begin_array().value(link_of(*machine)).end_array();
  if (!disk.tags.empty()) {
    out.key("labels").begin_object();
    for (const auto& [key, value] : disk.tags) out.member(key, value);
    out.end_object();
  }
  out.member("labelFingerprint", label_fingerprint(disk));
  out.member("physicalBlockSizeBytes", "4096");
  out.member("architecture", field(disk, "architecture")).end_object();
}

Response insert(Gce& gce) {
  const auto name = gce.body.get("name").string_or();
  if (auto bad = check_name("resource.name", name)) return *bad;
  DiskOrder order;
  if (auto bad = read_disk(gce, gce.body, "resource", true, order)) return *bad;
  order.name = name;
  if (gce.find(type::disks, gce.scope(), name) != nullptr) {
    return exists(gce, fmt::format("{}/disks/{}", gce.scope(), name));
  }
  Operation operation;
  if (!is_disk_in_quota(gce, order, operation)) {
    return begin_at(gce, "insert", gce.link(gce.scope(), type::disks, name), numeric_id(gce.world),
                    operation);
  }
  auto disk = make_disk(gce, order);
  disk.dies_with_machine = false;
  return begin(gce, "insert", &gce.add(std::move(disk), gce.scope()));
}

Response list_all(Gce& gce) { return list_resources(gce, "disk", type::disks, write_disk); }

Response list_everywhere(Gce& gce) {
  return aggregate_resources(gce, "disk", type::disks, zone_scopes(), write_disk);
}

Response show(Gce& gce) {
  const auto* disk = gce.target<Disk>(type::disks);
  if (disk == nullptr) return not_found_target(gce, type::disks);
  json::Writer out;
  write_disk(out, gce, {.resource = disk});
  return answer(200, out.take());
}

Response resize(Gce& gce) {
  auto* disk = gce.target<Disk>(type::disks);
  if (disk == nullptr) return not_found_target(gce, type::disks);
  if (!gce.body.has("sizeGb")) return missing("sizeGb");
  const auto size = gce.body.get("sizeGb").to_int().value_or(0);
  if (size <= disk->size_gib) {
    return invalid("sizeGb", std::to_string(size),
                   fmt::format("New disk size '{}' GiB must be larger than existing size '{}' GiB.",
                               size, disk->size_gib));
  }
  if (size > find_disk_type(disk->kind)->most_gib) {
    return invalid("sizeGb", std::to_string(size), "The disk would be too large.");
  }
  disk->size_gib = static_cast<int>(size);
  return begin(gce, "resizeDisk", disk);
}

Response set_labels(Gce& gce) {
  auto* disk = gce.target<Disk>(type::disks);
  if (disk == nullptr) return not_found_target(gce, type::disks);
  Tags labels;
  if (auto bad = check_labels(gce.body.get("labels"), "labels", labels)) return *bad;
  if (gce.body.get("labelFingerprint").string_or() != label_fingerprint(*disk)) {
    return stale_fingerprint("Labels");
  }
  replace_labels(gce.world, *disk, labels);
  return begin(gce, "setLabels", disk);
}

Response remove(Gce& gce) {
  auto* disk = gce.target<Disk>(type::disks);
  if (disk == nullptr) return not_found_target(gce, type::disks);
  if (const auto* machine = by_id(gce, disk->place, disk->machine)) {
    return refusal(400, "resourceInUseByAnotherResource",
                   fmt::format("The disk resource '{}' is already being used by '{}'",
                               path_of(*disk), path_of(*machine)));
  }
  const auto response = begin(gce, "delete", disk, {.until = Until::gone});
  gce.remove(*disk);
  return response;
}

}  // namespace

std::vector<Route> disk_routes() {
  return {
      {"disks.list", "GET", "zones/{}/disks", list_all, list_params, ""},
      {"disks.aggregatedList", "GET", "aggregated/disks", list_everywhere, aggregated_params, ""},
      {"disks.get", "GET", "zones/{}/disks/{}", show, "", ""},
      {"disks.insert", "POST", "zones/{}/disks", insert, "requestId sourceImage", "Disk"},
      {"disks.resize", "POST", "zones/{}/disks/{}/resize", resize, "requestId", "DisksResize"},
      {"disks.setLabels", "POST", "zones/{}/disks/{}/setLabels", set_labels, "requestId",
       "SetLabels"},
      {"disks.delete", "DELETE", "zones/{}/disks/{}", remove, "requestId", ""}};
}

}  // namespace ccloud::sim::gcp
