// Many names in few words: `web-us-[1-12]`, `a, b and 3 more`.
#pragma once

#include <string>
#include <vector>

namespace ccloud::cli {

/// Names that end in "-NUMBER" and share what stands before it become ranges, in order of first
/// appearance: {"web-us-1", "web-us-2", "web-eu-7"} gives {"web-us-[1-2]", "web-eu-7"}. What comes
/// out is a selector that means the same nodes.
std::vector<std::string> compress_names(const std::vector<std::string>& names);
/// The same in one text, at most `most` parts and then "and 12 more".
std::string name_list(const std::vector<std::string>& names, std::size_t most = 6);

}  // namespace ccloud::cli
