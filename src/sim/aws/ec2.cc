// Look-ups, tags and quotas that the EC2 operations share.
#include "sim/aws/ec2.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

struct IdKind {
  std::string_view type;
  std::string_view prefix;
  std::string_view not_found;
  std::string_view malformed;
  std::string_view words;  ///< "The {words} '{id}' does not exist"
};

constexpr std::array id_kinds = {
    IdKind{"instance", "i-", "InvalidInstanceID.NotFound", "InvalidInstanceID.Malformed",
           "instance ID"},
    IdKind{"image", "ami-", "InvalidAMIID.NotFound", "InvalidAMIID.Malformed", "image id"},
    IdKind{"vpc", "vpc-", "InvalidVpcID.NotFound", "InvalidVpcID.Malformed", "vpc ID"},
    IdKind{"subnet", "subnet-", "InvalidSubnetID.NotFound", "InvalidSubnetID.Malformed",
           "subnet ID"},
    IdKind{"security-group", "sg-", "InvalidGroup.NotFound", "InvalidGroupId.Malformed",
           "security group"},
    IdKind{"internet-gateway", "igw-", "InvalidInternetGatewayID.NotFound",
           "InvalidInternetGatewayId.Malformed", "internetGateway ID"},
    IdKind{"route-table", "rtb-", "InvalidRouteTableID.NotFound", "InvalidRouteTableId.Malformed",
           "routeTable ID"},
    IdKind{"volume", "vol-", "InvalidVolume.NotFound", "InvalidVolumeID.Malformed", "volume"},
    IdKind{"elastic-ip", "eipalloc-", "InvalidAllocationID.NotFound",
           "InvalidAllocationID.Malformed", "allocation ID"},
    IdKind{"key-pair", "key-", "InvalidKeyPair.NotFound", "InvalidKeyPair.Malformed", "key pair"},
    IdKind{"network-interface", "eni-", "InvalidNetworkInterfaceID.NotFound",
           "InvalidNetworkInterfaceId.Malformed", "networkInterface ID"},
};

bool is_well_formed(std::string_view id, std::string_view prefix) {
  if (!id.starts_with(prefix)) return false;
  const auto digits = id.substr(prefix.size());
  return (digits.size() == 8 || digits.size() == 17) && std::ranges::all_of(digits, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

constexpr std::size_t max_tags = 50;

}  // namespace

Answer<Resource*> Ec2::see(std::string_view type, const std::string& id) {
  const auto& kind = *std::ranges::find(id_kinds, type, &IdKind::type);
  if (!is_well_formed(id, kind.prefix)) {
    return fail(std::string(kind.malformed), fmt::format("Invalid id: \"{}\"", id));
  }
  auto* found = world.find(place, id);
  if (found == nullptr || found->type != type || !is_visible(*found)) {
    return fail(std::string(kind.not_found),
                fmt::format("The {} '{}' does not exist", kind.words, id));
  }
  return found;
}

Answer<> Ec2::check_quota(const std::string& name, double documented, double used,
                          std::string code) {
  if (!call.over_quota && used < world.quota(place, name, documented)) return {};
  return fail(std::move(code), fmt::format("The maximum number of {} has been reached.", name));
}

void Ec2::write_tags(const Resource& resource) {
  if (resource.tags.empty()) return;
  xml.list("tagSet", resource.tags,
           [this](const auto& tag) { xml.leaf("key", tag.first).leaf("value", tag.second); });
}

Answer<> check_tag(const std::string& key, const std::string& value) {
  if (key.empty() || key.size() > 127 * 4) {
    return fail("InvalidParameterValue", "Tag key must be between 1 and 127 characters long.");
  }
  if (key.starts_with("aws:")) {
    return fail("InvalidParameterValue",
                "Tag keys starting with 'aws:' are reserved for internal use");
  }
  if (value.size() > 256 * 4) {
    return fail("InvalidParameterValue", "Tag value exceeds the maximum length of 256 characters");
  }
  return {};
}

Answer<> check_tag_types(const Params& params, std::string_view allowed) {
  const auto types = split(allowed, ' ');
  for (const auto& entry : params.entries("TagSpecification")) {
    const auto& type = params.get(entry + ".ResourceType");
    if (std::ranges::find(types, type) == types.end()) {
      return fail(
          "InvalidParameterValue",
          fmt::format("'{}' is not a valid taggable resource type for this operation.", type));
    }
  }
  return {};
}

Answer<Tags> tags_for(const Params& params, std::string_view type) {
  Tags tags;
  for (const auto& entry : params.entries("TagSpecification")) {
    if (params.get(entry + ".ResourceType") != type) continue;
    for (const auto& tag : params.entries(entry + ".Tag")) {
      const auto& key = params.get(tag + ".Key");
      const auto& value = params.get(tag + ".Value");
      if (auto good = check_tag(key, value); !good) return std::unexpected(good.error());
      if (!tags.emplace(key, value).second) {
        return fail("InvalidParameterValue", fmt::format("Duplicate tag key '{}' specified.", key));
      }
    }
  }
  if (tags.size() > max_tags) {
    return fail("TagLimitExceeded", "The maximum number of Tags for a resource has been reached.");
  }
  return tags;
}

std::string ec2_time(Time time) {
  auto text = format_time(time);
  text.back() = '.';
  return text + "000Z";
}

const std::unordered_map<std::string_view, Operation>& operations() {
  static const auto all = [] {
    std::unordered_map<std::string_view, Operation> map;
    for (const auto make :
         {region_operations, image_operations, vpc_operations, subnet_operations, route_operations,
          group_operations, key_operations, run_operations, instance_operations,
          attribute_operations, profile_operations, tag_operations, volume_operations,
          address_operations, interface_operations}) {
      for (auto& operation : make()) map.emplace(operation.name, operation);
    }
    return map;
  }();
  return all;
}

}  // namespace ccloud::sim::aws
