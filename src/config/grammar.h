// The tables of the config language: which keys there are, of which type, with which limits. The
// checker, the JSON Schema and docs/config.md are all made from them, so they cannot disagree.
// What needs more than one value to judge (references, sums, catalogues) is in check_*.cc.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::config {

/// A little language inside a string.
struct Format {
  std::string_view what;                   ///< "a duration such as 500ms, 2s, 10m or 1h"
  std::string_view pattern;                ///< ECMA regular expression; empty when `values` says it
  std::vector<std::string_view> values{};  ///< the only allowed ones, when there are any
  bool (*accepts)(std::string_view) = nullptr;  ///< null: `values` decide
  /// A number for the type's range, for sizes (MiB), durations (ms), percentages.
  std::int64_t (*measure)(std::string_view) = nullptr;
  std::string (*repair)(std::string_view) = nullptr;  ///< what was probably meant; may be empty
  std::string_view code = "bad-format";
};

enum class Form : std::uint8_t {
  anything,
  text,
  integer,
  boolean,
  object,  ///< fixed keys
  map,     ///< keys of the user's choosing
  list,
  choice,  ///< one of several types, told apart by the kind of JSON value
  patch,   ///< a merge patch on the whole config
};

struct Type;

struct Key {
  std::string_view name;
  const Type* type = nullptr;
  std::string_view about;       ///< one or two sentences of the reference
  std::string_view example{};   ///< the value in JSON
  std::string_view fallback{};  ///< the default, for the reference; empty: none
  bool is_required = false;
  bool is_carried_out = true;  ///< false: `not-supported`
};

/// What keys of one object mean to each other.
struct Relation {
  enum class Kind : std::uint8_t {
    exactly_one,  ///< of `keys`
    at_most_one,  ///< of `keys`
    needs,        ///< `subject` needs all of `keys`
    excludes,     ///< `subject` allows none of `keys`
    unless,       ///< without `subject` all of `keys` are required
  };
  Kind kind = Kind::exactly_one;
  std::string_view subject{};
  std::vector<std::string_view> keys{};
};

struct Type {
  Form form = Form::anything;
  std::string_view what{};         ///< of an object or a map's entries, for messages: "cluster"
  const Format* format = nullptr;  ///< text; a map's keys
  std::int64_t least = std::numeric_limits<std::int64_t>::min();  ///< value, or number of items
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  std::vector<Key> keys{};
  std::vector<Relation> relations{};
  const Type* item = nullptr;          ///< map, list
  std::vector<const Type*> choices{};  ///< choice

  const Key* find(std::string_view name) const;
};

/// What `version` may say at all; a newer one than ours is understood, but `not-supported`.
inline constexpr std::int64_t most_format_version = 1000;

/// The whole config file.
const Type& root_type();

}  // namespace ccloud::config
