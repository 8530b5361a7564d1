// What a command's run function gets: the common options, the streams, the environment; and how it
// tells of a failure, in the form that was asked for.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/common.h"
#include "cli/exit_code.h"
#include "cli/io.h"

namespace ccloud::json {
class Writer;
}

namespace ccloud::cli {

class Program {
 public:
  using Env = std::function<std::optional<std::string>(const std::string&)>;

  Program(Common common_options, Io& streams, Env environment)
      : common(std::move(common_options)), io(streams), env(std::move(environment)) {}

  Common common;
  Io& io;
  /// Where `say` puts a line while there is a live view, which would write over it.
  std::function<void(std::string_view line)> above_live_view;
  Env env;

  /// A message about what is done: err, nothing with -q.
  void say(std::string_view line);
  /// For people only and only with -v.
  void say_more(std::string_view line);
  /// Prints the error (and with -o json the document `ccloud.error/1`) and gives its exit code.
  Exit fail(const Error& error);
  Exit fail(const Error& error, Exit code);
  /// Exit 64.
  Exit misused(std::string message, std::string remedy);

  /// Asks before something is changed. `is_yes` answers it; without a terminal, or with
  /// --no-input, the answer is an error (exit 64).
  Result<bool> confirm(std::string_view question);
  /// Whether a question can be asked at all.
  bool can_ask() const { return io.is_in_terminal() && !common.is_no_input; }
};

/// "error: MESSAGE (WHERE)" and the remedy below, for people.
std::string render_error(const Error& error, const Style& style);
/// The fields of an error in every document: code message remedy retryable provider region
/// request_id.
void write_error(json::Writer& writer, const Error& error);
void write_errors(json::Writer& writer, const std::vector<Error>& errors);

/// Parses, runs, flushes: the whole program but main().
int run_program(const std::vector<std::string>& args, Io& io, const Program::Env& env);

}  // namespace ccloud::cli
