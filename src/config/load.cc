#include "config/load.h"

#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>

#include <fmt/format.h>

#include "config/checks.h"
#include "config/decode.h"
#include "config/environments.h"
#include "config/files.h"
#include "config/grammar.h"
#include "config/shape.h"
#include "diag/render.h"
#include "diag/secrets.h"
#include "json/parser.h"

namespace ccloud::config {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 32U << 20;

/// One load: the text, what is made of it, what is wrong with it.
class Loader {
 public:
  Loader(std::string text, const std::string& path, const LoadOptions& options)
      : path_(path),
        base_(base_of(path)),
        options_(options),
        files_(base_, options.home.empty() ? home() : options.home),
        source_(std::make_shared<const diag::SourceFile>(path, std::move(text))),
        diagnostics_(source_) {}

  LoadResult run(std::string_view environment) {
    std::optional<Config> config = build(environment);
    finish();
    LoadResult result;
    result.diagnostics = std::move(diagnostics_);
    if (config && !result.diagnostics.has_errors()) result.config = std::move(config);
    return result;
  }

 private:
  static fs::path base_of(const std::string& path) {
    std::error_code ignored;
    const fs::path absolute = fs::absolute(path, ignored).lexically_normal();
    return absolute.parent_path();
  }

  static std::string home() {
    const char* value = std::getenv("HOME");
    return value == nullptr ? "" : value;
  }

  std::optional<Config> build(std::string_view environment) {
    tree_ = json::parse_located(*source_, diagnostics_);
    if (tree_.root == nullptr) return std::nullopt;
    const json::Node& root = *tree_.root;
    if (root.kind == json::Kind::broken) return std::nullopt;
    if (!root.is_object()) {
      diagnostics_.error("wrong-type", root.span,
                         fmt::format("the config must be an object, not {}", describe(root.kind)));
      return std::nullopt;
    }
    check_document(root, diagnostics_);
    const json::Node* whole = apply_environment(tree_, root, environment, diagnostics_);
    if (whole == nullptr) {  // which of them is meant is not known: judge each text by itself
      check_shape(root, root_type(), ShapeMode::patch, diagnostics_, bad_);
      return std::nullopt;
    }
    const bool is_chosen = !environment.empty() || environment_names(root).empty();
    check_shapes(root, is_chosen ? whole : nullptr, environment);

    Draft draft = Decoder(tree_, *whole, bad_, files_, options_, diagnostics_).run();
    fill_waves(draft);
    check_all({draft, bad_, options_, files_, diagnostics_, &root, tree_.comments});

    Config config = std::move(draft.config);
    config.environment = environment;
    config.environments = environment_names(root);
    config.path = fs::path(path_);
    config.base = base_;
    config.source = source_;
    return config;
  }

  /// The file as it stands, then what the environment makes of it (null: it is not known which);
  /// the same slip counts once.
  void check_shapes(const json::Node& written, const json::Node* whole,
                    std::string_view environment) {
    if (whole == &written) {
      check_shape(written, root_type(), ShapeMode::whole, diagnostics_, bad_);
      return;
    }
    // With environments the base need not be complete: each of them may add what is missing.
    check_shape(written, root_type(), ShapeMode::patch, diagnostics_, bad_);
    if (whole == nullptr) return;
    diag::Diagnostics merged;
    check_shape(*whole, root_type(), ShapeMode::whole, merged, bad_);
    if (const json::Node* all = written.find("environments"); all != nullptr)
      if (const json::Node* patch = all->find(environment); patch != nullptr)
        note_removals(*patch, *whole, merged.items());
    std::set<std::pair<std::uint32_t, std::string>> known;
    for (const auto& item : diagnostics_.items()) known.emplace(item.span.begin, item.code);
    for (auto& item : merged.items())
      if (!known.contains({item.span.begin, item.code})) diagnostics_.add(std::move(item));
  }

  /// Without `waves` all places go in one.
  static void fill_waves(Draft& draft) {
    for (Service& service : draft.config.services) {
      if (!service.update.waves.empty()) continue;
      Wave all{.places = {}, .span = service.update.span};
      std::set<std::string_view> seen;
      for (const auto& name : service.clusters)
        if (const auto at = draft.cluster_index.find(name.value); at != draft.cluster_index.end())
          for (const Place& place : draft.config.clusters[at->second].places)
            if (seen.insert(place.code).second) all.places.push_back({place.code, place.span});
      service.update.waves.push_back(std::move(all));
    }
  }

  void finish() {
    auto& items = diagnostics_.items();
    if (options_.errors_only)
      std::erase_if(items, [](const auto& d) { return d.severity != diag::Severity::error; });
    diagnostics_.sort();
    hide_secrets();
    for (auto& item : items) item.pointer = json::pointer_at(tree_, item.span.begin);
  }

  /// A replacement that is the secret itself, only better quoted, is not shown either.
  void hide_secrets() {
    std::set<std::uint32_t> secrets;
    for (const auto& item : diagnostics_.items())
      if (item.code == "secret-in-config") secrets.insert(item.span.begin);
    for (auto& item : diagnostics_.items())
      if (item.suggestion &&
          (secrets.contains(item.span.begin) || !diag::find_secrets(*item.suggestion).empty()))
        item.suggestion.reset();
  }

  const std::string& path_;
  fs::path base_;
  const LoadOptions& options_;
  Files files_;
  std::shared_ptr<const diag::SourceFile> source_;
  diag::Diagnostics diagnostics_;
  json::Tree tree_;
  BadNodes bad_;
};

LoadResult file_problem(const std::string& path, std::string_view code, std::string message,
                        std::string hint) {
  LoadResult result;
  result.diagnostics.set_file(std::make_shared<const diag::SourceFile>(path, ""));
  result.diagnostics.error(code, {0, 0}, std::move(message));
  result.diagnostics.items().back().hint = std::move(hint);
  return result;
}

}  // namespace

LoadResult load_text(std::string text, const std::string& path, std::string_view environment,
                     const LoadOptions& options) {
  return Loader(std::move(text), path, options).run(environment);
}

LoadResult load(const std::string& path, std::string_view environment, const LoadOptions& options) {
  FileContent file = read_file(path, most_bytes);
  switch (file.state) {
    case FileContent::State::ok:
      break;
    case FileContent::State::missing:
      return file_problem(path, "file-not-found", "there is no such file",
                          "\"ccloud init\" makes a first one; -f names another");
    case FileContent::State::directory:
      return file_problem(path, "file-not-found", "this is a directory, not a config file",
                          "name the file in it");
    case FileContent::State::unreadable:
      return file_problem(path, "file-not-found", "the file cannot be read",
                          "check its permissions");
    case FileContent::State::too_large:
      return file_problem(path, "out-of-range",
                          fmt::format("the file is larger than {} MiB", most_bytes >> 20),
                          "this is hardly a config");
  }
  return load_text(std::move(file.content), path, environment, options);
}

}  // namespace ccloud::config
