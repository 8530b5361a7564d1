#include "cli/program.h"

#include <fmt/format.h>

#include "base/remedy.h"
#include "base/text.h"
#include "cli/complete.h"
#include "cli/help.h"
#include "cli/load_config.h"
#include "cli/parse.h"
#include "json/writer.h"

namespace ccloud::cli {
namespace {

std::string error_document(const Error& error) {
  json::Writer writer(json::Layout::pretty);
  writer.begin_object().member("schema", "ccloud.error/1").key("error");
  write_error(writer, error);
  writer.end_object();
  return writer.take() + "\n";
}

/// One line for `-o jsonl`, whose readers take line by line.
std::string error_line(const Error& error) {
  json::Writer writer;
  writer.begin_object().member("schema", "ccloud.error/1").key("error");
  write_error(writer, error);
  writer.end_object();
  return writer.take() + "\n";
}

/// What `-o` asked for, also where the rest of the line is wrong.
Output wanted_output(const std::vector<std::string>& args) {
  for (std::size_t i = 0; i < args.size() && args[i] != "--"; ++i) {
    std::string_view value = args[i];
    if (value == "-o" || value == "--output") {
      value = i + 1 < args.size() ? std::string_view(args[i + 1]) : std::string_view();
    } else if (value.starts_with("--output=")) {
      value.remove_prefix(9);
    } else if (value.starts_with("-o")) {
      value.remove_prefix(value.starts_with("-o=") ? 3 : 2);
    } else {
      continue;
    }
    if (const auto output = parse_output(value)) return *output;
  }
  return Output::table;
}

/// What the shells' scripts ask: `ccloud __complete WORD...`.
int print_candidates(const std::vector<std::string>& args, Io& io) {
  for (const Candidate& candidate : complete({args.begin() + 1, args.end()}, names_of_config)) {
    io.out(candidate.says.empty() ? candidate.word + "\n"
                                  : fmt::format("{}\t{}\n", candidate.word, candidate.says));
  }
  return 0;
}

}  // namespace

void Program::say(std::string_view line) {
  if (common.is_quiet) return;
  if (above_live_view) return above_live_view(line);
  io.err(line);
  io.err("\n");
}

void Program::say_more(std::string_view line) {
  if (common.is_verbose) say(line);
}

Exit Program::fail(const Error& error) { return fail(error, exit_for(error)); }

Exit Program::fail(const Error& error, Exit code) {
  if (common.output == Output::json) io.out(error_document(error));
  if (common.output == Output::jsonl) io.out(error_line(error));
  io.err(render_error(error, io.err_style()));
  return code;
}

Exit Program::misused(std::string message, std::string remedy) {
  return fail(make_error(ErrorCode::invalid_argument, std::move(message), std::move(remedy)),
              Exit::usage);
}

Result<bool> Program::confirm(std::string_view question) {
  if (common.is_yes) return true;
  if (!can_ask()) {
    return make_error(ErrorCode::invalid_argument, "this needs a yes, and there is nobody to ask",
                      "look at the plan, then add -y");
  }
  auto answer = io.ask(fmt::format("{} [y/N] ", question));
  if (!answer) return answer.error();
  const std::string word = to_lower(trim(*answer));
  return word == "y" || word == "yes";
}

std::string render_error(const Error& error, const Style& style) {
  std::string out =
      fmt::format("{} {}\n", style.paint(Paint::red, "error:"), printable(describe(error)));
  if (const std::string remedy = remedy_of(error); !remedy.empty()) {
    out += wrap(printable(remedy), 100, 2);
  }
  return out;
}

void write_error(json::Writer& writer, const Error& error) {
  const auto text_or_null = [&writer](std::string_view name, const std::string& text) {
    writer.key(name);
    text.empty() ? writer.value(nullptr) : writer.value(text);
  };
  writer.begin_object()
      .member("code", to_string(error.code))
      .member("message", error.message)
      .member("remedy", remedy_of(error))
      .member("retryable", error.retryable);
  text_or_null("provider", error.provider);
  text_or_null("region", error.region);
  text_or_null("request_id", error.request_id);
  writer.end_object();
}

void write_errors(json::Writer& writer, const std::vector<Error>& errors) {
  writer.begin_array();
  for (const Error& error : errors) write_error(writer, error);
  writer.end_array();
}

int run_program(const std::vector<std::string>& args, Io& io, const Program::Env& env) {
  if (!args.empty() && args.front() == "__complete") return print_candidates(args, io);
  Common common;
  auto invocation = parse(args, common);
  io.set_color(common.color);
  Program program(common, io, env);
  Exit exit = Exit::done;
  if (!invocation) {
    program.common.output = wanted_output(args);
    exit = program.misused(invocation.error().message, invocation.error().remedy);
  } else if (invocation->kind == Invocation::Kind::version) {
    io.out(version_line());
  } else if (invocation->kind == Invocation::Kind::help) {
    const Style style = io.out_style();
    const std::size_t width = io.out_size().columns;
    io.out(invocation->entry != nullptr ? render_help(*invocation->entry, style, width)
           : !invocation->group.empty() ? render_group_help(invocation->group, style, width)
                                        : render_overview(style, width));
  } else {
    exit = invocation->command.run(program);
  }
  io.flush();
  if (io.problem() && exit == Exit::done) {
    io.err(render_error(*io.problem(), io.err_style()));
    exit = Exit::failed;
  }
  return static_cast<int>(exit);
}

}  // namespace ccloud::cli
