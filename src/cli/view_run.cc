#include "cli/view_run.h"

#include <algorithm>
#include <chrono>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "cli/names.h"
#include "cli/program.h"
#include "cli/table.h"

namespace ccloud::cli {
namespace {

using deploy::ChangeResult;
using deploy::Outcome;
using plan::Action;

std::string took(double seconds) {
  return format_duration(std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000)));
}

std::string name_of(const ChangeResult& change) {
  const auto dot = change.address.find('.');
  const bool is_node = change.kind == plan::Kind::node;
  return is_node && dot != std::string::npos ? change.address.substr(dot + 1) : change.address;
}

/// "12 created, 1 updated"
std::string what_was_done(const deploy::RunResult& result) {
  std::map<Action, std::size_t> counts;
  for (const ChangeResult& change : result.changes) {
    if (change.outcome == Outcome::done) ++counts[change.action];
  }
  constexpr std::string_view words[] = {"created", "updated", "replaced", "destroyed", "kept"};
  std::vector<std::string> parts;
  for (const auto& [action, count] : counts) {
    parts.push_back(
        fmt::format("{} {}", thousands(count), words[static_cast<std::size_t>(action)]));
  }
  return parts.empty() ? "nothing done" : fmt::format("{}", fmt::join(parts, ", "));
}

/// Changes with one message told together.
std::string grouped(const std::vector<const ChangeResult*>& changes, std::string_view label,
                    const RunView& view, const std::function<std::string(const ChangeResult&)>& why,
                    const std::function<std::string(const ChangeResult&)>& remedy) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::string>> names;
  std::map<std::string, std::string> remedies;
  for (const ChangeResult* change : changes) {
    const std::string text = why(*change);
    auto [it, is_new] = names.try_emplace(text);
    if (is_new) order.push_back(text);
    it->second.push_back(name_of(*change));
    remedies[text] = remedy(*change);
  }
  std::string out;
  for (const std::string& text : order) {
    const std::string lines =
        wrap(fmt::format("{}: {}", name_list(names[text]), printable(text)),
             view.width > display_width(label) + 3 ? view.width - display_width(label) - 3 : 40, 6);
    out += fmt::format("  {} {}", label, std::string_view(lines).substr(6));
    if (!remedies[text].empty()) out += wrap(printable(remedies[text]), view.width, 6);
  }
  return out;
}

std::string next_steps(const deploy::RunResult& result, const RunView& view) {
  const auto step = [&](std::string_view command, std::string_view says) {
    std::string line = fmt::format("next: ccloud {}{}", command, view.prefix);
    if (says.empty()) return line + "\n";
    const std::string comment = view.style.dim(fmt::format("# {}", says));
    const bool fits = display_width(line) + 3 + display_width(comment) <= view.width;
    return line + (fits ? "   " : "\n      ") + comment + "\n";
  };
  if (result.exit == deploy::Exit::refused || result.exit == deploy::Exit::usage) return {};
  if (result.result == "interrupted") {
    return step(result.command == "destroy" ? "destroy" : "deploy",
                "completes what was interrupted; nothing is lost or doubled");
  }
  const bool has_failed = result.count(Outcome::failed) > 0 || !result.errors.empty();
  if (has_failed) {
    return step(result.command, "once the cause is gone: it does what is missing");
  }
  if (result.command != "deploy" || result.result == "declined") return {};
  std::string out = step("status", "");
  const auto node = std::ranges::find_if(result.changes, [](const ChangeResult& change) {
    return change.kind == plan::Kind::node && !change.public_ip.empty();
  });
  if (node != result.changes.end()) out += step("ssh " + name_of(*node), "");
  return out;
}

/// One line for each check, its words in a column of their own where they fit.
std::string check_line(const deploy::Check& check, std::size_t subjects, const RunView& view) {
  using State = deploy::Check::State;
  const std::string mark = check.state == State::good      ? view.style.green("ok     ")
                           : check.state == State::warning ? view.style.yellow("warning")
                           : check.state == State::bad     ? view.style.red("bad    ")
                                                           : view.style.dim("skipped");
  const std::size_t at = 9 + subjects + 2;
  const std::string blanks(subjects - std::min(subjects, display_width(check.subject)), ' ');
  const std::string message = wrap(printable(check.message), view.width, at);
  std::string out = fmt::format("{}  {}{}  {}", mark, view.style.bold(check.subject), blanks,
                                message.size() > at ? std::string_view(message).substr(at) : "\n");
  if (!check.remedy.empty()) out += wrap(printable(check.remedy), view.width, at);
  return out;
}

}  // namespace

std::string render_run_line(const deploy::RunResult& result, const RunView& view) {
  if (result.result == "nothing to do") {
    const bool is_about_all = result.command == "deploy" && result.notes.empty();
    return fmt::format("{} nothing to do{}\n", view.style.paint(Paint::green, result.command + ":"),
                       is_about_all ? ": everything is as the config says" : "");
  }
  if (result.result == "declined") return result.command + ": nothing was changed\n";
  const Paint paint = result.exit == deploy::Exit::done ? Paint::green : Paint::red;
  const std::string run = result.run.empty() ? "" : fmt::format(" (run {})", result.run);
  return fmt::format("{} {} in {}{}\n",
                     view.style.paint(paint, fmt::format("{} {}:", result.command, result.result)),
                     what_was_done(result), took(result.seconds), view.style.dim(run));
}

