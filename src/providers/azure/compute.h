// Microsoft.Compute's wire: virtual machines, their states, sizes, images, quotas. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cloud/model.h"
#include "json/reader.h"

namespace ccloud::azure {

/// What an instance view says: "PowerState/running", "ProvisioningState/failed/AllocationFailed".
struct Status {
  std::string power;
  std::string failure;  ///< code and message of a failed provisioning
};
Status read_statuses(json::Value instance_view);
cloud::NodeState state_of(std::string_view provisioning, std::string_view power);

/// One element of the list of virtual machines; the instance view is another list's.
cloud::Instance parse_machine(json::Value machine);
/// Fills state and reason.
void apply_status(cloud::Instance& instance, std::string_view provisioning, const Status& status);

/// "publisher:offer:sku:version".
struct Urn {
  std::string publisher, offer, sku, version;
};
std::optional<Urn> parse_urn(std::string_view text);
std::string to_string(const Urn& urn);

/// What a marketplace image wants named beside it.
struct ImagePlan {
  std::string name, publisher, product;
  bool exists() const { return !name.empty(); }
};

struct MachineParts {
  std::string name;
  std::string interface_id;
  std::string identity_id;  ///< a resource id, "system", or empty
  ImagePlan plan;
};
/// PUT virtualMachines/{name}: all that the batch says, for one of its names.
std::string encode_machine(const cloud::NodeBatch& batch, const MachineParts& parts);

std::string encode_identity(std::string_view wanted, std::string_view before);
std::string storage_of(std::string_view disk_type);
std::string disk_type_of(std::string_view storage);

/// "identity" of a machine: the resource id of the first user-assigned one, "system", or empty.
std::string identity_of(json::Value machine);

/// Of Microsoft.Compute/skus in one location.
cloud::RegionCatalogue parse_skus(const std::vector<json::Document>& pages, std::string_view region,
                                  const std::vector<std::string>& types);

/// RFC 3339 with whole seconds, from the seven digits that Azure writes.
std::string normal_time(std::string_view text);

}  // namespace ccloud::azure
