#include "cli/json_documents.h"

#include <algorithm>

#include "base/text.h"
#include "cli/program.h"
#include "json/writer.h"

namespace ccloud::cli {
namespace {

using json::Layout;
using json::Writer;

Writer writer_for(Form form) {
  return Writer(form == Form::pretty ? Layout::pretty : Layout::compact);
}

void text_or_null(Writer& w, std::string_view name, std::string_view text) {
  w.key(name);
  text.empty() ? w.value(nullptr) : w.value(text);
}

void error_or_null(Writer& w, const std::optional<Error>& error) {
  w.key("error");
  error ? write_error(w, *error) : static_cast<void>(w.value(nullptr));
}

void labels(Writer& w, const cloud::Labels& all) {
  w.key("labels").begin_object();
  for (const auto& [name, value] : all) w.member(name, value);
  w.end_object();
}

void change(Writer& w, const deploy::ChangeResult& change) {
  w.begin_object()
      .member("address", change.address)
      .member("kind", plan::to_string(change.kind))
      .member("action", plan::to_string(change.action))
      .member("reason", plan::to_string(change.reason))
      .member("why", change.why)
      .member("provider", change.provider)
      .member("region", change.region)
      .member("outcome", deploy::to_string(change.outcome));
  text_or_null(w, "skipped_because", change.skipped_because);
  text_or_null(w, "id", change.id);
  text_or_null(w, "public_ip", change.public_ip);
  error_or_null(w, change.error);
  w.member("seconds", change.seconds).end_object();
}

void changes(Writer& w, const std::vector<deploy::ChangeResult>& all) {
  w.key("changes").begin_array();
  for (const auto& one : all) change(w, one);
  w.end_array();
}

void drift(Writer& w, const std::optional<deploy::Drift>& drift) {
  w.key("drift");
  if (!drift) {
    w.value(nullptr);
    return;
  }
  w.begin_object()
      .member("action", plan::to_string(drift->action))
      .member("reason", plan::to_string(drift->reason))
      .member("why", drift->why)
      .end_object();
}

void node(Writer& w, const deploy::NodeRow& row) {
  const cloud::Instance& vm = row.instance;
  w.begin_object().member("name", row.name).member("cluster", row.cluster);
  text_or_null(w, "place", row.place);
  w.member("provider", row.provider).member("driver", row.driver).member("region", row.region);
  text_or_null(w, "zone", vm.zone);
  text_or_null(w, "id", vm.id);
  w.member("state", cloud::to_string(vm.state));
  text_or_null(w, "state_reason", vm.state_reason);
  text_or_null(w, "type", vm.type);
  text_or_null(w, "image", vm.image);
  text_or_null(w, "public_ip", vm.public_ip);
  text_or_null(w, "private_ip", vm.private_ip);
  text_or_null(w, "created", vm.created);
  w.member("age_of_data", row.age_seconds).member("cached", row.is_cached);
  w.member("existing", row.is_existing);
  labels(w, row.labels);
  w.key("services").begin_array();
  for (const deploy::ServiceRow& service : row.services) {
    w.begin_object().member("service", service.service);
    text_or_null(w, "version", service.version);
    text_or_null(w, "wanted", service.wanted);
    text_or_null(w, "health", service.health);
    w.end_object();
  }
  w.end_array().member("reachable", row.reachable);
  text_or_null(w, "health", row.health);
  text_or_null(w, "verdict", row.verdict);
  drift(w, row.drift);
  w.end_object();
}

void status_rest(Writer& w, const deploy::StatusResult& result) {
  w.key("drift").begin_array();
  for (const plan::Change& one : result.drift) {
    w.begin_object()
        .member("address", one.address)
        .member("kind", plan::to_string(one.kind))
        .member("action", plan::to_string(one.action))
        .member("reason", plan::to_string(one.reason))
        .member("why", one.why)
        .member("provider", one.provider)
        .member("region", one.region)
        .end_object();
  }
  w.end_array().key("errors");
  write_errors(w, result.errors);
  w.member("notes", result.notes).key("summary").begin_object();
  w.member("nodes", result.nodes.size()).key("by_state").begin_object();
  for (const auto& [state, count] : result.by_state) w.member(cloud::to_string(state), count);
  w.end_object().member("drifted", result.drifted).member("seconds", result.seconds).end_object();
}

}  // namespace

std::string run_document(const deploy::RunResult& result, Form form) {
  Writer w = writer_for(form);
  w.begin_object().member("schema", "ccloud.run/1");
  text_or_null(w, "run", result.run);
  w.member("command", result.command)
      .member("project", result.project)
      .member("result", result.result);
  changes(w, result.changes);
  w.key("summary")
      .begin_object()
      .member("done", result.count(deploy::Outcome::done))
      .member("failed", result.count(deploy::Outcome::failed))
      .member("skipped", result.count(deploy::Outcome::skipped))
      .end_object();
  w.key("refusals").begin_array();
  for (const plan::Refusal& refusal : result.plan.refusals) {
    w.begin_object()
        .member("guard", plan::to_string(refusal.guard))
        .member("message", refusal.message)
        .member("remedy", refusal.remedy)
        .member("addresses", refusal.addresses)
        .end_object();
  }
  w.end_array().key("errors");
  write_errors(w, result.errors);
  w.member("notes", result.notes).member("seconds", result.seconds).end_object();
  return w.take() + "\n";
}

std::string event_line(const deploy::Event& event) {
  Writer w;
  w.begin_object()
      .member("event", deploy::to_string(event.kind))
      .member("at", format_time(event.at));
  text_or_null(w, "run", event.run);
  if (!event.address.empty()) {
    w.member("address", event.address)
        .member("action", plan::to_string(event.action))
        .member("reason", plan::to_string(event.reason));
  }
  if (!event.provider.empty()) w.member("provider", event.provider);
  if (!event.region.empty()) w.member("region", event.region);
  if (!event.message.empty()) w.member("message", event.message);
  if (event.error) error_or_null(w, event.error);
  if (event.took.count() > 0) {
    w.member("seconds", std::chrono::duration<double>(event.took).count());
  }
  w.key("progress")
      .begin_object()
      .member("done", event.progress.done)
      .member("failed", event.progress.failed)
      .member("in_flight", event.progress.in_flight)
      .member("total", event.progress.total)
      .end_object()
      .end_object();
  return w.take() + "\n";
}

std::string status_document(const deploy::StatusResult& result, Form form) {
  Writer w = writer_for(form);
  w.begin_object()
      .member("schema", "ccloud.status/1")
      .member("project", result.project)
      .member("complete", result.is_complete);
  w.key("nodes").begin_array();
  for (const deploy::NodeRow& row : result.nodes) node(w, row);
  w.end_array();
  status_rest(w, result);
  w.end_object();
  return w.take() + "\n";
}

std::string node_line(const deploy::NodeRow& row) {
  Writer w;
  node(w, row);
  return w.take() + "\n";
}

std::string status_end_line(const deploy::StatusResult& result) {
  Writer w;
  w.begin_object()
      .member("schema", "ccloud.status/1")
      .member("project", result.project)
      .member("complete", result.is_complete);
  status_rest(w, result);
  w.end_object();
  return w.take() + "\n";
}

std::string history_document(const deploy::HistoryResult& result) {
  Writer w(Layout::pretty);
  w.begin_object().member("schema", "ccloud.history/1").key("runs").begin_array();
  for (const deploy::RunRow& row : result.runs) {
    w.begin_object().member("run", row.run).member("command", row.command);
    w.member("project", row.project);
    text_or_null(w, "environment", row.environment);
    w.member("operator", row.operator_name).member("started", row.started);
    text_or_null(w, "finished", row.finished);
    text_or_null(w, "result", row.result);
    w.member("done", row.done).member("failed", row.failed).member("skipped", row.skipped);
    w.end_object();
  }
  w.end_array();
  changes(w, result.changes);
  w.key("errors");
  write_errors(w, result.errors);
  w.end_object();
  return w.take() + "\n";
}

std::string checks_document(const deploy::CheckResult& result, std::string_view schema) {
  Writer w(Layout::pretty);
  w.begin_object().member("schema", schema).key("checks").begin_array();
  for (const deploy::Check& check : result.checks) {
    w.begin_object()
        .member("subject", check.subject)
        .member("state", deploy::to_string(check.state))
        .member("message", check.message)
        .member("remedy", check.remedy);
    error_or_null(w, check.error);
    w.member("seconds", check.seconds).end_object();
  }
  w.end_array().key("summary").begin_object();
  using State = deploy::Check::State;
  for (const auto state : {State::good, State::warning, State::bad, State::skipped}) {
    w.member(deploy::to_string(state),
             std::ranges::count(result.checks, state, &deploy::Check::state));
  }
  w.end_object().end_object();
  return w.take() + "\n";
}

std::string catalog_document(const catalog::Table& table) {
  Writer w(Layout::pretty);
  w.begin_object().member("schema", "ccloud.catalog/1").member("columns", table.columns);
  w.key("rows").begin_array();
  for (const auto& row : table.rows) {
    w.begin_object();
    for (std::size_t i = 0; i < row.size() && i < table.columns.size(); ++i) {
      text_or_null(w, table.columns[i], row[i]);
    }
    w.end_object();
  }
  w.end_array().member("notes", table.notes).end_object();
  return w.take() + "\n";
}

}  // namespace ccloud::cli
