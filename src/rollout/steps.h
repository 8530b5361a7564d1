// One node: from the release it has to another one and back, step by step. Each step tells the
// node's record first, so that whoever takes over knows how far it came.
#pragma once

#include <memory>
#include <string>

#include "rollout/node.h"
#include "rollout/node_record.h"
#include "rollout/release.h"
#include "rollout/scheduler.h"

namespace ccloud::rollout {

/// What all nodes of one run have in common.
struct Job {
  Tools tools{};
  const config::Service* service = nullptr;
  Release release{};  ///< empty version: none is needed (undo)
  script::Owner owner{};
  std::string command{};  ///< "update", "install", "undo"
};

/// One node and what is known of it.
struct Spot {
  Node node{};
  Facts facts{};
  Record record{};
  bool is_touched = false;  ///< something of its service was changed
  bool is_shipped = false;  ///< the wanted release is there, whole
};

/// A script as root on the node. The errors: `conflict` with raw_code "taken-over" when another
/// rollout has the node, `capacity` when its disk is full, else what it printed.
Task<std::string> run_script(Context ctx, const Tools& tools, const Node& node, std::string script);

Task<Facts> read_node(Context ctx, const Tools& tools, const Node& node, const script::Unit& unit);

/// Takes the service on this node over and writes the first record.
Task<void> claim_node(Context ctx, const Job& job, Spot& spot);
Task<void> note_phase(Context ctx, const Job& job, Spot& spot, Phase phase);

/// Puts job.release on the node, as a step of its move.
Task<void> ship_node(Context ctx, const Job& job, Spot& spot);
/// The same before it is the node's turn: its record says nothing of it. Of what serves nothing is
/// touched; where the release is not needed after all, script::discard() takes it away.
Task<void> ship_ahead(Context ctx, const Job& job, Spot& spot);
/// From a release that is there to serving it. Yields when it was found healthy.
Task<TimePoint> move_node(Context ctx, const Job& job, Spot& spot);
/// After a move: the node remembers it, and lets go of old releases.
Task<void> conclude_node(Context ctx, const Job& job, Spot& spot);
/// To record.from, or to no service at all where there was none.
Task<void> restore_node(Context ctx, const Job& job, Spot& spot);

/// What the node says about its service: unit, last log lines. Never fails.
Task<std::string> gather_evidence(Context ctx, const Job& job, const Spot& spot);

/// The `drain` step by itself, outside a rollout.
Task<void> run_drain(Context ctx, const Tools& tools, const config::Service& service,
                     const Node& node, std::string version);

script::Unit unit_of(const config::Service& service);

}  // namespace ccloud::rollout