std::string render_run_rest(const deploy::RunResult& result, const RunView& view) {
  std::string out;
  if (result.result == "nothing to do") {
    for (const std::string& note : result.notes)
      out += wrap("note: " + printable(note), view.width, 0);
    return out;
  }
  if (result.result == "declined") {
    for (const Error& error : result.errors) out += render_error(error, view.style);
    return out;
  }
  std::vector<const ChangeResult*> failed;
  std::vector<const ChangeResult*> cut_off;
  std::vector<const ChangeResult*> skipped;
  for (const ChangeResult& change : result.changes) {
    const bool is_cut_off = change.error && change.error->code == ErrorCode::cancelled;
    if (change.outcome == Outcome::failed) (is_cut_off ? cut_off : failed).push_back(&change);
    if (change.outcome == Outcome::skipped) skipped.push_back(&change);
  }
  for (const plan::Refusal& refusal : result.plan.refusals) {
    out += fmt::format("  {} {}\n", view.style.red("refused"), printable(refusal.message));
    if (!refusal.remedy.empty()) out += wrap(printable(refusal.remedy), view.width, 6);
  }
  out += grouped(
      failed, view.style.red("failed"), view,
      [](const ChangeResult& change) {
        return change.error ? describe(*change.error) : std::string("no reason known");
      },
      [](const ChangeResult& change) { return change.error ? change.error->remedy : ""; });
  out += grouped(
      cut_off, view.style.yellow("cut off"), view,
      [](const ChangeResult&) { return std::string("it may have taken effect or not"); },
      [](const ChangeResult&) { return std::string(); });
  out += grouped(
      skipped, view.style.yellow("not done"), view,
      [](const ChangeResult& change) {
        return change.skipped_because.empty() ? "not begun" : change.skipped_because;
      },
      [](const ChangeResult&) { return std::string(); });
  for (const Error& error : result.errors) {
    const bool is_told =
        std::ranges::any_of(result.changes,
                            [&](const ChangeResult& change) {
                              return change.error && change.error->message == error.message;
                            }) ||
        std::ranges::any_of(result.plan.refusals, [&](const plan::Refusal& refusal) {
          return refusal.message == error.message;
        });
    if (!is_told) out += render_error(error, view.style);
  }
  for (const std::string& note : result.notes)
    out += wrap("note: " + printable(note), view.width, 0);
  return out + next_steps(result, view);
}

std::string render_history(const deploy::HistoryResult& result, const RunView& view) {
  if (result.runs.empty()) return "no runs on this machine yet\n";
  Table table({{"RUN"},
               {"STARTED"},
               {"COMMAND"},
               {"PROJECT", 2},
               {"ENV", 3},
               {"BY", 4},
               {"RESULT"},
               {"DONE", 1, true},
               {"FAILED", 1, true}});
  for (const deploy::RunRow& row : result.runs) {
    const std::string outcome = !row.result.empty()    ? row.result
                                : row.finished.empty() ? "unfinished"
                                                       : "unknown";
    const Paint paint = outcome == "done" || outcome == "nothing to do" ? Paint::green
                        : outcome == "failed" || outcome == "partly"    ? Paint::red
                                                                        : Paint::yellow;
    table.add({row.run, row.started, row.command, row.project, row.environment, row.operator_name,
               Cell(outcome, paint), std::to_string(row.done), std::to_string(row.failed)});
  }
  std::string out = table.render(view.style, view.width);
  if (result.changes.empty()) return out;
  Table changes({{"OUTCOME"},
                 {"ACTION"},
                 {"ADDRESS"},
                 {"PROVIDER", 3},
                 {"REGION", 2},
                 {"TOOK", 1, true},
                 {"WHY"}});
  for (const ChangeResult& change : result.changes) {
    const Paint paint = change.outcome == Outcome::done     ? Paint::green
                        : change.outcome == Outcome::failed ? Paint::red
                                                            : Paint::yellow;
    const std::string why = change.error                      ? describe(*change.error)
                            : !change.skipped_because.empty() ? change.skipped_because
                                                              : change.why;
    changes.add({Cell(std::string(deploy::to_string(change.outcome)), paint),
                 plan::to_string(change.action), change.address, change.provider, change.region,
                 change.seconds > 0 ? took(change.seconds) : "", printable(why)});
  }
  return out + "\n" + changes.render(view.style, view.width);
}

std::string render_checks(const deploy::CheckResult& result, const RunView& view) {
  std::string out;
  std::size_t bad = 0;
  std::size_t warnings = 0;
  std::size_t subjects = 0;
  for (const deploy::Check& check : result.checks) {
    subjects = std::max(subjects, display_width(check.subject));
  }
  subjects = std::min(subjects, view.width / 3);
  for (const deploy::Check& check : result.checks) {
    bad += check.state == deploy::Check::State::bad ? 1 : 0;
    warnings += check.state == deploy::Check::State::warning ? 1 : 0;
    out += check_line(check, subjects, view);
  }
  const bool is_fine = bad == 0 && warnings == 0 && result.exit == deploy::Exit::done;
  if (is_fine) return out + "everything is in order\n";
  return out + fmt::format("{}, {}\n", counted(bad, "problem"), counted(warnings, "warning"));
}

}  // namespace ccloud::cli
