// Composes first-boot data: `#cloud-config` with JSON, in a MIME multipart document when the user's
// own content is a format of its own. No dates, no random boundaries: the same bytes everywhere.
#include "config/first_boot.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "json/writer.h"

namespace ccloud::config {
namespace {

constexpr std::string_view script_path = "/var/lib/ccloud/first-boot";

void write_user(json::Writer& out, const UserDataRequest& request) {
  if (!request.user.empty()) {
    // "default" keeps the image's own user, which clouds and their agents count on.
    out.key("users").begin_array().value("default").begin_object();
    out.member("name", request.user).member("gecos", request.user);
    out.member("shell", "/bin/bash").member("lock_passwd", true);
    out.member("groups", "adm,systemd-journal");
    out.member("sudo", "ALL=(ALL) NOPASSWD:ALL");
    out.member("ssh_authorized_keys", request.keys);
    out.end_object().end_array();
  }
  if (!request.keys.empty()) out.member("ssh_authorized_keys", request.keys);
}

/// Printable ASCII, tabs and line ends: what every reader of YAML and of mail takes as it is.
bool is_plain(std::string_view text) {
  return std::ranges::all_of(
      text, [](char c) { return (c >= ' ' && c < 0x7F) || c == '\t' || c == '\n'; });
}

/// The script goes in a file, so that its bytes survive, and runs once at the end of first boot.
void write_script(json::Writer& out, const std::string& script) {
  out.key("write_files").begin_array().begin_object();
  out.member("path", script_path).member("permissions", "0700").member("owner", "root:root");
  if (is_plain(script))
    out.member("content", script);
  else
    out.member("encoding", "b64").member("content", base64(script));
  out.end_object().end_array();
  out.key("runcmd").begin_array().begin_array().value(script_path).end_array().end_array();
}

std::string config_part(const UserDataRequest& request, const std::string& script) {
  json::Writer out;
  out.begin_object();
  write_user(out, request);
  if (!script.empty()) write_script(out, script);
  out.end_object();
  return "#cloud-config\n" + out.take() + "\n";
}

std::string_view mime_type(std::string_view content) {
  if (content.starts_with("#cloud-config")) return "text/cloud-config";
  if (content.starts_with("#include")) return "text/x-include-url";
  if (content.starts_with("#cloud-boothook")) return "text/cloud-boothook";
  if (content.starts_with("## template: jinja")) return "text/jinja2";
  return "text/plain";
}

/// Mail's lines have at most 998 characters (RFC 5322, 2.1.1); longer ones and other bytes go in
/// base64. The boundary is a hash of what it parts, so neither part holds it.
bool fits_mail(std::string_view text) {
  std::size_t begin = 0;
  for (std::size_t end = 0; begin < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    if (end - begin > 998) return false;
  }
  return is_plain(text);
}

std::string multipart(const std::string& ours, const std::string& theirs) {
  const std::string boundary = "ccloud-" + sha256_hex(ours + theirs).substr(0, 32);
  const auto part = [&](std::string_view type, std::string_view name, const std::string& body) {
    const bool is_text = fits_mail(body);
    return fmt::format(
        "--{}\nContent-Type: {}; charset=\"utf-8\"\nMIME-Version: 1.0\n"
        "Content-Transfer-Encoding: {}\nContent-Disposition: attachment; filename=\"{}\"\n"
        "Merge-Type: list(append)+dict(recurse_array)+str()\n\n{}\n",
        boundary, type, is_text ? "7bit" : "base64", name, is_text ? body : base64(body));
  };
  return fmt::format("Content-Type: multipart/mixed; boundary=\"{}\"\nMIME-Version: 1.0\n\n",
                     boundary) +
         part("text/cloud-config", "ccloud.cfg", ours) +
         part(mime_type(theirs), "user-data", theirs) + fmt::format("--{}--\n", boundary);
}

}  // namespace

std::string compose_user_data(const UserDataRequest& request) {
  if (request.user.empty() && request.keys.empty()) return request.content;
  if (request.content.empty()) return config_part(request, {});
  if (request.content.starts_with("#!")) return config_part(request, request.content);
  return multipart(config_part(request, {}), request.content);
}

}  // namespace ccloud::config
