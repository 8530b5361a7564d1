// "Did you mean": the one place that decides whether two words are close enough to ask.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::diag {

/// Edits (insert, delete, replace, swap neighbours) between the two, ASCII case ignored; anything
/// above `limit` may come back as limit + 1.
std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t limit);

/// The closest candidate within a third of the word's length (1 to 3 edits); the first one when
/// several are as close. A word that differs only in case or in `-`, `_` and blanks always counts.
std::optional<std::string> suggest(std::string_view word,
                                   const std::vector<std::string_view>& candidates);
std::optional<std::string> suggest(std::string_view word,
                                   const std::vector<std::string>& candidates);

/// "a, b or c"; more than `limit` become "a, b, c and 12 more".
std::string one_of(const std::vector<std::string>& names, std::size_t limit = 8);

}  // namespace ccloud::diag
