// Rows for `ccloud catalog` and the note about the data's age. Text only; nothing is rendered.
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "catalog/data.h"
#include "catalog/rules.h"

namespace ccloud::catalog {

namespace {

std::string show_gib(std::uint32_t mib) {
  return fmt::format("{:g}", static_cast<double>(mib) / 1024);
}

std::string show_arch(const Type& type) {
  if (type.x86_64 && type.arm64) return "x86_64 arm64";
  return type.arm64 ? "arm64" : "x86_64";
}

std::string type_notes(const Type& type) {
  std::vector<std::string> notes;
  if (type.burstable) notes.emplace_back("burstable");
  if (type.retired) {
    notes.emplace_back("retired");
  } else if (!type.current) {
    notes.emplace_back("previous generation");
  }
  if (!type.successor.empty()) notes.push_back(fmt::format("use {}", type.successor));
  return join(notes, ", ");
}

/// "8gib" or "2cpu": a number and its unit; nullopt for any other word.
std::optional<double> quantity(const std::string& word, std::string_view unit) {
  if (!word.ends_with(unit) || word.size() == unit.size()) return std::nullopt;
  const auto number = parse_int(std::string_view(word).substr(0, word.size() - unit.size()));
  return number ? std::optional(static_cast<double>(*number)) : std::nullopt;
}

bool size_word(const Type& type, const std::string& word) {
  if (const auto cpu = quantity(word, "cpu")) return type.vcpus == *cpu;
  if (const auto cpu = quantity(word, "vcpu")) return type.vcpus == *cpu;
  for (const auto unit : {"gib", "gb"}) {
    if (const auto gib = quantity(word, unit)) return type.memory_mib == *gib * 1024;
  }
  return false;
}

bool row_has(const std::vector<std::string>& row, const std::string& word) {
  return std::ranges::any_of(
      row, [&](const std::string& cell) { return to_lower(cell).contains(word); });
}

bool row_has_all(const std::vector<std::string>& row, std::span<const std::string> words) {
  return std::ranges::all_of(words, [&](const auto& word) { return row_has(row, word); });
}

/// Builds one section's rows, driver by driver.
class Lister {
 public:
  Lister(const Catalog& catalog, std::span<const std::string> words, Table& table)
      : catalog_(catalog), table_(table) {
    for (const auto& word : words) words_.push_back(to_lower(word));
  }

  void rows(Section section, Driver driver) {
    switch (section) {
      case Section::regions:
        return regions(driver);
      case Section::zones:
        return zones(driver);
      case Section::sizes:
        return sizes(driver);
      case Section::images:
        return images(driver);
    }
  }

 private:
  void add(std::vector<std::string> row) {
    if (row_has_all(row, words_)) table_.rows.push_back(std::move(row));
  }

  void regions(Driver driver) {
    for (const auto& region : catalog_.regions(driver)) {
      const auto zones = replace_all(std::string(region.zone_words), ",", " ");
      std::string note = region.restricted ? "restricted" : region.opt_in ? "opt-in" : "";
      add({std::string(to_string(driver)), std::string(region.name), std::string(region.partition),
           std::string(region.place), zones, std::move(note)});
    }
  }

  void zones(Driver driver) {
    for (const auto& region : catalog_.regions(driver)) {
      for (const auto& zone : catalog_.zones(driver, region.name)) {
        add({std::string(to_string(driver)), std::string(region.name), zone,
             full_zone(driver, region.name, zone)});
      }
    }
  }

  void sizes(Driver driver) {
    std::string_view region = rules(driver).priced_region;
    bool narrowed = false;
    std::vector<std::string> words;
    for (const auto& word : words_) {
      if (const auto* found = catalog_.find_region(driver, word)) {
        region = found->name;
        narrowed = true;
      } else {
        words.push_back(word);
      }
    }
    for (const auto& type : catalog_.types(driver)) {
      if (narrowed && catalog_.offered(type, region) == Known::no) continue;
      const auto price = catalog_.price(type, region);
      std::vector<std::string> row = {std::string(to_string(driver)),
                                      std::string(type.name),
                                      fmt::format("{}", type.vcpus),
                                      show_gib(type.memory_mib),
                                      show_arch(type),
                                      std::string(to_string(type.type_class)),
                                      price ? fmt::format("{:.4f}", *price) : std::string(),
                                      std::string(region),
                                      type_notes(type)};
      const bool all = std::ranges::all_of(
          words, [&](const auto& w) { return size_word(type, w) || row_has(row, w); });
      if (all) table_.rows.push_back(std::move(row));
    }
  }

