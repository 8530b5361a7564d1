// Compute Engine's wire for machines: instances, types, images, quotas. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/model.h"
#include "json/reader.h"

namespace ccloud::gcp {

// Metadata items in which a machine carries what its labels cannot: texts of any characters, and
// the marks once more, for when somebody takes the labels away.
inline constexpr std::string_view item_network = "ccloud-network-id";  ///< as the config writes it
inline constexpr std::string_view item_identity = "ccloud-identity";   ///< likewise
inline constexpr std::string_view item_image = "ccloud-image";
inline constexpr std::string_view item_keys = "ssh-keys";  ///< the guest agent's, "user:key" lines

/// Stands in Instance::firewall_ids for a machine without any network tag: nothing may come in.
inline constexpr std::string_view no_tag = "(no network tag)";

cloud::NodeState state_of(std::string_view status);

cloud::Labels read_labels(json::Value labels);
std::map<std::string, std::string> read_metadata(json::Value machine);

/// An element of a list of instances. `project` completes partial references.
cloud::Instance parse_machine(json::Value machine, std::string_view project);

struct MachineParts {
  std::string name;
  std::string zone;
  std::string project;
  cloud::Labels labels;  ///< ccloud-node included
};
/// POST .../instances: all that the batch says, for one of its names.
std::string encode_machine(const cloud::NodeBatch& batch, const MachineParts& parts);

/// pd-balanced or pd-standard; Hyperdisk for series that take no persistent disks.
std::string disk_type_for(std::string_view machine_type, std::string_view wanted);

/// {"email", "scopes"}; none for an empty identity.
std::string encode_account(std::string_view address);

struct ZoneTypes {
  std::string zone;
  std::vector<json::Document> pages;  ///< lists of types, or single ones
};
cloud::RegionCatalogue parse_types(const std::vector<ZoneTypes>& zones);

/// `limit` and `usage` of the metrics that we know.
void read_quotas(json::Value resource, std::vector<cloud::Quota>& into);

/// RFC 3339 in UTC with whole seconds.
std::string normal_time(std::string_view text);

}  // namespace ccloud::gcp
