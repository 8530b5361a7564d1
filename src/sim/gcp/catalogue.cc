// What the project and the places are: projects, regions, zones, machine types, disk types, quotas.
#include <fmt/format.h>

#include "base/text.h"
#include "sim/gcp/facts.h"
#include "sim/gcp/listing.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {
namespace {

constexpr std::string_view founded = "1969-12-31T16:00:00.000-08:00";

void write_head(json::Writer& out, const Gce& gce, std::string_view kind, std::string_view scope,
                std::string_view collection, std::string_view name) {
  out.begin_object().member("kind", fmt::format("compute#{}", kind));
  const auto link = gce.link(scope, collection, name);
  out.member("id", stable_id(link)).member("creationTimestamp", founded).member("name", name);
  out.member("selfLink", link);
}

/// A zone or a region: projects/P/zones/Z.
std::string place_link(const Gce& gce, std::string_view kind, std::string_view name) {
  return fmt::format("https://www.googleapis.com/compute/v1/projects/{}/{}/{}", gce.project.id,
                     kind, name);
}

void write_place_head(json::Writer& out, const Gce& gce, std::string_view kind,
                      std::string_view name) {
  const auto link = place_link(gce, fmt::format("{}s", kind), name);
  out.begin_object().member("kind", fmt::format("compute#{}", kind)).member("id", stable_id(link));
  out.member("creationTimestamp", founded).member("name", name).member("description", name);
  out.member("status", "UP").member("selfLink", link);
}

void write_zone(json::Writer& out, const Gce& gce, const Item& item) {
  write_place_head(out, gce, "zone", item.name);
  out.member("region", place_link(gce, "regions", region_of_zone(item.name)));
  out.key("availableCpuPlatforms").begin_array();
  for (const auto* platform : {"Intel Broadwell", "Intel Ice Lake", "AMD Milan"})
    out.value(platform);
  out.end_array().member("supportsPzs", true).end_object();
}

void write_region(json::Writer& out, const Gce& gce, const Item& item) {
  const auto& region = *static_cast<const Region*>(item.fact);
  write_place_head(out, gce, "region", region.name);
  out.key("zones").begin_array();
  for (const auto& zone : region.zones) out.value(place_link(gce, "zones", zone));
  out.end_array();
  write_region_quotas(out, gce, region.name);
  out.member("supportsPzs", true).end_object();
}

Item item_of(const Region& region) { return {.name = region.name, .fact = &region}; }

Response list_zones(Gce& gce) {
  std::vector<Item> items;
  for (const auto& zone : all_zones()) items.push_back({.name = zone});
  return list(gce, "zone", "zones", std::move(items), write_zone);
}

Response list_regions(Gce& gce) {
  std::vector<Item> items;
  for (const auto& region : all_regions()) items.push_back(item_of(region));
  return list(gce, "region", "regions", std::move(items), write_region);
}

Response one(const Gce& gce, WriteItem write, const Item& item) {
  json::Writer out;
  write(out, gce, item);
  return answer(200, out.take());
}

Response show_zone(Gce& gce) {
  if (!has_zone(gce.args[0])) return not_found(gce, "zones/" + gce.args[0]);
  return one(gce, write_zone, {.name = gce.args[0]});
}

Response show_region(Gce& gce) {
  const auto* region = find_region(gce.args[0]);
  return region == nullptr ? not_found(gce, "regions/" + gce.args[0])
                           : one(gce, write_region, item_of(*region));
}

void write_machine_type(json::Writer& out, const Gce& gce, const Item& item) {
  const auto& it = *static_cast<const MachineType*>(item.fact);
  const auto zone = item.scope.substr(6);
  write_head(out, gce, "machineType", item.scope, "machineTypes", it.name);
  out.member("description", fmt::format("{} vCPUs {} GB RAM", it.cpus, it.memory_mib / 1024));
  out.member("guestCpus", it.cpus).member("memoryMb", it.memory_mib).member("imageSpaceGb", 0);
  out.member("maximumPersistentDisks", it.is_shared ? 16 : 128);
  out.member("maximumPersistentDisksSizeGb", it.is_shared ? "3072" : "263168").member("zone", zone);
  out.member("isSharedCpu", it.is_shared);
  out.member("architecture", it.is_arm ? "ARM64" : "X86_64").end_object();
}

void add_machine_types(std::vector<Item>& items, const std::string& scope) {
  for (const auto& it : all_machine_types()) {
    if (!has_machine_type(it, std::string_view(scope).substr(6))) continue;
    items.push_back({.name = it.name, .scope = scope, .fact = &it});
  }
}

Response list_machine_types(Gce& gce) {
  const auto scope = gce.scope();
  std::vector<Item> items;
  add_machine_types(items, scope);
  return list(gce, "machineType", "machineTypes", std::move(items), write_machine_type);
}

Response all_types_everywhere(Gce& gce) {
  std::vector<Item> items;
  for (const auto& scope : zone_scopes()) add_machine_types(items, scope);
  return aggregate(gce, "machineType", "machineTypes", zone_scopes(), std::move(items),
                   write_machine_type);
}

Response show_machine_type(Gce& gce) {
  const auto* found = find_machine_type(gce.args[0], gce.zone);
  const auto scope = gce.scope();
  return found == nullptr
             ? not_found_target(gce, "machineTypes")
             : one(gce, write_machine_type, {.name = found->name, .scope = scope, .fact = found});
}

void write_disk_type(json::Writer& out, const Gce& gce, const Item& item) {
  const auto& it = *static_cast<const DiskType*>(item.fact);
  write_head(out, gce, "diskType", item.scope, "diskTypes", it.name);
  out.member("validDiskSize", fmt::format("{}GB-{}GB", it.least_gib, it.most_gib));
  out.member("defaultDiskSizeGb", std::to_string(it.default_gib));
  out.member("zone", place_link(gce, "zones", item.scope.substr(6))).end_object();
}

void add_disk_types(std::vector<Item>& items, const std::string& scope) {
  for (const auto& it : all_disk_types())
    items.push_back({.name = it.name, .scope = scope, .fact = &it});
}

Response list_disk_types(Gce& gce) {
  const auto scope = gce.scope();
  std::vector<Item> items;
  add_disk_types(items, scope);
  return list(gce, "diskType", "diskTypes", std::move(items), write_disk_type);
}

Response all_disk_types_everywhere(Gce& gce) {
  std::vector<Item> items;
  for (const auto& scope : zone_scopes()) add_disk_types(items, scope);
  return aggregate(gce, "diskType", "diskTypes", zone_scopes(), std::move(items), write_disk_type);
}

Response show_disk_type(Gce& gce) {
  const auto* found = find_disk_type(gce.args[0]);
  const auto scope = gce.scope();
  return found == nullptr
             ? not_found_target(gce, "diskTypes")
             : one(gce, write_disk_type, {.name = found->name, .scope = scope, .fact = found});
}

Response show_project(Gce& gce) {
  json::Writer out;
  out.begin_object().member("kind", "compute#project").member("id", stable_id(gce.project.id));
  out.member("creationTimestamp", founded).member("name", gce.project.id);
  out.key("commonInstanceMetadata");
  write_metadata(out, gce.memory.common_metadata);
  write_project_quotas(out, gce);
  out.member("selfLink", "https://www.googleapis.com/compute/v1/projects/" + gce.project.id);
  out.member("defaultServiceAccount", gce.project.default_account);
  out.member("xpnProjectStatus", "UNSPECIFIED_XPN_PROJECT_STATUS");
  out.member("defaultNetworkTier", "PREMIUM").member("vmDnsSetting", "ZONAL_ONLY");
  out.end_object();
  return answer(200, out.take());
}

Response set_common_metadata(Gce& gce) {
  Tags items;
  if (auto bad = read_metadata(gce.body, "metadata", items)) return *bad;
  if (gce.body.get("fingerprint").string_or() != fingerprint(gce.memory.common_metadata)) {
    return stale_fingerprint("Metadata");
  }
  gce.memory.common_metadata = std::move(items);
  return begin_at(gce, "compute.projects.setCommonInstanceMetadata",
                  "https://www.googleapis.com/compute/v1/projects/" + gce.project.id,
                  stable_id(gce.project.id), {});
}

}  // namespace

