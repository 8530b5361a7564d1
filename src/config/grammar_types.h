// Shorthand for writing the grammar's tables; nobody else includes it.
#pragma once

#include "config/formats.h"
#include "config/grammar.h"

namespace ccloud::config {

inline Type text_of(const Format& format) { return {.form = Form::text, .format = &format}; }

inline Type measured(const Format& format, std::int64_t least, std::int64_t most) {
  return {.form = Form::text, .format = &format, .least = least, .most = most};
}

inline Type whole(std::int64_t least, std::int64_t most) {
  return {.form = Form::integer, .least = least, .most = most};
}

inline Type object_of(std::string_view what, std::vector<Key> keys,
                      std::vector<Relation> relations = {}) {
  return {.form = Form::object,
          .what = what,
          .keys = std::move(keys),
          .relations = std::move(relations)};
}

inline Type map_of(std::string_view what, const Format& key, const Type& item,
                   std::int64_t least = 0) {
  return {.form = Form::map, .what = what, .format = &key, .least = least, .item = &item};
}

inline Type list_of(const Type& item, std::int64_t least = 0) {
  return {.form = Form::list, .least = least, .item = &item};
}

inline Type choice_of(std::vector<const Type*> choices) {
  return {.form = Form::choice, .choices = std::move(choices)};
}

// Types that several tables use.
const Type& name_type();
const Type& text_type();
const Type& line_type();
const Type& boolean_type();
const Type& anything_type();
const Type& labels_type();
const Type& by_provider_type();  ///< {provider or driver: text}
const Type& duration_type(std::int64_t least_ms, std::int64_t most_ms);
const Type& names_type();  ///< a list of names, not empty

// The sections, each in the file of its name.
const Type& providers_type();  ///< grammar_clouds.cc
const Type& networks_type();
const Type& sizes_type();
const Type& size_type();
const Type& images_type();
const Type& clusters_type();  ///< grammar_clusters.cc
const Type& services_type();  ///< grammar_services.cc

}  // namespace ccloud::config
