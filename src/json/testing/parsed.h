// A text as the parser sees it, and what it complains about as short lines.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "json/parser.h"

namespace ccloud::json::testing {

struct Parsed {
  diag::SourceFile file;
  diag::Diagnostics diagnostics;
  Tree tree;

  explicit Parsed(std::string_view text, const ParseLimits& limits = {})
      : file("x.json", std::string(text)), tree(parse_located(file, diagnostics, limits)) {}

  std::vector<std::string> slips() const {
    std::vector<std::string> out;
    for (const auto& item : diagnostics.items()) {
      const auto at = file.position(item.span.begin);
      out.push_back(fmt::format("{}:{} {}", at.line, at.column, item.message));
    }
    return out;
  }
};

}  // namespace ccloud::json::testing
