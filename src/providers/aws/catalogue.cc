// Zones and types, account and quotas.
#include "providers/aws/catalogue.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "async/group.h"
#include "json/writer.h"
#include "providers/aws/errors.h"

namespace ccloud::aws {
namespace {

using cloud::Quota;
using cloud::TypeOffer;

constexpr std::size_t types_per_call = 100;

Task<std::vector<std::string>> list_zones(Context ctx, Api& api, std::string region) {
  Form form("DescribeAvailabilityZones");
  form.filter("state", {"available"});
  const auto xml = co_await api.ec2(ctx, region, "listing zones", std::move(form));
  std::vector<std::string> zones;
  for (const Node item : xml.root().items("availabilityZoneInfo")) {
    // Local and wavelength zones are places of their own, with few types.
    const std::string kind = item.text("zoneType");
    if (kind.empty() || kind == "availability-zone") zones.push_back(item.text("zoneName"));
  }
  std::ranges::sort(zones);
  co_return zones;
}

TypeOffer read_type(Node item) {
  TypeOffer type{.name = item.text("instanceType"),
                 .vcpus = static_cast<int>(item.number("vCpuInfo/defaultVCpus")),
                 .memory_mib = item.number("memoryInfo/sizeInMiB"),
                 .archs = {},
                 .is_burstable = item.is_true("burstablePerformanceSupported"),
                 .is_current = item.is_true("currentGeneration"),
                 .zones = {}};
  for (const Node arch : item.items("processorInfo/supportedArchitectures")) {
    if (arch.text() == "x86_64") type.archs.push_back(cloud::Arch::x86_64);
    if (arch.text() == "arm64") type.archs.push_back(cloud::Arch::arm64);
  }
  return type;
}

Task<std::vector<TypeOffer>> list_types(Context ctx, Api& api, std::string region,
                                        std::vector<std::string> names) {
  std::vector<TypeOffer> types;
  const auto read = [&](Node root) {
    for (const Node item : root.items("instanceTypeSet")) types.push_back(read_type(item));
  };
  if (names.empty()) {
    co_await api.ec2_pages(ctx, region, "listing types", Form("DescribeInstanceTypes"), 100, read);
    co_return types;
  }
  for (std::size_t at = 0; at < names.size(); at += types_per_call) {
    Form form("DescribeInstanceTypes");
    // As a filter an unknown name is no error.
    form.filter(
        "instance-type",
        {names.begin() + static_cast<std::ptrdiff_t>(at),
         names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), at + types_per_call))});
    co_await api.ec2_pages(ctx, region, "listing types", std::move(form), 100, read);
  }
  co_return types;
}

Task<std::map<std::string, std::vector<std::string>>> list_offers(Context ctx, Api& api,
                                                                  std::string region,
                                                                  std::vector<std::string> names) {
  Form form("DescribeInstanceTypeOfferings");
  form.add("LocationType", "availability-zone");
  if (!names.empty() && names.size() <= types_per_call) form.filter("instance-type", names);
  std::map<std::string, std::vector<std::string>> zones;
  co_await api.ec2_pages(ctx, region, "listing where types are offered", std::move(form), 1000,
                         [&](Node root) {
                           for (const Node item : root.items("instanceTypeOfferingSet")) {
                             zones[item.text("instanceType")].push_back(item.text("location"));
                           }
                         });
  for (auto& [type, list] : zones) std::ranges::sort(list);
  co_return zones;
}

Task<double> read_quota(Context ctx, Api& api, std::string region, std::string service,
                        std::string code) {
  const auto answer = co_await api.json_call(ctx, Service::service_quotas, region,
                                             fmt::format("reading the quota {}", code),
                                             "ServiceQuotasV20190624.GetServiceQuota",
                                             json::Writer()
                                                 .begin_object()
                                                 .member("ServiceCode", service)
                                                 .member("QuotaCode", code)
                                                 .end_object()
                                                 .take());
  co_return answer.root().get("Quota").get("Value").as_double().value_or(0);
}

