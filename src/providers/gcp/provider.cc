// The account, quotas, the catalogue, the images; what the cloud can do.
#include "providers/gcp/provider.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cloud/lag.h"
#include "providers/gcp/driver.h"

namespace ccloud::gcp {
namespace {

cloud::Capabilities make_capabilities(const cloud::Host& host, std::string_view url) {
  cloud::Capabilities can;
  can.has_key_pairs = false;         // machines take the keys' text
  can.can_relabel_networks = false;  // a description is written when the network is made, and stays
  can.has_regional_subnets = true;
  can.identity_needs_stop = true;
  can.user_data_limit = 262144;  // a metadata value
  can.max_create_batch = 100;    // one call each, but many at once
  can.max_labels = 64;
  can.visibility_lag = cloud::visibility_lag(host, url, "CLOUDSDK_API_ENDPOINT_OVERRIDES_COMPUTE",
                                             std::chrono::seconds(3));
  return can;
}

cloud::Arch arch_of(json::Value image, cloud::Arch otherwise) {
  const auto said = image.get("architecture").string_or();
  if (said.empty()) return otherwise;
  return said == "ARM64" ? cloud::Arch::arm64 : cloud::Arch::x86_64;
}

/// The user that Google's own images of that project bring along.
std::string login_user_of(std::string_view image_project) {
  for (const auto& facts : catalog::builtin().images(catalog::Driver::gcp)) {
    if (facts.project == image_project) return std::string(facts.login_user);
  }
  return "ccloud";
}

Error no_image(const cloud::ImageQuery& query) {
  return make_error(ErrorCode::not_found, fmt::format("there is no image \"{}\"", query.reference),
                    "name a portable image, projects/P/global/images/NAME or "
                    "projects/P/global/images/family/FAMILY (gcloud compute images list)");
}

}  // namespace

Driver::Driver(cloud::Host host, cloud::ProviderSettings settings, Login login)
    : host_(host),
      settings_(settings),
      capabilities_(make_capabilities(host, login.base)),
      api_(host, settings, std::move(login)) {}

Task<std::string> Driver::project_path(Context ctx) {
  // "example.com:p" has a colon.
  const auto project = co_await api_.project(ctx);
  co_return "/projects/" + percent_encode(project);
}

Task<cloud::Account> Driver::check(Context ctx) {
  const auto project = co_await api_.project(ctx);
  const auto found = co_await api_.get(ctx, {.path = co_await project_path(ctx),
                                             .what = fmt::format("reading project {}", project)});
  const auto name = found.root().get("name").string_or(project);
  const bool is_number = std::ranges::all_of(project, [](char c) { return c >= '0' && c <= '9'; });
  if (name != project && !is_number) {
    co_return make_error(
        ErrorCode::permission_denied,
        fmt::format("the credentials belong to project {}, not to {}", name, project),
        "correct the provider's `account`, or use other credentials");
  }
  const auto& credentials = api_.login().credentials;
  co_return cloud::Account{.id = name,
                           .name = credentials.who.empty() ? credentials.source : credentials.who};
}

Task<std::vector<cloud::RegionInfo>> Driver::regions(Context ctx) {
  const auto pages = co_await api_.pages(
      ctx, {.path = co_await project_path(ctx) + "/regions", .what = "listing the regions"});
  std::vector<cloud::RegionInfo> out;
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("items").items()) {
      out.push_back({.name = item.get("name").string_or()});
    }
  }
  co_return out;
}

Task<std::vector<cloud::Quota>> Driver::quotas(Context ctx, std::string region) {
  const auto project = co_await project_path(ctx);
  const auto there = co_await api_.get(
      ctx,
      {.region = region, .path = project + "/regions/" + region, .what = "reading the quotas"});
  const auto global = co_await api_.get(ctx, {.path = project, .what = "reading the quotas"});
  std::vector<cloud::Quota> out;
  read_quotas(there.root(), out);
  read_quotas(global.root(), out);
  co_return out;
}

