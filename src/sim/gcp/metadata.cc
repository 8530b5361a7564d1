// Metadata of machines, and what a machine makes of it: the guest agent (ssh-keys, startup-script)
// and, on images that have it, cloud-init (user-data).
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {
namespace {

constexpr std::string_view prefix = "metadata:";

bool is_true(const Tags& items, std::string_view key) {
  const auto found = items.find(key);
  return found != items.end() && equals_ignoring_case(found->second, "true");
}

std::string value_of(const Tags& items, std::string_view key) {
  const auto found = items.find(key);
  return found == items.end() ? std::string() : found->second;
}

/// "user:ssh-ed25519 AAAA comment" by lines; the users in order.
using UserKeys = std::vector<std::pair<std::string, std::vector<std::string>>>;

void add_keys(std::string_view text, UserKeys& into) {
  for (const auto& raw : split(text, '\n')) {
    const auto line = trim(raw);
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    const std::string user(line.substr(0, colon));
    if (user.find_first_of(" /\\") != std::string::npos) continue;
    auto found = std::ranges::find(into, user, &UserKeys::value_type::first);
    if (found == into.end()) found = into.insert(into.end(), {user, {}});
    found->second.emplace_back(trim(line.substr(colon + 1)));
  }
}

UserKeys keys_of(const Gce& gce, const Tags& items) {
  UserKeys keys;
  if (is_true(items, "enable-oslogin")) return keys;
  add_keys(value_of(items, "ssh-keys"), keys);
  if (!is_true(items, "block-project-ssh-keys")) {
    add_keys(value_of(gce.memory.common_metadata, "ssh-keys"), keys);
  }
  return keys;
}

}  // namespace

void write_metadata(json::Writer& out, const Tags& items) {
  out.begin_object().member("kind", "compute#metadata").member("fingerprint", fingerprint(items));
  if (!items.empty()) {
    out.key("items").begin_array();
    for (const auto& [key, value] : items) {
      out.begin_object().member("key", key).member("value", value).end_object();
    }
    out.end_array();
  }
  out.end_object();
}

std::optional<Response> read_metadata(json::Value metadata, std::string_view field, Tags& into) {
  std::size_t total = 0;
  std::size_t index = 0;
  for (const auto& item : metadata.get("items").items()) {
    const auto where = fmt::format("{}.items[{}]", field, index++);
    const auto key = item.get("key").string_or();
    const auto value = item.get("value").string_or();
    const bool is_good = !key.empty() && key.size() < 128 &&
                         std::ranges::all_of(
                             key,
                             [](char c) {
                               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                                      (c >= '0' && c <= '9') || c == '-' || c == '_';
                             });
    if (!is_good) {
      return invalid(where + ".key", key, "Must be a match of regex '[a-zA-Z0-9-_]{1,128}'");
    }
    if (value.size() > 262'144) {
      return invalid(where + ".value", value.substr(0, 20) + "...",
                     "The value is too large: at most 262144 bytes.");
    }
    total += key.size() + value.size();
    if (into.contains(key)) {
      return invalid(where + ".key", key, "Metadata has duplicate keys.");
    }
    into.emplace(key, value);
  }
  if (total > 524'288) {
    return invalid(field, "", "The metadata is too large: at most 512 KB in all.");
  }
  return std::nullopt;
}

Tags metadata_of(const Machine& machine) {
  Tags items;
  for (auto at = machine.fields.lower_bound(prefix);
       at != machine.fields.end() && at->first.starts_with(prefix); ++at) {
    items.emplace(at->first.substr(prefix.size()), at->second);
  }
  return items;
}

void keep_metadata(Machine& machine, const Tags& items) {
  std::erase_if(machine.fields, [](const auto& one) { return one.first.starts_with(prefix); });
  for (const auto& [key, value] : items) machine.fields[std::string(prefix) + key] = value;
}

void prepare_guest(const Gce& gce, Machine& machine, const ImageFacts& image) {
  const auto items = metadata_of(machine);
  const auto keys = keys_of(gce, items);
  machine.user = image.user.empty() ? "admin" : image.user;
  if (!keys.empty()) {
    machine.user = keys[0].first;
    machine.public_keys = keys[0].second;
  }
  for (std::size_t i = 1; i < keys.size(); ++i) {
    for (const auto& key : keys[i].second) machine.more_users.push_back(keys[i].first + ":" + key);
  }
  machine.boot_script = value_of(items, "startup-script");
  if (!image.has_cloud_init) return;
  machine.user_data = value_of(items, "user-data");
  if (value_of(items, "user-data-encoding") == "base64") {
    machine.user_data = decode_base64(machine.user_data).value_or("");
  }
}

}  // namespace ccloud::sim::gcp
