// `history`, and who failed in the last run.
#include <algorithm>

#include "deploy/runbooks.h"

namespace ccloud::deploy {
namespace {

constexpr int runs_shown = 50;

RunRow row_of(const journal::Run& run) {
  RunRow row;
  row.run = run.id;
  row.command = run.command;
  row.project = run.project;
  row.environment = run.environment;
  row.operator_name = run.operator_name;
  row.started = run.started;
  row.finished = run.finished;
  row.result = run.result;
  return row;
}

ChangeResult result_of(const journal::Entry& entry) {
  ChangeResult result;
  result.address = entry.address;
  result.kind = plan::parse_kind(entry.kind).value_or(plan::Kind::node);
  result.action = plan::parse_action(entry.action).value_or(plan::Action::keep);
  result.reason = plan::parse_reason(entry.reason).value_or(plan::Reason::as_wanted);
  result.why = entry.why;
  result.provider = entry.provider;
  result.region = entry.region;
  result.id = entry.id;
  result.seconds = entry.seconds;
  switch (entry.state) {
    case journal::State::done:
      result.outcome = Outcome::done;
      break;
    case journal::State::failed:
      result.outcome = Outcome::failed;
      break;
    case journal::State::skipped:
      result.outcome = Outcome::skipped;
      result.skipped_because = entry.error;
      break;
    case journal::State::intended:
      result.outcome = Outcome::skipped;
      result.skipped_because = "it was begun; its end is not known";
      break;
  }
  if (entry.state == journal::State::failed) {
    result.error =
        make_error(parse_error_code(entry.error_code).value_or(ErrorCode::internal), entry.error);
  }
  return result;
}

/// "web-1" of "node.web-1", "node.web-1@i-0123" and "service.app@web-1"; empty for what is no
/// node's.
std::string node_of(plan::Kind kind, const std::string& address) {
  const auto name = address.substr(address.find('.') + 1);
  const auto at = name.find('@');
  if (kind == plan::Kind::node) return name.substr(0, at);
  const bool is_on_a_node = kind == plan::Kind::service && at != std::string::npos;
  return is_on_a_node ? name.substr(at + 1) : "";
}

void count(RunRow& row, const std::vector<journal::Entry>& entries) {
  for (const auto& entry : entries) {
    row.done += entry.state == journal::State::done ? 1 : 0;
    row.failed += entry.state == journal::State::failed ? 1 : 0;
    row.skipped += entry.state == journal::State::skipped ? 1 : 0;
  }
}

Task<HistoryResult> read(Context ctx, Session& session, std::string wanted) {
  HistoryResult result;
  auto* journal = session.tools().journal;
  if (journal == nullptr) co_return result;
  const auto runs = co_await journal->runs(ctx, session.config().project.value, runs_shown);
  for (const auto& run : runs) {
    if (!wanted.empty() && run.id != wanted) continue;
    auto row = row_of(run);
    const auto entries = co_await journal->entries(ctx, run.id);
    count(row, entries);
    if (!wanted.empty()) {
      for (const auto& entry : entries) result.changes.push_back(result_of(entry));
    }
    result.runs.push_back(std::move(row));
  }
  if (!wanted.empty() && result.runs.empty()) {
    co_return make_error(ErrorCode::not_found, "this machine knows no run " + wanted,
                         "see: ccloud history");
  }
  co_return result;
}

}  // namespace

Task<HistoryResult> run_history(Context ctx, Session& session, std::string run) {
  auto result = co_await read(ctx, session, std::move(run)).result();
  if (result) co_return std::move(*result);
  HistoryResult failed;
  failed.errors.push_back(result.error());
  failed.exit = Exit::failed;
  co_return failed;
}

Task<std::vector<std::string>> failed_nodes(Context ctx, Session& session) {
  std::vector<std::string> names;
  auto* journal = session.tools().journal;
  if (journal == nullptr) co_return names;
  const auto runs = co_await journal->runs(ctx, session.config().project.value, runs_shown);
  for (const auto& run : runs) {
    const auto entries = co_await journal->entries(ctx, run.id);
    if (entries.empty()) continue;
    for (const auto& entry : entries) {
      const auto result = result_of(entry);
      const bool is_open = entry.state == journal::State::intended;
      if (!is_open && result.outcome == Outcome::done) continue;
      const auto name = node_of(result.kind, entry.address);
      if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(name);
    }
    break;
  }
  co_return names;
}

}  // namespace ccloud::deploy
