// Parses the data files: line-oriented, tab-separated, one pass, no allocation but the tables.
#include "catalog/data.h"

#include <algorithm>
#include <charconv>
#include <numeric>

#include "base/text.h"
#include "catalog/rules.h"

namespace ccloud::catalog {

namespace {

constexpr std::string_view zone_digits =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/";

std::string_view cut(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto head = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return head;
}

template <class T>
T number(std::string_view text, T otherwise) {
  T value = otherwise;
  const auto end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, value);
  return result.ec == std::errc{} && result.ptr == end ? value : otherwise;
}

std::string_view optional_word(std::string_view text) { return text == "-" ? "" : text; }

TypeClass parse_class(std::string_view word) {
  for (const auto c : {TypeClass::general, TypeClass::compute, TypeClass::memory,
                       TypeClass::storage, TypeClass::exotic}) {
    if (to_string(c) == word) return c;
  }
  return TypeClass::exotic;
}

/// Reads one driver's file line by line; `family_` is the last F line, which the T lines follow.
class DriverParser {
 public:
  explicit DriverParser(Driver driver) : driver_(driver) {}

  DriverData parse(std::string_view text) {
    data_.types.reserve(std::count(text.begin(), text.end(), '\n'));
    while (!text.empty()) line(cut(text, '\n'));
    index();
    return std::move(data_);
  }

 private:
  void line(std::string_view rest) {
    const auto kind = cut(rest, '\t');
    if (kind == "T") {
      type(rest);
    } else if (kind == "F") {
      family(rest);
    } else if (kind == "O") {
      data_.offers.push_back(rest);
    } else if (kind == "P") {
      price_row(rest);
    } else if (kind == "R") {
      region(rest);
    } else if (kind == "S") {
      const auto what = cut(rest, '\t');
      const auto date = cut(rest, '\t');
      data_.sets.push_back({driver_, what, date, rest});
    }
  }

  void region(std::string_view rest) {
    Region region;
    region.driver = driver_;
    region.name = cut(rest, '\t');
    region.partition = cut(rest, '\t');
    const auto flags = cut(rest, '\t');
    region.opt_in = flags.contains('o');
    region.restricted = flags.contains('r');
    region.zone_words = cut(rest, '\t');
    region.zones_known = region.zone_words != "?";
    if (!region.zones_known) region.zone_words = {};
    region.place = rest;
    region.index = static_cast<std::uint16_t>(data_.regions.size());
    data_.regions.push_back(region);
  }

  void price_row(std::string_view rest) {
    for (std::size_t i = 0; i < data_.regions.size(); ++i) {
      data_.prices.push_back(number<std::uint32_t>(cut(rest, ' '), 0));
    }
  }

  void family(std::string_view rest) {
    family_ = {};
    family_.driver = driver_;
    family_.family = cut(rest, '\t');
    family_.type_class = parse_class(cut(rest, '\t'));
    const auto arches = cut(rest, '\t');
    family_.x86_64 = arches.contains("x86_64");
    family_.arm64 = arches.contains("arm64");
    family_.burstable = rest.contains('b');
    family_.retired = rest.contains('r');
    family_.current = !family_.retired && !rest.contains('p');
    family_.widespread = rest.contains('w');
    open_family_ = rest.contains('+');
  }

  void type(std::string_view rest) {
    Type type = family_;
    TypeFacts facts;
    type.name = cut(rest, '\t');
    type.vcpus = number<std::uint16_t>(cut(rest, '\t'), 0);
    type.memory_mib = number<std::uint32_t>(cut(rest, '\t'), 0);
    facts.offers = number<std::int32_t>(cut(rest, '\t'), -1);
    facts.prices = number<std::int32_t>(cut(rest, '\t'), -1);
    facts.factor = number<float>(cut(rest, '\t'), 1);
    facts.open_family = open_family_;
    type.successor = optional_word(rest);
    type.index = static_cast<std::uint16_t>(data_.types.size());
    if (type.name.empty() || type.vcpus == 0 || type.memory_mib == 0) return;
    data_.types.push_back(type);
    data_.facts.push_back(facts);
  }

  void index() {
    data_.types.shrink_to_fit();
    data_.facts.shrink_to_fit();
    data_.prices.shrink_to_fit();
    const auto order = [&](auto& indexes, const auto& rows) {
      indexes.resize(rows.size());
      std::iota(indexes.begin(), indexes.end(), std::uint16_t{0});
      if (rules(driver_).folds_case) {
        std::vector<std::string> keys;
        for (const auto& row : rows) keys.push_back(to_lower(row.name));
        std::ranges::sort(indexes, {}, [&](auto i) -> const std::string& { return keys[i]; });
      } else {
        std::ranges::sort(indexes, {}, [&](auto i) { return rows[i].name; });
      }
    };
    order(data_.by_name, data_.types);
    order(data_.regions_by_name, data_.regions);
  }

