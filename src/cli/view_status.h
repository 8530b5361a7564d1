// The table of all nodes for people: the sum first, what is wrong next, then the nodes. Readable
// with five nodes and with ten thousand. Pure.
#pragma once

#include <chrono>
#include <map>
#include <string>

#include "cli/style.h"
#include "deploy/results.h"

namespace ccloud::cli {

struct StatusView {
  Style style;
  std::size_t width = 100;
  bool is_wide = false;
  /// Up to so many nodes are listed one by one, what is wrong first; 0: all.
  std::size_t most_nodes = 0;
  std::string sort;  ///< "name", "state", "age", "type", "region", "provider", "zone" or empty
  std::chrono::system_clock::time_point now;
  /// With -w: what each node showed at the last look; those that differ are marked.
  const std::map<std::string, std::string>* last = nullptr;
};

std::string render_status(const deploy::StatusResult& result, const StatusView& view);
/// What a node shows, as one text: two that are equal show no change.
std::string fingerprint(const deploy::NodeRow& row);
/// The node is not as it should be.
bool is_wrong(const deploy::NodeRow& row);
/// "running", "stopped (wanted)", "last known: running"
std::string state_text(const deploy::NodeRow& row);
/// "3m", "4h", "12d"
std::string short_age(std::chrono::seconds age);

}  // namespace ccloud::cli
