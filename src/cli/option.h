// An option as data: its names, what it takes, what it says in the help, and where its value goes.
// Parsing, help and shell completion all read the same rows.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ccloud::cli {

struct Common;

struct Option {
  enum class Takes {
    nothing,
    value,           ///< `--to V` or `--to=V`
    optional_value,  ///< only `--sim=DIR`: a word that follows is not its value
  };
  std::string_view name;  ///< without the dashes
  char letter = 0;        ///< 0: none
  Takes takes = Takes::nothing;
  std::string_view value_name;  ///< "FILE"
  std::string_view help;
  /// What the value may be, for the help, the check and the completion; empty: anything.
  std::vector<std::string_view> choices;
  /// Takes the value over ("" for a flag); an error's message says what is wrong with it.
  std::function<Result<void>(std::string_view)> set;
};

/// `name` is "timeout" or "file,f": the long name and, after a comma, the letter.
Option flag(std::string_view name, bool& into, std::string_view help);
Option text(std::string_view name, std::string_view value_name, std::string& into,
            std::string_view help);
/// May be given several times.
Option texts(std::string_view name, std::string_view value_name, std::vector<std::string>& into,
             std::string_view help);
Option number(std::string_view name, std::string_view value_name, std::int64_t& into,
              std::int64_t least, std::int64_t most, std::string_view help);
Option maybe_number(std::string_view name, std::string_view value_name,
                    std::optional<std::int64_t>& into, std::int64_t least, std::int64_t most,
                    std::string_view help);
Option duration(std::string_view name, std::string_view value_name,
                std::optional<std::chrono::milliseconds>& into, std::string_view help);
/// One of `choices`.
Option choice(std::string_view name, std::vector<std::string_view> choices, std::string& into,
              std::string_view help);

/// `500ms 2s 10m 1h`; nullopt for anything else, and for what does not fit.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The common options, bound to `common`.
std::vector<Option> common_options(Common& common);

}  // namespace ccloud::cli
