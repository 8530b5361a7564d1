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

std::vector<std::string> size_row(const cloud::TypeOffer& offer, const std::string& region) {
  std::vector<std::string> archs;
  for (const auto arch : offer.archs) archs.emplace_back(cloud::to_string(arch));
  return {offer.name,
          std::to_string(offer.vcpus),
          fmt::format("{:g}GiB", static_cast<double>(offer.memory_mib) / 1024),
          join(archs, " "),
          offer.is_current ? "" : "older",
          join(offer.zones, " "),
          region};
}

Task<void> add_images(Context ctx, cloud::Provider* provider, std::string region,
                      catalog::Table* table) {
  for (const auto name : catalog::builtin().image_names()) {
    auto image =
        co_await provider->resolve_image(ctx, region, {std::string(name), cloud::Arch::x86_64})
            .result();
    if (image) {
      table->rows.push_back({std::string(name), image->id, image->name, image->login_user, region});
    } else if (image.error().code != ErrorCode::not_found) {
      co_return std::move(image.error());
    }
  }
  co_return Result<void>();
}

Task<void> add_offers(Context ctx, cloud::Provider* provider, catalog::Section section,
                      std::string region, catalog::Table* table) {
  const auto catalogue = co_await provider->catalogue(ctx, region, {});
  if (section == catalog::Section::zones) {
    for (const auto& zone : catalogue.zones) table->rows.push_back({zone, region});
    co_return Result<void>();
  }
  for (const auto& offer : catalogue.types) table->rows.push_back(size_row(offer, region));
  co_return Result<void>();
}

std::vector<std::string> columns_of(catalog::Section section) {
  switch (section) {
    case catalog::Section::regions:
      return {"region", "enabled"};
    case catalog::Section::zones:
      return {"zone", "region"};
    case catalog::Section::images:
      return {"image", "id", "name", "user", "region"};
    default:
      return {"type", "cpu", "memory", "arch", "generation", "zones", "region"};
  }
}

}  // namespace

Task<catalog::Table> run_catalog_online(Context ctx, Session& session, catalog::Section section,
                                        std::string provider_name, std::vector<std::string> regions,
                                        std::vector<std::string> words) {
  auto* provider = co_await session.provider(provider_name);
  const auto limited = ctx.with_timeout(session.options().region_timeout);
  catalog::Table table;
  table.columns = columns_of(section);
  if (section == catalog::Section::regions) {
    for (const auto& each : co_await provider->regions(limited))
      table.rows.push_back({each.name, each.is_enabled ? "yes" : "no"});
    regions.clear();
  }
  for (const auto& region : regions) {
    auto added = co_await (section == catalog::Section::images
                               ? add_images(limited, provider, region, &table)
                               : add_offers(limited, provider, section, region, &table))
                     .result();
    if (!added) co_return placed(std::move(added.error()), provider_name, region);
  }
  std::erase_if(table.rows, [&](const auto& row) { return !has_words(row, words); });
  std::ranges::sort(table.rows);
  table.notes.push_back(fmt::format("as {} says now", provider_name));
  co_return table;
}

}  // namespace ccloud::deploy