  void images(Driver driver) {
    for (const auto& image : catalog_.images(driver)) {
      add({std::string(to_string(driver)), std::string(image.name),
           std::string(to_string(image.arch)), std::string(image.partition),
           std::string(image.login_user) + (image.any_user ? " (any)" : ""),
           fmt::format("{}", image.min_disk_gib), std::string(image.end_of_life),
           rules(image.driver).images.reference(image)});
    }
  }

  const Catalog& catalog_;
  Table& table_;
  std::vector<std::string> words_;
};

std::vector<std::string> columns_of(Section section) {
  switch (section) {
    case Section::regions:
      return {"provider", "region", "partition", "place", "zones", "note"};
    case Section::zones:
      return {"provider", "region", "zone", "full name"};
    case Section::sizes:
      return {"provider", "size",         "vcpu",      "memory_gib", "arch",
              "class",    "usd_per_hour", "priced_in", "note"};
    case Section::images:
      return {"provider", "image",        "arch",           "partition",
              "user",     "min_disk_gib", "end_of_support", "found_by"};
  }
  return {};
}

void add_notes(Section section, Driver driver, std::span<const DataSet> sets, Table& table) {
  for (const auto& set : sets) {
    const bool wanted = section == Section::regions ? set.what == "regions" || set.what == "zones"
                        : section == Section::zones ? set.what == "zones"
                        : section == Section::sizes
                            ? set.what == "types" || set.what == "offers" || set.what == "prices"
                            : set.what == "images";
    if (!wanted) continue;
    table.notes.push_back(
        fmt::format("{} {}: {} of {}", to_string(driver), set.what, set.source, set.date));
  }
}

bool has_zones(std::span<const DataSet> sets) {
  return std::ranges::find(sets, "zones", &DataSet::what) != sets.end();
}

std::optional<std::chrono::sys_days> parse_day(std::string_view date) {
  const auto parts = split(date, '-');
  if (parts.size() != 3) return std::nullopt;
  const auto y = parse_int(parts[0]);
  const auto m = parse_int(parts[1]);
  const auto d = parse_int(parts[2]);
  if (!y || !m || !d) return std::nullopt;
  const std::chrono::year_month_day day{std::chrono::year(static_cast<int>(*y)),
                                        std::chrono::month(static_cast<unsigned>(*m)),
                                        std::chrono::day(static_cast<unsigned>(*d))};
  return day.ok() ? std::optional(std::chrono::sys_days(day)) : std::nullopt;
}

}  // namespace

Table Catalog::list(Section section, std::optional<Driver> driver,
                    std::span<const std::string> words) const {
  Table table;
  table.columns = columns_of(section);
  Lister lister(*this, words, table);
  for (const auto each : all_drivers()) {
    if (driver && *driver != each) continue;
    lister.rows(section, each);
    if (section != Section::images) add_notes(section, each, data_sets(each), table);
    if (section == Section::zones && driver && knows(each) && !has_zones(data_sets(each))) {
      table.notes.push_back(fmt::format(
          "the zones of {} are not in the catalogue; --online asks the cloud", to_string(each)));
    }
    if (!knows(each) && section != Section::images && driver) {
      table.notes.push_back(
          fmt::format("{} has no offline data: every deployment differs; validate --online asks it",
                      to_string(each)));
    }
  }
  if (section == Section::images) {
    for (const auto& set : image_data().sets) {
      table.notes.push_back(fmt::format("images: {} of {}", set.source, set.date));
    }
  }
  return table;
}

Table Catalog::search(std::span<const std::string> words) const {
  Table all;
  all.columns = {"section", "provider", "name", "details"};
  const auto take = [&](Section section, std::string_view name, std::size_t name_column) {
    for (auto& row : list(section, std::nullopt, words).rows) {
      std::vector<std::string> details;
      for (std::size_t i = 1; i < row.size(); ++i) {
        if (i != name_column && !row[i].empty()) details.push_back(row[i]);
      }
      all.rows.push_back({std::string(name), row[0], row[name_column], join(details, ", ")});
    }
  };
  take(Section::regions, "regions", 1);
  take(Section::zones, "zones", 3);
  take(Section::sizes, "sizes", 1);
  take(Section::images, "images", 1);
  return all;
}

std::string Catalog::staleness(Driver driver, std::chrono::sys_days today,
                               std::chrono::days tolerated) const {
  const DataSet* oldest = nullptr;
  for (const auto& set : data_sets(driver)) {
    if (set.what == "prices") continue;
    if (oldest == nullptr || set.date < oldest->date) oldest = &set;
  }
  if (oldest == nullptr) return {};
  const auto day = parse_day(oldest->date);
  if (!day || today - *day <= tolerated) return {};
  return fmt::format("{}: the {} are of {} ({} days old; {}); --online asks the cloud",
                     to_string(driver), oldest->what, oldest->date, (today - *day).count(),
                     oldest->source);
}

}  // namespace ccloud::catalog
