#include "config/decode.h"

#include <fmt/format.h>

namespace ccloud::config {

Decoder::Decoder(json::Tree& tree, const json::Node& root, const BadNodes& bad, Files& files,
                 const LoadOptions& options, diag::Diagnostics& diagnostics)
    : tree_(tree),
      bad_(bad),
      files_(files),
      options_(options),
      diagnostics_(diagnostics),
      root_(&root, bad),
      config_(draft_.config) {
  draft_.root = &root;
}

Draft Decoder::run() {
  config_.project = root_.text("project").value_or(Located<std::string>{{}, root_.span()});
  config_.labels = root_.labels("labels");
  providers();
  networks();
  sizes();
  images();
  clusters();
  services();
  guards();
  return std::move(draft_);
}

void Decoder::guards() {
  const Fields guards = root_.object("guards");
  if (const auto most = guards.integer("max_destroy")) config_.guards.max_destroy = most->value;
  config_.guards.protect = guards.texts("protect");
}

void Decoder::error(std::string_view code, Span span, std::string message,
                    std::optional<std::string> suggestion) {
  diagnostics_.error(code, span, std::move(message));
  diagnostics_.items().back().suggestion = std::move(suggestion);
}

}  // namespace ccloud::config
