#include "config/environments.h"

#include <map>

#include <fmt/format.h>

#include "config/checks.h"
#include "config/grammar.h"
#include "config/number.h"
#include "diag/render.h"
#include "diag/suggest.h"

namespace ccloud::config {
namespace {

using diag::quote;

const json::KeyedNode* environments_of(const json::Node& root) {
  const auto* member = root.find_member("environments");
  return member != nullptr && member->value->is_object() ? member : nullptr;
}

std::string quoted_names(const json::Node& root) {
  std::vector<std::string> names;
  for (const auto& name : environment_names(root)) names.push_back(quote(name));
  return diag::one_of(names);
}

/// What is outside the table's range is reported by the shape.
void check_version(const json::Node& part, diag::Diagnostics& diagnostics) {
  const auto* version = part.find("version");
  if (version == nullptr || version->kind != json::Kind::number) return;
  const auto number = whole_number(version->text);
  if (!number || *number <= 1 || *number > most_format_version) return;
  diagnostics.error(
      "not-supported", version->span,
      fmt::format("the file's format is version {}; this program reads version 1", *number));
}

/// The project that the environment ends up with, and where that is written.
struct Named {
  std::string_view environment;
  const json::Node* project = nullptr;
  diag::Span key;
};

}  // namespace

std::vector<std::string> environment_names(const json::Node& root) {
  std::vector<std::string> names;
  if (const auto* all = environments_of(root); all != nullptr)
    for (const auto& member : all->value->members) names.emplace_back(member.key);
  return names;
}

const json::Node* apply_environment(json::Tree& tree, const json::Node& root,
                                    std::string_view environment, diag::Diagnostics& diagnostics) {
  const auto* all = environments_of(root);
  const json::Node* written = root.find("environments");
  if (written != nullptr && !written->is_object()) {
    if (written->kind == json::Kind::null) {  // a patch may have it, the file itself may not
      diagnostics.error("wrong-type", written->span, "environments must be an object, not null");
    }
    return nullptr;  // the rest is reported by the shape
  }
  if (all == nullptr || all->value->members.empty()) {
    if (!environment.empty())
      diagnostics.error(
          "unknown-reference", {root.span.begin, root.span.begin + 1},
          fmt::format("there is no environment {}: the config has no \"environments\"",
                      quote(environment)));
    return &root;
  }
  if (environment.empty()) {
    diagnostics.error(
        "unknown-reference", all->key_span,
        fmt::format("the config has environments: choose {} with -e", quoted_names(root)));
    return &root;
  }
  const json::Node* patch = all->value->find(environment);
  if (patch == nullptr) {
    diagnostics.error("unknown-reference", all->key_span,
                      fmt::format("there is no environment {}", quote(environment)));
    auto& item = diagnostics.items().back();
    const auto close = diag::suggest(environment, environment_names(root));
    item.hint = close ? fmt::format("did you mean {}?", quote(*close))
                      : fmt::format("there are {}", quoted_names(root));
    return nullptr;
  }
  if (!patch->is_object()) return nullptr;  // its type is reported by the shape
  const json::Node* merged = json::merge_patch(tree, &root, *patch);
  return merged;
}

void note_removals(const json::Node& patch, const json::Node& merged,
                   std::vector<diag::Diagnostic>& items) {
  if (!patch.is_object() || !merged.is_object()) return;
  for (const auto& member : patch.members) {
    if (const auto* inner = merged.find(member.key); inner != nullptr) {
      note_removals(*member.value, *inner, items);
      continue;
    }
    for (auto& item : items)
      if (item.code == "missing-key" && item.span.begin == merged.span.begin &&
          item.message.find(quote(member.key)) != std::string::npos)
        item.notes.push_back({member.key_span, "the environment removes it here"});
  }
}

void check_document(const json::Node& root, diag::Diagnostics& diagnostics) {
  check_version(root, diagnostics);
  const auto* all = environments_of(root);
  if (all == nullptr) return;
  for (const auto& member : all->value->members) {
    if (member.value->is_object()) check_version(*member.value, diagnostics);
    if (member.value->kind != json::Kind::null) continue;  // anything else is the shape's
    diagnostics.error("wrong-type", member.value->span,
                      fmt::format("environment {} must be an object, not null", quote(member.key)));
    diagnostics.items().back().hint = "{} changes nothing";
  }
  std::map<std::string_view, Named> seen;
  for (const auto& member : all->value->members) {
    if (!member.value->is_object()) continue;  // reported by the shape
    const json::Node* own = member.value->find("project");
    const json::Node* project = own != nullptr ? own : root.find("project");
    if (project == nullptr || !project->is_string()) continue;
    const auto [first, is_new] =
        seen.emplace(project->text, Named{member.key, project, member.key_span});
    if (is_new) continue;
    const diag::Span span = own != nullptr ? own->span : member.key_span;
    diagnostics.error(
        "duplicate-name", span,
        fmt::format("environment {} has the same project {} as environment {}", quote(member.key),
                    quote(project->text), quote(first->second.environment)));
    auto& item = diagnostics.items().back();
    item.hint = "each environment needs a project of its own";
    item.notes.push_back({first->second.key, "the other environment is here"});
  }
}

}  // namespace ccloud::config
