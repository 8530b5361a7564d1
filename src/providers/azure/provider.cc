// The account, quotas, the catalogue, the images; what the cloud can do.
#include "providers/azure/provider.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cloud/lag.h"
#include "providers/azure/driver.h"

namespace ccloud::azure {
namespace {

cloud::Capabilities make_capabilities(const cloud::Host& host, std::string_view url) {
  cloud::Capabilities can;
  can.has_key_pairs = false;  // machines take the keys' text
  can.has_regional_subnets = true;
  can.user_data_limit = 65535;
  can.max_create_batch = 50;  // one PUT each, but many at once
  can.max_labels = 50;
  can.visibility_lag =
      cloud::visibility_lag(host, url, "CCLOUD_AZURE_ENDPOINT", std::chrono::seconds(5));
  return can;
}

constexpr std::string_view default_user = "azureuser";

std::string versions_path(const std::string& subscription, const std::string& region,
                          const Urn& urn) {
  return fmt::format(
      "/subscriptions/{}/providers/Microsoft.Compute/locations/{}/publishers/{}/artifacttypes/"
      "vmimage/offers/{}/skus/{}/versions",
      subscription, region, percent_encode(urn.publisher), percent_encode(urn.offer),
      percent_encode(urn.sku));
}

cloud::Arch arch_of(std::string_view word, cloud::Arch otherwise) {
  if (word.empty()) return otherwise;
  return equals_ignoring_case(word, "arm64") ? cloud::Arch::arm64 : cloud::Arch::x86_64;
}

Error no_image(const cloud::ImageQuery& query, std::string_view region) {
  return make_error(
      ErrorCode::not_found, fmt::format("no image \"{}\" in {}", query.reference, region),
      "name a portable image, an URN (publisher:offer:sku:version) or an image's resource id");
}

struct Count {
  std::string_view theirs;
  std::string_view ours;
};

void read_usages(const std::vector<json::Document>& pages, std::span<const Count> names,
                 std::vector<cloud::Quota>& into) {
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("value").items()) {
      const auto name = item.get("name").get("value").string_or();
      for (const auto& one : names) {
        if (!equals_ignoring_case(name, one.theirs)) continue;
        into.push_back({.name = std::string(one.ours),
                        .limit = item.get("limit").as_double().value_or(0),
                        .used = item.get("currentValue").as_double().value_or(0)});
      }
    }
  }
}

}  // namespace

Driver::Driver(cloud::Host host, cloud::ProviderSettings settings, Login login)
    : host_(host),
      settings_(settings),
      capabilities_(make_capabilities(host, login.cloud.arm)),
      api_(host, settings, std::move(login)) {}

Task<cloud::Account> Driver::check(Context ctx) {
  const auto id = co_await api_.subscription(ctx);
  const auto found = co_await api_.get(ctx, {.path = "/subscriptions/" + id,
                                             .version = api_.versions().subscriptions,
                                             .what = fmt::format("reading subscription {}", id)});
  const auto root = found.root();
  const auto state = root.get("state").string_or("Enabled");
  if (state == "Disabled" || state == "Deleted") {
    co_return make_error(ErrorCode::permission_denied,
                         fmt::format("the subscription {} is {}", id, to_lower(state)),
                         "have it enabled again, or use another one");
  }
  const auto& login = api_.login();
  const auto who = login.client_id.empty() ? login.source : login.client_id;
  co_return cloud::Account{
      .id = id, .name = fmt::format("{} in {}", who, root.get("displayName").string_or())};
}

Task<std::vector<cloud::RegionInfo>> Driver::regions(Context ctx) {
  const auto id = co_await api_.subscription(ctx);
  const auto pages =
      co_await api_.pages(ctx, {.path = fmt::format("/subscriptions/{}/locations", id),
                                .version = api_.versions().subscriptions,
                                .what = "listing the regions"});
  std::vector<cloud::RegionInfo> out;
  for (const auto& page : pages) {
    for (const auto& item : page.root().get("value").items()) {
      // "europe" and the like are groups of regions.
      if (item.get("metadata").get("regionType").string_or("Physical") != "Physical") continue;
      out.push_back({.name = normal_location(item.get("name").string_or())});
    }
  }
  co_return out;
}

