// Each diagnostic code with cause, example and cure: for `ccloud explain`, help and the docs.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ccloud::config {

struct Explanation {
  std::string_view code;
  std::string_view group;    ///< "the text", "names" ...
  std::string_view cause;    ///< what is wrong, and why it matters
  std::string_view example;  ///< a piece of a config that shows it
  std::string_view cure;
};

/// In the contract's order.
std::span<const Explanation> explanations();
const Explanation* find_explanation(std::string_view code);

/// For people, several lines; nullopt for a code that does not exist.
std::optional<std::string> explain(std::string_view code);
/// The code that was probably meant.
std::optional<std::string> suggest_code(std::string_view word);
/// All of them, docs/diagnostics.md.
std::string diagnostics_markdown();

}  // namespace ccloud::config
