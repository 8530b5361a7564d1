#include "cli/view_rollout.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/program.h"
#include "cli/table.h"
#include "json/writer.h"

namespace ccloud::cli {
namespace {

using rollout::Event;
using rollout::Outcome;
using rollout::Phase;

std::string indented(std::string_view text, std::string_view with) {
  std::string out;
  for (const auto& line : split(trim(text), '\n')) out += fmt::format("{}{}\n", with, line);
  return out;
}

std::string settled_text(const Event& event, const Style& style) {
  const auto count = style.dim(fmt::format("[{}/{}]", event.done, event.total));
  const auto took = event.took.count() > 0 ? " in " + format_duration(event.took) : std::string();
  if (event.outcome == "moved" || event.outcome == "installed" || event.outcome == "restored") {
    return fmt::format("{} {} {}{}", count, event.node, style.green(event.outcome), took);
  }
  return fmt::format("{} {} {}{}: {}", count, event.node, style.red(event.outcome), took,
                     printable(event.error));
}

std::string_view outcome_word(const rollout::NodeOutcome& node) {
  if (node.phase == Phase::moved || node.phase == Phase::current) return "done";
  if (node.phase == Phase::skipped || node.phase == Phase::waiting) return "skipped";
  // What was put back as it was is not what was asked for.
  return node.has_failed || node.phase == Phase::stuck ? "failed" : "skipped";
}

Error error_of(const rollout::NodeOutcome& node) {
  Error error = make_error(node.code, node.error);
  error.provider = node.provider;
  error.region = node.region;
  return error;
}

/// Of the whole, then of each node that failed, the same once.
std::vector<Error> errors_of(const std::vector<rollout::Summary>& all) {
  std::vector<Error> errors;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const auto& summary : all) {
    errors.insert(errors.end(), summary.errors.begin(), summary.errors.end());
    for (const auto& node : summary.nodes) {
      if (node.error.empty() || outcome_word(node) != "failed") continue;
      if (seen.emplace(node.error, node.provider, node.region).second) {
        errors.push_back(error_of(node));
      }
    }
  }
  return errors;
}

void write_node(json::Writer& writer, const rollout::Summary& summary,
                const rollout::NodeOutcome& node) {
  writer.begin_object();
  writer.member("address", fmt::format("service.{}@{}", summary.service, node.node));
  const bool has_it = node.phase == rollout::Phase::current;
  writer.member("kind", "service").member("action", has_it ? "keep" : "update");
  writer.member("reason", has_it ? "as_wanted" : "asked");
  writer.member("outcome", outcome_word(node)).member("node", node.node);
  writer.member("place", node.place).member("phase", rollout::to_string(node.phase));
  writer.key("before").begin_object().member("version", node.from).end_object();
  writer.key("after").begin_object().member("version", node.version).end_object();
  writer.member("provider", node.provider).member("region", node.region);
  writer.key("error");
  node.error.empty() ? static_cast<void>(writer.value(nullptr))
                     : write_error(writer, error_of(node));
  if (!node.evidence.empty()) writer.member("evidence", node.evidence);
  writer.end_object();
}

Outcome worst_of(const std::vector<rollout::Summary>& all) {
  Outcome worst = Outcome::nothing_to_do;
  bool any_done = false;
  for (const auto& summary : all) {
    if (summary.outcome == Outcome::done) any_done = true;
    if (summary.outcome != Outcome::nothing_to_do && summary.outcome != Outcome::done) {
      worst = summary.outcome;
    }
  }
  return worst == Outcome::nothing_to_do && any_done ? Outcome::done : worst;
}

}  // namespace

Exit exit_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::done:
    case Outcome::nothing_to_do:
      return Exit::done;
    case Outcome::partly:
      return Exit::partly;
    case Outcome::failed:
      return Exit::failed;
    case Outcome::rolled_back:
      return Exit::rolled_back;
    case Outcome::interrupted:
      return Exit::interrupted;
    case Outcome::refused:
      return Exit::refused;
    case Outcome::busy:
      return Exit::locked;
  }
  return Exit::failed;
}

