// Writes the XML of AWS's query protocols. Knows nothing of what it writes.
#pragma once

#include <string>
#include <string_view>

#include <fmt/format.h>

namespace ccloud::sim::aws {

class Xml {
 public:
  Xml& open(std::string_view name);
  Xml& close(std::string_view name);
  Xml& leaf(std::string_view name, std::string_view value);
  Xml& leaf(std::string_view name, const char* value) {
    return leaf(name, std::string_view(value));
  }
  Xml& leaf(std::string_view name, bool value) { return leaf(name, value ? "true" : "false"); }
  Xml& leaf(std::string_view name, std::int64_t value) { return leaf(name, fmt::to_string(value)); }
  Xml& leaf(std::string_view name, int value) { return leaf(name, std::int64_t{value}); }
  Xml& leaf(std::string_view name, std::uint32_t value) { return leaf(name, std::int64_t{value}); }
  /// Nothing when the value is empty: in EC2 what is not there has no element.
  Xml& optional(std::string_view name, std::string_view value) {
    return value.empty() ? *this : leaf(name, value);
  }
  /// `<name><item>...</item>...</name>`; `each(x)` writes what is inside an item.
  template <class Range, class Each>
  Xml& list(std::string_view name, const Range& range, Each each) {
    open(name);
    for (const auto& x : range) {
      open("item");
      each(x);
      close("item");
    }
    return close(name);
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

}  // namespace ccloud::sim::aws
