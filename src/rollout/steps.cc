#include "rollout/steps.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"
#include "rollout/health.h"
#include "ssh/transfer.h"

namespace ccloud::rollout {

namespace {

Error taken_over_error(const Node& node, std::string_view text) {
  const auto record = decode_record(trim(text));
  Error error = make_error(
      ErrorCode::conflict,
      record ? fmt::format("{}: rollout {} of {} (by {}, last seen {}) has this service now",
                           node.name, record->rollout, record->service, record->by, record->at)
             : fmt::format("{}: another rollout has this service now", node.name),
      "see `ccloud rollout status`");
  error.raw_code = "taken-over";
  return error;
}

Error script_error(const Node& node, const ssh::Output& output) {
  if (output.exit == script::taken_over) return taken_over_error(node, output.err);
  const auto said = std::string(trim(trim(output.err).empty() ? output.out : output.err));
  if (output.exit == script::no_space) {
    return make_error(ErrorCode::capacity,
                      fmt::format("{}: the disk is too full: {}", node.name, said),
                      "free some space, lower `keep`, or ask for a larger disk");
  }
  // Enough to understand it; the whole of it is in the evidence.
  auto tail = said.size() > 400 ? "..." + said.substr(said.size() - 400) : said;
  return make_error(ErrorCode::internal, fmt::format("{}: exit code {}{}{}", node.name, output.exit,
                                                     tail.empty() ? "" : ": ", tail));
}

/// The same error with what else went wrong.
Error with_note(Error error, const std::string& note) {
  error.message += "; and from here: " + note;
  return error;
}

std::string fill(const config::Step& step, const Node& node, const std::string& version) {
  std::string text = step.command;
  for (const auto& [marker, value] : {std::pair<std::string, std::string>{"{node}", node.name},
                                      {"{place}", node.place},
                                      {"{region}", node.region},
                                      {"{address}", node.address},
                                      {"{version}", version}}) {
    text = replace_all(text, marker, shell_quote(value));
  }
  return text;
}

/// `text` is a step's name, or a note for people.
void tell(const Job& job, const Spot& spot, Event::Kind kind, std::string text) {
  if (!job.tools.listener) return;
  Event event;
  event.kind = kind;
  event.at = job.tools.loop->wall_now();
  event.service = job.service->name;
  event.rollout = job.owner.rollout;
  event.node = spot.node.name;
  event.place = spot.node.place;
  (kind == Event::Kind::step ? event.step : event.message) = std::move(text);
  job.tools.listener(event);
}

/// The record for the step that begins.
std::string at_step(const Job& job, Spot& spot, const std::string& step) {
  spot.record.step = step;
  spot.record.at = format_time(job.tools.loop->wall_now());
  tell(job, spot, Event::Kind::step, step);
  return encode_record(spot.record);
}

/// A script that changes the service. Once one may have run there, the node counts as touched.
Task<std::string> change(Context ctx, const Job& job, Spot& spot, std::string script) {
  auto output = co_await run_script(ctx, job.tools, spot.node, std::move(script)).result();
  const bool never_ran = !output.has_value() && !output.error().ambiguous &&
                         output.error().code == ErrorCode::unavailable;
  if (!never_ran) spot.is_touched = true;
  co_return output;
}

/// A step of the user's, on the node or here; does nothing when the config has none.
Task<void> user_step(Context ctx, const Job& job, Spot& spot, std::string name,
                     const std::optional<config::Step>& step, std::string release,
                     std::string version) {
  if (!step) co_return {};
  const auto record = at_step(job, spot, name);
  const auto command = fill(*step, spot.node, version);
  const auto unit = unit_of(*job.service);
  Result<std::string> outcome = std::string();
  if (step->is_local) {
    co_await change(ctx, job, spot, script::note(unit, job.owner, record));
    outcome = co_await run_local(ctx.with_timeout(job.tools.step_timeout), command, job.tools.base)
                  .result();
  } else {
    outcome = co_await change(ctx, job, spot,
                              script::user_step(unit, job.owner, record, release, command))
                  .result();
  }
  if (outcome.has_value()) co_return {};
  co_return with_context(outcome.error(), "step " + name);
}

/// Fetches the artifact on the node; where that cannot be done, here, to be shipped from here.
Task<std::vector<ssh::TarSource>> fetch_artifact(Context ctx, const Job& job, const Spot& spot) {
  const auto& release = job.release;
  ssh::Command command;
  command.line =
      script::as_root(script::fetch(release.unit, job.owner, release.url, release.archive));
  const auto output = co_await job.tools.shell->run(ctx, spot.node.target, std::move(command));
  if (output.exit == 0) co_return std::vector<ssh::TarSource>{};
  const auto problem = with_context(script_error(spot.node, output), "fetching " + release.url);
  if (output.exit == script::taken_over) co_return problem;
  auto here = co_await release.local_copy->path(ctx).result();
  if (!here.has_value()) {
    co_return output.exit == script::no_fetcher ? here.error()
                                                : with_note(problem, here.error().message);
  }
  co_return co_await ssh::tar_sources(*here, release.archive);
}

/// The artifact and the rest, into the folder of what is coming.
Task<void> ship_files(Context ctx, const Job& job, const Spot& spot) {
  auto files = job.release.files;
  if (!job.release.url.empty()) {
    auto own = co_await fetch_artifact(ctx, job, spot);
    std::ranges::move(own, std::back_inserter(files));
  }
  auto sent =
      co_await ssh::send_tar(ctx, *job.tools.shell, spot.node.target, std::move(files),
                             script::as_root(script::receive(job.release.unit, job.owner)), {});
  co_return {};
}

/// `record`: empty to leave the node's as it is.
Task<void> ship(Context ctx, const Job& job, Spot& spot, std::string record) {
  const auto& release = job.release;
  const auto answer =
      co_await run_script(ctx, job.tools, spot.node,
                          script::prepare(release.unit, job.owner, record, spot.record.to,
                                          release.fingerprint, release.bytes));
  if (trim(answer) != "have") {
    co_await ship_files(ctx.with_timeout(job.tools.step_timeout), job, spot);
    co_await run_script(
        ctx, job.tools, spot.node,
        script::commit(release.unit, job.owner, spot.record.to, release.archive, release.sha256));
  }
  spot.is_shipped = true;
  co_return {};
}

/// The steps that put a release on a node, as that node keeps them with it.
std::string encode_steps(const config::Steps& steps) {
  json::Writer writer;
  writer.begin_object();
  const auto put = [&](const char* name, const std::optional<config::Step>& step) {
    if (step && !step->is_local) writer.member(name, step->command);
  };
  put("install", steps.install);
  put("start", steps.start);
  put("stop", steps.stop);
  return writer.end_object().take();
}

/// To go back: the install and start of then, not those that may just have failed. A command that
/// runs here is always the config's own; nodes have no say in it.
config::Steps steps_back(config::Steps steps, std::string_view kept) {
  const auto document = json::parse(trim(kept));
  if (!document.has_value()) return steps;
  const auto take = [&](const char* name, std::optional<config::Step>& step) {
    if (step && step->is_local) return;
    const auto command = document->root().get(name).string_or();
    step.reset();
    if (!command.empty()) step = config::Step{.command = command};
  };
  take("install", steps.install);
  take("start", steps.start);
  return steps;
}

/// What was started in its own way is stopped by the step of then, too; the config's is for others.
std::optional<config::Step> stop_of(const Facts& facts,
                                    const std::optional<config::Step>& configs) {
  const auto document = json::parse(facts.steps.empty() ? "{}" : facts.steps);
  const auto command = document.has_value() ? document->root().get("stop").string_or() : "";
  return command.empty() ? configs : config::Step{.command = command};
}

enum class Way : std::uint8_t { forward, back };

struct Activated {
  bool has_program = false;
  std::optional<config::Health> health{};
};

/// What the node says of the release that `current` leads to now.
Activated read_activated(const Job& job, Spot& spot, const std::string& answer) {
  Activated activated;
  for (const auto& line : split(answer, '\n')) {
    if (line == "program: yes") activated.has_program = true;
    if (line.starts_with("health: ")) spot.facts.health = line.substr(8);
  }
  activated.health = decode_health(spot.facts.health);
  if (!activated.health && activated.has_program) {
    activated.health = default_health(unit_of(*job.service));
  }
  return activated;
}

/// `current` leads to the release and its program runs. Where the user's own step starts it, that
/// comes between the two.
Task<Activated> activate_and_start(Context ctx, const Job& job, Spot& spot, std::string release,
                                   std::string version, std::optional<config::Step> start,
                                   bool waits_for_health) {
  const auto unit = unit_of(*job.service);
  const auto to_activate = at_step(job, spot, "activate");
  // Whatever fails from here on, this is what the node has.
  spot.facts.current = release;
  spot.facts.version = version;
  spot.facts.steps.clear();
  if (start) {
    const auto answer =
        co_await change(ctx, job, spot, script::activate(unit, job.owner, to_activate, release));
    auto activated = read_activated(job, spot, answer);
    co_await user_step(ctx, job, spot, "start", start, release, version);
    if (activated.health && waits_for_health) {
      co_await change(ctx, job, spot, script::note(unit, job.owner, at_step(job, spot, "health")));
    }
    co_return activated;
  }
  // One round trip for what a step each would take.
  script::Serve records{.activate = to_activate, .start = at_step(job, spot, "start")};
  auto next = spot.record;
  next.step = "health";
  if (waits_for_health) records.health = encode_record(next);
  const auto answer =
      co_await change(ctx, job, spot, script::serve(unit, job.owner, records, release));
  auto activated = read_activated(job, spot, answer);
  if (activated.health && waits_for_health) at_step(job, spot, "health");
  co_return activated;
}

/// The steps around a switch. Forward each has to succeed; on the way back what fails there is
/// told, and does not keep the node from what served before.
Task<void> side_step(Context ctx, const Job& job, Spot& spot, std::string name,
                     std::optional<config::Step> step, std::string release, std::string version,
                     Way way) {
  auto done = co_await user_step(ctx, job, spot, name, step, release, version).result();
  if (done.has_value() || way == Way::forward || done.error().raw_code == "taken-over") {
    co_return done;
  }
  tell(job, spot, Event::Kind::note,
       masked(job.release, fmt::format("{}: {}", spot.node.name, done.error().message)));
  co_return {};
}

/// Everything between "it does not serve any more" and "it serves `release`". Yields when it was
/// found healthy.
Task<TimePoint> switch_to(Context ctx, const Job& job, Spot& spot, std::string release,
                          std::string version, config::Steps steps, Way way) {
  const bool waits_for_health = way == Way::forward || spot.record.was_healthy;
  const auto leaving = spot.facts.current;
  co_await side_step(ctx, job, spot, "drain", steps.drain, leaving, version, way);
  co_await side_step(ctx, job, spot, "stop", stop_of(spot.facts, steps.stop), leaving, version,
                     way);
  co_await user_step(ctx, job, spot, "install", steps.install, release, version);
  const auto activated =
      co_await activate_and_start(ctx, job, spot, release, version, steps.start, waits_for_health);
  if (activated.health && waits_for_health) {
    co_await wait_healthy(
        ctx, *job.tools.shell, spot.node, *activated.health, [&](const std::string& answer) {
          tell(job, spot, Event::Kind::note,
               masked(job.release, spot.node.name + " is not healthy yet: " + answer));
        });
  }
  const auto healthy_at = ctx.now();
  co_await side_step(ctx, job, spot, "undrain", steps.undrain, release, version, way);
  co_return healthy_at;
}

}  // namespace

script::Unit unit_of(const config::Service& service) {
  return {.service = service.name,
          .dir = service.dir,
          .user = service.user,
          .has_program = !service.run.empty()};
}

Task<std::string> run_script(Context ctx, const Tools& tools, const Node& node,
                             std::string script) {
  ssh::Command command;
  command.line = script::as_root(script);
  auto output = co_await tools.shell->run(ctx.with_timeout(tools.step_timeout), node.target,
                                          std::move(command));
  if (output.exit != 0) co_return script_error(node, output);
  co_return std::move(output.out);
}

Task<void> run_drain(Context ctx, const Tools& tools, const config::Service& service,
                     const Node& node, std::string version) {
  const auto& step = *service.steps.drain;
  const auto command = fill(step, node, version);
  if (step.is_local) {
    co_await run_local(ctx.with_timeout(tools.step_timeout), command, tools.base);
  } else {
    co_await run_script(ctx, tools, node, command);
  }
  co_return {};
}

Task<Facts> read_node(Context ctx, const Tools& tools, const Node& node, const script::Unit& unit) {
  if (!node.down.empty()) {
    co_return make_error(ErrorCode::unavailable, node.name + " is " + node.down);
  }
  const auto text = co_await run_script(ctx.with_timeout(tools.connect_timeout * 2), tools, node,
                                        script::read_facts(unit));
  co_return co_await parse_facts(text);
}

Task<void> claim_node(Context ctx, const Job& job, Spot& spot) {
  spot.record.service = job.service->name;
  spot.record.node = spot.node.name;
  spot.record.rollout = job.owner.rollout;
  spot.record.command = job.command;
  spot.record.epoch = job.owner.epoch;
  spot.record.by = job.tools.operator_name;
  spot.record.at = format_time(job.tools.loop->wall_now());
  co_await run_script(ctx, job.tools, spot.node,
                      script::claim(unit_of(*job.service), job.owner, encode_record(spot.record)));
  co_return {};
}

Task<void> note_phase(Context ctx, const Job& job, Spot& spot, Phase phase) {
  spot.record.phase = to_string(phase);
  spot.record.at = format_time(job.tools.loop->wall_now());
  co_await run_script(ctx, job.tools, spot.node,
                      script::note(unit_of(*job.service), job.owner, encode_record(spot.record)));
  co_return {};
}

Task<void> ship_node(Context ctx, const Job& job, Spot& spot) {
  spot.record.phase = to_string(Phase::moving);
  co_return co_await ship(ctx, job, spot, at_step(job, spot, "ship")).result();
}

Task<void> ship_ahead(Context ctx, const Job& job, Spot& spot) {
  co_return co_await ship(ctx, job, spot, {}).result();
}

Task<TimePoint> move_node(Context ctx, const Job& job, Spot& spot) {
  spot.record.phase = to_string(Phase::moving);
  const auto healthy_at = co_await switch_to(ctx, job, spot, spot.record.to, job.release.version,
                                             job.service->steps, Way::forward);
  spot.facts.fingerprint = job.release.fingerprint;
  spot.record.phase = to_string(Phase::moved);
  co_return healthy_at;
}

Task<void> conclude_node(Context ctx, const Job& job, Spot& spot) {
  const auto record = at_step(job, spot, "done");
  // Old releases only go once the new one serves.
  co_await run_script(ctx, job.tools, spot.node,
                      script::finish(job.release.unit, job.owner, record,
                                     {.steps = encode_steps(job.service->steps),
                                      .keep = job.service->keep,
                                      .also_keep = spot.record.from}));
  co_return {};
}

Task<void> restore_node(Context ctx, const Job& job, Spot& spot) {
  if (!spot.is_touched) co_return {};
  const bool still_serves = spot.record.step == "drain" && spot.facts.current == spot.record.from;
  spot.record.phase = to_string(Phase::restoring);
  if (still_serves) {
    co_await side_step(ctx, job, spot, "undrain", job.service->steps.undrain, spot.record.from,
                       spot.record.from_version, Way::back);
    co_return co_await note_phase(ctx, job, spot, Phase::restored).result();
  }
  if (spot.record.from.empty()) {
    spot.record.phase = to_string(Phase::restored);
    const auto record = at_step(job, spot, "remove");
    co_await run_script(ctx, job.tools, spot.node,
                        script::remove(unit_of(*job.service), job.owner, record));
    spot.facts.current.clear();
    spot.facts.version.clear();
    co_return {};
  }
  const auto kept = co_await run_script(
      ctx, job.tools, spot.node, script::kept_steps(unit_of(*job.service), spot.record.from));
  co_await switch_to(ctx, job, spot, spot.record.from, spot.record.from_version,
                     steps_back(job.service->steps, kept), Way::back);
  spot.facts.steps = std::string(trim(kept));
  co_return co_await note_phase(ctx, job, spot, Phase::restored).result();
}

Task<std::string> gather_evidence(Context ctx, const Job& job, const Spot& spot) {
  ssh::Command command;
  command.line = script::as_root(script::evidence(unit_of(*job.service), 15));
  command.capture = 16384;
  auto output =
      co_await job.tools.shell
          ->run(ctx.with_timeout(job.tools.connect_timeout), spot.node.target, std::move(command))
          .result();
  if (!output.has_value()) co_return "no evidence: " + output.error().message;
  co_return std::string(trim(output->out));
}

}  // namespace ccloud::rollout
