#include "cli/nodes.h"

#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"
#include "cli/reach.h"
#include "deploy/runbooks.h"
#include "rollout/driver.h"
#include "rollout/keys.h"
#include "rollout/look.h"
#include "rollout/release.h"

namespace ccloud::cli {
namespace {

std::string why_down(const deploy::NodeRow& row) {
  switch (row.instance.state) {
    case cloud::NodeState::running:
    case cloud::NodeState::pending:
    case cloud::NodeState::unknown:
      return "";
    default:
      return std::string(cloud::to_string(row.instance.state));
  }
}

}  // namespace

Result<void> check_choice(const NodeChoice& choice) {
  if (choice.is_all && !choice.selectors.empty()) {
    return make_error(ErrorCode::invalid_argument, "--all and a selector exclude each other");
  }
  if (!choice.is_all && choice.selectors.empty()) {
    return make_error(ErrorCode::invalid_argument, "no nodes are named",
                      "give a SELECTOR such as web-us-1 or 'web-*', or --all");
  }
  return {};
}

rollout::Node node_of(const config::Config& config, const deploy::NodeRow& row, bool is_simulated) {
  const ExportNode how = reach(config, row);
  rollout::Node node;
  node.name = row.name;
  node.place = row.place.empty() ? row.region : row.place;
  node.provider = row.provider;
  node.region = row.region;
  node.address = how.address;
  node.down = why_down(row);
  if (node.down.empty() && how.address.empty()) node.down = "without an address";
  auto& target = node.target;
  target.name = row.name;
  target.instance_id = row.instance.id;
  target.host = how.address;
  if (how.port != 22) target.port = how.port;
  if (!how.user.empty()) target.user = how.user;
  if (is_simulated) {
    if (const auto port = simulated_port(row)) target.port = *port;
  }
  target.identities = how.identities;
  if (row.ssh != nullptr) {
    target.has_identity = row.ssh->has_identity;
    if (row.ssh->bastion) {
      const auto& bastion = *row.ssh->bastion;
      target.bastion = ssh::Hop{.user = bastion.user, .host = bastion.host, .port = bastion.port};
    }
  }
  return node;
}

ssh::PoolOptions pool_options(const Runtime& runtime) {
  auto options = ssh::default_pool_options();
  if (runtime.is_simulated()) options.host_keys = runtime.sim_state() + "/known_hosts";
  return options;
}

rollout::Tools rollout_tools(Runtime& runtime, ssh::Shell& shell, const config::Config& config) {
  rollout::Tools tools;
  tools.loop = &runtime.loop();
  tools.shell = &shell;
  tools.run_id = runtime.run_id();
  tools.operator_name = runtime.operator_name();
  tools.base = config.base.string();
  return tools;
}

Task<Reached> find_nodes(Context ctx, Runtime* runtime, const config::Config* config,
                         std::vector<std::string> selectors) {
  deploy::Options options;
  options.selectors = std::move(selectors);
  options.region_timeout = std::chrono::seconds(10);  // as `status`
  deploy::Session session = runtime->session(*config, options);
  auto status = co_await deploy::run_status(ctx, session);
  Reached reached;
  reached.errors = std::move(status.errors);
  for (auto& row : status.nodes) {
    if (row.instance.id.empty()) {
      reached.has_missing = true;
      continue;
    }
    if (row.instance.state == cloud::NodeState::terminated ||
        row.instance.state == cloud::NodeState::terminating) {
      continue;
    }
    reached.nodes.push_back(node_of(session.config(), row, runtime->is_simulated()));
    reached.rows.push_back(std::move(row));
  }
  co_return std::move(reached);
}

std::vector<rollout::Node> nodes_of_service(const config::Service& service,
                                            const Reached& reached) {
  std::vector<rollout::Node> nodes;
  for (std::size_t i = 0; i < reached.nodes.size(); ++i) {
    const auto& cluster = reached.rows[i].cluster;
    const bool is_its = std::ranges::any_of(
        service.clusters, [&](const auto& name) { return name.value == cluster; });
    if (is_its) nodes.push_back(reached.nodes[i]);
  }
  return nodes;
}

// --- Hooks ---

namespace {

/// What the hooks share: made when the first of them is called.
struct HookState {
  Runtime* runtime = nullptr;
  config::Config config;
  std::unique_ptr<ssh::Shell> shell;
  /// What most healthy nodes of a place ran when they were first asked, by service and place: what
  /// takes the place of the last one gets the same.
  std::map<std::pair<std::string, std::string>, std::string> ran{};

