// `ccloud copy SRC... [SELECTOR:]DST`: the side with the colon is the nodes'.

#include <map>
#include <memory>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/live.h"
#include "cli/node_run.h"
#include "cli/with_nodes.h"
#include "json/writer.h"
#include "rollout/fan_out.h"

namespace ccloud::cli {
namespace {

struct CopyCommand {
  std::vector<std::string> words;
  bool is_all = false;
};

/// The login's home folder is where commands begin: "~/a" is "a".
std::string from_home(std::string path) {
  if (path == "~") return "./";
  return path.starts_with("~/") ? "./" + path.substr(2) : path;
}

/// "SELECTOR:PATH"; a colon after a slash belongs to a local path.
struct RemotePath {
  std::string selector;
  std::string path;
};
std::optional<RemotePath> remote_path(const std::string& word) {
  const auto colon = word.find(':');
  if (colon == std::string::npos || word.find('/') < colon) return std::nullopt;
  return RemotePath{word.substr(0, colon), from_home(word.substr(colon + 1))};
}

struct Wanted {
  std::vector<std::string> selectors;
  rollout::CopyOptions copy;
};

/// Of two sources that get the same name one would be written over the other.
Result<void> check_names(const rollout::CopyOptions& copy) {
  std::map<std::string, std::string> names;
  for (const auto& source : copy.sources) {
    const auto [first, is_new] = names.emplace(ssh::name_there(source), source);
    if (is_new) continue;
    return make_error(ErrorCode::invalid_argument,
                      fmt::format("{} and {} would both become {} in {}", first->second, source,
                                  first->first, copy.destination),
                      "copy them one after the other, each to a name of its own");
  }
  return {};
}

/// What cannot be sent is found out before any cloud or node is asked.
Result<void> check_sources(const rollout::CopyOptions& copy) {
  if (copy.is_download) return {};
  for (const auto& source : copy.sources) {
    if (auto checked = ssh::check_source(source); !checked) return checked;
  }
  return {};
}

Result<Wanted> understand(const CopyCommand& options) {
  const auto usage = [](std::string message) {
    return make_error(ErrorCode::invalid_argument, std::move(message),
                      "ccloud copy SRC... SELECTOR:DST, or ccloud copy SELECTOR:SRC DST; a local "
                      "name with a colon is written ./a:b");
  };
  Wanted wanted;
  const auto& last = options.words.back();
  const std::vector<std::string> sources(options.words.begin(), options.words.end() - 1);
  if (const auto goal = remote_path(last)) {
    wanted.copy.destination = goal->path.empty() ? "./" : goal->path;
    if (!goal->selector.empty()) wanted.selectors.push_back(goal->selector);
    for (const auto& source : sources) {
      if (remote_path(source)) return usage("nothing is copied from nodes to nodes");
      wanted.copy.sources.push_back(source);
    }
  } else {
    wanted.copy.is_download = true;
    wanted.copy.destination = last;
    for (const auto& source : sources) {
      const auto there = remote_path(source);
      if (!there) return usage("one side has to be on nodes");
      if (there->path.empty()) return usage("no file is named in " + source);
      if (!there->selector.empty() &&
          (wanted.selectors.empty() || wanted.selectors.back() != there->selector)) {
        wanted.selectors.push_back(there->selector);
      }
      wanted.copy.sources.push_back(there->path);
    }
    if (wanted.selectors.size() > 1) return usage("one selector at a time");
  }
  if (auto checked = check_names(wanted.copy); !checked) return checked.error();
  if (auto chosen = check_choice({wanted.selectors, options.is_all}); !chosen) {
    return chosen.error();
  }
  return wanted;
}

std::string amount(std::uint64_t bytes) {
  if (bytes < 10000) return fmt::format("{} B", bytes);
  if (bytes < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(bytes) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6);
}

void print_json(Program& program, const std::vector<rollout::Copied>& all, double seconds) {
  json::Writer writer(json::Layout::pretty);
  writer.begin_object().member("schema", "ccloud.copy/1").key("results").begin_array();
  for (const auto& one : all) {
    writer.begin_object().member("node", one.node).member("seconds", one.seconds);
    writer.member("files", one.result ? one.result->files : 0);
    writer.member("bytes", one.result ? one.result->bytes : 0);
    writer.member("skipped", one.result ? one.result->skipped : std::vector<std::string>());
    writer.key("error");
    if (one.result) {
      writer.value(nullptr);
    } else {
      write_error(writer, one.result.error());
    }
    writer.end_object();
  }
  writer.end_array().member("seconds", seconds);
  program.io.out(writer.end_object().take() + "\n");
}

/// The same files of ours for every node, so each is told once.
void tell_skipped(Program& program, const std::vector<rollout::Copied>& all) {
  std::set<std::string> told;
  for (const auto& one : all) {
    if (one.result) told.insert(one.result->skipped.begin(), one.result->skipped.end());
  }
  for (const auto& what : told) program.say("note: not copied: " + what);
}

Task<Exit> copy(Context ctx, NodeWork& work, rollout::CopyOptions what) {
  Program& program = *work.program;
  const auto begun = ctx.now();
  co_await begin_run(ctx, work, "copy");
  LiveArea area(program.io);
  const bool is_live = program.io.is_err_terminal() && !program.common.is_quiet;
  std::size_t ended = 0;
  async::TimePoint drawn{};
  const std::size_t count = work.reached.nodes.size();
  const auto draw = [&](std::uint64_t bytes) {
    if (!is_live || ctx.now() < drawn + std::chrono::milliseconds(100)) return;
    drawn = ctx.now();
    area.draw({fmt::format("copying: {} of {} nodes, {}", ended, count, amount(bytes))});
  };
  what.on_progress = draw;
  what.on_done = [&](const rollout::Copied&) { ++ended; };
  if (program.common.concurrency > 0) {
    what.width = static_cast<std::size_t>(program.common.concurrency);
  }
  const auto all =
      co_await rollout::copy_on(ctx, work.tools(), work.reached.nodes, std::move(what));
  area.clear();
  const double seconds = std::chrono::duration<double>(ctx.now() - begun).count();
  std::size_t good = 0;
  rollout::Copied sum{.result = ssh::Transfer{}};
  for (const auto& one : all) {
    if (one.result) {
      ++good;
      sum.result->files += one.result->files;
      sum.result->bytes += one.result->bytes;
    } else if (program.common.output != Output::json) {
      program.io.err(render_error(one.result.error(), program.io.err_style()));
    }
  }
  tell_skipped(program, all);
  if (program.common.output == Output::json) print_json(program, all, seconds);
  program.say(fmt::format("{} of {}: {}, {}, checked by SHA-256, {:.1f} s", good,
                          counted(all.size(), "node"), counted(sum.result->files, "file"),
                          amount(sum.result->bytes), seconds));
  Exit exit = good == all.size() ? Exit::done : good == 0 ? Exit::failed : Exit::partly;
  if (ctx.ended() && ctx.ended()->code == ErrorCode::cancelled) exit = Exit::interrupted;
  std::vector<journal::Entry> entries;
  for (const auto& one : all) {
    entries.push_back(node_entry("copy", one.node, one.result ? nullptr : &one.result.error()));
  }
  co_await end_run(work, std::move(entries), result_of(exit));
  co_return exit;
}

Exit run_copy(Program& program, const CopyCommand& options) {
  auto wanted = understand(options);
  if (!wanted) return program.fail(wanted.error(), Exit::usage);
  if (auto checked = check_sources(wanted->copy); !checked) {
    const bool is_misuse = checked.error().code == ErrorCode::invalid_argument;
    return program.fail(checked.error(), is_misuse ? Exit::usage : Exit::failed);
  }
  return with_nodes(program, wanted->selectors,
                    [&](Context ctx, NodeWork& work) { return copy(ctx, work, wanted->copy); });
}

}  // namespace

Command make_copy() {
  auto o = std::make_shared<CopyCommand>();
  Command command;
  command.usage = "SRC... [SELECTOR:]DST";
  command.help =
      "Copies files and directories to nodes, or from them: the side with the colon is the nodes'. "
      "As with scp a source goes into DST when that is a directory or ends in /, and else gets its "
      "name; permissions are kept. What was copied is compared by SHA-256 afterwards. From several "
      "nodes everything goes into DST/NODE. Pipes, sockets and devices are left out, and told.";
  command.options = {flag("all", o->is_all, "every node of the project, as in `copy a :b --all`")};
  command.words = {&o->words, 2, any_number, "file"};
  command.outputs = {Output::json};
  command.examples = {{"ccloud copy nginx.conf 'web-*:/tmp/'", ""},
                      {"ccloud copy site 'web-us-[1-4]:/srv/site'", "a directory"},
                      {"ccloud copy 'web-*:/var/log/syslog' logs/", "logs/web-us-1/syslog ..."}};
  command.run = [o](Program& program) { return run_copy(program, *o); };
  return command;
}

}  // namespace ccloud::cli
