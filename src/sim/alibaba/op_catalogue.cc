// Regions, zones, types, stock, images, account attributes.
#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
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
  std::vector<const TypeFacts*> found;
  for (const auto& type : type_facts()) {
    const bool is_wanted = wanted.empty() || std::ranges::find(wanted, type.name) != wanted.end();
    if (is_wanted && rpc.is("CpuArchitecture", type.is_arm ? "ARM" : "X86") &&
        rpc.is("InstanceTypeFamily", type.family)) {
      found.push_back(&type);
    }
  }
  // The token is the number of types that were shown.
  const auto most = parse_int(rpc.get("MaxResults", "1600")).value_or(0);
  const auto token = parse_int(decode_base64(rpc.get("NextToken")).value_or("")).value_or(0);
  const auto from = std::min(static_cast<std::size_t>(token), found.size());
  const auto end = std::min(from + std::clamp<std::size_t>(static_cast<std::size_t>(most), 1, 1600),
                            found.size());
  return succeed(rpc, [&](json::Writer& out) {
    out.member("NextToken", end < found.size() ? base64(std::to_string(end)) : "");
    out.key("InstanceTypes").begin_object().key("InstanceType").begin_array();
    for (auto at = from; at < end; ++at) {
      const auto& type = *found[at];
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
  if (auto bad = require(rpc, {"DestinationResource"})) return *bad;
  return succeed(rpc, [&](json::Writer& out) {
    out.key("AvailableZones").begin_object().key("AvailableZone").begin_array();
    for (const auto& zone : zones_of(*find_region(rpc.place.region))) {
      if (!rpc.is("ZoneId", zone)) continue;
      out.begin_object()
          .member("ZoneId", zone)
          .member("RegionId", rpc.place.region)
          .member("Status", "Available");
      out.member("StatusCategory", "WithStock").key("AvailableResources").begin_object();
      out.key("AvailableResource").begin_array().begin_object().member("Type", "InstanceType");
      out.key("SupportedResources").begin_object().key("SupportedResource").begin_array();
      for (const auto& type : type_facts()) {
        if (!rpc.is("InstanceType", type.name)) continue;
        out.begin_object().member("Value", type.name).member("Status", "Available");
        out.member("StatusCategory", "WithStock").end_object();
      }
      out.end_array().end_object().end_object().end_array().end_object().end_object();
    }
    out.end_array().end_object();
  });
}

/// "acs:debian_12_11_x64": the id up to the size.
std::string family_of(const Image& image) {
  return fmt::format("acs:{}", std::string_view(image.id).substr(0, image.id.find("_20G_")));
}

/// What both image calls say of an image.
void write_image(json::Writer& out, const Image& image) {
  const auto& title = image.fields.at("title");
  const std::string_view system = title;
  out.member("ImageId", image.id).member("ImageName", image.name).member("Status", "Available");
  out.member("OSName", title).member("OSType", "linux").member("Architecture", image.arch);
  out.member("Platform", system.substr(0, system.find("  ")))
      .member("ImageFamily", family_of(image));
  out.member("ImageOwnerAlias", image.owner).member("Size", image.min_disk_gib);
  out.member("CreationTime", second_text(image.created))
      .member("IsSupportCloudinit", true)
      .member("Progress", "100%");
}

Response images(Rpc& rpc) {
  std::vector<Resource*> found;
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "image")) {
    const auto& image = static_cast<const Image&>(*resource);
    const auto name = rpc.get("ImageName");
    if (rpc.is("ImageId", image.id) && rpc.is("ImageOwnerAlias", image.owner) &&
        rpc.is("Architecture", image.arch) && rpc.is("ImageFamily", family_of(image)) &&
        rpc.is("OSType", "linux") && rpc.is("Status", "Available") &&
        (name.empty() || glob_match(name, image.name))) {
      found.push_back(resource);
    }
  }
  const auto page = page_of(rpc, std::move(found), Paging::numbers, {});
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, page);
    out.member("RegionId", rpc.place.region)
        .key("Images")
        .begin_object()
        .key("Image")
        .begin_array();
    for (const auto* one : page.items) {
      out.begin_object();
      write_image(out, static_cast<const Image&>(*one));
      out.end_object();
    }
    out.end_array().end_object();
  });
}

Response newest_of_family(Rpc& rpc) {
  if (auto bad = require(rpc, {"ImageFamily"})) return *bad;
  const Image* newest = nullptr;
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, "image")) {
    const auto& image = static_cast<const Image&>(*resource);
    const bool is_newer = newest == nullptr || image.id > newest->id;
    if (rpc.is("ImageFamily", family_of(image)) && is_newer) newest = &image;
  }
  if (newest == nullptr)
    return fail(rpc, 404, "InvalidImageFamily.NotFound", "The image family does not exist.");
  return succeed(rpc, [&](json::Writer& out) {
    out.key("Image").begin_object();
    write_image(out, *newest);
    out.end_object();
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
  return {{"ecs", "DescribeRegions", false, regions, Scope::global},
          {"ecs", "DescribeZones", false, zones},
          {"ecs", "DescribeInstanceTypes", false, types, Scope::global},
          {"ecs", "DescribeAvailableResource", false, stock},
          {"ecs", "DescribeImages", false, images},
          {"ecs", "DescribeImageFromFamily", false, newest_of_family},
          {"ecs", "DescribeAccountAttributes", false, attributes}};
}

}  // namespace ccloud::sim::alibaba
