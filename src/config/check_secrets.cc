// Secrets have no place in the config: keys, tokens and passwords pasted into it are recognised.
// Messages never repeat them.
#include <algorithm>
#include <unordered_map>

#include <fmt/format.h>

#include "config/checks.h"
#include "diag/render.h"
#include "diag/secrets.h"

namespace ccloud::config {
namespace {

using json::Node;

class SecretCheck {
 public:
  explicit SecretCheck(const Checks& checks) : checks_(checks) {}

  void walk(const Node& root) {
    for (const auto& member : root.members) {
      is_provider_ = member.key == "providers";
      walk(*member.value, member.key);
    }
  }

 private:
  void walk(const Node& node, std::string_view key) {
    if (node.is_string()) return text(node, key);
    for (const Node* item : node.items) walk(*item, key);
    for (const auto& member : node.members)
      if (member.key != "secret") walk(*member.value, member.key);
  }

  void text(const Node& node, std::string_view key) {
    if (key == "keys") return;  // public keys; a private one there has a message of its own
    const auto found = diag::find_secrets(node.text);
    const bool is_named = names_secret(key) && diag::is_secret_member(key, node.text);
    if (found.empty() && !is_named) return;
    const std::string what = found.empty() ? fmt::format("the value of {}", diag::quote(key))
                                           : std::string(found.front().kind);
    checks_.error("secret-in-config", node.span,
                  fmt::format("{} stands in the config; refer to it instead", what));
    checks_.diagnostics.items().back().hint =
        is_provider_
            ? "leave it to the cloud's own profile, file or command, which \"credentials\" can "
              "name; and change it, it is no longer secret"
            : R"(in "env": { "secret": { "env": "NAME" } }; and change it, it is no longer secret)";
  }

  /// The same keys come again and again.
  bool names_secret(std::string_view key) {
    const auto [known, is_new] = names_.try_emplace(key, false);
    if (is_new) known->second = diag::is_secret_name(key);
    return known->second;
  }

  const Checks& checks_;
  bool is_provider_ = false;
  std::unordered_map<std::string_view, bool> names_;
};

}  // namespace

void check_secrets(const Checks& checks) {
  SecretCheck(checks).walk(*checks.draft.root);
  const auto& source = *checks.diagnostics.file();
  for (const Span comment : checks.comments)
    for (const auto& match : diag::find_secrets(source.text(comment))) {
      const auto begin = static_cast<std::uint32_t>(comment.begin + match.begin);
      const auto end = static_cast<std::uint32_t>(comment.begin + match.end);
      checks.error("secret-in-config", {begin, end},
                   fmt::format("{} stands in a comment", match.kind));
    }
}

}  // namespace ccloud::config
