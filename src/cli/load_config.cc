#include "cli/load_config.h"

#include <cstdlib>

#include <fmt/format.h>

#include "config/explain.h"
#include "diag/render.h"
#include "json/diagnostics.h"

namespace ccloud::cli {
namespace {

constexpr std::size_t most_on_terminal = 20;
constexpr std::size_t most_names = 2000;  // what a shell can show at all

}  // namespace

config::LoadResult read_config(Program& program, bool errors_only) {
  config::LoadOptions options;
  options.home = program.env("HOME").value_or("");
  options.errors_only = errors_only;
  return config::load(program.common.file, program.common.environment, options);
}

std::string render_diagnostics(const diag::Diagnostics& diagnostics, const Io& io,
                               const Style& style) {
  diag::RenderOptions options;
  options.color = style.has_color ? diag::Color::on : diag::Color::off;
  options.width = io.err_size().columns;
  options.most = io.is_err_terminal() ? most_on_terminal : 0;
  std::string out = diag::render(diagnostics, options);
  if (const std::string sum = diag::summary(diagnostics); !sum.empty()) out += sum + "\n";
  return out;
}

std::expected<config::Config, Exit> load_config(Program& program, Warnings warnings) {
  config::LoadResult loaded = read_config(program, warnings == Warnings::hidden);
  const bool is_valid = loaded.config.has_value();
  if (!is_valid && program.common.is_for_programs()) {
    program.io.out(json::diagnostics_document(loaded.diagnostics));
    if (!program.io.is_out_terminal()) return std::unexpected(Exit::config_invalid);
  }
  if (!loaded.diagnostics.empty() && (!is_valid || !program.common.is_quiet)) {
    program.io.err(render_diagnostics(loaded.diagnostics, program.io, program.io.err_style()));
  }
  if (is_valid) return std::move(*loaded.config);
  return std::unexpected(Exit::config_invalid);
}

KnownNames names_of_config(const Common& common) {
  KnownNames known;
  for (const config::Explanation& one : config::explanations()) known.codes.emplace_back(one.code);
  config::LoadOptions options;
  const char* home = std::getenv("HOME");
  options.home = home == nullptr ? "" : home;
  options.reads_files = false;
  options.errors_only = true;
  const auto loaded = config::load(common.file, common.environment, options);
  if (!loaded.config) return known;
  const config::Config& config = *loaded.config;
  for (const config::Provider& provider : config.providers)
    known.providers.push_back(provider.name);
  for (const config::Service& service : config.services) known.services.push_back(service.name);
  known.environments = config.environments;
  for (const config::Cluster& cluster : config.clusters) {
    known.selectors.push_back(fmt::format("cluster={}", cluster.name));
    for (const config::Place& place : cluster.places) {
      for (std::int64_t i = 1; i <= *place.count && known.selectors.size() < most_names; ++i) {
        known.selectors.push_back(config::node_name(cluster.name, place.code, i));
      }
    }
  }
  return known;
}

}  // namespace ccloud::cli
