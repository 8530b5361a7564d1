// Lists: filters, order, pages, and the aggregated form over all zones or regions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sim/gcp/gce.h"

namespace ccloud::sim::gcp {

/// One thing to list: a resource, or a fact (a zone, a machine type).
struct Item {
  std::string_view name;
  std::string_view scope;
  Time created{};
  const Resource* resource = nullptr;
  const void* fact = nullptr;
};
using WriteItem = void (*)(json::Writer& out, const Gce& gce, const Item& item);

/// {"kind": "compute#KINDList", "id", "items", "nextPageToken", "selfLink"}. The items must be in
/// the order of their scopes and names.
Response list(Gce& gce, std::string_view kind, std::string_view collection, std::vector<Item> items,
              WriteItem write);
/// All of a collection in the path's scope.
Response list_resources(Gce& gce, std::string_view kind, std::string_view collection,
                        WriteItem write);
/// {"items": {"zones/Z": {"COLLECTION": [..]} or {"warning": ..}}}.
Response aggregate(Gce& gce, std::string_view kind, std::string_view collection,
                   const std::vector<std::string>& scopes, std::vector<Item> items,
                   WriteItem write);
Response aggregate_resources(Gce& gce, std::string_view kind, std::string_view collection,
                             const std::vector<std::string>& scopes, WriteItem write);

}  // namespace ccloud::sim::gcp