std::vector<Route> catalogue_routes() {
  return {
      {"projects.get", "GET", "", show_project, "", ""},
      {"projects.setCommonInstanceMetadata", "POST", "setCommonInstanceMetadata",
       set_common_metadata, "requestId", "Metadata"},
      {"regions.list", "GET", "regions", list_regions, list_params, ""},
      {"regions.get", "GET", "regions/{}", show_region, "", ""},
      {"zones.list", "GET", "zones", list_zones, list_params, ""},
      {"zones.get", "GET", "zones/{}", show_zone, "", ""},
      {"machineTypes.list", "GET", "zones/{}/machineTypes", list_machine_types, list_params, ""},
      {"machineTypes.get", "GET", "zones/{}/machineTypes/{}", show_machine_type, "", ""},
      {"machineTypes.aggregatedList", "GET", "aggregated/machineTypes", all_types_everywhere,
       aggregated_params, ""},
      {"diskTypes.list", "GET", "zones/{}/diskTypes", list_disk_types, list_params, ""},
      {"diskTypes.get", "GET", "zones/{}/diskTypes/{}", show_disk_type, "", ""},
      {"diskTypes.aggregatedList", "GET", "aggregated/diskTypes", all_disk_types_everywhere,
       aggregated_params, ""}};
}

}  // namespace ccloud::sim::gcp
