// Nova's wire: servers, flavors, limits, and the body of a create. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/model.h"
#include "json/reader.h"

namespace ccloud::openstack {

/// The server tag that finds a project's servers; everything else is in the metadata (tags have no
/// values and at most 60 characters, metadata cannot be filtered by).
std::string project_tag(std::string_view project);

cloud::NodeState state_of(std::string_view status, std::string_view task);

/// One element of GET /servers/detail (microversion 2.26 or later).
cloud::Instance parse_server(json::Value server, std::string_view region);

struct Flavor {
  std::string id;
  cloud::TypeOffer offer;
  std::int64_t disk_gib = 0;
};
std::vector<Flavor> parse_flavors(json::Value body);

struct CreateServer {
  std::string name;
  std::string flavor_id;
  std::string port_id;
  std::int64_t volume_gib = 0;  ///< 0: boots from the image; else from a new volume of that size
};
/// POST /servers. All that the batch says, for one of its names.
std::string encode_create(const cloud::NodeBatch& batch, const CreateServer& one);

/// {"metadata": {...}}.
std::string encode_metadata(const cloud::Labels& labels);

std::vector<cloud::Quota> parse_limits(json::Value body);

}  // namespace ccloud::openstack
