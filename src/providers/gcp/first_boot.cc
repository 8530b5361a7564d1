// The agent runs a start-up script at every boot: a marker file makes it act once, as cloud-init
// would.
#include "providers/gcp/first_boot.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"
#include "json/reader.h"

namespace ccloud::gcp {
namespace {

constexpr std::string_view cloud_config = "#cloud-config\n";

constexpr std::string_view prologue = R"sh(#!/bin/sh
# Written by ccloud: user data on an image without cloud-init, once.
if command -v cloud-init >/dev/null 2>&1 || [ -e /var/lib/ccloud/first-boot.done ]; then exit 0; fi
mkdir -p /var/lib/ccloud
)sh";

constexpr std::string_view epilogue = R"sh(chmod 0700 /var/lib/ccloud/first-boot
touch /var/lib/ccloud/first-boot.done
exec /var/lib/ccloud/first-boot
)sh";

/// `text` is the script, or its base64 for `reader` to decode. The end mark is a hash of what it
/// ends, so no line of it is the same.
std::string run_once(std::string_view reader, std::string_view text) {
  const auto mark = "CCLOUD_" + sha256_hex(text).substr(0, 16);
  return fmt::format("{}{} >/var/lib/ccloud/first-boot <<'{}'\n{}{}{}\n{}", prologue, reader, mark,
                     text, text.ends_with('\n') ? "" : "\n", mark, epilogue);
}

std::string run_script_once(std::string_view script) {
  const bool is_text = std::ranges::all_of(
      script, [](char c) { return (c >= ' ' && c < 0x7F) || c == '\t' || c == '\n'; });
  return is_text ? run_once("cat", script) : run_once("base64 -d", base64(script));
}

/// Everything that ccloud itself composes, and nothing else: what it does not know is a
/// cloud-config of somebody else's. Users and keys are the agent's part.
std::optional<std::string> from_config(json::Value root) {
  std::string out;
  for (const auto& member : root.members()) {
    if (member.key == "users" || member.key == "ssh_authorized_keys" || member.key == "runcmd") {
      continue;
    }
    const auto file = member.value.at(0);
    const bool is_ours = member.key == "write_files" && member.value.size() == 1 &&
                         file.get("path").string_or() == "/var/lib/ccloud/first-boot";
    if (!is_ours) return std::nullopt;
    const auto content = file.get("content").string_or();
    out = file.has("encoding") ? run_once("base64 -d", content) : run_script_once(content);
  }
  // Commands alone are not ours either.
  if (out.empty() && root.has("runcmd")) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::string> startup_script(std::string_view user_data) {
  if (trim(user_data).empty()) return std::string();
  if (user_data.starts_with("#!")) return run_script_once(user_data);
  if (!user_data.starts_with(cloud_config)) return std::nullopt;
  const auto document = json::parse(user_data.substr(cloud_config.size()));
  if (!document || !document->root().is_object()) return std::nullopt;
  return from_config(document->root());
}

bool lacks_cloud_init(std::string_view image_id) {
  for (const auto project : {"projects/debian-cloud/", "projects/rocky-linux-cloud/",
                             "projects/centos-cloud/", "projects/rhel-cloud/"}) {
    if (image_id.starts_with(project)) return true;
  }
  return false;
}

std::string ssh_keys_item(std::string_view user, const std::vector<std::string>& keys) {
  std::vector<std::string> lines;
  for (const auto& key : keys) lines.push_back(fmt::format("{}:{}", user, trim(key)));
  return join(lines, "\n");
}

std::string user_of_item(std::string_view item) {
  const auto line = item.substr(0, item.find('\n'));
  const auto colon = line.find(':');
  return colon == std::string_view::npos ? std::string() : std::string(trim(line.substr(0, colon)));
}

}  // namespace ccloud::gcp
