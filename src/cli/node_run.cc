#include "cli/node_run.h"

#include <utility>

#include <fmt/format.h>
#include <unistd.h>

#include "base/text.h"

namespace ccloud::cli {

journal::Entry node_entry(std::string_view command, const std::string& node, const Error* error) {
  journal::Entry entry;
  entry.address = "node." + node;
  entry.kind = "node";
  entry.action = "keep";
  entry.reason = "asked";
  entry.why = command;
  entry.state = error == nullptr ? journal::State::done : journal::State::failed;
  if (error != nullptr) {
    entry.error_code = std::string(to_string(error->code));
    entry.error = error->message;
  }
  return entry;
}

std::vector<journal::Entry> service_entries(const rollout::Summary& summary) {
  std::vector<journal::Entry> entries;
  for (const auto& node : summary.nodes) {
    if (node.phase == rollout::Phase::current || node.phase == rollout::Phase::waiting) continue;
    journal::Entry entry;
    entry.address = fmt::format("service.{}@{}", summary.service, node.node);
    entry.kind = "service";
    entry.action = "update";
    entry.reason = "asked";
    entry.why = fmt::format("from {} to {}, now {}", node.from, summary.version, node.version);
    entry.error = node.error;
    entry.state = journal::State::done;
    if (node.phase == rollout::Phase::skipped) entry.state = journal::State::skipped;
    if (node.has_failed || node.phase == rollout::Phase::failed ||
        node.phase == rollout::Phase::stuck) {
      entry.state = journal::State::failed;
      entry.error_code = std::string(to_string(ErrorCode::unavailable));
    }
    entries.push_back(std::move(entry));
  }
  return entries;
}

namespace {

/// A journal that cannot be written costs the history, not the work; said once.
void complain(NodeWork& work, const Error& error) {
  if (!std::exchange(work.is_recorded, false)) return;
  work.program->say("note: the run is not recorded: " + error.message);
}

}  // namespace

Task<void> begin_run(Context ctx, NodeWork& work, std::string command) {
  auto* journal = work.runtime->journal();
  if (journal == nullptr) co_return {};
  journal::Run run;
  run.id = work.runtime->run_id();
  run.project = work.config->project.value;
  run.environment = work.config->environment;
  run.command = std::move(command);
  run.operator_name = work.runtime->operator_name();
  run.config_path = work.config->path.string();
  run.started = format_time(ctx.wall_now());
  run.pid = ::getpid();
  run.is_exclusive = false;
  work.is_recorded = true;
  auto begun = co_await journal->begin_run(ctx, std::move(run)).result();
  if (!begun) complain(work, begun.error());
  co_return {};
}

Task<void> end_run(NodeWork& work, std::vector<journal::Entry> entries, std::string result) {
  auto* journal = work.runtime->journal();
  if (journal == nullptr || !work.is_recorded) co_return {};
  const Context ctx(work.runtime->loop());
  for (auto& entry : entries) entry.run = work.runtime->run_id();
  auto recorded = co_await journal->record(ctx, std::move(entries)).result();
  auto finished =
      co_await journal->finish_run(ctx, work.runtime->run_id(), std::move(result)).result();
  if (!recorded) complain(work, recorded.error());
  if (!finished) complain(work, finished.error());
  co_return {};
}

std::string result_of(Exit exit) {
  if (exit == Exit::done) return "done";
  if (exit == Exit::partly) return "partly";
  if (exit == Exit::interrupted) return "interrupted";
  return "failed";
}

}  // namespace ccloud::cli
