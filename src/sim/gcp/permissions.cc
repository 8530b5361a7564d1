// Most methods take the permission of their name; lists of all places that of the list, waiting for
// an operation that of reading it, and a few take more, by what is asked for.
#include "sim/gcp/permissions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::gcp {
namespace {

std::string permission_of(std::string_view method) {
  const auto dot = method.find('.');
  const auto collection = method.substr(0, dot);
  auto verb = method.substr(dot + 1);
  if (verb == "insert") verb = "create";
  if (verb == "aggregatedList") verb = "list";
  if (verb == "wait") verb = "get";
  if (verb == "patch") verb = "update";
  return fmt::format("compute.{}.{}", collection, verb);
}

/// A machine as it is asked for; its image may be of a public project, which is open to all.
void add_needs_of_machine(const Gce& gce, std::vector<std::string>& needed) {
  const auto& body = gce.body;
  for (const auto& disk : body.get("disks").items()) {
    const auto params = disk.get("initializeParams");
    if (params.is_null()) continue;
    needed.emplace_back("compute.disks.create");
    if (params.get("labels").size() > 0) needed.emplace_back("compute.disks.setLabels");
    const auto image = parse_reference(params.get("sourceImage").string_or());
    const bool is_own = image && (image->project.empty() || image->project == gce.project.id);
    if (is_own) needed.emplace_back("compute.images.useReadOnly");
  }
  for (const auto& nic : body.get("networkInterfaces").items()) {
    needed.emplace_back("compute.subnetworks.use");
    if (nic.get("accessConfigs").size() > 0) {
      needed.emplace_back("compute.subnetworks.useExternalIp");
    }
  }
  if (body.get("metadata").get("items").size() > 0) {
    needed.emplace_back("compute.instances.setMetadata");
  }
  if (body.get("tags").get("items").size() > 0) needed.emplace_back("compute.instances.setTags");
  if (body.get("labels").size() > 0) needed.emplace_back("compute.instances.setLabels");
  if (body.get("serviceAccounts").size() > 0) {
    needed.emplace_back("compute.instances.setServiceAccount");
    needed.emplace_back("iam.serviceAccounts.actAs");
  }
}

std::vector<std::string> needs_of(const Gce& gce, const Route& route) {
  std::vector<std::string> needed = {permission_of(route.id)};
  const auto collection = route.id.substr(0, route.id.find('.'));
  const bool is_part = collection == "subnetworks" || collection == "firewalls";
  if (is_part && route.method != "GET") needed.emplace_back("compute.networks.updatePolicy");
  if (route.id == "instances.insert") add_needs_of_machine(gce, needed);
  if (route.id == "instances.setServiceAccount" && gce.body.has("email")) {
    needed.emplace_back("iam.serviceAccounts.actAs");
  }
  return needed;
}

}  // namespace

std::optional<Response> check_permissions(const Gce& gce, const Route& route) {
  auto& permissions = gce.world.permissions();
  const bool is_public = gce.owner != gce.project.id;  // images of the distributors' projects
  if (!permissions.is_limited(cloud_name) || is_public) return std::nullopt;
  const auto missing = permissions.missing(cloud_name, needs_of(gce, route));
  if (!missing) return std::nullopt;
  std::string resource = fmt::format("projects/{}", gce.project.id);
  if (route.id != "projects.get") {
    const auto collection = route.id.substr(0, route.id.find('.'));
    const auto name = gce.args.empty() ? gce.body.get("name").string_or() : gce.args[0];
    resource += fmt::format("/{}/{}", gce.scope(), collection);
    if (!name.empty()) resource += "/" + name;
  }
  return refusal(403, "forbidden",
                 fmt::format("Required '{}' permission for '{}'", *missing, resource));
}

}  // namespace ccloud::sim::gcp
