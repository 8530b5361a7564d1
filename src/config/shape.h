// Holds a JSON tree against the grammar's tables: keys, types, forms of strings, ranges, and what
// keys of one object mean to each other. Everything wrong is reported, nothing is decoded.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <unordered_set>

#include "config/grammar.h"
#include "diag/diagnostics.h"
#include "json/tree.h"

namespace ccloud::config {

/// Values that were reported, so that what only follows from them is not reported too.
using BadNodes = std::unordered_set<const json::Node*>;

enum class ShapeMode {
  whole,  ///< a complete value
  patch,  ///< part of a merge patch: null removes, and what is missing may be in the base
};

/// Whether a value on the path of keys was reported: what it holds, and for whom, is not known
/// then.
bool is_refused(const json::Node& root, const BadNodes& bad,
                std::initializer_list<std::string_view> path);

void check_shape(const json::Node& node, const Type& type, ShapeMode mode,
                 diag::Diagnostics& diagnostics, BadNodes& bad);

}  // namespace ccloud::config
