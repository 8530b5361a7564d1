#include "cli/help.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace ccloud::cli {
namespace {

struct Row {
  std::string left;
  std::string right;
};

/// Two columns; a right side that is too long goes on below itself.
std::string columns(const std::vector<Row>& rows, const Style& style, std::size_t width) {
  std::size_t left = 0;
  for (const Row& row : rows) left = std::max(left, display_width(row.left));
  left = std::min<std::size_t>(left, 34);
  std::string out;
  for (const Row& row : rows) {
    const std::string text =
        wrap(replace_all(row.right, "\n", " "), std::max<std::size_t>(width, 60), left + 5);
    out += "  " + style.bold(row.left);
    if (display_width(row.left) > left) {
      out += "\n" + text;
    } else {
      out += text.substr(2 + display_width(row.left));
    }
  }
  return out;
}

Row row_of(const Option& option) {
  std::string left = option.letter != 0 ? fmt::format("-{}, ", option.letter) : "    ";
  left += fmt::format("--{}", option.name);
  const std::string value = option.choices.empty()
                                ? std::string(option.value_name)
                                : fmt::format("{}", fmt::join(option.choices, "|"));
  if (option.takes == Option::Takes::value) left += " " + value;
  if (option.takes == Option::Takes::optional_value) left += "[=" + value + "]";
  return {left, std::string(option.help)};
}

std::string options_of(const std::vector<Option>& options, const Style& style, std::size_t width) {
  std::vector<Row> rows;
  for (const Option& option : options) rows.push_back(row_of(option));
  return columns(rows, style, width);
}

std::string common_of(const Command& command, const Style& style, std::size_t width) {
  Common unused;
  auto options = common_options(unused);
  std::erase_if(options, [&](Option& option) {
    if (option.name != "output") return false;
    option.choices = {"table"};
    for (const Output output : command.outputs) option.choices.push_back(to_string(output));
    return command.outputs.empty();
  });
  return options_of(options, style, width);
}

}  // namespace

std::string version_line() { return fmt::format("ccloud {}\n", CCLOUD_VERSION); }

std::string render_overview(const Style& style, std::size_t width) {
  std::string out = "ccloud runs clusters of virtual machines on many clouds from one file.\n\n" +
                    style.bold("Usage:") + " ccloud COMMAND [OPTIONS]\n";
  std::string_view group;
  std::vector<Row> rows;
  const auto finish = [&] {
    if (!rows.empty())
      out += fmt::format("\n{}\n", style.bold(group)) + columns(rows, style, width);
    rows.clear();
  };
  for (const Entry& entry : registry()) {
    if (entry.group != group) finish();
    group = entry.group;
    rows.push_back({std::string(entry.name), std::string(entry.summary)});
  }
  finish();
  Common unused;
  out += fmt::format("\n{}\n", style.bold("Options of every command")) +
         options_of(common_options(unused), style, width);
  out +=
      "\nA first run without any account: ccloud init && ccloud sim up && ccloud deploy --sim\n"
      "Help on a command: ccloud help COMMAND\n";
  return out;
}

std::string render_group_help(std::string_view group, const Style& style, std::size_t width) {
  std::vector<Row> rows;
  for (const Entry* entry : entries_under(group)) {
    rows.push_back({std::string(entry->name), std::string(entry->summary)});
  }
  return columns(rows, style, width) + fmt::format("\nHelp on one: ccloud help {} ...\n", group);
}

std::string render_help(const Entry& entry, const Style& style, std::size_t width) {
  const Command command = entry.make();
  std::string out = fmt::format("{}\n\n{} ccloud {} {}\n", entry.summary, style.bold("Usage:"),
                                entry.name, command.usage);
  if (!command.help.empty()) {
    out += "\n" + wrap(command.help, std::clamp<std::size_t>(width, 60, 100), 0);
  }
  if (!command.options.empty()) {
    out += fmt::format("\n{}\n", style.bold("Options")) + options_of(command.options, style, width);
  }
  if (!command.examples.empty()) {
    out += fmt::format("\n{}\n", style.bold("Examples"));
    for (const Example& example : command.examples) {
      out += fmt::format("  {}\n", example.line);
      if (!example.says.empty()) out += fmt::format("      {}\n", style.dim(example.says));
    }
  }
  out += fmt::format("\n{}\n", style.bold("Options of every command")) +
         common_of(command, style, width);
  return out;
}

}  // namespace ccloud::cli
