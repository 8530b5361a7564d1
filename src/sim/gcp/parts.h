// What the handlers of one collection need of another's.
#pragma once

#include "sim/gcp/facts.h"
#include "sim/gcp/gce.h"

namespace ccloud::sim::gcp {

inline constexpr std::string_view list_params =
    "filter maxResults orderBy pageToken returnPartialSuccess";
inline constexpr std::string_view aggregated_params =
    "filter includeAllScopes maxResults orderBy pageToken returnPartialSuccess "
    "serviceProjectNumber";

// Metadata (metadata.cc).
void write_metadata(json::Writer& out, const Tags& items);
/// Keys, sizes, no key twice.
std::optional<Response> read_metadata(json::Value metadata, std::string_view field, Tags& into);
/// The metadata of a machine, kept in its fields.
Tags metadata_of(const Machine& machine);
void keep_metadata(Machine& machine, const Tags& items);
/// What the guest agent and cloud-init make of it: the login user, keys, user data.
void prepare_guest(const Gce& gce, Machine& machine, const ImageFacts& image);

// Quotas (quotas.cc).
void write_region_quotas(json::Writer& out, const Gce& gce, const std::string& region);
void write_project_quotas(json::Writer& out, const Gce& gce);
/// Whether so much more of a regional or global ("" region) metric is allowed; fills the
/// operation's error where it is not.
bool check_quota(const Gce& gce, const std::string& region, const std::string& metric, double more,
                 Operation& operation);

// Networks.
Resource* resolve_network(const Gce& gce, const std::string& url);
Network* network_of(const Gce& gce, const Subnet& subnet);
Subnet* subnet_of(const Gce& gce, const std::string& network, const std::string& region);
/// By the World's id.
Resource* by_id(const Gce& gce, const Place& place, const std::string& id);

// Images (images.cc).
std::string image_link(const ImageFacts& image);
/// "projects/P/global/images/..." or a family's; null: no such image.
const ImageFacts* resolve_image(const Gce& gce, const std::string& url);

// Disks.
struct DiskOrder {
  std::string name, kind;
  int size_gib = 0;
  Tags labels;
  const ImageFacts* image = nullptr;
  std::string description;
};
/// Type, size, image and labels of a new disk; `where` is the field of the request.
std::optional<Response> read_disk(const Gce& gce, json::Value wanted, const std::string& where,
                                  bool is_resource, DiskOrder& into);
Disk make_disk(const Gce& gce, const DiskOrder& order);
bool is_disk_in_quota(const Gce& gce, const DiskOrder& order, Operation& operation);

// Instances.
void write_instance(json::Writer& out, const Gce& gce, const Resource& resource);
std::string_view status_of(const Gce& gce, const Machine& machine);
/// The error of a zone that is full.
void no_room(const Gce& gce, Operation& operation);
std::optional<Response> check_network_tags(json::Value items, std::string_view field);
std::optional<Response> read_service_accounts(const Gce& gce, json::Value accounts,
                                              Machine& machine);
/// External access of a machine: an address of its own, or a static one.
std::optional<Response> read_access(const Gce& gce, json::Value config, const std::string& where,
                                    Machine& machine, PublicAddress*& address);
/// The machine type that the URL names, in the path's zone.
std::optional<Response> read_machine_type(const Gce& gce, const std::string& url,
                                          std::string_view where, Machine& machine);

}  // namespace ccloud::sim::gcp
