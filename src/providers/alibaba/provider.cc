// The account, the catalogue, the images; what the cloud can do.
#include "providers/alibaba/provider.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cloud/lag.h"
#include "providers/alibaba/driver.h"
#include "providers/alibaba/wire.h"

namespace ccloud::alibaba {
namespace {

constexpr async::Duration real_lag = std::chrono::seconds(10);

cloud::Capabilities make_capabilities(const cloud::Host& host,
                                      const cloud::ProviderSettings& settings) {
  cloud::Capabilities can;
  can.has_key_pairs = true;
  can.user_data_limit = 32768;
  // RunInstances makes up to 100 alike, but nothing tells afterwards which is which: one call a
  // node.
  can.max_create_batch = 100;
  can.max_labels = 20;
  const auto variable = "CCLOUD_ALIBABA_ENDPOINT";
  const auto url = settings.endpoint.empty() ? host.env(variable).value_or("") : settings.endpoint;
  can.visibility_lag = cloud::visibility_lag(host, url, variable, real_lag);
  return can;
}

cloud::Image read_image(json::Value item) {
  cloud::Image out;
  out.id = item.get("ImageId").string_or();
  out.name = item.get("ImageName").string_or(item.get("OSName").string_or());
  out.arch =
      item.get("Architecture").string_or() == "arm64" ? cloud::Arch::arm64 : cloud::Arch::x86_64;
  out.min_disk_gib = item.get("Size").int_or(20);
  out.login_user = "root";
  return out;
}

}  // namespace

Driver::Driver(cloud::Host host, cloud::ProviderSettings settings)
    : host_(host),
      settings_(settings),
      capabilities_(make_capabilities(host, settings)),
      api_(host, settings) {}

async::Duration Driver::patience(async::Duration usual) const {
  const auto lag = capabilities_.visibility_lag;
  return lag >= real_lag ? usual : std::min(usual, lag);
}

Task<cloud::Account> Driver::check(Context ctx) {
  const auto who = co_await api_.call(
      ctx, {.product = Product::sts, .name = "GetCallerIdentity", .what = "asking who we are"});
  cloud::Account account{.id = who.root().get("AccountId").string_or(),
                         .name = who.root().get("Arn").string_or()};
  if (!settings_.account.empty() && settings_.account != account.id) {
    co_return make_error(
        ErrorCode::permission_denied,
        fmt::format("these credentials belong to account {}, not to {}", account.id,
                    settings_.account),
        "use the credentials of that account, or correct the provider's `account`");
  }
  co_return account;
}

Task<std::vector<cloud::RegionInfo>> Driver::regions(Context ctx) {
  const auto listed = co_await api_.call(
      ctx,
      {.region = api_.home_region(), .name = "DescribeRegions", .what = "listing the regions"});
  std::vector<cloud::RegionInfo> out;
  for (const auto& item : items_of(listed.root(), "Regions", "Region")) {
    out.push_back({.name = item.get("RegionId").string_or()});
  }
  co_return out;
}

Task<std::vector<cloud::Quota>> Driver::quotas(Context ctx, std::string region) {
  const auto answer =
      co_await api_.call(ctx, {.region = region,
                               .name = "DescribeAccountAttributes",
                               .params = {{"AttributeName.1", "max-postpaid-instance-vcpu-count"},
                                          {"AttributeName.2", "used-postpaid-instance-vcpu-count"}},
                               .what = "reading the quota"});
  cloud::Quota vcpus{.name = "vcpus", .limit = -1};
  for (const auto& item :
       items_of(answer.root(), "AccountAttributeItems", "AccountAttributeItem")) {
    const auto value = items_of(item, "AttributeValues", "ValueItem");
    if (value.empty()) continue;
    const auto number = parse_int(value.front().get("Value").string_or()).value_or(-1);
    const bool is_limit = item.get("AttributeName").string_or().starts_with("max");
    (is_limit ? vcpus.limit : vcpus.used) = static_cast<double>(number);
  }
  co_return std::vector{vcpus};
}

Task<cloud::RegionCatalogue> Driver::catalogue(Context ctx, std::string region,
                                               std::vector<std::string> types) {
  // What is sold where (stock), then the shapes of those types.
  const auto stock = co_await api_.call(ctx, {.region = region,
                                              .name = "DescribeAvailableResource",
                                              .params = {{"DestinationResource", "InstanceType"},
                                                         {"InstanceChargeType", "PostPaid"},
                                                         {"IoOptimized", "optimized"}},
                                              .what = "asking what is sold"});
  cloud::RegionCatalogue out;
  std::map<std::string, std::vector<std::string>> zones_of;
  for (const auto& zone : items_of(stock.root(), "AvailableZones", "AvailableZone")) {
    const auto name = zone.get("ZoneId").string_or();
    out.zones.push_back(name);
    for (const auto& resource : items_of(zone, "AvailableResources", "AvailableResource")) {
      for (const auto& type : items_of(resource, "SupportedResources", "SupportedResource")) {
        if (type.get("Status").string_or() == "Available")
          zones_of[type.get("Value").string_or()].push_back(name);
      }
    }
  }
  std::ranges::sort(out.zones);
  Action shapes{.region = region, .name = "DescribeInstanceTypes", .what = "listing the types"};
  if (!types.empty() && types.size() <= 10) add_list(shapes.params, "InstanceTypes", types);
  for (const auto& page : co_await api_.pages(ctx, shapes, 1000)) {
    for (const auto& item : items_of(page.root(), "InstanceTypes", "InstanceType")) {
      cloud::TypeOffer offer;
      offer.name = item.get("InstanceTypeId").string_or();
      if (!types.empty() && std::ranges::find(types, offer.name) == types.end()) continue;
      const auto sold = zones_of.find(offer.name);
      if (sold == zones_of.end()) continue;
      offer.vcpus = static_cast<int>(item.get("CpuCoreCount").int_or(0));
      offer.memory_mib =
          static_cast<std::int64_t>(item.get("MemorySize").as_double().value_or(0) * 1024);
      offer.archs = {item.get("CpuArchitecture").string_or("X86") == "ARM" ? cloud::Arch::arm64
                                                                           : cloud::Arch::x86_64};
      offer.is_burstable = item.get("InstanceTypeFamily").string_or().starts_with("ecs.t");
      offer.zones = sold->second;
      out.types.push_back(std::move(offer));
    }
  }
  co_return out;
}

Task<cloud::Image> Driver::resolve_image(Context ctx, std::string region, cloud::ImageQuery query) {
  const auto what = fmt::format("looking up the image {}", query.reference);
  const auto arch = query.arch == cloud::Arch::arm64 ? catalog::Arch::arm64 : catalog::Arch::x86_64;
  const auto* facts =
      catalog::builtin().find_image(catalog::Driver::alibaba, query.reference, arch);
  Action list{.region = region,
              .name = "DescribeImages",
              .params = {{"Status", "Available"}},
              .what = what};
  if (facts == nullptr) {
    list.params.emplace_back("ImageId", query.reference);
  } else {
    list.params.insert(list.params.end(),
                       {{"ImageOwnerAlias", "system"},
                        {"OSType", "linux"},
                        {"Architecture", query.arch == cloud::Arch::arm64 ? "arm64" : "x86_64"}});
  }
  std::string newest;
  cloud::Image best;
  for (const auto& page : co_await api_.numbered_pages(ctx, list, 100, "Images", "Image")) {
    for (const auto& item : items_of(page.root(), "Images", "Image")) {
      const auto created = item.get("CreationTime").string_or();
      const bool fits =
          facts == nullptr || glob_match(facts->name_pattern, item.get("ImageId").string_or());
      if (!fits || created < newest) continue;
      newest = created;
      best = read_image(item);
    }
  }
  if (best.id.empty()) {
    co_return make_error(ErrorCode::not_found, fmt::format("{}: there is none in {}", what, region),
                         "see `ccloud catalog images --online`, or give an id (m-..., or a system "
                         "image's) under `images`");
  }
  if (facts != nullptr) best.login_user = facts->login_user;
  if (best.arch != query.arch) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("{}: it is for {}, the size needs {}", what,
                                     to_string(best.arch), to_string(query.arch)),
                         "choose an image and a size of the same architecture");
  }
  co_return best;
}

Result<std::unique_ptr<cloud::Provider>> make_provider(cloud::Host host,
                                                       cloud::ProviderSettings settings) {
  return std::make_unique<Driver>(std::move(host), std::move(settings));
}

}  // namespace ccloud::alibaba