std::string rollout_event_text(const Event& event, const Style& style, bool is_verbose) {
  switch (event.kind) {
    case Event::Kind::started:
      return fmt::format("{} {}", style.bold(event.message), style.dim("(" + event.rollout + ")"));
    case Event::Kind::wave:
      return style.bold(fmt::format("wave {} of {}: {}", event.wave, event.waves, event.message));
    case Event::Kind::step:
      return is_verbose ? style.dim(fmt::format("  {}: {}", event.node, event.step)) : "";
    case Event::Kind::settled:
      return settled_text(event, style);
    case Event::Kind::evidence:
      return fmt::format("what {} says:\n{}", style.bold(event.node),
                         indented(printable(event.message), "    "));
    case Event::Kind::baking:
      return fmt::format("baking for {}, watching health", format_duration(event.took));
    case Event::Kind::waiting:
      return style.yellow("waiting: " + event.message);
    case Event::Kind::back:
      return style.yellow(event.message);
    case Event::Kind::note:
      return event.message;
    case Event::Kind::finished:
      return "";
  }
  return "";
}

std::string rollout_event_line(const Event& event) {
  json::Writer writer;
  writer.begin_object().member("event", rollout::to_string(event.kind));
  writer.member("at", format_time(event.at)).member("run", event.rollout);
  writer.member("service", event.service);
  if (!event.node.empty()) writer.member("node", event.node).member("place", event.place);
  if (event.wave > 0) writer.member("wave", event.wave);
  if (!event.step.empty()) writer.member("step", event.step);
  if (!event.outcome.empty()) writer.member("outcome", event.outcome);
  if (!event.message.empty()) writer.member("message", event.message);
  if (!event.error.empty()) writer.member("error", event.error);
  writer.member("done", event.done).member("failed", event.failed).member("total", event.total);
  return writer.end_object().take() + "\n";
}

std::string render_summary(const rollout::Summary& summary, const Style& style,
                           const std::string& prefix) {
  const bool is_good =
      summary.outcome == Outcome::done || summary.outcome == Outcome::nothing_to_do;
  std::string out = fmt::format("{} {}\n", is_good ? style.green("✓") : style.red("✗"),
                                printable(summary.message));
  std::map<std::string, std::vector<std::string>> reasons;  // what went wrong: where
  std::map<std::string, std::vector<std::string>> by_version;
  for (const auto& node : summary.nodes) {
    if (!node.error.empty()) reasons[node.error].push_back(node.node);
    if (!node.version.empty()) by_version[node.version].push_back(node.node);
  }
  for (const auto& [error, names] : reasons) {
    out += fmt::format("  {}: {}\n", style.bold(name_list(names)), printable(error));
  }
  if (!is_good && !by_version.empty()) {
    for (const auto& [version, names] : by_version) {
      out += fmt::format("  {} runs on {}\n", version, name_list(names));
    }
  }
  for (const Error& error : summary.errors) {
    if (error.message != summary.message) out += "  " + printable(error.message) + "\n";
    if (!error.remedy.empty()) out += "  " + style.dim(error.remedy) + "\n";
  }
  if (summary.outcome == Outcome::rolled_back || summary.outcome == Outcome::failed) {
    out +=
        "  " + style.dim(fmt::format("ccloud{} rollout status {}", prefix, summary.service)) + "\n";
  }
  return out;
}

std::string rollout_document(const std::string& command, const std::string& run,
                             const std::vector<rollout::Summary>& all,
                             const std::vector<Error>& others, Form form) {
  json::Writer writer(form == Form::pretty ? json::Layout::pretty : json::Layout::compact);
  writer.begin_object().member("schema", "ccloud.run/1").member("command", command);
  const auto worst = worst_of(all);
  const bool is_fine = worst == Outcome::done || worst == Outcome::nothing_to_do;
  writer.member("run", run);
  writer.member("result", rollout::to_string(is_fine && !others.empty() ? Outcome::partly : worst));
  writer.key("changes").begin_array();
  double seconds = 0;
  for (const auto& summary : all) {
    seconds += summary.seconds;
    for (const auto& node : summary.nodes) write_node(writer, summary, node);
  }
  writer.end_array().key("services").begin_array();
  for (const auto& summary : all) {
    writer.begin_object().member("service", summary.service).member("version", summary.version);
    writer.member("rollout", summary.rollout);
    writer.member("result", rollout::to_string(summary.outcome));
    writer.member("message", summary.message).end_object();
  }
  writer.end_array().key("errors");
  auto errors = others;
  std::ranges::move(errors_of(all), std::back_inserter(errors));
  write_errors(writer, errors);
  writer.member("seconds", seconds);
  return writer.end_object().take() + "\n";
}

