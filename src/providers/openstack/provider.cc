// The account, the catalogue, the images; what the cloud can do.
#include "providers/openstack/provider.h"

#include <algorithm>
#include <regex>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/lag.h"
#include "providers/openstack/driver.h"

namespace ccloud::openstack {
namespace {

cloud::Capabilities make_capabilities(const cloud::Host& host, std::string_view url) {
  cloud::Capabilities can;
  can.has_key_pairs = true;
  can.has_regional_subnets = true;
  can.can_grow_disk = false;  // a root volume in use cannot grow with every back end
  can.can_change_identity = false;
  can.user_data_limit = 65535 / 4 * 3;  // the limit counts base64
  can.max_create_batch = 50;
  can.max_labels = 100;
  can.visibility_lag = cloud::visibility_lag(host, url, "OS_AUTH_URL", std::chrono::seconds(2));
  return can;
}

/// "debian-12" as distribution and version, the way Glance's os_distro and os_version have them.
struct Portable {
  std::string distro;
  std::string version;
  std::string pattern;  ///< of names, without regard to case, where the properties are missing
};

std::optional<Portable> portable_of(std::string_view name) {
  static const std::map<std::string, Portable, std::less<>> table = {
      {"debian-12", {"debian", "12", R"(debian[-_ ]?(gnu/linux )?12\b|bookworm)"}},
      {"debian-13", {"debian", "13", R"(debian[-_ ]?(gnu/linux )?13\b|trixie)"}},
      {"ubuntu-22.04", {"ubuntu", "22.04", R"(ubuntu[-_ ]?(server )?22\.04|jammy)"}},
      {"ubuntu-24.04", {"ubuntu", "24.04", R"(ubuntu[-_ ]?(server )?24\.04|noble)"}},
      {"rocky-9", {"rocky", "9", R"(rocky[-_ ]?(linux[-_ ]?)?9\b)"}},
  };
  const auto found = table.find(name);
  return found == table.end() ? std::nullopt : std::optional(found->second);
}

std::string login_user_of(json::Value image, std::string_view fallback) {
  const auto given = image.get("image_original_user").string_or();
  if (!given.empty()) return given;
  const auto distro = image.get("os_distro").string_or(fallback);
  if (distro == "rocky" || distro == "debian" || distro == "ubuntu" || distro == "fedora" ||
      distro == "centos") {
    return distro == "centos" ? "cloud-user" : distro;
  }
  return {};
}

cloud::Image read_image(json::Value image, std::string_view distro) {
  cloud::Image out;
  out.id = image.get("id").string_or();
  out.name = image.get("name").string_or();
  out.arch =
      image.get("architecture").string_or(image.get("hw_architecture").string_or()) == "aarch64"
          ? cloud::Arch::arm64
          : cloud::Arch::x86_64;
  out.min_disk_gib = image.get("min_disk").int_or(0);
  out.login_user = login_user_of(image, distro);
  return out;
}

bool is_uuid(std::string_view text) {
  return text.size() == 36 && text[8] == '-' && text[13] == '-' &&
         text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

}  // namespace

Driver::Driver(cloud::Host host, cloud::ProviderSettings settings, Login login)
    : host_(host),
      settings_(settings),
      capabilities_(make_capabilities(host, login.auth_url)),
      api_(host, settings, std::move(login)) {}

Task<cloud::Account> Driver::check(Context ctx) {
  const auto token = co_await api_.token(ctx);
  if (!settings_.account.empty() && settings_.account != token.project_id &&
      settings_.account != token.project_name) {
    co_return make_error(
        ErrorCode::permission_denied,
        fmt::format("these credentials belong to project {} ({}), not to {}", token.project_name,
                    token.project_id, settings_.account),
        "use the credentials of that project, or correct the provider's `account`");
  }
  co_return cloud::Account{.id = token.project_id,
                           .name = fmt::format("{} in {}", token.user_name, token.project_name)};
}

Task<std::vector<cloud::RegionInfo>> Driver::regions(Context ctx) {
  const auto token = co_await api_.token(ctx);
  std::vector<cloud::RegionInfo> out;
  for (const auto& name : regions_of(token, api_.login())) out.push_back({.name = name});
  co_return out;
}

Task<std::vector<cloud::Quota>> Driver::quotas(Context ctx, std::string region) {
  const auto limits =
      co_await api_.send(ctx, {.region = region, .path = "/limits", .what = "reading the limits"});
  auto out = parse_limits(limits.root());
  const auto token = co_await api_.token(ctx);
  const auto network = co_await api_
                           .send(ctx, {.region = region,
                                       .service = Service::network,
                                       .path = "/quotas/" + token.project_id + "/details.json",
                                       .what = "reading the network quota"})
                           .result();
  if (network) {  // the extension may be missing: then these are simply not known
    const auto quota = network->root().get("quota");
    for (const auto& [theirs, ours] :
         {std::pair("floatingip", "addresses"), std::pair("network", "networks")}) {
      const auto one = quota.get(theirs);
      if (!one.exists()) continue;
      out.push_back({.name = ours,
                     .limit = static_cast<double>(one.get("limit").int_or(-1)),
                     .used = static_cast<double>(one.get("used").int_or(0))});
    }
  }
  co_return out;
}

Task<std::vector<Flavor>> Driver::flavors(Context ctx, std::string region) {
  const auto known = flavors_.find(region);
  if (known != flavors_.end()) co_return known->second;
  const auto pages = co_await api_.pages(
      ctx, {.region = region, .path = "/flavors/detail", .what = "listing the flavors"}, "flavors");
  std::vector<Flavor> all;
  for (const auto& page : pages) {
    for (auto& flavor : parse_flavors(page.root())) all.push_back(std::move(flavor));
  }
  flavors_[region] = all;
  co_return all;
}

Task<cloud::RegionCatalogue> Driver::catalogue(Context ctx, std::string region,
                                               std::vector<std::string> types) {
  cloud::RegionCatalogue out;
  const auto zones = co_await api_.send(
      ctx, {.region = region, .path = "/os-availability-zone", .what = "listing the zones"});
  for (const auto& zone : zones.root().get("availabilityZoneInfo").items()) {
    if (zone.get("zoneState").get("available").bool_or(false)) {
      out.zones.push_back(zone.get("zoneName").string_or());
    }
  }
  std::ranges::sort(out.zones);
  for (auto& flavor : co_await flavors(ctx, region)) {
    const auto& name = flavor.offer.name;
    if (!types.empty() && std::ranges::find(types, name) == types.end() &&
        std::ranges::find(types, flavor.id) == types.end()) {
      continue;
    }
    flavor.offer.zones = out.zones;
    out.types.push_back(std::move(flavor.offer));
  }
  co_return out;
}

Task<cloud::Image> Driver::resolve_image(Context ctx, std::string region, cloud::ImageQuery query) {
  const auto send = [&](std::string path) {
    return api_.send(ctx, {.region = region,
                           .service = Service::image,
                           .path = std::move(path),
                           .what = fmt::format("looking for image {}", query.reference)});
  };
  if (is_uuid(query.reference)) {
    const auto found = co_await send("/images/" + query.reference);
    co_return read_image(found.root(), "");
  }
  const auto portable = portable_of(query.reference);
  const std::string filters = "/images?status=active&sort=created_at:desc&limit=200";
  const auto by_name = co_await send(filters + "&name=" + percent_encode(query.reference));
  for (const auto& image : by_name.root().get("images").items()) {
    co_return read_image(image, portable ? portable->distro : "");
  }
  if (portable.has_value()) {
    const auto by_property = co_await send(filters + "&os_distro=" + portable->distro +
                                           "&os_version=" + portable->version);
    for (const auto& image : by_property.root().get("images").items()) {
      const auto read = read_image(image, portable->distro);
      if (read.arch == query.arch) co_return read;
    }
    const std::regex pattern(portable->pattern, std::regex::icase);
    const auto all = co_await send(filters);
    for (const auto& image : all.root().get("images").items()) {
      if (!std::regex_search(image.get("name").string_or(), pattern)) continue;
      const auto read = read_image(image, portable->distro);
      if (read.arch == query.arch) co_return read;
    }
  }
  co_return make_error(
      ErrorCode::not_found,
      fmt::format("no active image \"{}\" in region {}", query.reference, region),
      "name one that the cloud has (openstack image list), or give its id under `images`");
}

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings) {
  auto login = find_login(host, settings);
  if (!login) return login.error();
  return std::make_unique<Driver>(std::move(host), std::move(settings), std::move(*login));
}

}  // namespace ccloud::openstack
