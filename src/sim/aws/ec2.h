// What every EC2 operation works with: the request's parameters, the caller's place in the World,
// the answer that is being written, and the look-ups with EC2's own errors.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "sim/aws/answer.h"
#include "sim/aws/params.h"
#include "sim/aws/regions.h"
#include "sim/aws/xml.h"
#include "sim/front.h"

namespace ccloud::sim::aws {

/// What a RunInstances client token stands for.
struct Launch {
  std::string fingerprint;  ///< of the parameters
  std::string reservation;
  std::vector<std::string> instances;
};

/// EC2's memory beside the World.
struct Ec2State {
  std::unordered_map<std::string, Launch> launches;  ///< by account/region/zone/token
};

struct Ec2 {
  World& world;
  Ec2State& state;
  const Call& call;
  const Region& region;
  Place place;
  Params params;
  Xml xml;

  /// The visible resource of that id and kind, or EC2's "malformed" or "not found".
  Answer<Resource*> see(std::string_view type, const std::string& id);
  template <class T>
  Answer<T*> see_as(std::string_view type, const std::string& id) {
    auto found = see(type, id);
    if (!found) return std::unexpected(found.error());
    return static_cast<T*>(*found);
  }
  bool is_visible(const Resource& resource) const {
    return World::is_visible(resource, call.as_of);
  }
  /// Adds a fresh resource here with the tags that the request gives for its type.
  template <class T>
  Answer<T*> create(T resource, std::string_view type);
  /// "vpc-" with 17 hex digits.
  std::string new_id(std::string_view prefix) {
    return fmt::format("{}0{}", prefix, world.hex_id(16));
  }
  /// Fails when `used` things of that quota are there already (or a fault says so).
  Answer<> check_quota(const std::string& name, double documented, double used, std::string code);

  void write_tags(const Resource& resource);
  void write_true() { xml.leaf("return", true); }
};

/// Tags of `TagSpecification.N` for a resource type; refuses bad keys and types the call does not
/// make (`allowed`).
Answer<Tags> tags_for(const Params& params, std::string_view type);
Answer<> check_tag_types(const Params& params, std::string_view allowed);
Answer<> check_tag(const std::string& key, const std::string& value);

template <class T>
Answer<T*> Ec2::create(T resource, std::string_view type) {
  auto tags = tags_for(params, type);
  if (!tags) return std::unexpected(tags.error());
  resource.place = place;
  resource.type = type;
  resource.tags = std::move(*tags);
  return &world.add(std::move(resource));
}

struct Operation {
  std::string_view name;
  std::string_view params;  ///< as check_params takes them
  bool is_write = false;
  Answer<> (*run)(Ec2& ec2) = nullptr;
};

#define CCLOUD_EC2_FILTERS " Filter.N.Name Filter.N.Value.N"
#define CCLOUD_EC2_PAGES " MaxResults:int NextToken"
#define CCLOUD_EC2_TAGS \
  " TagSpecification.N.ResourceType TagSpecification.N.Tag.N.Key TagSpecification.N.Tag.N.Value"

std::vector<Operation> region_operations();
std::vector<Operation> image_operations();
std::vector<Operation> vpc_operations();
std::vector<Operation> subnet_operations();
std::vector<Operation> route_operations();
std::vector<Operation> group_operations();
std::vector<Operation> key_operations();
std::vector<Operation> run_operations();
std::vector<Operation> instance_operations();
std::vector<Operation> attribute_operations();
std::vector<Operation> profile_operations();
std::vector<Operation> tag_operations();
std::vector<Operation> volume_operations();
std::vector<Operation> address_operations();
std::vector<Operation> interface_operations();

/// All of them, by name.
const std::unordered_map<std::string_view, Operation>& operations();

/// "2026-01-02T03:04:05.000Z"
std::string ec2_time(Time time);

}  // namespace ccloud::sim::aws
