// What the runbooks end with: the data of `ccloud.run/1`, `ccloud.status/1`, history and doctor.
// Plain data; the views of the command line turn them into text and JSON.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/result.h"
#include "cloud/model.h"
#include "config/model.h"
#include "deploy/exit_codes.h"
#include "plan/plan.h"

namespace ccloud::deploy {

enum class Outcome : std::uint8_t { done, failed, skipped };
std::string_view to_string(Outcome outcome);

struct ChangeResult {
  std::string address;
  plan::Kind kind = plan::Kind::node;
  plan::Action action = plan::Action::keep;
  plan::Reason reason = plan::Reason::as_wanted;
  std::string why;
  std::string provider;
  std::string region;
  Outcome outcome = Outcome::skipped;
  std::string skipped_because;
  std::optional<Error> error;
  std::string id;         ///< of what was made, where there is one
  std::string public_ip;  ///< of a node that runs now
  double seconds = 0;
};

/// What the change says of itself, without an outcome yet.
ChangeResult result_of(const plan::Change& change);

struct RunResult {
  std::string run;      ///< id, as in `ccloud history RUN`; empty when nothing was begun
  std::string command;  ///< "deploy"
  std::string project;
  std::string result;  ///< "done", "partly", "failed", "refused", "interrupted", "nothing to do",
                       ///< "declined"
  plan::Plan plan;     ///< what was planned, refusals and notes included
  std::vector<ChangeResult> changes;  ///< in the plan's order, keeps left out
  std::vector<Error> errors;          ///< all of them, those of changes too
  std::vector<std::string> notes;
  double seconds = 0;
  Exit exit = Exit::done;

  std::int64_t count(Outcome outcome) const;
};

struct PlanResult {
  plan::Plan plan;
  std::vector<Error> errors;  ///< of providers, regions, resolutions
  Exit exit = Exit::done;     ///< changes_pending is the command line's business
};

struct ServiceRow {
  std::string service;
  std::string version;  ///< what runs; empty when not asked or not there
  std::string wanted;   ///< the config's
  std::string health;   ///< "healthy", "unhealthy", "unknown"; empty when not asked
};

/// What `deploy` would do about a node.
struct Drift {
  plan::Action action = plan::Action::keep;
  plan::Reason reason = plan::Reason::as_wanted;
  std::string why;
};

struct NodeRow {
  std::string name;
  std::string cluster;
  std::string place;  ///< the code; empty for existing nodes
  std::string provider;
  std::string driver;
  std::string region;
  cloud::Instance instance;  ///< state `missing` and no id for a node that is not there
  cloud::Labels labels;      ///< the user's
  std::vector<ServiceRow> services;
  std::optional<bool> reachable;  ///< only with --health
  std::string health;             ///< likewise; else empty
  std::string verdict;            ///< likewise: the reason in words
  std::optional<Drift> drift;
  double age_seconds = 0;  ///< of the data: 0 when just asked
  bool is_cached = false;  ///< the last known state; the cloud did not answer
  bool is_existing = false;

  /// The ssh settings of its place or cluster; null for nodes that the file does not name.
  std::shared_ptr<const config::Ssh> ssh;
};

struct StatusResult {
  std::string project;
  bool is_complete = true;
  std::vector<NodeRow> nodes;       ///< by provider, region, cluster, place, index
  std::vector<plan::Change> drift;  ///< of networks, firewalls, keys; only when asked for
  std::vector<Error> errors;
  std::vector<std::string> notes;  ///< regions that the account may not use ...
  std::map<cloud::NodeState, std::int64_t> by_state;
  std::int64_t drifted = 0;
  double seconds = 0;
  Exit exit = Exit::done;
};

struct ConsoleResult {
  struct Console {
    std::string node;
    Result<std::string> text;
  };
  std::vector<Console> nodes;  ///< as run_status orders them
  std::vector<Error> errors;   ///< of clouds that did not answer, or of the selector
  bool has_missing = false;    ///< the selector also means nodes that are not made yet
};

struct RunRow {
  std::string run;
  std::string command;
  std::string project;
  std::string environment;
  std::string operator_name;
  std::string started;   ///< RFC 3339
  std::string finished;  ///< empty: still running, or killed
  std::string result;    ///< empty: not known
  std::int64_t done = 0;
  std::int64_t failed = 0;
  std::int64_t skipped = 0;
};

struct HistoryResult {
  std::vector<RunRow> runs;           ///< newest first
  std::vector<ChangeResult> changes;  ///< of one run, when it was named
  std::vector<Error> errors;
  Exit exit = Exit::done;
};

/// One line of `doctor` or of `validate --online`.
struct Check {
  enum class State : std::uint8_t { good, warning, bad, skipped };
  std::string subject;  ///< "aws: credentials", "aws us-east-1: image debian-12", "clock"
  State state = State::good;
  std::string message;
  std::string remedy;
  /// Of a fault that stands in the config: "unknown-image", "quota" ...; "online": anything else.
  std::string code = "online";
  std::optional<Error> error;
  double seconds = 0;
  std::optional<config::Span> span;  ///< of what asked for it, in Config::source
};
std::string_view to_string(Check::State state);

struct CheckResult {
  std::vector<Check> checks;
  Exit exit = Exit::done;
};

}  // namespace ccloud::deploy
