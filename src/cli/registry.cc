// The list of all commands, in the order of the help. A new command is a file and a line here.

#include <algorithm>
#include <array>

#include "cli/command.h"
#include "cli/commands.h"

namespace ccloud::cli {
namespace {

[[maybe_unused]] constexpr std::string_view start = "Getting started";
[[maybe_unused]] constexpr std::string_view check = "The config";
[[maybe_unused]] constexpr std::string_view change = "Changing the clouds";
[[maybe_unused]] constexpr std::string_view look = "Looking";
[[maybe_unused]] constexpr std::string_view simulate = "Simulated clouds";
[[maybe_unused]] constexpr std::string_view more = "More";

constexpr std::array entries = {
    Entry{"completion", more, "the script that makes a shell complete ccloud", make_completion},
    Entry{"help", more, "help on a command", make_help},
    Entry{"version", more, "the version of this program", make_version},
};

}  // namespace

std::span<const Entry> registry() { return entries; }

const Entry* find_entry(std::string_view name) {
  const auto it = std::ranges::find(entries, name, &Entry::name);
  return it == entries.end() ? nullptr : &*it;
}

std::vector<const Entry*> entries_under(std::string_view first) {
  std::vector<const Entry*> found;
  for (const Entry& entry : entries) {
    if (entry.name.size() > first.size() && entry.name.starts_with(first) &&
        entry.name[first.size()] == ' ') {
      found.push_back(&entry);
    }
  }
  return found;
}

}  // namespace ccloud::cli