Task<std::vector<cloud::Quota>> Driver::quotas(Context ctx, std::string region) {
  const auto id = co_await api_.subscription(ctx);
  const auto read = [&](std::string_view service, std::string_view version) {
    return api_.pages(
        ctx, {.region = region,
              .path = fmt::format("/subscriptions/{}/providers/{}/locations/{}/usages", id, service,
                                  region),
              .version = version,
              .what = "reading the quotas"});
  };
  const auto compute = co_await read("Microsoft.Compute", api_.versions().compute);
  const auto network = co_await read("Microsoft.Network", api_.versions().network);
  std::vector<cloud::Quota> out;
  constexpr Count of_compute[] = {{"cores", "vcpus"}, {"virtualMachines", "instances"}};
  constexpr Count of_network[] = {{"StandardSkuPublicIpAddresses", "addresses"},
                                  {"VirtualNetworks", "networks"}};
  read_usages(compute, of_compute, out);
  read_usages(network, of_network, out);
  co_return out;
}

Task<cloud::RegionCatalogue> Driver::catalogue(Context ctx, std::string region,
                                               std::vector<std::string> types) {
  const auto id = co_await api_.subscription(ctx);
  const auto filter = percent_encode(fmt::format("location eq '{}'", region));
  const auto pages = co_await api_.pages(
      ctx, {.region = region,
            .path = fmt::format("/subscriptions/{}/providers/Microsoft.Compute/skus?$filter={}", id,
                                filter),
            .version = api_.versions().skus,
            .what = "listing the sizes"});
  co_return parse_skus(pages, region, types);
}

Task<Urn> Driver::exact_version(Context ctx, std::string region, Urn urn) {
  if (urn.version != "latest") co_return urn;
  const auto id = co_await api_.subscription(ctx);
  const auto found = co_await api_.get(
      ctx, {.region = region,
            .path = versions_path(id, region, urn) + "?$top=1&$orderby=name%20desc",
            .version = api_.versions().compute,
            .what = "looking for image " + to_string(urn)});
  // A bare array, unlike every other list.
  urn.version = found.root().at(0).get("name").string_or();
  if (urn.version.empty()) {
    co_return make_error(ErrorCode::not_found,
                         fmt::format("there is no version of the image {}:{}:{} in {}",
                                     urn.publisher, urn.offer, urn.sku, region));
  }
  co_return urn;
}

Task<json::Document> Driver::image_version(Context ctx, std::string region, Urn urn) {
  const auto id = co_await api_.subscription(ctx);
  co_return co_await api_.get(
      ctx, {.region = region,
            .path = versions_path(id, region, urn) + "/" + percent_encode(urn.version),
            .version = api_.versions().compute,
            .what = "reading image " + to_string(urn)});
}

Task<cloud::Image> Driver::resolve_image(Context ctx, std::string region, cloud::ImageQuery query) {
  const auto arch = query.arch == cloud::Arch::arm64 ? catalog::Arch::arm64 : catalog::Arch::x86_64;
  const auto* facts = catalog::builtin().find_image(catalog::Driver::azure, query.reference, arch);
  cloud::Image out;
  out.arch = query.arch;
  out.login_user = default_user;
  if (query.reference.starts_with('/')) {  // an image of one's own, or a gallery's
    out.id = query.reference;
    out.name = name_of(query.reference);
    co_return out;
  }
  auto urn = parse_urn(query.reference);
  if (facts != nullptr) {
    urn = Urn{std::string(facts->publisher), std::string(facts->offer), std::string(facts->sku),
              "latest"};
    if (!facts->login_user.empty()) out.login_user = facts->login_user;
    out.min_disk_gib = facts->min_disk_gib;
  }
  if (!urn) co_return no_image(query, region);
  const auto exact = co_await exact_version(ctx, region, *urn);
  const auto version = co_await image_version(ctx, region, exact);
  const auto properties = version.root().get("properties");
  out.id = to_string(exact);
  out.name = query.reference;
  out.arch = arch_of(properties.get("architecture").string_or(), query.arch);
  const auto gib = properties.get("osDiskImage").get("sizeInGb").int_or(0);
  if (gib > 0) out.min_disk_gib = gib;
  const auto plan = properties.get("plan");
  plans_[out.id] = {.name = plan.get("name").string_or(),
                    .publisher = plan.get("publisher").string_or(),
                    .product = plan.get("product").string_or()};
  co_return out;
}

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings) {
  auto login = find_login(host, settings);
  if (!login) return login.error();
  return std::make_unique<Driver>(std::move(host), std::move(settings), std::move(*login));
}

}  // namespace ccloud::azure
