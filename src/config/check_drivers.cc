// Keys that the language has, but one driver cannot carry out: refused, never ignored.
#include <algorithm>
#include <set>
#include <string_view>

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
    if (driver == Driver::openstack)  // its own chain knows none
      refuse(node_at(*entry, {"credentials", "command"}), "command", driver);
    check_account(provider, node_at(*entry, {"account"}));
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
  /// What could never be an account there: the first call would only be refused. A cloud behind an
  /// endpoint of its own may number them as it likes.
  void check_account(const Provider& provider, const json::Node* value) {
    if (value == nullptr || !provider.account || provider.endpoint || checks_.bad.contains(value))
      return;
    const auto problem = account_problem(provider.driver.value, provider.account->value);
    if (problem.empty()) return;
    checks_.error(
        "bad-format", value->span,
        fmt::format("\"account\" must be {}, not {}", problem, quote(provider.account->value)));
  }

  /// What it must be instead; empty when it may be one.
  static std::string_view account_problem(Driver driver, std::string_view account) {
    const auto is_digits =
        std::ranges::all_of(account, [](char c) { return c >= '0' && c <= '9'; });
    switch (driver) {
      case Driver::aws:
        return is_digits && account.size() == 12 ? "" : "an account id of 12 digits";
      case Driver::azure:
        return is_guid(account) ? ""
                                : "the id of a subscription, such as "
                                  "00000000-0000-0000-0000-000000000000";
      case Driver::alibaba:
        return is_digits ? "" : "an account id, all digits";
      case Driver::gcp:
      case Driver::openstack:
        return "";
    }
    return "";
  }

  static bool is_guid(std::string_view text) {
    constexpr std::string_view form = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    return std::ranges::equal(text, form, [](char c, char wanted) {
      const bool is_hex =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
      return wanted == '-' ? c == '-' : is_hex;
    });
  }

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
