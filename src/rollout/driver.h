// The loop around the scheduler: it reads the nodes' records, claims them, moves and restores nodes
// as the scheduler says, watches health, and writes down how it ended. Nothing is kept here: all of
// it works from any machine with the config.
#pragma once

#include <string>
#include <vector>

#include "rollout/node.h"
#include "rollout/node_record.h"
#include "rollout/scheduler.h"

namespace ccloud::rollout {

enum class Outcome {
  done,
  nothing_to_do,
  partly,       ///< exit 3
  failed,       ///< exit 1: stopped, or not every touched node could be restored
  rolled_back,  ///< exit 4
  interrupted,  ///< exit 130
  refused,      ///< exit 5: the version is held
  busy,         ///< another rollout has the service
};
std::string_view to_string(Outcome outcome);

struct NodeOutcome {
  std::string node{};
  std::string place{};
  Phase phase = Phase::waiting;
  std::string from{};     ///< version
  std::string version{};  ///< that it has now
  std::string provider{};
  std::string region{};
  std::string error{};
  ErrorCode code = ErrorCode::internal;  ///< of the error
  std::string evidence{};
  bool has_failed = false;
};

struct Summary {
  std::string service{};
  std::string rollout{};
  std::string version{};  ///< wanted
  Outcome outcome = Outcome::done;
  std::string message{};  ///< one sentence for people
  std::vector<NodeOutcome> nodes{};
  std::vector<Error> errors{};
  double seconds = 0;
};

struct UpdateOptions {
  std::string version{};  ///< empty: the config's
  bool retries = false;   ///< also a version that is held
};

/// All nodes of the service, the ones that are down too. The task itself never ends with an error.
Task<Summary> update_service(Context ctx, Tools tools, const config::Service& service,
                             std::vector<Node> nodes, UpdateOptions options);
/// Takes over the rollout that was not finished, and goes on as its policy says.
Task<Summary> resume_rollout(Context ctx, Tools tools, const config::Service& service,
                             std::vector<Node> nodes);
/// Puts every node that the last rollout touched back to what it had before.
Task<Summary> undo_rollout(Context ctx, Tools tools, const config::Service& service,
                           std::vector<Node> nodes);

struct NodeStatus {
  std::string node{};
  std::string place{};
  bool is_reachable = false;
  std::string error{};
  Facts facts{};
};

struct Status {
  std::string service{};
  std::string wanted{};  ///< the config's version
  std::vector<NodeStatus> nodes{};
  std::optional<Record> last{};  ///< of the newest rollout
  bool is_unfinished = false;    ///< it neither ended nor was undone
};
Task<Status> rollout_status(Context ctx, Tools tools, const config::Service& service,
                            std::vector<Node> nodes);

struct Installed {
  std::string node{};
  Result<std::string> version;
};
struct InstallOptions {
  std::vector<std::string> only{};               ///< nodes; empty: all
  std::map<std::string, std::string> ran{};      ///< the version of a place whose nodes are anew
  std::function<void(const Installed&)> told{};  ///< of each as soon as it is known
};
/// Installs the service on those of `nodes` that lack it, at the version that most healthy nodes of
/// the place run, else ran before, else the config's. A node that has it is told with its version.
Task<std::vector<Installed>> install_service(Context ctx, Tools tools,
                                             const config::Service& service,
                                             std::vector<Node> nodes, InstallOptions options);

struct Probe {
  std::string node{};
  bool is_reachable = false;
  std::string version{};  ///< empty: the node lacks the service
  std::string health{};   ///< "healthy", "unhealthy", "unknown"
  std::string text{};     ///< the answer
};
/// One look at each node: version and one health question.
Task<std::vector<Probe>> probe_service(Context ctx, Tools tools, const config::Service& service,
                                       std::vector<Node> nodes);

/// Until a node that may still be booting lets us in; after three minutes no more.
Task<void> wait_for_login(Context ctx, Tools tools, Node node);

/// Before a node is stopped or replaced: the `drain` step of a service that it has, if there is
/// one.
Task<void> drain_node(Context ctx, Tools tools, const config::Service& service, Node node);

struct Lack {
  std::vector<std::string> nodes{};  ///< that lack it
  std::vector<std::string>
      silent{};                      ///< that do not answer, though nothing says that they are down
  std::vector<std::string> notes{};  ///< what is for `update` and `rollout` to do, in sentences
};
/// Which of these nodes do not have the service.
Task<Lack> nodes_without(Context ctx, Tools tools, const config::Service& service,
                         std::vector<Node> nodes);

}  // namespace ccloud::rollout