  rollout::Tools tools() {
    if (!shell) shell = ssh::make_pool(runtime->loop(), pool_options(*runtime));
    return rollout_tools(*runtime, *shell, config);
  }
  rollout::Node node(const deploy::NodeRow& row) const {
    return node_of(config, row, runtime->is_simulated());
  }
};
using State = std::shared_ptr<HookState>;

bool carries(const config::Service& service, const deploy::NodeRow& row) {
  return std::ranges::any_of(service.clusters,
                             [&](const auto& name) { return name.value == row.cluster; });
}

/// The nodes of `rows` that the service belongs on, with where each row is.
std::vector<rollout::Node> nodes_for(const HookState& state, const config::Service& service,
                                     const std::vector<deploy::NodeRow>& rows) {
  std::vector<rollout::Node> nodes;
  for (const auto& row : rows) {
    if (carries(service, row) && !row.instance.id.empty()) nodes.push_back(state.node(row));
  }
  return nodes;
}

deploy::NodeRow* find_row(std::vector<deploy::NodeRow>& rows, const std::string& name) {
  const auto at = std::ranges::find(rows, name, &deploy::NodeRow::name);
  return at == rows.end() ? nullptr : &*at;
}

void take_probe(deploy::NodeRow& row, const config::Service& service, const rollout::Probe& probe) {
  row.reachable = probe.is_reachable;
  auto at = std::ranges::find(row.services, service.name, &deploy::ServiceRow::service);
  if (at == row.services.end()) {
    row.services.push_back({.service = service.name});
    at = std::prev(row.services.end());
  }
  at->version = probe.version;
  at->wanted = service.version.value;
  at->health = probe.health;
  if (probe.health == "unhealthy") {
    row.health = "unhealthy";
  } else if (probe.health == "healthy" && row.health != "unhealthy") {
    row.health = "healthy";
  }
  if (probe.health != "healthy" && !probe.text.empty()) {
    row.verdict += (row.verdict.empty() ? "" : "; ") + service.name + ": " + probe.text;
  }
}

/// Nodes without a service still have to answer.
Task<void> ping(Context ctx, ssh::Shell* shell, rollout::Node node, deploy::NodeRow* row) {
  auto opened =
      co_await shell->open(ctx.with_timeout(std::chrono::seconds(20)), node.target).result();
  row->reachable = opened.has_value();
  if (!opened) row->verdict = opened.error().message;
  co_return {};
}

void remember_versions(HookState& state, const std::vector<deploy::NodeRow>& rows) {
  std::map<std::pair<std::string, std::string>, std::map<std::string, int>> counts;
  for (const auto& row : rows) {
    for (const auto& service : row.services) {
      const bool is_good = !service.version.empty() && service.health != "unhealthy";
      if (is_good) ++counts[{service.service, row.place}][service.version];
    }
  }
  for (const auto& [where, versions] : counts) {
    const auto most =
        std::ranges::max_element(versions, {}, [](const auto& version) { return version.second; });
    state.ran.emplace(where, most->first);
  }
}

Task<void> probe_all(Context ctx, State state, std::vector<deploy::NodeRow>* rows) {
  const auto tools = state->tools();
  async::Group group(ctx.loop());
  for (auto& row : *rows) {
    const bool has_service = std::ranges::any_of(
        state->config.services, [&](const auto& service) { return carries(service, row); });
    if (!has_service && row.instance.state == cloud::NodeState::running) {
      group.spawn(ping(ctx, tools.shell, state->node(row), &row));
    }
  }
  for (const auto& service : state->config.services) {
    const auto probes =
        co_await rollout::probe_service(ctx, tools, service, nodes_for(*state, service, *rows));
    for (const auto& probe : probes) {
      if (auto* row = find_row(*rows, probe.node)) take_probe(*row, service, probe);
    }
  }
  co_await group.join();
  remember_versions(*state, *rows);
  co_return {};
}

/// All nodes of the project, those in `rows` as they are told there: a list may lag.
Task<Reached> whole_fleet(Context ctx, State state, const std::vector<deploy::NodeRow>* rows) {
  auto fleet = co_await find_nodes(ctx, state->runtime, &state->config, {});
  for (const auto& row : *rows) {
    const auto at = std::ranges::find(fleet.rows, row.name, &deploy::NodeRow::name);
    if (at == fleet.rows.end()) {
      fleet.rows.push_back(row);
      fleet.nodes.push_back(state->node(row));
    } else {
      const auto index = static_cast<std::size_t>(at - fleet.rows.begin());
      fleet.nodes[index] = state->node(row);
    }
  }
  co_return std::move(fleet);
}

std::vector<rollout::Node> living(const config::Service& service, const Reached& fleet) {
  auto nodes = nodes_of_service(service, fleet);
  std::erase_if(nodes, [](const rollout::Node& node) { return !node.down.empty(); });
  return nodes;
}

/// On `rows`, which may still be booting; the other nodes of their places say at which version.
Task<std::vector<deploy::Hooks::ServiceOutcome>> install_all(Context ctx, State state,
                                                             std::vector<deploy::NodeRow> rows,
                                                             deploy::Hooks::ServiceListener told) {
  std::vector<deploy::Hooks::ServiceOutcome> outcomes;
  if (rows.empty()) co_return outcomes;
  auto fleet = co_await whole_fleet(ctx, state, &rows);
  co_await rollout::for_each(ctx, rows.size(), 256, [&](std::size_t i) {
    return rollout::wait_for_login(ctx, state->tools(), state->node(rows[i]));
  });
  std::vector<std::string> only;
  for (const auto& row : rows) only.push_back(row.name);
  for (const auto& service : state->config.services) {
    auto nodes = living(service, fleet);
    if (nodes.empty()) continue;
    const auto tell = [&](const rollout::Installed& one) {
      if (told) told({service.name, one.node, one.version});
    };
    std::map<std::string, std::string> ran;
    for (const auto& [where, version] : state->ran) {
      if (where.first == service.name) ran.emplace(where.second, version);
    }
    auto installed =
        co_await rollout::install_service(ctx, state->tools(), service, std::move(nodes),
                                          {.only = only, .ran = std::move(ran), .told = tell});
    for (auto& one : installed) {
      outcomes.push_back({service.name, one.node, std::move(one.version)});
    }
  }
  co_return outcomes;
}

Task<deploy::Hooks::Lacking> missing_services(Context ctx, State state,
                                              std::vector<deploy::NodeRow> rows) {
  deploy::Hooks::Lacking lacking;
  for (const auto& service : state->config.services) {
    auto nodes = nodes_for(*state, service, rows);
    auto found = co_await rollout::nodes_without(ctx, state->tools(), service, std::move(nodes));
    for (const auto& name : found.nodes) lacking.services.push_back({service.name, name});
    for (const auto& name : found.silent) lacking.silent.push_back({service.name, name});
    std::ranges::move(found.notes, std::back_inserter(lacking.notes));
  }
  co_return lacking;
}

Task<void> rotate(Context ctx, State state, deploy::Hooks::KeyRotation rotation) {
  std::vector<std::string> wanted;
  for (const auto& key : rotation.ssh->keys) wanted.push_back(key.line());
  auto change = co_await rollout::rotate_keys(ctx, state->tools(), state->node(rotation.node),
                                              std::move(wanted));
  (void)change;
  co_return {};
}

Task<void> drain(Context ctx, State state, deploy::NodeRow row) {
  for (const auto& service : state->config.services) {
    if (carries(service, row)) {
      co_await rollout::drain_node(ctx, state->tools(), service, state->node(row));
    }
  }
  co_return {};
}

}  // namespace

deploy::Hooks make_hooks(Runtime& runtime, const config::Config& config) {
  auto state = std::make_shared<HookState>(HookState{&runtime, config, nullptr});
  deploy::Hooks hooks;
  hooks.probe = [state](Context ctx, std::vector<deploy::NodeRow>* rows) {
    return probe_all(ctx, state, rows);
  };
  hooks.rotate_keys = [state](Context ctx, deploy::Hooks::KeyRotation rotation) {
    return rotate(ctx, state, std::move(rotation));
  };
  if (config.services.empty()) return hooks;
  hooks.install_services = [state](Context ctx, std::vector<deploy::NodeRow> rows,
                                   deploy::Hooks::ServiceListener told) {
    return install_all(ctx, state, std::move(rows), std::move(told));
  };
  hooks.check_services = [state](const std::set<std::string, std::less<>>& names) -> Result<void> {
    for (const auto& service : state->config.services) {
      if (!names.contains(service.name)) continue;
      auto found = rollout::check_secrets(service, state->config.base.string());
      if (!found) return found;
    }
    return {};
  };
  hooks.missing_services = [state](Context ctx, std::vector<deploy::NodeRow> rows) {
    return missing_services(ctx, state, std::move(rows));
  };
  hooks.drain = [state](Context ctx, deploy::NodeRow row) {
    return drain(ctx, state, std::move(row));
  };
  return hooks;
}

}  // namespace ccloud::cli
