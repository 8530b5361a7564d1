// Static external addresses, regional ones.
#include <fmt/format.h>

#include "sim/gcp/listing.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {
namespace {

void write_address(json::Writer& out, const Gce& gce, const Item& item) {
  const auto& address = static_cast<const PublicAddress&>(*item.resource);
  const auto* machine = by_id(gce, address.place, address.machine);
  out.begin_object().member("kind", "compute#address").member("id", address.id);
  out.member("creationTimestamp", time_text(address.created)).member("name", address.name);
  out.member("description", field(address, "description")).member("address", address.ip);
  out.member("status", machine == nullptr ? "RESERVED" : "IN_USE");
  if (address.place.region != "global") {
    out.member("region", fmt::format("https://www.googleapis.com/compute/v1/projects/{}/regions/{}",
                                     gce.project.id, address.place.region));
  }
  if (machine != nullptr) out.key("users").begin_array().value(link_of(*machine)).end_array();
  if (!address.tags.empty()) {
    out.key("labels").begin_object();
    for (const auto& [key, value] : address.tags) out.member(key, value);
    out.end_object();
  }
  out.member("labelFingerprint", label_fingerprint(address));
  out.member("networkTier", field(address, "tier")).member("addressType", "EXTERNAL");
  out.member("selfLink", link_of(address)).end_object();
}

Response insert(Gce& gce) {
  const auto name = gce.body.get("name").string_or();
  if (auto bad = check_name("resource.name", name)) return *bad;
  const auto kind = gce.body.get("addressType").string_or("EXTERNAL");
  if (kind != "EXTERNAL") {
    return invalid("resource.addressType", kind, "The simulator has external addresses only.");
  }
  if (const auto ip = gce.body.get("address").string_or(); !ip.empty()) {
    return invalid("resource.address", ip, "The address is not one that the project uses.");
  }
  const auto tier = gce.body.get("networkTier").string_or("PREMIUM");
  if (tier != "PREMIUM" && tier != "STANDARD") {
    return invalid("resource.networkTier", tier, "Must be PREMIUM or STANDARD.");
  }
  PublicAddress address;
  if (auto bad = check_labels(gce.body.get("labels"), "resource.labels", address.tags)) return *bad;
  if (gce.find(type::addresses, gce.scope(), name) != nullptr) {
    return exists(gce, fmt::format("{}/addresses/{}", gce.scope(), name));
  }
  Operation operation;
  if (!check_quota(gce, gce.region, "STATIC_ADDRESSES", 1, operation)) {
    return begin_at(gce, "insert", gce.link(gce.scope(), type::addresses, name),
                    numeric_id(gce.world), operation);
  }
  address.type = type::addresses;
  address.name = name;
  address.ip = gce.world.fresh_public_ip();
  address.fields["tier"] = tier;
  address.fields["description"] = gce.body.get("description").string_or();
  return begin(gce, "insert", &gce.add(std::move(address), gce.scope()));
}

Response list_all(Gce& gce) {
  return list_resources(gce, "address", type::addresses, write_address);
}

Response list_everywhere(Gce& gce) {
  std::vector<std::string> scopes = {"global"};
  scopes.insert(scopes.end(), region_scopes().begin(), region_scopes().end());
  return aggregate_resources(gce, "address", type::addresses, scopes, write_address);
}

Response show(Gce& gce) {
  const auto* address = gce.target<PublicAddress>(type::addresses);
  if (address == nullptr) return not_found_target(gce, type::addresses);
  json::Writer out;
  write_address(out, gce, {.resource = address});
  return answer(200, out.take());
}

Response set_labels(Gce& gce) {
  auto* address = gce.target<PublicAddress>(type::addresses);
  if (address == nullptr) return not_found_target(gce, type::addresses);
  Tags labels;
  if (auto bad = check_labels(gce.body.get("labels"), "labels", labels)) return *bad;
  if (gce.body.get("labelFingerprint").string_or() != label_fingerprint(*address)) {
    return stale_fingerprint("Labels");
  }
  replace_labels(gce.world, *address, labels);
  return begin(gce, "setLabels", address);
}

Response remove(Gce& gce) {
  auto* address = gce.target<PublicAddress>(type::addresses);
  if (address == nullptr) return not_found_target(gce, type::addresses);
  if (const auto* machine = by_id(gce, address->place, address->machine)) {
    return refusal(400, "resourceInUseByAnotherResource",
                   fmt::format("The address resource '{}' is already being used by '{}'",
                               path_of(*address), path_of(*machine)));
  }
  const auto response = begin(gce, "delete", address, {.until = Until::gone});
  gce.remove(*address);
  return response;
}

}  // namespace

std::vector<Route> address_routes() {
  return {{"addresses.list", "GET", "regions/{}/addresses", list_all, list_params, ""},
          {"addresses.aggregatedList", "GET", "aggregated/addresses", list_everywhere,
           aggregated_params, ""},
          {"addresses.get", "GET", "regions/{}/addresses/{}", show, "", ""},
          {"addresses.insert", "POST", "regions/{}/addresses", insert, "requestId", "Address"},
          {"addresses.setLabels", "POST", "regions/{}/addresses/{}/setLabels", set_labels,
           "requestId", "SetLabels"},
          {"addresses.delete", "DELETE", "regions/{}/addresses/{}", remove, "requestId", ""},
          {"globalAddresses.list", "GET", "global/addresses", list_all, list_params, ""}};
}

}  // namespace ccloud::sim::gcp