Task<std::vector<std::string>> Driver::zones_of(Context ctx, std::string region) {
  const auto found =
      co_await api_.get(ctx, {.region = region,
                              .path = co_await project_path(ctx) + "/regions/" + region,
                              .what = fmt::format("reading region {}", region)});
  std::vector<std::string> out;
  for (const auto& zone : found.root().get("zones").items()) {
    out.push_back(last_part(zone.string_or()));
  }
  std::ranges::sort(out);
  co_return out;
}

/// Named ones are asked for one by one: custom types are in no list.
Task<ZoneTypes> Driver::types_of_zone(Context ctx, std::string region, std::string zone,
                                      std::vector<std::string> types) {
  const auto path = fmt::format("{}/zones/{}/machineTypes", co_await project_path(ctx), zone);
  const auto what = "listing the machine types of " + zone;
  ZoneTypes out{.zone = zone, .pages = {}};
  if (types.empty()) {
    out.pages = co_await api_.pages(ctx, {.region = region, .path = path, .what = what});
  }
  for (const auto& type : types) {
    auto found =
        co_await api_
            .get(ctx, {.region = region, .path = path + "/" + percent_encode(type), .what = what})
            .result();
    if (found) {
      out.pages.push_back(std::move(*found));
    } else if (found.error().code != ErrorCode::not_found &&
               found.error().code != ErrorCode::invalid_argument) {
      co_return found.error();
    }
  }
  co_return out;
}

Task<cloud::RegionCatalogue> Driver::catalogue(Context ctx, std::string region,
                                               std::vector<std::string> types) {
  std::vector<Task<ZoneTypes>> tasks;
  for (auto& zone : co_await zones_of(ctx, region)) {
    tasks.push_back(types_of_zone(ctx, region, std::move(zone), types));
  }
  auto results = co_await async::when_all(ctx.loop(), std::move(tasks));
  std::vector<ZoneTypes> zones;
  for (auto& one : results) {
    if (!one) co_return one.error();
    zones.push_back(std::move(*one));
  }
  co_return parse_types(zones);
}

Task<json::Document> Driver::find_image(Context ctx, std::string region, std::string path,
                                        std::string reference) {
  co_return co_await api_.get(
      ctx,
      {.region = std::move(region), .path = "/" + path, .what = "looking for image " + reference});
}

Task<cloud::Image> Driver::resolve_image(Context ctx, std::string region, cloud::ImageQuery query) {
  const auto project = co_await api_.project(ctx);
  const auto arch = query.arch == cloud::Arch::arm64 ? catalog::Arch::arm64 : catalog::Arch::x86_64;
  const auto* facts = catalog::builtin().find_image(catalog::Driver::gcp, query.reference, arch);
  auto path = canonical(query.reference, project);
  cloud::Image out;
  if (facts != nullptr) {
    path = fmt::format("projects/{}/global/images/family/{}", facts->project, facts->family);
    out.login_user = facts->login_user;
    out.min_disk_gib = facts->min_disk_gib;
  } else if (!path.starts_with("projects/") || path.find("/images/") == std::string::npos) {
    co_return no_image(query);
  }
  auto found = co_await find_image(ctx, region, path, query.reference).result();
  if (!found && found.error().code == ErrorCode::not_found) co_return no_image(query);
  if (!found) co_return found.error();
  const auto root = found->root();
  out.id = canonical(root.get("selfLink").string_or(path), project);
  out.name = facts != nullptr ? query.reference : root.get("name").string_or(query.reference);
  out.arch = arch_of(root, query.arch);
  out.min_disk_gib = root.get("diskSizeGb").to_int().value_or(out.min_disk_gib);
  if (out.login_user.empty()) out.login_user = login_user_of(project_of(out.id));
  co_return out;
}

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings) {
  auto login = find_login(host, settings);
  if (!login) return login.error();
  return std::make_unique<Driver>(std::move(host), std::move(settings), std::move(*login));
}

}  // namespace ccloud::gcp
