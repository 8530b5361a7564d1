// The document as the compute API guide shows it, of the versioned root ("version") or of the
// service's ("versions").
#include "providers/openstack/versions.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::openstack {
namespace {

/// N of "2.N"; 0: none.
int minor_of(std::string_view version) {
  if (!version.starts_with("2.")) return 0;
  return static_cast<int>(parse_int(version.substr(2)).value_or(0));
}

int newest_of(json::Value document) {
  int newest = minor_of(document.get("version").get("version").string_or());
  for (const auto& one : document.get("versions").items()) {
    newest = std::max(newest, minor_of(one.get("version").string_or()));
  }
  return newest;
}

}  // namespace

std::string version_root(std::string_view endpoint) {
  const auto at = endpoint.find("/v2");
  if (at == std::string_view::npos) return std::string(endpoint) + "/";
  const auto end = std::min(endpoint.find('/', at + 1), endpoint.size());
  return std::string(endpoint.substr(0, end)) + "/";
}

Result<int> common_minor(json::Value document) {
  const int newest = newest_of(document);
  if (newest >= oldest_minor) return std::min(newest, newest_minor);
  return make_error(
      ErrorCode::invalid_argument,
      fmt::format("this cloud's compute API is too old: it ends at 2.{}, and 2.{} is needed",
                  newest, oldest_minor),
      "the cloud has to run OpenStack Pike (2017) or later");
}

}  // namespace ccloud::openstack
