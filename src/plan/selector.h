// Selectors (contract, section 3): which nodes a command means. Pure; every command uses this one.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cloud/model.h"

namespace ccloud::plan {

/// What a selector can ask about a node. Views into the caller's data.
struct Subject {
  std::string_view name;
  std::string_view cluster;
  std::string_view place;
  std::string_view provider;
  std::string_view region;
  std::string_view zone;  ///< matches by its full and its short name
  std::string_view state;
  const cloud::Labels* labels = nullptr;
  const std::vector<std::string>* services = nullptr;
  bool has_failed = false;  ///< in the last run
};

/// One selector: terms joined by commas. Of its names any may fit (no node has two), of its
/// conditions all must hold. Several selectors: any of them.
class Selector {
 public:
  /// "web-*", "gw-use1-[1-4]", "role=web,state!=running", "@failed". invalid_argument with a
  /// remedy.
  static Result<Selector> parse(std::string_view text);
  bool matches(const Subject& subject) const;
  /// Its names that can mean one node only: without `*`, `?` or a range. None where conditions
  /// narrow them.
  std::vector<std::string> plain_names() const;

 private:
  struct Term {
    enum class Kind : std::uint8_t { name, field, label, failed };
    Kind kind = Kind::name;
    std::string key;
    std::string value;
    bool is_negated = false;
    bool holds(const Subject& subject) const;
  };
  std::vector<Term> terms_;
};

Result<std::vector<Selector>> parse_selectors(const std::vector<std::string>& texts);
/// True for no selectors at all.
bool matches_any(const std::vector<Selector>& selectors, const Subject& subject);

/// invalid_argument where a node is named that is none, by `is_node`. A
/// pattern or a condition may well mean nobody; a name that does is a slip.
Result<void> check_names(const std::vector<Selector>& selectors,
                         const std::function<bool(std::string_view)>& is_node);

/// "gw-[1-3]x" and globs: `*`, `?`, `[1-4]`, `[1,3,5-7]` (numbers).
bool name_matches(std::string_view pattern, std::string_view name);

}  // namespace ccloud::plan
