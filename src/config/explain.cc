#include "config/explain.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "config/explain_texts.h"
#include "diag/suggest.h"

namespace ccloud::config {
namespace {

std::string indented(std::string_view text) {
  std::string out;
  for (const auto& line : split(text, '\n')) out += fmt::format("    {}\n", line);
  return out;
}

/// Lines of at most 78 characters.
std::string wrapped(std::string_view text) {
  std::string out;
  std::string line;
  for (const auto& word : split(text, ' ')) {
    if (!line.empty() && line.size() + 1 + word.size() > 78) {
      out += line + "\n";
      line.clear();
    }
    if (!line.empty()) line += ' ';
    line += word;
  }
  return out + line + "\n";
}

}  // namespace

std::span<const Explanation> explanations() { return explanation_texts(); }

const Explanation* find_explanation(std::string_view code) {
  const auto all = explanations();
  const auto it = std::ranges::find(all, code, &Explanation::code);
  return it == all.end() ? nullptr : &*it;
}

std::optional<std::string> suggest_code(std::string_view word) {
  std::vector<std::string_view> codes;
  for (const auto& each : explanations()) codes.push_back(each.code);
  return diag::suggest(word, codes);
}

std::optional<std::string> explain(std::string_view code) {
  const Explanation* found = find_explanation(code);
  if (found == nullptr) return std::nullopt;
  return fmt::format("{}: {}\n\n{}\nFor example:\n\n{}\n{}", found->code, found->group,
                     wrapped(found->cause), indented(found->example), wrapped(found->cure));
}

std::string diagnostics_markdown() {
  std::string out =
      "# Diagnostics\n\n"
      "Every problem that `ccloud validate` reports carries a code. `ccloud explain CODE` prints\n"
      "the same text. This page is made from the program: do not edit it.\n";
  std::string_view group;
  for (const auto& each : explanations()) {
    if (each.group != group) out += fmt::format("\n## {}\n", each.group);
    group = each.group;
    out += fmt::format("\n### {}\n\n{}\n```\n{}\n```\n\n{}", each.code, wrapped(each.cause),
                       each.example, wrapped(each.cure));
  }
  return out;
}

}  // namespace ccloud::config
