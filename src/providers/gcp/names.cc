// Names keep to RFC 1035: [a-z]([-a-z0-9]{0,61}[a-z0-9])?.
#include "providers/gcp/names.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::gcp {
namespace {

constexpr std::size_t digits = 6;
constexpr std::size_t room_for_rules = 9;  // "-" and eight digits

std::string digest(const std::vector<std::string_view>& parts) {
  std::string text;
  for (const auto part : parts) text += fmt::format("{}:{},", part.size(), part);
  return sha256_hex(text).substr(0, digits);
}

std::string with_digest(std::string readable, const std::string& mark, std::size_t most) {
  const auto room = most - mark.size() - 1;
  if (readable.size() > room) readable.resize(room);
  while (readable.ends_with('-')) readable.pop_back();
  return readable + "-" + mark;
}

}  // namespace

std::string unique_name(const std::vector<std::string_view>& parts, std::size_t most) {
  std::string readable;
  for (const auto part : parts) readable += (readable.empty() ? "" : "-") + std::string(part);
  return with_digest(std::move(readable), digest(parts), most);
}

std::string machine_name(std::string_view project, std::string_view node) {
  return with_digest(std::string(node), digest({project, node}), 63);
}

std::string network_name(std::string_view project, std::string_view region,
                         std::string_view network) {
  return unique_name({"ccloud", project, network, region});
}

std::string firewall_tag(std::string_view project, std::string_view region,
                         std::string_view network, std::string_view firewall) {
  return unique_name({"ccloud", project, firewall, network, region}, 63 - room_for_rules);
}

std::string last_part(std::string_view path) {
  return std::string(path.substr(path.rfind('/') + 1));
}

std::string canonical(std::string_view reference, std::string_view project) {
  auto text = std::string(trim(reference));
  if (text.starts_with("https://") || text.starts_with("http://")) {
    const auto at = text.find("/projects/");
    if (at == std::string::npos) return text;
    text = text.substr(at + 1);
  }
  if (text.starts_with('/')) text.erase(0, 1);
  const bool is_partial =
      text.starts_with("global/") || text.starts_with("regions/") || text.starts_with("zones/");
  return is_partial ? fmt::format("projects/{}/{}", project, text) : text;
}

std::string network_path(std::string_view reference, std::string_view project) {
  auto path = canonical(reference, project);
  if (path.empty() || path.find('/') != std::string::npos) return path;
  return fmt::format("projects/{}/global/networks/{}", project, path);
}

std::string project_of(std::string_view canonical_path) {
  const auto parts = split(canonical_path, '/');
  return parts.size() > 1 && parts[0] == "projects" ? parts[1] : std::string();
}

std::string region_of_zone(std::string_view zone) {
  return std::string(zone.substr(0, zone.rfind('-')));
}

std::string account_address(std::string_view identity, std::string_view project) {
  if (identity.empty() || identity == "default" || identity.find('@') != std::string_view::npos) {
    return std::string(identity);
  }
  // "example.com:p" is written p.example.com there.
  const auto colon = project.find(':');
  const auto domain =
      colon == std::string_view::npos
          ? std::string(project)
          : fmt::format("{}.{}", project.substr(colon + 1), project.substr(0, colon));
  return fmt::format("{}@{}.iam.gserviceaccount.com", identity, domain);
}

std::string label_filter(const std::vector<std::pair<std::string, std::string>>& labels) {
  std::string out;
  for (const auto& [key, value] : labels) {
    const auto escaped = replace_all(replace_all(value, "\\", "\\\\"), "\"", "\\\"");
    if (!out.empty()) out += " ";
    out += labels.size() == 1 ? fmt::format("labels.{} = \"{}\"", key, escaped)
                              : fmt::format("(labels.{} = \"{}\")", key, escaped);
  }
  return out;
}

}  // namespace ccloud::gcp
