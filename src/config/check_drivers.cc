// Keys that the language has, but one driver cannot carry out: refused, never ignored.
#include <algorithm>
#include <array>
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
    check_address(provider);
    check_credentials(*entry);
    check_account(provider, node_at(*entry, {"account"}));
    const auto* cloud = node_at(*entry, {"cloud"});
    const auto* profile = node_at(*entry, {"credentials", "profile"});
    if (driver == Driver::openstack && cloud != nullptr && profile != nullptr)
      checks_.error("conflicting-keys", profile->span,
                    "\"cloud\" names the entry of clouds.yaml already, which excludes \"profile\"");
  }

  /// Azure makes no Linux machine without a key. Said only once the rest is right: it is about the
  /// deploy, and no slip of the text.
  void need_keys(const Place& place) {
    if (place.driver != Driver::azure || place.provider.value.empty()) return;
    const auto& root = *checks_.draft.root;
    const auto* cluster = node_at(root, {"clusters", place.cluster});
    const auto* ssh = node_at(root, {"clusters", place.cluster, "ssh"});
    const bool has_keys =
        node_at(root, {"clusters", place.cluster, "ssh", "keys"}) != nullptr ||
        node_at(root, {"clusters", place.cluster, "place", place.code, "ssh", "keys"}) != nullptr;
    if (has_keys || cluster == nullptr) return;
    const auto at = (ssh == nullptr ? cluster : ssh)->span.begin;
    if (!seen_.insert(at).second) return;
    checks_.warning("missing-key", {at, at + 1},
                    "azure makes no Linux machine without an ssh key: name one in \"ssh\": { "
                    "\"keys\" }");
  }

  void add(const Place& place) {
    if (place.driver == Driver::azure && !place.provider.value.empty()) check_login(place);
    if (place.provider.value.empty() || place.driver != Driver::openstack) return;
    if (place.identity) refuse("identity", place.identity->span, place.driver);
    if (place.disk.type.value == DiskType::hdd) refuse("type", place.disk.type.span, place.driver);
  }

 private:
  /// Their drivers send tokens to no address that does not hide them.
  void check_address(const Provider& provider) {
    const bool sends_tokens =
        provider.driver.value == Driver::azure || provider.driver.value == Driver::gcp;
    if (!sends_tokens || !provider.endpoint || !provider.endpoint->value.starts_with("http://"))
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
        return is_project(account) ? "" : "the id of a project, such as my-project-123";
      case Driver::openstack:
        return "";
    }
    return "";
  }

  /// Ids of projects, also those of an organisation's domain ("example.com:web"), and numbers.
  static bool is_project(std::string_view text) {
    return text.size() >= 6 && std::ranges::all_of(text, [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == ':' ||
                    c == '.';
           });
  }

  /// Azure refuses some names.
  void check_login(const Place& place) {
    static constexpr std::array<std::string_view, 12> reserved = {
        "root",   "admin",   "administrator", "user",   "guest", "test",
        "backup", "console", "owner",         "server", "sql",   "sys"};
    if (const auto& user = place.ssh->user;
        user && std::ranges::find(reserved, user->value) != reserved.end() &&
        seen_.insert(user->span.begin).second) {
      checks_.error("bad-name", user->span,
                    fmt::format("azure refuses the user name {}", quote(user->value)), "azureuser");
    }
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

void check_keys(const Checks& checks) {
  if (checks.diagnostics.has_errors()) return;
  DriverCheck drivers(checks);
  for (const Cluster& cluster : checks.config().clusters)
    for (const Place& place : cluster.places) drivers.need_keys(place);
}

}  // namespace ccloud::config
