// Keys that the language has, but one driver cannot carry out: refused, never ignored.
#include <set>

#include <fmt/format.h>

#include "config/checks.h"
#include "diag/render.h"

namespace ccloud::config {
namespace {

using diag::quote;

class DriverCheck {
 public:
  explicit DriverCheck(const Checks& checks) : checks_(checks) {}

  void add(const Provider& provider) {
    const Driver driver = provider.driver.value;
    const auto* entry = node_at(*checks_.draft.root, {"providers", provider.name});
    if (entry == nullptr || provider.driver.span == Span{}) return;
    if (driver != Driver::azure && driver != Driver::openstack)
      refuse(node_at(*entry, {"cloud"}), "cloud", driver);
    if (driver == Driver::alibaba || driver == Driver::openstack)
      refuse(node_at(*entry, {"credentials", "command"}), "command", driver);
    const auto* cloud = node_at(*entry, {"cloud"});
    const auto* profile = node_at(*entry, {"credentials", "profile"});
    if (driver == Driver::openstack && cloud != nullptr && profile != nullptr)
      checks_.error("conflicting-keys", profile->span,
                    "\"cloud\" names the entry of clouds.yaml already, which excludes \"profile\"");
  }

  void add(const Place& place) {
    if (place.provider.value.empty() || place.driver != Driver::openstack) return;
    if (place.identity) refuse("identity", place.identity->span, place.driver);
    if (place.disk.type.value == DiskType::hdd) refuse("type", place.disk.type.span, place.driver);
  }

 private:
  void refuse(const json::Node* value, std::string_view key, Driver driver) {
    if (value != nullptr && !checks_.bad.contains(value)) refuse(key, value->span, driver);
  }

  /// Once for each value: many places may share it.
  void refuse(std::string_view key, Span span, Driver driver) {
    if (!seen_.insert(span.begin).second) return;
    checks_.error("not-supported", span,
                  fmt::format("{} cannot be carried out on {}", quote(key), to_string(driver)));
    checks_.diagnostics.items().back().hint = "remove it";
  }

  const Checks& checks_;
  std::set<std::uint32_t> seen_;
};

}  // namespace

void check_drivers(const Checks& checks) {
  DriverCheck drivers(checks);
  for (const Provider& provider : checks.config().providers) drivers.add(provider);
  for (const Cluster& cluster : checks.config().clusters)
    for (const Place& place : cluster.places) drivers.add(place);
}

}  // namespace ccloud::config
