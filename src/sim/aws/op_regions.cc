// Regions, zones, instance types, where they are offered, and the account's attributes.
#include <fmt/format.h>

#include "sim/aws/listing.h"
#include "sim/aws/types.h"

namespace ccloud::sim::aws {
namespace {

std::string endpoint(const Region& region) {
  return fmt::format("ec2.{}.{}", region.name, partition(region.partition).suffix);
}

std::string_view opt_in_status(const Region& region) {
  return region.is_opt_in ? "not-opted-in" : "opt-in-not-required";
}

Answer<> describe_regions(Ec2& ec2) {
  static constexpr Field<Region> fields[] = {
      {"region-name", [](const Region& r) { return Values{std::string(r.name)}; }},
      {"endpoint", [](const Region& r) { return Values{endpoint(r)}; }},
      {"opt-in-status", [](const Region& r) { return Values{std::string(opt_in_status(r))}; }},
  };
  auto filters = wanted_filters(ec2.params);
  if (!filters) return std::unexpected(filters.error());
  if (auto known = check_fields<Region>(*filters, fields); !known) return known;
  const auto names = ec2.params.list("RegionName");
  const auto is_here = [&](const Region& region) {
    return region.partition == ec2.region.partition;
  };
  for (const auto& name : names) {
    const auto* region = find_region(name);
    if (region == nullptr || !is_here(*region)) {
      return fail("InvalidParameterValue", fmt::format("Invalid region provided: {}", name));
    }
  }
  std::vector<Region> shown;
  for (const auto& region : regions()) {
    if (!is_here(region)) continue;
    const bool is_named = std::ranges::find(names, region.name) != names.end();
    if (!names.empty() && !is_named) continue;
    if (region.is_opt_in && !ec2.params.flag("AllRegions") && !is_named) continue;
    if (matches<Region>(*filters, fields, region)) shown.push_back(region);
  }
  ec2.xml.list("regionInfo", shown, [&](const Region& region) {
    ec2.xml.leaf("regionName", region.name)
        .leaf("regionEndpoint", endpoint(region))
        .leaf("optInStatus", opt_in_status(region));
  });
  return {};
}

struct Zone {
  std::string name;
  std::string id;
  std::string region;
};

Answer<> describe_zones(Ec2& ec2) {
  static constexpr Field<Zone> fields[] = {
      {"zone-name", [](const Zone& z) { return Values{z.name}; }},
      {"zone-id", [](const Zone& z) { return Values{z.id}; }},
      {"region-name", [](const Zone& z) { return Values{z.region}; }},
      {"state", [](const Zone&) { return Values{"available"}; }},
      {"zone-type", [](const Zone&) { return Values{"availability-zone"}; }},
      {"opt-in-status", [](const Zone&) { return Values{"opt-in-not-required"}; }},
      {"group-name", [](const Zone& z) { return Values{z.region}; }},
  };
  auto filters = wanted_filters(ec2.params);
  if (!filters) return std::unexpected(filters.error());
  if (auto known = check_fields<Zone>(*filters, fields); !known) return known;
  std::vector<Zone> zones;
  for (const auto& name : zones_of(ec2.region)) {
    zones.push_back({name, zone_id(ec2.region, name), std::string(ec2.region.name)});
  }
  const auto names = ec2.params.list("ZoneName");
  const auto ids = ec2.params.list("ZoneId");
  for (const auto& name : names) {
    if (std::ranges::find(zones, name, &Zone::name) == zones.end()) {
      return fail("InvalidParameterValue", fmt::format("Invalid availability zone: [{}]", name));
    }
  }
  std::erase_if(zones, [&](const Zone& zone) {
    const auto lacks = [](const auto& list, const auto& x) {
      return !list.empty() && std::ranges::find(list, x) == list.end();
    };
    return lacks(names, zone.name) || lacks(ids, zone.id) || !matches<Zone>(*filters, fields, zone);
  });
  ec2.xml.list("availabilityZoneInfo", zones, [&](const Zone& zone) {
    ec2.xml.leaf("optInStatus", "opt-in-not-required")
        .leaf("zoneName", zone.name)
        .leaf("zoneId", zone.id)
        .leaf("zoneState", "available")
        .leaf("regionName", zone.region)
        .open("messageSet")
        .close("messageSet")
        .leaf("groupName", zone.region)
        .leaf("networkBorderGroup", zone.region)
        .leaf("zoneType", "availability-zone");
  });
  return {};
}

std::string flag_text(bool flag) { return flag ? "true" : "false"; }

void write_type(Ec2& ec2, const InstanceType& type) {
  const std::string_view hypervisor = type.has_old_hypervisor ? "xen" : "nitro";
  auto item = [&](std::string_view name) { ec2.xml.leaf("item", name); };
  ec2.xml.leaf("instanceType", type.name)
      .leaf("currentGeneration", type.is_current)
      .leaf("freeTierEligible", type.name == "t2.micro" || type.name == "t3.micro")
      .open("supportedUsageClasses");
  item("on-demand");
  item("spot");
  ec2.xml.close("supportedUsageClasses").open("supportedRootDeviceTypes");
  item("ebs");
  ec2.xml.close("supportedRootDeviceTypes").open("supportedVirtualizationTypes");
  item("hvm");
  ec2.xml.close("supportedVirtualizationTypes")
      .leaf("bareMetal", false)
      .leaf("hypervisor", hypervisor)
      .open("processorInfo")
      .open("supportedArchitectures");
  item(type.arch);
  ec2.xml.close("supportedArchitectures").close("processorInfo").open("vCpuInfo");
  const int threads = type.arch == "arm64" || type.cpus < 2 ? 1 : 2;
  ec2.xml.leaf("defaultVCpus", type.cpus)
      .leaf("defaultCores", type.cpus / threads)
      .leaf("defaultThreadsPerCore", threads)
      .close("vCpuInfo")
      .open("memoryInfo")
      .leaf("sizeInMiB", type.memory_mib)
      .close("memoryInfo")
      .leaf("instanceStorageSupported", false)
      .leaf("hibernationSupported", false)
      .leaf("burstablePerformanceSupported", type.is_burstable)
      .leaf("dedicatedHostsSupported", false)
      .leaf("autoRecoverySupported", true);
}

Answer<> describe_instance_types(Ec2& ec2) {
  using T = InstanceType;
  static constexpr Field<T> fields[] = {
      {"instance-type", [](const T& t) { return Values{t.name}; }},
      {"current-generation", [](const T& t) { return Values{flag_text(t.is_current)}; }},
      {"processor-info.supported-architecture",
       [](const T& t) { return Values{std::string(t.arch)}; }},
      {"vcpu-info.default-vcpus", [](const T& t) { return Values{std::to_string(t.cpus)}; }},
      {"memory-info.size-in-mib", [](const T& t) { return Values{std::to_string(t.memory_mib)}; }},
      {"burstable-performance-supported",
       [](const T& t) { return Values{flag_text(t.is_burstable)}; }},
      {"bare-metal", [](const T&) { return Values{"false"}; }},
      {"supported-usage-class", [](const T&) { return Values{"on-demand", "spot"}; }},
      {"supported-virtualization-type", [](const T&) { return Values{"hvm"}; }},
      {"supported-root-device-type", [](const T&) { return Values{"ebs"}; }},
      {"hypervisor", [](const T& t) { return Values{t.has_old_hypervisor ? "xen" : "nitro"}; }},
  };
  auto filters = wanted_filters(ec2.params);
  if (!filters) return std::unexpected(filters.error());
  if (auto known = check_fields<T>(*filters, fields); !known) return known;
  auto page = wanted_page(ec2.params, 5, 100);
  if (!page) return std::unexpected(page.error());
  const auto names = ec2.params.list("InstanceType");
  for (const auto& name : names) {
    const auto* type = find_type(name);
    if (type == nullptr || !is_offered(*type, ec2.region)) {
      return fail("InvalidInstanceType",
                  fmt::format("The following supplied instance types do not exist: [{}]", name));
    }
  }
  std::vector<const T*> shown;
  std::string token;
  const auto all = instance_types();
  for (std::size_t at = page->after; at < all.size(); ++at) {
    const auto& type = all[at];
    const bool is_wanted = names.empty() || std::ranges::find(names, type.name) != names.end();
    if (!is_wanted || !is_offered(type, ec2.region)) continue;
    if (!matches<T>(*filters, fields, type)) continue;
    if (shown.size() == page->max) {
      token = page_token(at);
      break;
    }
    shown.push_back(&type);
  }
  ec2.xml.list("instanceTypeSet", shown, [&](const T* type) { write_type(ec2, *type); });
  ec2.xml.optional("nextToken", token);
  return {};
}

struct Offering {
  std::string type;
  std::string location;
};

Answer<> describe_offerings(Ec2& ec2) {
  static constexpr Field<Offering> fields[] = {
      {"instance-type", [](const Offering& o) { return Values{o.type}; }},
      {"location", [](const Offering& o) { return Values{o.location}; }},
  };
  auto filters = wanted_filters(ec2.params);
  if (!filters) return std::unexpected(filters.error());
  if (auto known = check_fields<Offering>(*filters, fields); !known) return known;
  auto page = wanted_page(ec2.params, 5, 1000);
  if (!page) return std::unexpected(page.error());
  const auto kind = ec2.params.has("LocationType") ? ec2.params.get("LocationType") : "region";
  const bool is_region = kind == "region";
  const bool is_id = kind == "availability-zone-id";
  if (!is_region && !is_id && kind != "availability-zone") {
    return fail("InvalidParameterValue", fmt::format("Invalid location type: {}", kind));
  }
  std::vector<Offering> all;
  for (const auto& type : instance_types()) {
    if (!is_offered(type, ec2.region)) continue;
    if (is_region) all.push_back({type.name, std::string(ec2.region.name)});
    for (const auto& zone : is_region ? std::vector<std::string>() : zones_of(ec2.region)) {
      if (!is_offered(type, ec2.region, zone)) continue;
      all.push_back({type.name, is_id ? zone_id(ec2.region, zone) : zone});
    }
  }
  std::erase_if(all, [&](const auto& one) { return !matches<Offering>(*filters, fields, one); });
  const auto begin = std::min<std::size_t>(page->after, all.size());
  const auto end = page->max > all.size() - begin ? all.size() : begin + page->max;
  ec2.xml.list("instanceTypeOfferingSet", std::span(all).subspan(begin, end - begin),
               [&](const Offering& one) {
                 ec2.xml.leaf("instanceType", one.type)
                     .leaf("locationType", kind)
                     .leaf("location", one.location);
               });
  if (end < all.size()) ec2.xml.leaf("nextToken", page_token(end));
  return {};
}

Answer<> describe_account_attributes(Ec2& ec2) {
  std::string default_vpc = "none";
  for (const auto& [serial, vpc] : ec2.world.list(ec2.place, "vpc")) {
    if (vpc->fields.contains("default")) default_vpc = vpc->id;
  }
  const auto quota = [&](const char* name, double documented) {
    return fmt::to_string(static_cast<std::int64_t>(ec2.world.quota(ec2.place, name, documented)));
  };
  const std::vector<std::pair<std::string, std::string>> known = {
      {"supported-platforms", "VPC"},
      {"default-vpc", default_vpc},
      {"max-instances", quota("instances", 20)},
      {"max-elastic-ips", quota("addresses", 5)},
      {"vpc-max-elastic-ips", quota("addresses", 5)},
      {"vpc-max-security-groups-per-interface", "5"},
  };
  const auto names = ec2.params.list("AttributeName");
  std::vector<std::pair<std::string, std::string>> shown;
  for (const auto& attribute : known) {
    if (names.empty() || std::ranges::find(names, attribute.first) != names.end()) {
      shown.push_back(attribute);
    }
  }
  for (const auto& name : names) {
    const auto is_it = [&](const auto& attribute) { return attribute.first == name; };
    if (std::ranges::none_of(known, is_it)) {
      return fail("InvalidParameterValue", fmt::format("Invalid attribute name: {}", name));
    }
  }
  ec2.xml.list("accountAttributeSet", shown, [&](const auto& attribute) {
    ec2.xml.leaf("attributeName", attribute.first).open("attributeValueSet").open("item");
    ec2.xml.leaf("attributeValue", attribute.second).close("item").close("attributeValueSet");
  });
  return {};
}

}  // namespace

std::vector<Operation> region_operations() {
  return {
      {"DescribeRegions", "RegionName.N AllRegions:bool" CCLOUD_EC2_FILTERS, false,
       describe_regions},
      {"DescribeAvailabilityZones",
       "ZoneName.N ZoneId.N AllAvailabilityZones:bool" CCLOUD_EC2_FILTERS, false, describe_zones},
      {"DescribeInstanceTypes", "InstanceType.N" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false,
       describe_instance_types},
      {"DescribeInstanceTypeOfferings", "LocationType" CCLOUD_EC2_FILTERS CCLOUD_EC2_PAGES, false,
       describe_offerings},
      {"DescribeAccountAttributes", "AttributeName.N", false, describe_account_attributes},
  };
}

}  // namespace ccloud::sim::aws
