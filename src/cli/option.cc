#include "cli/option.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "cli/common.h"

namespace ccloud::cli {
namespace {

Error bad(std::string message) { return make_error(ErrorCode::invalid_argument, message); }

Option named(std::string_view name, std::string_view help) {
  Option option;
  const auto comma = name.find(',');
  option.name = name.substr(0, comma);
  if (comma != std::string_view::npos) option.letter = name.at(comma + 1);
  option.help = help;
  return option;
}

Option valued(std::string_view name, std::string_view value_name, std::string_view help) {
  Option option = named(name, help);
  option.takes = Option::Takes::value;
  option.value_name = value_name;
  return option;
}

Result<std::int64_t> parse_number(std::string_view value, std::int64_t least, std::int64_t most) {
  const auto parsed = parse_int(value);
  if (!parsed) return bad(fmt::format("\"{}\" is not a whole number", value));
  if (*parsed < least || *parsed > most) {
    return bad(fmt::format("{} is not between {} and {}", *parsed, least, most));
  }
  return *parsed;
}

}  // namespace

Option flag(std::string_view name, bool& into, std::string_view help) {
  Option option = named(name, help);
  option.set = [&into](std::string_view) -> Result<void> {
    into = true;
    return {};
  };
  return option;
}

Option text(std::string_view name, std::string_view value_name, std::string& into,
            std::string_view help) {
  Option option = valued(name, value_name, help);
  option.set = [&into](std::string_view value) -> Result<void> {
    if (value.empty()) return bad("it must not be empty");
    into = value;
    return {};
  };
  return option;
}

Option texts(std::string_view name, std::string_view value_name, std::vector<std::string>& into,
             std::string_view help) {
  Option option = valued(name, value_name, help);
  option.set = [&into](std::string_view value) -> Result<void> {
    into.emplace_back(value);
    return {};
  };
  return option;
}

Option number(std::string_view name, std::string_view value_name, std::int64_t& into,
              std::int64_t least, std::int64_t most, std::string_view help) {
  Option option = valued(name, value_name, help);
  option.set = [&into, least, most](std::string_view value) -> Result<void> {
    auto parsed = parse_number(value, least, most);
    if (!parsed) return parsed.error();
    into = *parsed;
    return {};
  };
  return option;
}

Option maybe_number(std::string_view name, std::string_view value_name,
                    std::optional<std::int64_t>& into, std::int64_t least, std::int64_t most,
                    std::string_view help) {
  Option option = valued(name, value_name, help);
  option.set = [&into, least, most](std::string_view value) -> Result<void> {
    auto parsed = parse_number(value, least, most);
    if (!parsed) return parsed.error();
    into = *parsed;
    return {};
  };
  return option;
}

Option duration(std::string_view name, std::string_view value_name,
                std::optional<std::chrono::milliseconds>& into, std::string_view help) {
  Option option = valued(name, value_name, help);
  option.set = [&into](std::string_view value) -> Result<void> {
    into = parse_duration(value);
    if (!into) return bad(fmt::format("\"{}\" is not a duration such as 500ms, 30s or 10m", value));
    return {};
  };
  return option;
}

Option choice(std::string_view name, std::vector<std::string_view> choices, std::string& into,
              std::string_view help) {
  Option option = valued(name, "", help);
  option.choices = std::move(choices);
  option.set = [&into](std::string_view value) -> Result<void> {
    into = value;
    return {};
  };
  return option;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
  const auto unit_at = text.find_first_not_of("0123456789");
  if (unit_at == 0 || unit_at == std::string_view::npos || unit_at > 12) return std::nullopt;
  const std::int64_t value = parse_int(text.substr(0, unit_at)).value_or(0);
  const std::string_view unit = text.substr(unit_at);
  if (unit == "ms") return std::chrono::milliseconds(value);
  if (unit == "s") return std::chrono::seconds(value);
  if (unit == "m") return std::chrono::minutes(value);
  if (unit == "h") return std::chrono::hours(value);
  return std::nullopt;
}

std::string_view to_string(Output output) {
  constexpr std::string_view names[] = {"table", "wide", "json", "jsonl", "name"};
  return names[static_cast<std::size_t>(output)];
}

std::optional<Output> parse_output(std::string_view name) {
  for (const Output output :
       {Output::table, Output::wide, Output::json, Output::jsonl, Output::name}) {
    if (to_string(output) == name) return output;
  }
  return std::nullopt;
}

std::vector<Option> common_options(Common& common) {
  Option file = text("file,f", "FILE", common.file, "the config (default: ccloud.json)");
  file.set = [&common, set = std::move(file.set)](std::string_view value) {
    common.has_file = true;
    return set(value);
  };
  Option output = valued("output,o", "", "how results are printed");
  output.choices = {"table", "wide", "json", "jsonl", "name"};
  output.set = [&common](std::string_view value) -> Result<void> {
    common.output = parse_output(value).value_or(Output::table);
    return {};
  };
  Option color = valued("color", "", "colours; auto: on a terminal without NO_COLOR");
  color.choices = {"auto", "always", "never"};
  color.set = [&common](std::string_view value) -> Result<void> {
    common.color = value == "always"  ? Color::always
                   : value == "never" ? Color::never
                                      : Color::automatic;
    return {};
  };
  Option sim = valued("sim", "DIR",
                      "use the simulated clouds (of that directory), and refuse any address\n"
                      "that is not loopback");
  sim.takes = Option::Takes::optional_value;
  sim.set = [&common](std::string_view value) -> Result<void> {
    common.is_sim = true;
    common.sim_dir = value;
    return {};
  };
  return {std::move(file),
          text("environment,e", "NAME", common.environment, "the environment of the config"),
          std::move(output),
          flag("yes,y", common.is_yes, "answer yes to what a command asks"),
          flag("no-input", common.is_no_input, "never ask: fail instead"),
          duration("timeout", "D", common.timeout, "give up after D, for example 90s or 10m"),
          number("concurrency", "N", common.concurrency, 1, 10000, "at most N things at a time"),
          flag("quiet,q", common.is_quiet, "no progress, only results and errors"),
          flag("verbose,v", common.is_verbose, "more about what is done and why"),
          std::move(color),
          text("trace-api", "FILE", common.trace_api,
               "write every call to a cloud to FILE, secrets removed"),
          std::move(sim)};
}

}  // namespace ccloud::cli
