// What needs more than one value to judge. Each group in its file check_*.cc; all of them read the
// draft, report, and change nothing. A value that is missing was reported already.
#pragma once

#include <initializer_list>
#include <string_view>

#include "config/decode.h"
#include "config/load.h"
#include "diag/diagnostics.h"

namespace ccloud::config {

struct Checks {
  const Draft& draft;
  const BadNodes& bad;
  const LoadOptions& options;
  Files& files;
  diag::Diagnostics& diagnostics;
  const json::Node* written = nullptr;  ///< the file before its environment was applied
  const std::vector<Span>& comments;

  const Config& config() const { return draft.config; }
  const Network* find_network(const std::string& name) const;
  const Provider* find_provider(const std::string& name) const;
  const Cluster* find_cluster(const std::string& name) const;
  /// Regions, zones, types and images of the provider are in the catalogue; false for an endpoint
  /// of its own, for openstack, and for a provider that is not there.
  bool is_catalogued(const std::string& provider) const;
  /// The cluster, its `place` or one of its places was reported: which there are is not known.
  bool has_refused_places(std::string_view cluster) const;
  void error(std::string_view code, Span span, std::string message,
             std::optional<std::string> suggestion = {}) const;
  void warning(std::string_view code, Span span, std::string message) const;
};

/// The value at a path of keys, or null.
const json::Node* node_at(const json::Node& root, std::initializer_list<std::string_view> path);

void check_names(const Checks& checks);       ///< node names, labels, codes, tags
void check_places(const Checks& checks);      ///< regions, zones, accounts, partitions
void check_machines(const Checks& checks);    ///< sizes, images, disks, architecture
void check_networks(const Checks& checks);    ///< CIDRs, overlaps, room
void check_rules(const Checks& checks);       ///< firewalls, reachability
void check_drivers(const Checks& checks);     ///< keys that a driver cannot carry out
void check_files(const Checks& checks);       ///< user data, artifacts
void check_services(const Checks& checks);    ///< references, rollout arithmetic, health
void check_secrets(const Checks& checks);     ///< keys, tokens and passwords in the text
void check_references(const Checks& checks);  ///< unused definitions, guards, cluster names
/// `projects` differ between environments; the file's format version.
void check_document(const json::Node& root, diag::Diagnostics& diagnostics);

void check_all(const Checks& checks);

}  // namespace ccloud::config
