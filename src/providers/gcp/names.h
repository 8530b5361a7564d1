// Names that every machine computes alike, and the paths by which resources are compared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ccloud::gcp {

/// "{parts joined by -}-{6 hex digits of the parts}": unique for the parts, cut in its readable
/// half where it would be longer than `most`. Parts are names of the config, so it is a valid name.
std::string unique_name(const std::vector<std::string_view>& parts, std::size_t most = 63);

/// The VM of a node: names are unique in a zone of a Google project, which may hold several
/// projects of ours. "web-us-1-3fa9c2".
std::string machine_name(std::string_view project, std::string_view node);
/// A network of our own: networks are global there, ours are per region.
std::string network_name(std::string_view project, std::string_view region,
                         std::string_view network);
/// The network tag of a firewall's nodes, which is also the name of its closing rule. Leaves room
/// for what rule_name() adds.
std::string firewall_tag(std::string_view project, std::string_view region,
                         std::string_view network, std::string_view firewall);

/// The last segment of a path or URL.
std::string last_part(std::string_view path);
/// "projects/p/global/networks/x" of a URL with any host and version, of a path with or without a
/// slash before it, or of one that begins at "global/", "regions/" or "zones/"; else as it is.
std::string canonical(std::string_view reference, std::string_view project);
/// The same for a network, which may also be named alone: "default".
std::string network_path(std::string_view reference, std::string_view project);
/// "p" of "projects/p/...".
std::string project_of(std::string_view canonical_path);
/// "us-central1" of "us-central1-a".
std::string region_of_zone(std::string_view zone);

/// A service account's address: what has no "@" is one of the project, "default" stays.
std::string account_address(std::string_view identity, std::string_view project);

/// key = "value" for `filter`, all of them.
std::string label_filter(const std::vector<std::pair<std::string, std::string>>& labels);

}  // namespace ccloud::gcp
