// Composes first-boot data: `#cloud-config` with JSON, in a MIME multipart document when the user's
// own content is a format of its own. No dates, no random boundaries: the same bytes everywhere.
#include "cloud/user_data.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "json/writer.h"

namespace ccloud::cloud {
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

/// The script goes in a file, so that its bytes survive, and runs once at the end of first boot.
void write_script(json::Writer& out, const std::string& script) {
  out.key("write_files").begin_array().begin_object();
  out.member("path", script_path).member("permissions", "0700").member("owner", "root:root");
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

/// Both parts in base64: content of any bytes cannot meet the boundary.
std::string multipart(const std::string& ours, const std::string& theirs) {
  const std::string boundary = "ccloud-" + sha256_hex(ours + theirs).substr(0, 32);
  const auto part = [&](std::string_view type, std::string_view name, const std::string& body) {
    return fmt::format(
        "--{}\nContent-Type: {}; charset=\"utf-8\"\nMIME-Version: 1.0\n"
        "Content-Transfer-Encoding: base64\nContent-Disposition: attachment; filename=\"{}\"\n"
        "Merge-Type: list(append)+dict(recurse_array)+str()\n\n{}\n",
        boundary, type, name, base64(body));
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

}  // namespace ccloud::cloud
