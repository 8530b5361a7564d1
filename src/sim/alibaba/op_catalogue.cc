// Regions, zones, types, stock, images, account attributes.
#include <algorithm>

#include <fmt/format.h>

#include "sim/alibaba/rpc.h"

namespace ccloud::sim::alibaba {
namespace {

Response regions(Rpc& rpc) {
  return succeed(rpc, [&](json::Writer& out) {
    out.key("Regions").begin_object().key("Region").begin_array();
    for (const auto& one : region_facts()) {
      out.begin_object()
          .member("RegionId", one.name)
          .member("LocalName", one.name)
          .member("Status", "available");
      out.member("RegionEndpoint", fmt::format("ecs.{}.aliyuncs.com", one.name)).end_object();
    }
    out.end_array().end_object();
  });
}

Response zones(Rpc& rpc) {
  return succeed(rpc, [&](json::Writer& out) {
    out.key("Zones").begin_object().key("Zone").begin_array();
    for (const auto& zone : zones_of(*find_region(rpc.place.region))) {
      out.begin_object().member("ZoneId", zone).member("LocalName", zone).end_object();
    }
    out.end_array().end_object();
  });
}

Response types(Rpc& rpc) {
  const auto wanted = rpc.list("InstanceTypes");
  return succeed(rpc, [&](json::Writer& out) {
    out.member("NextToken", "")
        .key("InstanceTypes")
        .begin_object()
        .key("InstanceType")
        .begin_array();
    for (const auto& type : type_facts()) {
      if (!wanted.empty() && std::ranges::find(wanted, type.name) == wanted.end()) continue;
      out.begin_object()
          .member("InstanceTypeId", type.name)
          .member("InstanceTypeFamily", type.family);
      out.member("CpuCoreCount", type.cpus)
          .member("MemorySize", static_cast<double>(type.memory_gib));
      out.member("CpuArchitecture", type.is_arm ? "ARM" : "X86")
          .member("GPUAmount", 0)
          .end_object();
    }
    out.end_array().end_object();
  });
}

Response stock(Rpc& rpc) {
  return succeed(rpc, [&](json::Writer& out) {
    out.key("AvailableZones").begin_object().key("AvailableZone").begin_array();
    for (const auto& zone : zones_of(*find_region(rpc.place.region))) {
      out.begin_object()
          .member("ZoneId", zone)
          .member("RegionId", rpc.place.region)
          .member("Status", "Available");
      out.member("StatusCategory", "WithStock").key("AvailableResources").begin_object();
      out.key("AvailableResource").begin_array().begin_object().member("Type", "InstanceType");
      out.key("SupportedResources").begin_object().key("SupportedResource").begin_array();
      for (const auto& type : type_facts()) {
        out.begin_object().member("Value", type.name).member("Status", "Available");
        out.member("StatusCategory", "WithStock").end_object();
      }
      out.end_array().end_object().end_object().end_array().end_object().end_object();
    }
    out.end_array().end_object();
  });
}

Response images(Rpc& rpc) {
  std::vector<Resource*> found;
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "image")) {
    const auto& image = static_cast<const Image&>(*resource);
    const auto is = [&](const char* name, const std::string& value) {
      const auto wanted = rpc.get(name);
      return wanted.empty() || wanted == value;
    };
    if (is("ImageId", image.id) && is("ImageOwnerAlias", image.owner) &&
        is("Architecture", image.arch)) {
      found.push_back(resource);
    }
  }
  const auto page = page_of(rpc, std::move(found), 10, 100);
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, rpc, page);
    out.key("Images").begin_object().key("Image").begin_array();
    for (const auto* one : page.items) {
      const auto& image = static_cast<const Image&>(*one);
      out.begin_object()
          .member("ImageId", image.id)
          .member("ImageName", image.name)
          .member("Status", "Available");
      out.member("OSName", image.fields.at("title"))
          .member("OSType", "linux")
          .member("Architecture", image.arch);
      out.member("ImageOwnerAlias", "system").member("Size", image.min_disk_gib);
      out.member("CreationTime", second_text(image.created))
          .member("IsSupportCloudinit", true)
          .end_object();
    }
    out.end_array().end_object();
  });
}

Response attributes(Rpc& rpc) {
  int used = 0;
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "instance")) {
    const auto& machine = static_cast<const Machine&>(*resource);
    used += machine.is_live() ? machine.cpus : 0;
  }
  const auto limit =
      static_cast<std::int64_t>(std::min(rpc.world.quota(rpc.place, "vcpus", 500), 1e9));
  return succeed(rpc, [&](json::Writer& out) {
    out.key("AccountAttributeItems").begin_object().key("AccountAttributeItem").begin_array();
    for (const auto& name : rpc.list("AttributeName")) {
      out.begin_object().member("AttributeName", name).key("AttributeValues").begin_object();
      out.key("ValueItem").begin_array().begin_object();
      out.member("Value", std::to_string(name.starts_with("used") ? used : limit))
          .end_object()
          .end_array();
      out.end_object().end_object();
    }
    out.end_array().end_object();
  });
}

}  // namespace

std::vector<Operation> catalogue_operations() {
  return {{"ecs", "DescribeRegions", false, regions},
          {"ecs", "DescribeZones", false, zones},
          {"ecs", "DescribeInstanceTypes", false, types},
          {"ecs", "DescribeAvailableResource", false, stock},
          {"ecs", "DescribeImages", false, images},
          {"ecs", "DescribeAccountAttributes", false, attributes}};
}

}  // namespace ccloud::sim::alibaba
