// One living node against what its place wants: what differs, and whether that can be put right in
// place. Pure.
#pragma once

#include <string>
#include <vector>

#include "cloud/provider.h"
#include "plan/desired.h"
#include "plan/plan.h"
#include "plan/resolution.h"

namespace ccloud::plan {

/// What the node is compared with.
struct NodeContext {
  std::string project;
  const PlaceWant* want = nullptr;
  const cloud::Capabilities* capabilities = nullptr;
  const Resolution* resolution = nullptr;  ///< null: not known yet
  std::string network_id;       ///< of the place's network; empty: not there or not looked at
  std::string firewall_id;      ///< of its firewall; likewise
  std::string lives_elsewhere;  ///< another network of ours or of the config, where it is in one
  bool has_infrastructure = false;  ///< networks and firewalls were looked at
  bool is_protected = false;
};

struct NodeDiff {
  Action action = Action::keep;
  Reason reason = Reason::as_wanted;
  std::string why;
  Facts before;
  Facts after;
  cloud::NodeUpdate update;
  bool joins_firewall = false;
  bool rotates_keys = false;
  bool starts = false;
  bool needs_resolution = false;  ///< the comparison itself needs to know the type
  bool disturbs = false;          ///< the node stops on the way
};

NodeDiff compare(const cloud::Instance& node, const std::string& name, const NodeContext& context);

/// The marks and labels that a node of this place carries, all but ccloud-node.
cloud::Labels node_labels(const PlaceWant& want, std::string_view project, bool is_protected);

}  // namespace ccloud::plan