  Driver driver_;
  DriverData data_;
  Type family_;
  bool open_family_ = false;
};

void image_fact(Image& image, std::string_view key, std::string_view value) {
  struct Field {
    std::string_view key;
    std::string_view Image::* member;
  };
  static constexpr Field fields[] = {
      {"partition", &Image::partition},
      {"ssm", &Image::ssm_parameter},
      {"owner", &Image::owner},
      {"pattern", &Image::name_pattern},
      {"family", &Image::family},
      {"project", &Image::project},
      {"publisher", &Image::publisher},
      {"offer", &Image::offer},
      {"sku", &Image::sku},
      {"distro", &Image::os_distro},
      {"version", &Image::os_version},
  };
  for (const auto& field : fields) {
    if (field.key == key) image.*field.member = value;
  }
  if (key == "plan") image.needs_plan = true;
  if (key == "any-user") image.any_user = true;
}

}  // namespace

std::size_t DriverData::bytes() const {
  const auto held = [](const auto& v) { return v.capacity() * sizeof(v[0]); };
  return held(sets) + held(regions) + held(types) + held(facts) + held(offers) + held(prices) +
         held(by_name) + held(regions_by_name);
}

DriverData parse_driver_data(Driver driver, std::string_view text) {
  return DriverParser(driver).parse(text);
}

ImageData parse_image_data(std::string_view text) {
  ImageData data;
  struct End {
    std::string_view name, date, successor;
  };
  std::vector<End> ends;
  while (!text.empty()) {
    auto rest = cut(text, '\n');
    const auto kind = cut(rest, '\t');
    if (kind == "S") {
      const auto what = cut(rest, '\t');
      const auto date = cut(rest, '\t');
      data.sets.push_back({Driver{}, what, date, rest});
    } else if (kind == "E") {
      const auto name = cut(rest, '\t');
      const auto date = cut(rest, '\t');
      ends.push_back({name, date, optional_word(rest)});
      data.names.push_back(name);
    } else if (kind == "I") {
      Image image;
      image.name = cut(rest, '\t');
      const auto driver = parse_driver(cut(rest, '\t'));
      const auto arch = parse_arch(cut(rest, '\t'));
      image.login_user = cut(rest, '\t');
      image.min_disk_gib = number<std::uint16_t>(cut(rest, '\t'), 0);
      while (!rest.empty()) {
        auto pair = cut(rest, '\t');
        const auto key = cut(pair, '=');
        image_fact(image, key, pair);
      }
      if (!driver || !arch) continue;
      image.driver = *driver;
      image.arch = *arch;
      for (const auto& end : ends) {
        if (end.name != image.name) continue;
        image.end_of_life = end.date;
        image.successor = end.successor;
      }
      data.images.push_back(image);
    }
  }
  return data;
}

Offer offer_at(const DriverData& data, const Type& type, const Region& region) {
  const auto row = data.facts[type.index].offers;
  if (row < 0 || static_cast<std::size_t>(row) >= data.offers.size()) return {};
  const auto text = data.offers[static_cast<std::size_t>(row)];
  if (region.index >= text.size()) return {};
  const char c = text[region.index];
  if (c == '-') return {Sold::no, 0};
  if (c == '*') return {Sold::somewhere, 0};
  const auto bits = zone_digits.find(c);
  if (bits == std::string_view::npos) return {};
  return {Sold::zones, static_cast<unsigned>(bits)};
}

std::optional<double> price_at(const DriverData& data, const Type& type, const Region& region) {
  const auto& facts = data.facts[type.index];
  if (facts.prices < 0) return std::nullopt;
  const auto at = static_cast<std::size_t>(facts.prices) * data.regions.size() + region.index;
  if (at >= data.prices.size() || data.prices[at] == 0) return std::nullopt;
  return data.prices[at] * static_cast<double>(facts.factor) / 1e6;
}

bool widely_sold(const DriverData& data, const Type& type) {
  const auto row = data.facts[type.index].offers;
  if (type.widespread || row < 0) return type.widespread;
  const auto text = data.offers[static_cast<std::size_t>(row)];
  const auto missing = std::ranges::count(text, '-');
  const auto told = static_cast<std::ptrdiff_t>(text.size()) - std::ranges::count(text, '?');
  return told > 0 && missing * 10 <= told;
}

bool names_equal(Driver driver, std::string_view a, std::string_view b) {
  return rules(driver).folds_case ? equals_ignoring_case(a, b) : a == b;
}

}  // namespace ccloud::catalog
