// `ccloud catalog [regions|zones|sizes|images] [--provider P] [WORD...]`.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <string_view>

#include <fmt/format.h>
#include <unistd.h>

#include "catalog/catalog.h"
#include "cli/commands.h"
#include "cli/json_documents.h"
#include "cli/load_config.h"
#include "cli/program.h"
#include "cli/run_command.h"
#include "cli/table.h"

namespace ccloud::cli {
namespace {

struct CatalogOptions {
  std::vector<std::string> words;
  std::string provider;
  std::string region;
  bool is_online = false;
};

/// The column that names a row, not what it belongs to.
std::size_t name_column(const catalog::Table& table) {
  for (const std::string_view title :
       {"full name", "zone", "size", "type", "image", "region", "name"}) {
    const auto at = std::ranges::find(table.columns, title);
    if (at != table.columns.end()) return static_cast<std::size_t>(at - table.columns.begin());
  }
  return 0;
}

void print(Program& program, const catalog::Table& table) {
  if (program.common.output == Output::json) {
    program.io.out(catalog_document(table));
    return;
  }
  if (program.common.output == Output::name) {
    std::set<std::string> seen;  // an image has a row for each architecture and partition
    const std::size_t column = name_column(table);
    for (const auto& row : table.rows) {
      if (row.size() > column && seen.insert(row[column]).second)
        program.io.out(row[column] + "\n");
    }
    return;
  }
  std::vector<std::string> titles;
  for (const std::string& column : table.columns) {
    std::string title = column;
    for (char& c : title) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    titles.push_back(std::move(title));
  }
  std::vector<Column> columns;
  for (std::size_t i = 0; i < titles.size(); ++i) {
    columns.push_back({titles[i], i < 3 ? 0 : static_cast<int>(i)});
  }
  Table text(std::move(columns));
  for (const auto& row : table.rows) {
    text.add(std::vector<Cell>(row.begin(), row.end()));
  }
  const bool is_fitted = program.io.is_out_terminal() && program.common.output == Output::table;
  if (!table.rows.empty())
    program.io.out(
        text.render(program.io.out_style(), is_fitted ? program.io.out_size().columns : 0));
  for (const std::string& note : table.notes) program.say(note);
  if (table.rows.empty()) program.say("nothing matches");
}

/// The config; none is needed to look around on a driver's own cloud.
std::expected<config::Config, Exit> config_for(Program& program, bool needs_none) {
  std::error_code ignored;
  if (needs_none && !std::filesystem::exists(program.common.file, ignored)) return config::Config();
  return load_config(program, Warnings::hidden);
}

/// The provider that is meant: by its name, as the config's first one of that driver, as a driver
/// with its standard chain (which is added), or as the only one there is. Empty: none.
std::string provider_for(config::Config& config, const std::string& written) {
  if (written.empty())
    return config.providers.size() == 1 ? config.providers.front().name : std::string();
  if (config.find_provider(written) != nullptr) return written;
  const auto driver = config::parse_driver(written);
  if (!driver) return {};
  for (const config::Provider& provider : config.providers)
    if (provider.driver.value == *driver) return provider.name;
  config::Provider implied;
  implied.name = written;
  implied.driver = {*driver, {}};
  implied.is_implied = true;
  config.providers.push_back(std::move(implied));
  return written;
}

/// The regions that the config has anything in.
std::set<std::string> regions_of(const config::Config& config, const std::string& name) {
  std::set<std::string> out;
  if (const auto* provider = config.find_provider(name); provider != nullptr)
    for (const auto& region : provider->regions) out.insert(region.value);
  for (const config::Cluster& cluster : config.clusters) {
    for (const config::Place& place : cluster.places)
      if (place.provider.value == name) out.insert(place.region.value);
    for (const config::Existing& existing : cluster.existing)
      if (existing.provider.value == name) out.insert(existing.region.value);
  }
  return out;
}

Exit online(Program& program, const CatalogOptions& options, catalog::Section section,
            const std::vector<std::string>& words) {
  const bool needs_none = options.provider.empty() || config::parse_driver(options.provider);
  auto config = config_for(program, needs_none);
  if (!config) return config.error();
  const std::string provider = provider_for(*config, options.provider);
  if (provider.empty())
    return program.misused("--online needs --provider",
                           "a driver (aws, azure, gcp, alibaba, openstack) or a provider of the "
                           "config");
  std::set<std::string> regions{options.region};
  if (options.region.empty()) regions = regions_of(*config, provider);
  if (regions.empty() && section != catalog::Section::regions)
    return program.misused(
        "--online needs --region here: the config has no place on this provider",
        fmt::format("`ccloud catalog regions --online --provider {}` lists them", provider));
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  deploy::Session session = runtime.session(std::move(*config), {});
  auto table = runtime.loop().run(
      deploy::run_catalog_online(runtime.context(), session, section, provider,
                                 std::vector(regions.begin(), regions.end()), words));
  if (!table) return program.fail(table.error());
  print(program, *table);
  return Exit::done;
}

/// A driver's name, or the name of one of the config's providers.
Result<std::optional<catalog::Driver>> driver_of(Program& program, const std::string& provider) {
  if (provider.empty()) return std::optional<catalog::Driver>();
  if (const auto driver = catalog::parse_driver(provider)) return std::optional(*driver);
  const auto loaded = read_config(program, true);
  const config::Provider* found = loaded.config ? loaded.config->find_provider(provider) : nullptr;
  if (found == nullptr) {
    return make_error(ErrorCode::invalid_argument, fmt::format("no provider \"{}\"", provider),
                      "name a driver (aws, azure, gcp, alibaba, openstack) or a provider of the "
                      "config");
  }
  return catalog::parse_driver(config::to_string(*found->driver));
}

Exit run_catalog(Program& program, const CatalogOptions& options) {
  std::vector<std::string> words = options.words;
  const auto section = words.empty() ? std::nullopt : catalog::parse_section(words.front());
  if (section) words.erase(words.begin());
  if (words.empty() && !section) {
    return program.misused("catalog needs a section or a word",
                           "sections: regions, zones, sizes, images; or a word to look for");
  }
  if (options.is_online) {
    if (!section) return program.misused("--online needs a section", "for example: sizes");
    return online(program, options, *section, words);
  }
  auto driver = driver_of(program, options.provider);
  if (!driver) return program.fail(driver.error(), Exit::usage);
  if (!options.region.empty()) words.push_back(options.region);
  if (section) {
    print(program, catalog::builtin().list(*section, *driver, words));
  } else {
    print(program, catalog::builtin().search(words));
  }
  return Exit::done;
}

}  // namespace

Command make_catalog() {
  auto o = std::make_shared<CatalogOptions>();
  Command command;
  command.usage = "[regions|zones|sizes|images] [--provider P] [WORD...]";
  command.help =
      "Searches the catalogue inside the program: regions, zones, machine types, portable images. "
      "Every word must occur; sizes also take 4cpu, 8gib, arm64. The data has a date, which is "
      "told; --online asks the cloud.";
  command.options = {
      text("provider", "P", o->provider, "a driver, or a provider of the config"),
      text("region", "R", o->region, "only of that region"),
      flag("online", o->is_online,
           "ask the cloud instead: in --region, else in the config's regions"),
  };
  command.words = {&o->words, 0, 20, "regions zones sizes images"};
  command.outputs = {Output::wide, Output::json, Output::name};
  command.examples = {{"ccloud catalog regions --provider aws frankfurt", ""},
                      {"ccloud catalog sizes 4cpu 8gib arm64", "on every cloud"},
                      {"ccloud catalog debian-12", "everything about it"}};
  command.run = [o](Program& program) { return run_catalog(program, *o); };
  return command;
}

}  // namespace ccloud::cli
