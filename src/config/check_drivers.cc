// Keys that the language has, but one driver cannot carry out: refused, never ignored.
#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "catalog/rules.h"
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
    const catalog::AccessRules& rules = catalog::rules(driver).access;
    if (rules.clouds.empty() && rules.cloud_file.empty())
      refuse(node_at(*entry, {"cloud"}), "cloud", driver);
    if (!rules.takes_command)
      refuse(node_at(*entry, {"credentials", "command"}), "command", driver);
    check_address(provider);
    check_credentials(*entry);
    check_account(provider, node_at(*entry, {"account"}));
    const auto* cloud = node_at(*entry, {"cloud"});
    const auto* profile = node_at(*entry, {"credentials", "profile"});
    if (!rules.cloud_file.empty() && cloud != nullptr && profile != nullptr)
      checks_.error(
          "conflicting-keys", profile->span,
          fmt::format("\"cloud\" names the entry of {} already, which excludes \"profile\"",
                      rules.cloud_file));
  }

  void need_keys(const Place& place) {
    if (!catalog::rules(place.driver).machines.needs_ssh_key || place.provider.value.empty() ||
        place.count.value <= 0)
      return;
    const auto& root = *checks_.draft.root;
    const auto* cluster = node_at(root, {"clusters", place.cluster});
    const auto* ssh = node_at(root, {"clusters", place.cluster, "ssh"});
    const bool has_keys =
        node_at(root, {"clusters", place.cluster, "ssh", "keys"}) != nullptr ||
        node_at(root, {"clusters", place.cluster, "place", place.code, "ssh", "keys"}) != nullptr;
    if (has_keys || cluster == nullptr || may_be_meant(place)) return;
    const auto at = (ssh == nullptr ? cluster : ssh)->span.begin;
    if (!seen_.insert(at).second) return;
    checks_.error("missing-key", {at, at + 1},
                  fmt::format("{} makes no Linux machine without an ssh key: name one in "
                              "\"ssh\": {{ \"keys\" }}",
                              to_string(place.driver)));
  }

  void add(const Place& place) {
    if (place.provider.value.empty()) return;
    const catalog::MachineRules& rules = catalog::rules(place.driver).machines;
    check_login(place, rules);
    if (place.identity && !rules.has_identity)
      refuse("identity", place.identity->span, place.driver);
    if (place.disk.type.value == DiskType::hdd && !rules.has_hdd)
      refuse("type", place.disk.type.span, place.driver);
    check_disk(place, rules);
  }

 private:
  /// Where "ssh" or "keys" was reported already, nobody knows what it would have been.
  bool may_be_meant(const Place& place) const {
    const auto& root = *checks_.draft.root;
    return is_refused(root, checks_.bad, {"clusters", place.cluster, "ssh"}) ||
           is_refused(root, checks_.bad, {"clusters", place.cluster, "place", place.code, "ssh"}) ||
           std::ranges::any_of(checks_.diagnostics.items(), [](const auto& item) {
             return item.code == "unknown-key" &&
                    (item.suggestion == "ssh" || item.suggestion == "keys");
           });
  }

  void check_address(const Provider& provider) {
    if (!catalog::rules(provider.driver.value).access.needs_tls || !provider.endpoint ||
        !provider.endpoint->value.starts_with("http://"))
      return;
    const std::string_view host = std::string_view(provider.endpoint->value).substr(7);
    if (host.starts_with("localhost") || host.starts_with("127.") || host.starts_with("[::1]"))
      return;
    checks_.error("bad-format", provider.endpoint->span, "secrets would be sent over plain HTTP",
                  "https://" + std::string(host));
  }

  /// Only a warning: what needs no cloud works without it.
  void check_credentials(const json::Node& entry) {
    const auto* file = node_at(entry, {"credentials", "file"});
    if (file == nullptr || !file->is_string() || checks_.bad.contains(file) ||
        !checks_.options.reads_files)
      return;
    const auto state = checks_.files.look(file->text);
    if (state != FileContent::State::ok)
      checks_.warning("file-not-found", file->span,
                      fmt::format("credentials file {} {}", quote(file->text), describe(state)));
  }

  /// What could never be an account there: the first call would only be refused. A cloud behind an
  /// endpoint of its own may number them as it likes.
  void check_account(const Provider& provider, const json::Node* value) {
    if (value == nullptr || !provider.account || provider.endpoint || checks_.bad.contains(value))
      return;
    const catalog::AccessRules& rules = catalog::rules(provider.driver.value).access;
    if (rules.is_account == nullptr || rules.is_account(provider.account->value)) return;
    checks_.error("bad-format", value->span,
                  fmt::format("\"account\" must be {}, not {}", rules.account_form,
                              quote(provider.account->value)));
  }

  void check_disk(const Place& place, const catalog::MachineRules& rules) {
    const bool is_hdd = place.disk.type.value == DiskType::hdd;
    const std::int64_t most = is_hdd ? rules.most_hdd_gib : rules.most_disk_gib;
    if (!place.disk.size_gib || most == 0 || place.disk.size_gib->value <= most) return;
    checks_.error("out-of-range", place.disk.size_gib->span,
                  fmt::format("a disk of {}GiB is too large: {} boots from one of at most {}GiB{}",
                              place.disk.size_gib->value, to_string(place.driver), most,
                              is_hdd && rules.most_disk_gib > most ? " of type hdd" : ""),
                  fmt::format("{}GiB", most));
  }

  void check_login(const Place& place, const catalog::MachineRules& rules) {
    if (const auto& user = place.ssh->user; user &&
                                            catalog::contains(rules.refused_users, user->value) &&
                                            seen_.insert(user->span.begin).second) {
      checks_.error(
          "bad-name", user->span,
          fmt::format("{} refuses the user name {}", to_string(place.driver), quote(user->value)),
          std::string(rules.usual_user));
    }
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
    for (const Place& place : cluster.places) {
      drivers.add(place);
      drivers.need_keys(place);
    }
}

}  // namespace ccloud::config
