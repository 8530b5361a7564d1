// Carries out a plan's graph: everything whose dependencies are done is in flight, like nodes in
// batches. What fails stops only what depends on it. The steps themselves are in steps_*.cc.
#pragma once

#include <map>
#include <memory>
#include <tuple>
#include <vector>

#include "async/gate.h"
#include "async/group.h"
#include "deploy/births.h"
#include "deploy/record.h"
#include "deploy/results.h"
#include "deploy/turns.h"
#include "deploy/watch.h"

namespace ccloud::deploy {

class Executor {
 public:
  /// The plan must outlive it.
  /// `observed`, if any, too: nodes that carry a service are disturbed by its update policy.
  Executor(Context ctx, Session& session, Recorder& recorder, const plan::Plan& plan,
           const plan::Observed* observed = nullptr);
  ~Executor();

  /// One result for each change that is no keep, in the plan's order.
  Task<std::vector<ChangeResult>> run();

  /// When the last create was accepted, by provider; empty when nothing was created.
  const std::map<std::string, async::TimePoint>& created() const { return created_; }
  /// Nothing is left but to wait for nodes: whatever was to be created has been, and accepted; or
  /// it is a node that was asked for so long ago that its cloud must have heard of it.
  bool only_waits() const;
  /// Nodes that this run made and that run now.
  const std::vector<NodeRow>& born() const { return born_; }
  /// What went otherwise than planned, for people.
  const std::vector<std::string>& notes() const { return notes_; }

 private:
  /// Changes that go together: a batch of like nodes, or one change alone.
  struct Unit {
    std::vector<std::uint32_t> changes;
    std::vector<std::uint32_t> needs;
    bool is_firewall = false;  ///< a network that has its id is enough for it
  };
  using NetworkId = std::tuple<std::string, std::string, std::string>;
  using FirewallId = std::tuple<std::string, std::string, std::string, std::string>;

  // executor.cc
  std::vector<Unit> make_units() const;
  Task<void> run_unit(Unit unit);
  Task<void> dispatch(std::vector<std::uint32_t> changes);
  Task<void> prepare();
  void succeed(std::uint32_t index, std::string id = {}, std::string address = {});
  void fail(std::uint32_t index, Error error);
  void skip(std::uint32_t index, std::string because);
  void conclude(std::uint32_t index);
  Task<void> wait_for(const Unit& unit, std::uint32_t needed);
  std::string blocked_by(const Unit& unit) const;
  Task<void> end_turn(std::uint32_t index);
  void refuse_turn(std::uint32_t index, const std::string& why);
  const plan::Change& change(std::uint32_t index) const { return plan_.changes[index]; }
  Result<cloud::Provider*> provider_of(std::uint32_t index);

  // steps_infra.cc
  Task<void> ensure_network(std::uint32_t index);
  Task<void> ensure_firewall(std::uint32_t index);
  Task<void> ensure_key(std::uint32_t index);
  Task<void> remove(std::uint32_t index);
  Task<void> remove_once(std::uint32_t index);
  Task<void> look_up_network(std::uint32_t index);
  std::vector<cloud::FirewallRule> rules_for_now(const plan::FirewallWork& work,
                                                 const plan::Change& change) const;
  Task<void> wait_for_groups(const plan::FirewallWork& work, const plan::Change& change);

  // steps_node.cc
  Task<void> create_nodes(std::vector<std::uint32_t> changes);
  Task<void> destroy_nodes(std::vector<std::uint32_t> changes);
  Task<void> end_node(std::uint32_t index, bool is_replacement);
  Task<void> update_node(std::uint32_t index);
  void serve(NodeRow row);
  Task<void> serve_together();
  Task<void> serve_when_running(NodeRow row);
  Task<void> install_on(NodeRow row);
  Task<void> replace_node(std::uint32_t index);
  Task<void> turn_off(std::uint32_t index);
  Task<void> power_nodes(std::vector<std::uint32_t> changes);
  Task<void> settle_power(std::uint32_t index, NodeWatch::Goal goal);
  Task<void> bear_nodes(std::vector<std::uint32_t> changes);
  Result<Ground> ground_for(const plan::Birth& birth) const;
  Task<Ground> ground_in(const plan::Birth& birth, std::string zone);
  NodeRow row_of(const plan::NodeWork& work, const plan::Change& change,
                 const cloud::Instance& instance) const;

  Context ctx_;
  Context work_;  ///< for calls in flight: ends a while after ctx_
  async::CancelHook end_of_grace_;
  Session& session_;
  Recorder& recorder_;
  const plan::Plan& plan_;
  NodeWatch watch_;
  Turns turns_;
  async::Group serving_;                   ///< new nodes that others wait for get their services
  std::vector<NodeRow> unserved_;          ///< those that have come in the last moment
  std::vector<ChangeResult> results_;      ///< by change
  std::vector<async::TimePoint> started_;  ///< by change
  std::vector<bool> is_concluded_;         ///< by change
  std::size_t open_ = 0;                   ///< changes of this run not concluded
  std::map<std::uint32_t, std::unique_ptr<async::Gate>>
      gates_;  ///< of changes that others wait for
  std::map<std::uint32_t, std::unique_ptr<async::Gate>>
      chosen_;  ///< likewise: the network has its id
  std::map<NetworkId, Result<cloud::Network>> networks_;
  std::map<FirewallId, cloud::Firewall> firewalls_;
  std::map<FirewallId, std::unique_ptr<async::Gate>> firewall_made_;  ///< it exists, or never will
  std::map<std::string, async::TimePoint> created_;
  std::vector<NodeRow> born_;
  std::vector<std::string> notes_;
};

}  // namespace ccloud::deploy
