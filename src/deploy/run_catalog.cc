// `catalog --online`: the cloud's own answer in the shape of the offline catalogue's tables.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "deploy/look.h"
#include "deploy/runbooks.h"

namespace ccloud::deploy {
namespace {

bool has_words(const std::vector<std::string>& row, const std::vector<std::string>& words) {
  const std::string text = to_lower(join(row, " "));
  return std::ranges::all_of(words, [&](const std::string& word) {
    return text.find(to_lower(word)) != std::string::npos;
  });
}

std::vector<std::string> size_row(const cloud::TypeOffer& offer) {
  std::vector<std::string> archs;
  for (const auto arch : offer.archs) archs.emplace_back(cloud::to_string(arch));
  return {offer.name,
          std::to_string(offer.vcpus),
          fmt::format("{:g}GiB", static_cast<double>(offer.memory_mib) / 1024),
          join(archs, " "),
          offer.is_current ? "" : "older",
          join(offer.zones, " ")};
}

}  // namespace

Task<catalog::Table> run_catalog_online(Context ctx, Session& session, catalog::Section section,
                                        std::string provider_name, std::string region,
                                        std::vector<std::string> words) {
  auto* provider = co_await session.provider(provider_name);
  const auto limited = ctx.with_timeout(session.options().region_timeout);
  catalog::Table table;
  if (section == catalog::Section::regions) {
    table.columns = {"region", "enabled"};
    for (const auto& each : co_await provider->regions(limited)) {
      table.rows.push_back({each.name, each.is_enabled ? "yes" : "no"});
    }
  } else if (section == catalog::Section::images) {
    table.columns = {"image", "id", "name", "user"};
    for (const auto name : catalog::builtin().image_names()) {
      auto image = co_await provider
                       ->resolve_image(limited, region, {std::string(name), cloud::Arch::x86_64})
                       .result();
      if (image) {
        table.rows.push_back({std::string(name), image->id, image->name, image->login_user});
      } else if (image.error().code != ErrorCode::not_found) {
        co_return placed(std::move(image.error()), provider_name, region);
      }
    }
  } else {
    const auto catalogue = co_await provider->catalogue(limited, region, {});
    if (section == catalog::Section::zones) {
      table.columns = {"zone"};
      for (const auto& zone : catalogue.zones) table.rows.push_back({zone});
    } else {
      table.columns = {"type", "cpu", "memory", "arch", "generation", "zones"};
      for (const auto& offer : catalogue.types) table.rows.push_back(size_row(offer));
    }
  }
  std::erase_if(table.rows, [&](const auto& row) { return !has_words(row, words); });
  std::ranges::sort(table.rows);
  table.notes.push_back(fmt::format("as {} says now", provider_name));
  co_return table;
}

}  // namespace ccloud::deploy
