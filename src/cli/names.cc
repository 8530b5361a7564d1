#include "cli/names.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"

namespace ccloud::cli {
namespace {

std::string ranges(std::vector<std::int64_t> numbers) {
  std::ranges::sort(numbers);
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < numbers.size();) {
    std::size_t end = i;
    while (end + 1 < numbers.size() && numbers[end + 1] <= numbers[end] + 1) ++end;
    parts.push_back(i == end ? std::to_string(numbers[i])
                             : fmt::format("{}-{}", numbers[i], numbers[end]));
    i = end + 1;
  }
  return fmt::format("{}", fmt::join(parts, ","));
}

}  // namespace

std::vector<std::string> compress_names(const std::vector<std::string>& names) {
  std::vector<std::string> order;  // prefixes with their dash, or whole names
  std::map<std::string, std::vector<std::int64_t>> numbers;
  for (const std::string& name : names) {
    const auto dash = name.rfind('-');
    const auto number = dash == std::string::npos ? std::nullopt : parse_int(name.substr(dash + 1));
    const std::string prefix = number ? name.substr(0, dash + 1) : name;
    auto [it, is_new] = numbers.try_emplace(prefix);
    if (is_new) order.push_back(prefix);
    if (number) it->second.push_back(*number);
  }
  std::vector<std::string> out;
  for (const std::string& prefix : order) {
    const auto& list = numbers[prefix];
    if (list.empty()) {
      out.push_back(prefix);
    } else if (list.size() == 1) {
      out.push_back(prefix + std::to_string(list.front()));
    } else {
      out.push_back(fmt::format("{}[{}]", prefix, ranges(list)));
    }
  }
  return out;
}

std::string name_list(const std::vector<std::string>& names, std::size_t most) {
  std::vector<std::string> parts = compress_names(names);
  const std::size_t all = parts.size();
  if (all > most) parts.resize(most);
  std::string out = fmt::format("{}", fmt::join(parts, ", "));
  if (all > most) out += fmt::format(" and {} more", all - most);
  return out;
}

}  // namespace ccloud::cli
