// Nova's microversions: which one both sides speak. Ours is asked for first; the version document
// only when a cloud refuses it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "json/reader.h"

namespace ccloud::openstack {

/// 2.67 (Queens): what the driver is written for.
constexpr int newest_minor = 67;
/// 2.52 (Pike): tags in the create call itself; without them a killed run would leak servers. It
/// also has flavors inside the server (2.47). Nothing between the two is needed.
constexpr int oldest_minor = 52;

/// The compute endpoint without the project's id: where its version document is.
std::string version_root(std::string_view endpoint);

/// N of the newest "2.N" that the cloud and the driver both know, of a document with `version` or
/// `versions`; invalid_argument when the cloud is older than that.
Result<int> common_minor(json::Value document);

}  // namespace ccloud::openstack
