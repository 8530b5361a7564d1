// What there is to choose from: sizes, images, quotas.
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "sim/azure/facts.h"
#include "sim/azure/parts.h"

namespace ccloud::sim::azure {
namespace {

constexpr std::string_view in_location = "/providers/Microsoft.Compute/locations/{}";

void write_sku(json::Writer& out, const Size& size, const Region& region) {
  const auto capability = [&](std::string_view name, std::string value) {
    out.begin_object().member("name", name).member("value", value).end_object();
  };
  out.begin_object().member("resourceType", "virtualMachines").member("name", size.name);
  out.member("tier", "Standard").member("family", size.family);
  out.key("locations").begin_array().value(region.name).end_array();
  out.key("locationInfo").begin_array().begin_object().member("location", region.name);
  out.key("zones").begin_array();
  if (region.has_zones) out.value("1").value("2").value("3");
  out.end_array().end_object().end_array().key("capabilities").begin_array();
  capability("vCPUs", std::to_string(size.cpus));
  capability("vCPUsAvailable", std::to_string(size.cpus));
  capability("MemoryGB", fmt::format("{}", size.memory_mib / 1024.0));
  capability("CpuArchitectureType", size.is_arm ? "Arm64" : "x64");
  capability("HyperVGenerations", "V1,V2");
  capability("PremiumIO", "True");
  out.end_array().key("restrictions").begin_array().end_array().end_object();
}

Response list_skus(Arm& arm) {
  const auto filter = arm.param("$filter");
  const auto open = filter.find('\'');
  const auto close = filter.rfind('\'');
  const Region* region = nullptr;
  if (open != std::string::npos && close > open) {
    region = find_region(to_lower(filter.substr(open + 1, close - open - 1)));
  }
  if (region == nullptr) {
    return refusal(400, "InvalidParameter",
                   "The simulator lists sizes with $filter=location eq '{location}' only.");
  }
  json::Writer out;
  out.begin_object().key("value").begin_array();
  out.begin_object().member("resourceType", "disks").member("name", "Premium_LRS");
  out.key("locations").begin_array().value(region->name).end_array().end_object();
  for (const auto& size : all_sizes()) write_sku(out, size, *region);
  out.end_array().end_object();
  return answer(200, out.take());
}

Response list_sizes(Arm& arm) {
  if (find_region(to_lower(arm.args.at(1))) == nullptr) {
    return refusal(400, "NoRegisteredProviderFound", "No such location.");
  }
  json::Writer out;
  out.begin_object().key("value").begin_array();
  for (const auto& size : all_sizes()) {
    out.begin_object().member("name", size.name).member("numberOfCores", size.cpus);
    out.member("memoryInMB", size.memory_mib).member("maxDataDiskCount", 4);
    out.member("osDiskSizeInMB", 1047552).member("resourceDiskSizeInMB", 0).end_object();
  }
  out.end_array().end_object();
  return answer(200, out.take());
}

void write_usage(json::Writer& out, std::string_view name, double used, double limit) {
  out.begin_object().member("unit", "Count");
  out.member("currentValue", static_cast<std::int64_t>(used));
  out.member("limit", static_cast<std::int64_t>(limit)).key("name").begin_object();
  out.member("value", name).member("localizedValue", name).end_object().end_object();
}

Response compute_usages(Arm& arm) {
  const auto place = arm.place(to_lower(arm.args.at(1)));
  double cores = 0;
  for (const auto& [serial, resource] : arm.world.list(place, type::machine)) {
    cores += static_cast<const Machine&>(*resource).cpus;
  }
  json::Writer out;
  out.begin_object().key("value").begin_array();
  write_usage(out, "cores", cores, arm.world.quota(place, "cores", 350));
  write_usage(out, "virtualMachines", arm.count(type::machine, place.region),
              arm.world.quota(place, "virtualMachines", 25000));
  out.end_array().end_object();
  return answer(200, out.take());
}

Response network_usages(Arm& arm) {
  const auto place = arm.place(to_lower(arm.args.at(1)));
  json::Writer out;
  out.begin_object().key("value").begin_array();
  write_usage(out, "VirtualNetworks", arm.count(type::network, place.region),
              arm.world.quota(place, "networks", 1000));
  const auto addresses = arm.count(type::address, place.region);
  const auto limit = arm.world.quota(place, "addresses", 20);
  write_usage(out, "PublicIPAddresses", addresses, limit);
  write_usage(out, "StandardSkuPublicIpAddresses", addresses, limit);
  out.end_array().end_object();
  return answer(200, out.take());
}

/// Images are bare arrays, unlike every other list.
Response list_names(const Arm& arm, const std::set<std::string>& names) {
  json::Writer out;
  out.begin_array();
  const auto path = arm.call.request.url.substr(0, arm.call.request.url.find('?'));
  for (const auto& name : names) {
    out.begin_object().member("location", arm.args.at(1)).member("name", name);
    out.member("id", path + "/" + name).end_object();
  }
  out.end_array();
  return answer(200, out.take());
}

Response no_artifact(std::string_view what) {
  return refusal(404, "NotFound", fmt::format("Artifact: {} was not found.", what));
}

Response list_publishers(Arm& arm) {
  std::set<std::string> names;
  for (const auto& image : all_images()) names.emplace(image.publisher);
  return list_names(arm, names);
}

Response list_offers(Arm& arm) {
  std::set<std::string> names;
  for (const auto& image : all_images()) {
    if (equals_ignoring_case(image.publisher, arm.args.at(2))) names.emplace(image.offer);
  }
  return list_names(arm, names);
}

Response list_image_skus(Arm& arm) {
  std::set<std::string> names;
  for (const auto& image : all_images()) {
    if (equals_ignoring_case(image.publisher, arm.args.at(2)) &&
        equals_ignoring_case(image.offer, arm.args.at(3))) {
      names.emplace(image.sku);
    }
  }
  return list_names(arm, names);
}

const ImageFacts* image_arg(const Arm& arm) {
  return find_image(arm.args.at(2), arm.args.at(3), arm.args.at(4));
}

Response list_versions(Arm& arm) {
  if (image_arg(arm) == nullptr) return no_artifact("VMImage");
  std::vector<std::string> names(image_versions().begin(), image_versions().end());
  if (arm.param("$orderby") == "name desc") std::reverse(names.begin(), names.end());
  const auto top = parse_int(arm.param("$top")).value_or(static_cast<std::int64_t>(names.size()));
  if (top >= 0 && static_cast<std::size_t>(top) < names.size()) {
    names.resize(static_cast<std::size_t>(top));
  }
  json::Writer out;
  out.begin_array();
  const auto path = arm.call.request.url.substr(0, arm.call.request.url.find('?'));
  for (const auto& name : names) {
    out.begin_object().member("location", arm.args.at(1)).member("name", name);
    out.member("id", path + "/" + name).end_object();
  }
  out.end_array();
  return answer(200, out.take());
}

Response show_version(Arm& arm) {
  const auto* image = image_arg(arm);
  const auto versions = image_versions();
  if (image == nullptr ||
      std::find(versions.begin(), versions.end(), arm.args.at(5)) == versions.end()) {
    return no_artifact("VMImage");
  }
  json::Writer out;
  out.begin_object().member("location", arm.args.at(1)).member("name", arm.args.at(5));
  out.member("id", arm.call.request.url.substr(0, arm.call.request.url.find('?')));
  out.key("properties").begin_object();
  out.member("architecture", image->is_arm ? "Arm64" : "x64");
  out.member("hyperVGeneration", "V2").key("osDiskImage").begin_object();
  out.member("operatingSystem", "Linux").member("sizeInGb", image->disk_gib).end_object();
  if (image->has_plan) {
    out.key("plan").begin_object().member("publisher", image->publisher);
    out.member("name", image->sku).member("product", image->offer).end_object();
  }
  out.key("dataDiskImages").begin_array().end_array().end_object().end_object();
  return answer(200, out.take());
}

}  // namespace

std::vector<Route> compute_routes() {
  const auto location = in_subscription(in_location);
  const auto publishers = location + "/publishers";
  const auto offers = publishers + "/{}/artifacttypes/vmimage/offers";
  const auto versions = offers + "/{}/skus/{}/versions";
  return {
      {"GET", in_subscription("/providers/Microsoft.Compute/skus"), list_skus},
      {"GET", location + "/vmSizes", list_sizes},
      {"GET", location + "/usages", compute_usages},
      {"GET", in_subscription("/providers/Microsoft.Network/locations/{}/usages"), network_usages},
      {"GET", publishers, list_publishers},
      {"GET", offers, list_offers},
      {"GET", offers + "/{}/skus", list_image_skus},
      {"GET", versions, list_versions},
      {"GET", versions + "/{}", show_version}};
}

}  // namespace ccloud::sim::azure
