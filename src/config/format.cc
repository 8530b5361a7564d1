#include "config/format.h"

#include "config/environments.h"
#include "json/layout.h"
#include "json/parser.h"

namespace ccloud::config {

Formatted format_config(std::string text, const std::string& path) {
  auto file = std::make_shared<const diag::SourceFile>(path, std::move(text));
  Formatted result{.text = {}, .diagnostics = diag::Diagnostics(file)};
  const json::Tree tree = json::parse_located(*file, result.diagnostics);
  for (auto& item : result.diagnostics.items())
    item.pointer = json::pointer_at(tree, item.span.begin);
  result.diagnostics.sort();
  if (tree.root != nullptr && tree.is_whole) result.text = json::lay_out(*file, tree, *tree.root);
  return result;
}

Formatted show_config(const std::string& path, std::string_view environment,
                      const LoadOptions& options) {
  LoadResult loaded = load(path, environment, options);
  Formatted result{.text = {}, .diagnostics = std::move(loaded.diagnostics)};
  if (!loaded.config) return result;
  const auto& file = *loaded.config->source;
  diag::Diagnostics ignored;  // there are none: it was just loaded
  json::Tree tree = json::parse_located(file, ignored);
  const json::Node* whole = apply_environment(tree, *tree.root, environment, ignored);
  json::Node shown = *whole;
  std::erase_if(shown.members, [](const auto& member) { return member.key == "environments"; });
  result.text = json::lay_out(file, tree, shown, {.has_comments = false});
  return result;
}

}  // namespace ccloud::config