/// The standard families share one quota of vCPUs; the others have their own.
bool is_standard(std::string_view type) {
  return !type.empty() &&
         std::string_view("acdhimrtz").find(type.front()) != std::string_view::npos;
}

Task<double> used_vcpus(Context ctx, Api& api, std::string region) {
  Form form("DescribeInstances");
  form.filter("instance-state-name", {"pending", "running"});
  double total = 0;
  std::map<std::string, int> unknown;  // by type, where the list does not tell the cores
  co_await api.ec2_pages(
      ctx, region, "counting vCPUs in use", std::move(form), 1000, [&](Node root) {
        for (const Node reservation : root.items("reservationSet")) {
          for (const Node item : reservation.items("instancesSet")) {
            const std::string type = item.text("instanceType");
            if (!is_standard(type)) continue;
            const auto cores =
                item.number("cpuOptions/coreCount") * item.number("cpuOptions/threadsPerCore");
            if (cores > 0) {
              total += static_cast<double>(cores);
            } else {
              ++unknown[type];
            }
          }
        }
      });
  if (unknown.empty()) co_return total;
  std::vector<std::string> names;
  for (const auto& [type, count] : unknown) names.push_back(type);
  for (const auto& type : co_await list_types(ctx, api, region, names)) {
    total += static_cast<double>(type.vcpus) * unknown[type.name];
  }
  co_return total;
}

Task<double> used_networks(Context ctx, Api& api, std::string region) {
  double count = 0;
  co_await api.ec2_pages(
      ctx, region, "counting networks", Form("DescribeVpcs"), 1000,
      [&](Node root) { count += static_cast<double>(root.items("vpcSet").size()); });
  co_return count;
}

}  // namespace

Task<cloud::RegionCatalogue> catalogue(Context ctx, Api& api, std::string region,
                                       std::vector<std::string> types) {
  cloud::RegionCatalogue result;
  result.zones = co_await list_zones(ctx, api, region);
  result.types = co_await list_types(ctx, api, region, types);
  const auto offers = co_await list_offers(ctx, api, region, std::move(types));
  for (auto& type : result.types) {
    const auto found = offers.find(type.name);
    if (found == offers.end()) continue;
    // Only zones that the account can use.
    std::ranges::set_intersection(found->second, result.zones, std::back_inserter(type.zones));
  }
  co_return result;
}

Task<cloud::Account> check_account(Context ctx, Api& api) {
  const auto xml = co_await api.sts(ctx, "checking the credentials", Form("GetCallerIdentity"));
  const Node identity = xml.root().find("GetCallerIdentityResult");
  cloud::Account account{.id = identity.text("Account"), .name = identity.text("Arn")};
  const std::string& wanted = api.settings().account;
  if (!wanted.empty() && wanted != account.id) {
    Error error =
        make_error(ErrorCode::permission_denied,
                   fmt::format("the credentials ({}) belong to the account {}, the config names {}",
                               api.credentials_source(), account.id, wanted),
                   "use other credentials, or correct `account` in the config");
    error.provider = api.settings().name;
    co_return error;
  }
  co_return account;
}

/// What cannot be read is left out: most accounts may not read their quotas, and need not.
Task<std::vector<Quota>> quotas(Context ctx, Api& api, std::string region) {
  std::vector<Quota> all;
  auto vcpus = co_await read_quota(ctx, api, region, "ec2", "L-1216C47A").result();
  if (vcpus.has_value() && *vcpus > 0) {
    const double used = co_await used_vcpus(ctx, api, region);
    all.push_back({.name = "vcpus", .limit = *vcpus, .used = used});
  } else if (!vcpus.has_value() && vcpus.error().code == ErrorCode::unauthenticated) {
    co_return vcpus.error();
  }
  auto networks = co_await read_quota(ctx, api, region, "vpc", "L-F678F1CE").result();
  if (networks.has_value() && *networks > 0) {
    const double used = co_await used_networks(ctx, api, region);
    all.push_back({.name = "networks", .limit = *networks, .used = used});
  }
  co_return all;
}

}  // namespace ccloud::aws
