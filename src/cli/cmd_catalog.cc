// `ccloud catalog [regions|zones|sizes|images] [--provider P] [WORD...]`.

#include <algorithm>
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

Exit online(Program& program, const CatalogOptions& options, catalog::Section section,
            const std::vector<std::string>& words) {
  auto config = load_config(program, Warnings::hidden);
  if (!config) return config.error();
  auto opened = Runtime::open(program);
  if (!opened) return program.fail(opened.error());
  Runtime& runtime = **opened;
  deploy::Session session = runtime.session(std::move(*config), {});
  auto table = runtime.loop().run(deploy::run_catalog_online(
      runtime.context(), session, section, options.provider, options.region, words));
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
      flag("online", o->is_online, "ask the cloud instead"),
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
