// Subnetworks: regional, with ranges that do not overlap within their network.
#include <fmt/format.h>

#include "base/cidr.h"
#include "sim/gcp/listing.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {
namespace {

void write_subnetwork(json::Writer& out, const Gce& gce, const Item& item) {
  const auto& subnet = static_cast<const Subnet&>(*item.resource);
  const auto* network = network_of(gce, subnet);
  out.begin_object().member("kind", "compute#subnetwork").member("id", subnet.id);
  out.member("creationTimestamp", time_text(subnet.created)).member("name", subnet.name);
  if (const auto text = field(subnet, "description"); !text.empty())
    out.member("description", text);
  if (network != nullptr) out.member("network", link_of(*network));
  out.member("ipCidrRange", subnet.cidr);
  if (const auto range = parse_cidr(subnet.cidr)) {
    if (const auto gateway = address_at(*range, 1))
      out.member("gatewayAddress", address_text(*gateway));
  }
  out.member("region", fmt::format("https://www.googleapis.com/compute/v1/projects/{}/regions/{}",
                                   gce.project.id, subnet.place.region));
  out.member("selfLink", link_of(subnet));
  out.member("privateIpGoogleAccess", field(subnet, "google") == "true");
  out.member("fingerprint", fingerprint(subnet.cidr + field(subnet, "google")));
  out.member("privateIpv6GoogleAccess", "DISABLE_GOOGLE_ACCESS").member("purpose", "PRIVATE");
  out.member("stackType", "IPV4_ONLY").end_object();
}

/// Ranges of a network never overlap, whatever the regions.
std::optional<Response> check_range(const Gce& gce, const Network& network,
                                    const std::string& text) {
  constexpr std::string_view where = "resource.ipCidrRange";
  const auto range = parse_cidr(text);
  if (!range || range->is_v6) return invalid(where, text, "Must be a CIDR address range.");
  if (has_host_bits(*range)) {
    return invalid(where, text, "The network address must be the first of the range.");
  }
  if (range->prefix < 4 || range->prefix > 29) {
    return invalid(where, text, "The prefix length must be between 4 and 29.");
  }
  for (const auto& scope : region_scopes()) {
    for (const auto& [serial, resource] : gce.world.list(gce.place_of(scope), type::subnetworks)) {
      const auto& other = static_cast<const Subnet&>(*resource);
      const auto taken = parse_cidr(other.cidr);
      if (other.network != network.id || !taken || !overlaps(*taken, *range)) continue;
      return refusal(400, "invalid",
                     fmt::format("Invalid IPCidrRange: {} conflicts with existing subnetwork '{}' "
                                 "in region '{}'.",
                                 text, other.name, other.place.region));
    }
  }
  return std::nullopt;
}

Response insert(Gce& gce) {
  const auto name = gce.body.get("name").string_or();
  if (auto bad = check_name("resource.name", name)) return *bad;
  const auto url = gce.body.get("network").string_or();
  if (url.empty()) return missing("resource.network");
  auto* network = dynamic_cast<Network*>(resolve_network(gce, url));
  if (network == nullptr) {
    return parse_reference(url) ? not_found(gce, "global/networks/" + last_of(url))
                                : invalid("resource.network", url, "The URL is malformed.");
  }
  if (!World::is_visible(*network, gce.world.now())) return not_ready(gce, *network);
  const auto region = gce.body.get("region").string_or();
  if (!region.empty() && last_of(region) != gce.region) {
    return invalid("resource.region", region, "It is not the region of the URL.");
  }
  if (!gce.body.has("ipCidrRange")) return missing("resource.ipCidrRange");
  const auto cidr = gce.body.get("ipCidrRange").string_or();
  if (auto bad = check_range(gce, *network, cidr)) return *bad;
  if (gce.find(type::subnetworks, gce.scope(), name) != nullptr) {
    return exists(gce, fmt::format("{}/subnetworks/{}", gce.scope(), name));
  }
  Operation operation;
  if (!check_quota(gce, "", "SUBNETWORKS", 1, operation)) {
    return begin_at(gce, "insert", gce.link(gce.scope(), type::subnetworks, name),
                    numeric_id(gce.world), operation);
  }
  Subnet subnet;
  subnet.type = type::subnetworks;
  subnet.name = name;
  subnet.network = network->id;
  subnet.cidr = cidr;
  subnet.fields["description"] = gce.body.get("description").string_or();
  subnet.fields["google"] = gce.body.get("privateIpGoogleAccess").bool_or(false) ? "true" : "false";
  return begin(gce, "insert", &gce.add(std::move(subnet), gce.scope()));
}

Response list_all(Gce& gce) {
  return list_resources(gce, "subnetwork", type::subnetworks, write_subnetwork);
}

Response list_everywhere(Gce& gce) {
  return aggregate_resources(gce, "subnetwork", type::subnetworks, region_scopes(),
                             write_subnetwork);
}

Response show(Gce& gce) {
  const auto* subnet = gce.target<Subnet>(type::subnetworks);
  if (subnet == nullptr) return not_found_target(gce, type::subnetworks);
  json::Writer out;
  write_subnetwork(out, gce, {.resource = subnet});
  return answer(200, out.take());
}

Response patch(Gce& gce) {
  auto* subnet = gce.target<Subnet>(type::subnetworks);
  if (subnet == nullptr) return not_found_target(gce, type::subnetworks);
  if (gce.body.get("fingerprint").string_or() !=
      fingerprint(subnet->cidr + field(*subnet, "google"))) {
    return stale_fingerprint("Subnetwork");
  }
  if (gce.body.has("ipCidrRange")) {
    return invalid("resource.ipCidrRange", gce.body.get("ipCidrRange").string_or(),
                   "It is changed with expandIpCidrRange only.");
  }
  if (gce.body.has("privateIpGoogleAccess")) {
    subnet->fields["google"] =
        gce.body.get("privateIpGoogleAccess").bool_or(false) ? "true" : "false";
  }
  return begin(gce, "patch", subnet);
}

Response remove(Gce& gce) {
  auto* subnet = gce.target<Subnet>(type::subnetworks);
  if (subnet == nullptr) return not_found_target(gce, type::subnetworks);
  if (!field(*subnet, "automatic").empty()) {
    return refusal(
        400, "invalidResourceUsage",
        "Invalid resource usage: 'Cannot delete auto subnetwork from an auto subnet mode "
        "network.'.");
  }
  for (const auto& [serial, resource] : gce.world.machines(subnet->place)) {
    const bool uses = static_cast<const Machine&>(*resource).subnet == subnet->id;
    if (!uses || is_gone(resource)) continue;
    return refusal(400, "resourceInUseByAnotherResource",
                   fmt::format("The subnetwork resource '{}' is already being used by '{}'",
                               path_of(*subnet), path_of(*resource)));
  }
  const auto response = begin(gce, "delete", subnet, {.until = Until::gone});
  gce.remove(*subnet);
  return response;
}

}  // namespace

std::vector<Route> subnetwork_routes() {
  return {
      {"subnetworks.list", "GET", "regions/{}/subnetworks", list_all, list_params, ""},
      {"subnetworks.aggregatedList", "GET", "aggregated/subnetworks", list_everywhere,
       aggregated_params, ""},
      {"subnetworks.get", "GET", "regions/{}/subnetworks/{}", show, "", ""},
      {"subnetworks.insert", "POST", "regions/{}/subnetworks", insert, "requestId", "Subnetwork"},
      {"subnetworks.patch", "PATCH", "regions/{}/subnetworks/{}", patch,
       "requestId drainTimeoutSeconds", "Subnetwork"},
      {"subnetworks.delete", "DELETE", "regions/{}/subnetworks/{}", remove, "requestId", ""}};
}

}  // namespace ccloud::sim::gcp
