// From argv to a command whose options are filled in. The grammar is the usual one: `--name value`,
// `--name=value`, `-n value`, `-nvalue`, flags joined as in `-yv`, options and words in any order,
// `--` ends the options. The command's name is one word or two ("sim up").
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "cli/command.h"

namespace ccloud::cli {

struct UsageError {
  std::string message;
  std::string remedy;
};

struct Invocation {
  enum class Kind { run, help, version };
  Kind kind = Kind::run;
  const Entry* entry = nullptr;  ///< null for `ccloud` and `ccloud --help`
  std::string group;             ///< help: the first word of several commands ("sim")
  Command command;               ///< with Kind::run
};

/// Fills `common` as far as it gets, so that an error can be shown in the wanted form.
std::expected<Invocation, UsageError> parse(const std::vector<std::string>& args, Common& common);

}  // namespace ccloud::cli
