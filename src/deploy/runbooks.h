// The runbooks: one function per command. None of them prints or asks; what they tell goes to the
// session's listener, what they need to know comes from `confirm`. They end with a result also when
// they fail, so the task itself never ends with an error.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "deploy/results.h"
#include "deploy/session.h"
#include "plan/plan_file.h"

namespace ccloud::deploy {

/// What deploy would do. Changes nothing anywhere.
Task<PlanResult> run_plan(Context ctx, Session& session);

/// Makes the clouds match the config. With `reviewed` (from plan::from_json) it carries out that
/// plan, with its selectors, or refuses it as stale (exit 5).
Task<RunResult> run_deploy(Context ctx, Session& session);
Task<RunResult> run_deploy_reviewed(Context ctx, Session& session, plan::Plan reviewed);

/// Deletes everything that carries the project's marks in every region that is enabled; with
/// selectors only those nodes.
Task<RunResult> run_destroy(Context ctx, Session& session);

/// Power of the selected nodes; ends when they are where they shall be.
Task<RunResult> run_power(Context ctx, Session& session, cloud::PowerAction action);

/// Destroys and makes anew the selected nodes; with Options::newer_image only those whose image
/// is not the newest.
Task<RunResult> run_replace(Context ctx, Session& session);

/// The rows of one provider, in their order, as soon as it has answered or was given up.
using RowListener = std::function<void(const std::vector<NodeRow>& rows)>;

/// Every node on every provider. With `told` each row is told once, also those of the result.
Task<StatusResult> run_status(Context ctx, Session& session, RowListener told = {});

/// Asks each provider again `pause` after its own answer, so that none waits for another, and shows
/// all that is known every `pause`: for a provider that does not answer the last known rows. Ends
/// with the context, or when `show` says false.
Task<void> watch_status(Context ctx, Session& session, async::Duration pause,
                        std::function<bool(const StatusResult&)> show);

/// What the consoles of the selected nodes hold, also of those that cannot be reached.
Task<ConsoleResult> run_console(Context ctx, Session& session);

/// The runs of this machine; with `run` one of them and its changes.
Task<HistoryResult> run_history(Context ctx, Session& session, std::string run);

/// `config`: every provider of the config shall work. `machine`: there is no config, its providers
/// are all drivers there are, and those without credentials here are skipped.
enum class DoctorScope { config, machine };
/// Credentials, account, endpoints, clock, regions of every provider; this machine's clock and
/// journal. Exit: as of a run; 77 when no cloud's credentials were found at all.
Task<CheckResult> run_doctor(Context ctx, Session& session,
                             DoctorScope scope = DoctorScope::config);

/// `validate --online`: all clouds at once; credentials, regions, images, types, quotas.
Task<CheckResult> run_validate_online(Context ctx, Session& session);

/// `catalog --online`: the cloud's own answer, in the shape of catalog::Table; zones, sizes and
/// images of those regions. The one runbook that ends with an error when the cloud gives none.
Task<catalog::Table> run_catalog_online(Context ctx, Session& session, catalog::Section section,
                                        std::string provider, std::vector<std::string> regions,
                                        std::vector<std::string> words);

/// The ids of the nodes that failed in the last run of this machine (`@failed`), by name.
Task<std::vector<std::string>> failed_nodes(Context ctx, Session& session);

}  // namespace ccloud::deploy
