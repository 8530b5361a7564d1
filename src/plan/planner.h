// The planner: pure and deterministic, the same input gives the same plan on every machine. It asks
// no cloud; what has to be resolved first it names in Plan::unresolved, and is then called again.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "config/model.h"
#include "plan/observed.h"
#include "plan/plan.h"
#include "plan/resolution.h"
#include "plan/selector.h"

namespace ccloud::plan {

struct PlanOptions {
  std::vector<std::string> selector_texts;
  std::vector<Selector> selectors;  ///< of those texts; empty: everything
  bool no_destroy = false;
  std::optional<std::int64_t> allow_destroy;
  bool prune = false;
  /// (cluster, place) pairs, and ("", address) of networks, that this machine has deployed.
  std::set<std::pair<std::string, std::string>> deployed_here;
  std::set<std::string, std::less<>> failed_nodes;  ///< for `@failed`
  std::vector<std::string> notes;                   ///< sentences for people, beside the plan's own
  /// Providers that the config does not name any more: one that cannot be asked is a note.
  std::set<std::string, std::less<>> recalled;
  /// For `ccloud replace`: the selected nodes are replaced, whatever their state.
  bool replaces_selected = false;
  /// With replaces_selected: only those whose image is not the newest.
  bool only_older_images = false;
  bool is_compared = true;  ///< with another plan, by its fingerprint; else it gets none
};

/// What deploy does. `observed` has been normalised.
Plan make_plan(const config::Config& config, const Observed& observed,
               const Resolutions& resolutions, const PlanOptions& options);

/// What destroy does: everything that carries the marks, or the selected nodes alone.
Plan make_destroy_plan(const config::Config& config, const Observed& observed,
                       const PlanOptions& options);

/// Of a provider in PlanOptions::recalled that cannot be asked.
std::string recalled_note(const std::string& provider, const Error& error);

/// Fills Plan::refusals; both of the above have called it.
void check_guards(Plan& plan, const config::Config& config, const PlanOptions& options);

/// Over the config and the observed state, and over what was resolved; times, counters and states
/// in passing (pending, running) do not count.
std::string fingerprint(const config::Config& config, const Observed& observed,
                        const Resolutions& resolutions, const PlanOptions& options);

}  // namespace ccloud::plan