std::string render_rollout_status(const rollout::Status& status, const Style& style,
                                  std::size_t width, bool lists_nodes) {
  std::string out = style.bold(status.service);
  std::map<std::string, std::vector<std::string>> by_version;
  for (const auto& node : status.nodes) {
    by_version[!node.is_reachable           ? "does not answer"
               : node.facts.version.empty() ? "not installed"
                                            : node.facts.version]
        .push_back(node.node);
  }
  out += fmt::format(" (the config says {})\n", status.wanted);
  for (const auto& [version, names] : by_version) {
    out +=
        fmt::format("  {}: {} on {}\n", version, counted(names.size(), "node"), name_list(names));
  }
  if (!status.last) return out + "  no rollout is known to its nodes\n";
  const auto& last = *status.last;
  out += fmt::format("  {} {} to {} by {}, {}, last seen {}\n",
                     last.command == "undo" ? "undo of rollout" : "rollout", last.rollout,
                     last.to_version, last.by,
                     status.is_unfinished ? style.yellow("not ended") : last.ending, last.at);
  if (!last.held.empty()) {
    out += fmt::format("  {} is held: `update --retry` tries it again\n", style.yellow(last.held));
  }
  if (status.is_unfinished) {
    out += "  " +
           style.dim("if nobody runs it any more: ccloud rollout resume " + status.service +
                     ", or undo") +
           "\n";
  }
  if (!lists_nodes) return out;
  Table table({{"NODE"}, {"VERSION"}, {"BEFORE", 2}, {"PHASE"}, {"STEP", 1}, {"ERROR", 3}});
  for (const auto& node : status.nodes) {
    const auto record = node.facts.record.value_or(rollout::Record{});
    const bool is_part = record.rollout == last.rollout;
    table.add({node.node, node.is_reachable ? node.facts.version : "?",
               is_part ? record.from_version : "", is_part ? record.phase : "",
               is_part ? record.step : "",
               printable(node.is_reachable ? (is_part ? record.error : "") : node.error)});
  }
  return out + table.render(style, width, 2);
}

std::string rollout_status_document(const std::vector<rollout::Status>& all) {
  json::Writer writer(json::Layout::pretty);
  writer.begin_object().member("schema", "ccloud.rollout/1").key("services").begin_array();
  for (const auto& status : all) {
    writer.begin_object().member("service", status.service).member("wanted", status.wanted);
    writer.member("unfinished", status.is_unfinished).key("rollout");
    if (status.last) {
      const auto& last = *status.last;
      writer.begin_object().member("run", last.rollout).member("command", last.command);
      writer.member("to", last.to_version).member("by", last.by).member("at", last.at);
      writer.member("epoch", last.epoch).member("ending", last.ending).member("held", last.held);
      writer.end_object();
    } else {
      writer.value(nullptr);
    }
    writer.key("nodes").begin_array();
    for (const auto& node : status.nodes) {
      const auto& facts = node.facts;
      writer.begin_object().member("node", node.node).member("place", node.place);
      writer.member("reachable", node.is_reachable).member("version", facts.version);
      writer.member("state", facts.state).member("releases", facts.releases);
      writer.member("rollout", facts.record ? facts.record->rollout : "");
      writer.member("from", facts.record ? facts.record->from_version : "");
      writer.member("to", facts.record ? facts.record->to_version : "");
      writer.member("phase", facts.record ? facts.record->phase : "");
      writer.member("step", facts.record ? facts.record->step : "");
      writer.member("error",
                    node.is_reachable ? (facts.record ? facts.record->error : "") : node.error);
      writer.end_object();
    }
    writer.end_array().end_object();
  }
  writer.end_array();
  return writer.end_object().take() + "\n";
}

}  // namespace ccloud::cli
