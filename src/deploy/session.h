// What the runbooks may use, and what the user asked for. Made once per command by the command
// line; a session holds the providers that were opened, and nothing outlives it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "async/context.h"
#include "catalog/catalog.h"
#include "cloud/provider.h"
#include "config/model.h"
#include "deploy/events.h"
#include "deploy/patience.h"
#include "deploy/results.h"
#include "journal/journal.h"
#include "plan/plan.h"

namespace ccloud::deploy {

struct Options {
  std::vector<std::string> selectors;
  bool newer_image = false;  ///< replace --newer-image
  bool no_destroy = false;
  std::optional<std::int64_t> allow_destroy;
  bool prune = false;
  bool drift_of_everything = false;        ///< status: networks and firewalls, too
  bool health = false;                     ///< status --health, by the hook
  bool fresh = false;                      ///< status: never rows from the cache
  std::optional<async::Duration> max_age;  ///< status: older rows from the cache count as unknown
  async::Duration region_timeout = std::chrono::seconds(30);  ///< of silence, while looking
  async::Duration boot_timeout = std::chrono::minutes(10);    ///< until a new node runs
  async::Duration delete_timeout = std::chrono::minutes(10);
  async::Duration poll_interval = std::chrono::seconds(2);  ///< grows to five times that
  std::size_t concurrency = 0;                              ///< calls at a time per provider; 0: 32
  /// How long a list may lack what is young; none: as each provider says. Simulated clouds: short.
  std::optional<async::Duration> visibility_lag;
  async::Duration grace = std::chrono::seconds(10);  ///< for calls in flight after Ctrl-C
  int birth_attempts = 3;                            ///< for a node that dies at birth
};

/// Where rollout plugs in; null members are left out of the runs.
struct Hooks {
  struct MissingService {
    std::string service;
    std::string node;
  };
  struct ServiceOutcome {
    std::string service;
    std::string node;
    Result<std::string> version;
  };
  struct KeyRotation {
    NodeRow node;
    std::shared_ptr<const config::Ssh> ssh;  ///< keys as they shall be
  };
  /// Which services the nodes carry, and at which version and health; fills rows in place
  /// (`status --health`), each row with its own deadline.
  std::function<Task<void>(Context, std::vector<NodeRow>* rows)> probe;
  struct Lacking {
    std::vector<MissingService> services;
    std::vector<MissingService> silent;  ///< of nodes that do not answer: they may lack them
    std::vector<std::string> notes;      ///< what deploy leaves to `update`, in sentences
  };
  /// Which of these running nodes lack a service of their cluster. Without it only new nodes get
  /// theirs.
  std::function<Task<Lacking>(Context, std::vector<NodeRow> nodes)> missing_services;
  /// Whether what these services need on this machine is there; asked before anything is made.
  std::function<Result<void>(const std::set<std::string, std::less<>>& services)> check_services;
  using ServiceListener = std::function<void(const ServiceOutcome&)>;
  /// Installs their clusters' services on those of the nodes that lack them; an outcome for each,
  /// also for those that have it already. `told` (or null) of each as soon as it is known.
  std::function<Task<std::vector<ServiceOutcome>>(Context, std::vector<NodeRow> nodes,
                                                  ServiceListener told)>
      install_services;
  /// Adds the new login keys over ssh, proves one, removes the old ones.
  std::function<Task<void>(Context, KeyRotation)> rotate_keys;
  /// Before a node that carries a service is stopped or replaced.
  std::function<Task<void>(Context, NodeRow)> drain;
};

/// Everything that a runbook may use.
struct Tools {
  async::Loop* loop = nullptr;
  cloud::Host host;              ///< given to every provider
  cloud::Factory make_provider;  ///< registry::make_provider, or a fake
  const catalog::Catalog* catalog = nullptr;
  journal::Journal* journal = nullptr;  ///< null: nothing is recorded, nothing is locked
  Listener listener;                    ///< may be empty
  /// Shows the plan and asks; called once, before anything is changed, only when there is something
  /// to change. False: nothing is done. Empty: yes.
  std::function<Task<bool>(Context, const plan::Plan&)> confirm;
  Hooks hooks;
  std::string run_id;         ///< deploy::new_run_id()
  std::string operator_name;  ///< "anna@laptop"
};

/// "20260102-030405-1a2b": sorts by time.
std::string new_run_id(async::WallTime now);

class Session {
 public:
  Session(Tools tools, config::Config config, Options options);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const config::Config& config() const { return config_; }
  /// One that the config does not name any more (deploy/recall.h).
  void add_provider(config::Provider provider) { config_.providers.push_back(std::move(provider)); }
  const Options& options() const { return options_; }
  Tools& tools() { return tools_; }
  async::Loop& loop() { return *tools_.loop; }

  /// The provider of that name in the config, opened when first asked for.
  Result<cloud::Provider*> provider(const std::string& name);
  /// When its cloud last gave an answer; null before it was opened.
  const Pulse* pulse(const std::string& name) const;
  /// How long a provider's lists may lack what is young.
  async::Duration lag(const std::string& provider);
  /// Stamps and delivers an event; also keeps the counts in `progress`.
  void emit(Event event);
  void note(std::string message);
  Event::Progress& progress() { return progress_; }

 private:
  Tools tools_;
  config::Config config_;
  Options options_;
  std::map<std::string, std::unique_ptr<Pulse>> pulses_;  // outlive the providers
  std::map<std::string, Result<std::unique_ptr<cloud::Provider>>> providers_;
  Event::Progress progress_;
};

}  // namespace ccloud::deploy
