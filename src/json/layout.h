// The canonical layout of a JSON text that people write: comments, order and the writing of each
// value are kept, only blanks and line ends change. Laying out twice changes nothing more.
#pragma once

#include <cstddef>
#include <string>

#include "diag/source_file.h"
#include "json/tree.h"

namespace ccloud::json {

struct LayoutOptions {
  std::size_t width = 100;   ///< what fits stands on one line
  bool has_comments = true;  ///< keep them; off for trees that were merged from pieces
};

/// `root` is the tree's own or one merged from it; its spans point into `file`. Ends with a new
/// line.
std::string lay_out(const diag::SourceFile& file, const Tree& tree, const Node& root,
                    const LayoutOptions& options = {});

}  // namespace ccloud::json
