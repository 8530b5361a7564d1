// A command as data: what it is called, takes and says about itself, and the function that runs it.
// Each command lives in a file of its own (cmd_NAME.cc); registry.cc lists them all.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/common.h"
#include "cli/exit_code.h"
#include "cli/option.h"

namespace ccloud::cli {

class Program;

/// The words that stand beside the options.
struct Words {
  std::vector<std::string>* into = nullptr;  ///< null: the command takes none
  std::size_t least = 0;
  std::size_t most = 0;
  /// What each may be, for the completion: "selector", "node", "file", "command", "code",
  /// "service" or a list with blanks between.
  std::string_view kind;
};
inline constexpr std::size_t any_number = 100000;

struct Example {
  std::string_view line;
  std::string_view says;
};

struct Command {
  std::string_view usage;  ///< what follows the name: "[SELECTOR...] [--out FILE]"
  std::string_view help;   ///< one or more paragraphs
  std::vector<Option> options;
  Words words;
  std::vector<std::string>* rest = nullptr;  ///< what follows `--`; null: it joins the words
  std::vector<Output> outputs;               ///< besides `table`, which all have
  std::vector<Example> examples;
  std::function<Exit(Program&)> run;
};

/// A row of the registry; the command itself is made only when it is wanted.
struct Entry {
  std::string_view name;  ///< "plan", or two words: "sim up"
  std::string_view group;
  std::string_view summary;
  Command (*make)();
};

/// All commands, in the order of the help.
std::span<const Entry> registry();
const Entry* find_entry(std::string_view name);
/// Entries whose name starts with "{first} ".
std::vector<const Entry*> entries_under(std::string_view first);

}  // namespace ccloud::cli
