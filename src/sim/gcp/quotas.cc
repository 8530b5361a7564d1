// Quotas: limits of the project and of its regions. Usage is counted only where somebody asks.
#include <fmt/format.h>

#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {
namespace {

struct Metric {
  std::string_view name;
  double limit;  ///< with --limits real
};

constexpr Metric region_metrics[] = {{"CPUS", 72},
                                     {"N2_CPUS", 24},
                                     {"N2D_CPUS", 24},
                                     {"C2_CPUS", 24},
                                     {"C2D_CPUS", 24},
                                     {"C3_CPUS", 24},
                                     {"M1_CPUS", 0},
                                     {"M3_CPUS", 0},
                                     {"T2A_CPUS", 24},
                                     {"T2D_CPUS", 24},
                                     {"PREEMPTIBLE_CPUS", 0},
                                     {"INSTANCES", 720},
                                     {"DISKS_TOTAL_GB", 4096},
                                     {"SSD_TOTAL_GB", 500},
                                     {"STATIC_ADDRESSES", 8},
                                     {"IN_USE_ADDRESSES", 69}};
constexpr Metric project_metrics[] = {
    {"CPUS_ALL_REGIONS", 1000}, {"NETWORKS", 5}, {"FIREWALLS", 200}, {"SUBNETWORKS", 275}};

double documented(std::string_view metric) {
  for (const auto& one : region_metrics) {
    if (one.name == metric) return one.limit;
  }
  for (const auto& one : project_metrics) {
    if (one.name == metric) return one.limit;
  }
  return 0;
}

bool counts_cpus(std::string_view metric, const Machine& machine) {
  const bool is_spot = field(machine, "provisioning") == "SPOT";
  if (metric == "CPUS_ALL_REGIONS") return true;
  return metric == (is_spot ? "PREEMPTIBLE_CPUS" : cpu_metric(machine.size));
}

double machine_usage(const Gce& gce, const Place& place, std::string_view metric) {
  double used = 0;
  for (const auto& [serial, resource] : gce.world.machines(place)) {
    const auto& machine = static_cast<const Machine&>(*resource);
    if (is_gone(resource)) continue;
    const bool is_off = machine.power == Power::stopped;
    if (metric == "INSTANCES") {
      used += 1;
    } else if (metric == "IN_USE_ADDRESSES") {
      used += machine.public_ip.empty() ? 0 : 1;
    } else if (!is_off && counts_cpus(metric, machine)) {
      used += machine.cpus;
    }
  }
  return used;
}

double usage_in(const Gce& gce, const Place& place, std::string_view metric) {
  if (metric == "STATIC_ADDRESSES") {
    return static_cast<double>(gce.world.list(place, type::addresses).size());
  }
  if (metric != "DISKS_TOTAL_GB" && metric != "SSD_TOTAL_GB")
    return machine_usage(gce, place, metric);
  double used = 0;
  for (const auto& [serial, resource] : gce.world.list(place, type::disks)) {
    const auto& disk = static_cast<const Disk&>(*resource);
    const auto* kind = find_disk_type(disk.kind);
    const bool is_ssd = kind != nullptr && kind->is_ssd;
    if (is_ssd == (metric == "SSD_TOTAL_GB")) used += disk.size_gib;
  }
  return used;
}

double usage_of(const Gce& gce, const std::string& region, std::string_view metric) {
  if (!region.empty()) return usage_in(gce, gce.place_of("regions/" + region), metric);
  const auto global = gce.place_of("global");
  if (metric == "NETWORKS")
    return static_cast<double>(gce.world.list(global, type::networks).size());
  if (metric == "FIREWALLS")
    return static_cast<double>(gce.world.list(global, type::firewalls).size());
  double used = 0;
  for (const auto& one : all_regions()) {
    const auto place = gce.place_of("regions/" + one.name);
    used += metric == "SUBNETWORKS"
                ? static_cast<double>(gce.world.list(place, type::subnetworks).size())
                : usage_in(gce, place, metric);
  }
  return used;
}

void write_quotas(json::Writer& out, const Gce& gce, std::span<const Metric> metrics,
                  const std::string& region) {
  const auto place = gce.place_of(region.empty() ? "global" : "regions/" + region);
  out.key("quotas").begin_array();
  for (const auto& metric : metrics) {
    out.begin_object().member("metric", metric.name);
    out.member("limit", gce.world.quota(place, std::string(metric.name), metric.limit));
    out.member("usage", usage_of(gce, region, metric.name)).end_object();
  }
  out.end_array();
}

}  // namespace

void write_region_quotas(json::Writer& out, const Gce& gce, const std::string& region) {
  write_quotas(out, gce, region_metrics, region);
}

void write_project_quotas(json::Writer& out, const Gce& gce) {
  write_quotas(out, gce, project_metrics, "");
}

bool check_quota(const Gce& gce, const std::string& region, const std::string& metric, double more,
                 Operation& operation) {
  constexpr double unlimited = 1e9;
  const auto place = gce.place_of(region.empty() ? "global" : "regions/" + region);
  const auto limit = gce.world.quota(place, metric, documented(metric));
  const bool is_free = !gce.call.over_quota && limit >= unlimited;
  if (is_free || (!gce.call.over_quota && usage_of(gce, region, metric) + more <= limit))
    return true;
  operation.error_code = "QUOTA_EXCEEDED";
  operation.error_status = 403;
  operation.error_message =
      fmt::format("Quota '{}' exceeded.  Limit: {:.1f} {}.", metric, limit,
                  region.empty() ? std::string("globally") : "in region " + region);
  return false;
}

}  // namespace ccloud::sim::gcp
