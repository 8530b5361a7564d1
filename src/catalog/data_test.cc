// Holds the embedded files to their format, and measures what it costs to read them.
#include "catalog/data.h"

#include <algorithm>
#include <chrono>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"
#include "catalog/rules.h"

namespace ccloud::catalog {
namespace {

std::size_t lines_of_kind(std::string_view text, char kind) {
  std::size_t count = 0;
  for (const auto& line : split(text, '\n')) count += line.size() > 1 && line[0] == kind;
  return count;
}

class DataFile : public testing::TestWithParam<Driver> {
 protected:
  std::string_view text() const { return rules(GetParam()).data(); }
  DriverData data() const { return parse_driver_data(GetParam(), text()); }
};

INSTANTIATE_TEST_SUITE_P(All, DataFile,
                         testing::Values(Driver::aws, Driver::azure, Driver::gcp, Driver::alibaba),
                         [](const auto& info) { return std::string(to_string(info.param)); });

TEST_P(DataFile, EveryLineIsUnderstood) {
  const auto d = data();
  EXPECT_EQ(lines_of_kind(text(), 'T'), d.types.size());
  EXPECT_EQ(lines_of_kind(text(), 'R'), d.regions.size());
  EXPECT_EQ(lines_of_kind(text(), 'O'), d.offers.size());
  EXPECT_EQ(lines_of_kind(text(), 'P') * d.regions.size(), d.prices.size());
  EXPECT_EQ(lines_of_kind(text(), 'S'), d.sets.size());
  for (const auto& line : split(text(), '\n')) {
    EXPECT_TRUE(line.empty() || std::string_view("#SROPFT").contains(line[0])) << line;
    EXPECT_FALSE(line.ends_with('\r')) << line;
  }
}

TEST_P(DataFile, RowsReferToWhatExists) {
  const auto d = data();
  for (const auto& type : d.types) {
    const auto& facts = d.facts[type.index];
    EXPECT_LT(facts.offers, static_cast<std::int32_t>(d.offers.size())) << type.name;
    EXPECT_LT(facts.prices * static_cast<std::int64_t>(d.regions.size()),
              static_cast<std::int64_t>(d.prices.size()))
        << type.name;
    EXPECT_TRUE(type.x86_64 || type.arm64) << type.name;
    EXPECT_TRUE(is_type_form(GetParam(), type.name)) << type.name;
    EXPECT_GT(facts.factor, 0) << type.name;
  }
  for (const auto& offer : d.offers) EXPECT_EQ(offer.size(), d.regions.size()) << offer;
}

TEST_P(DataFile, NamesAreUniqueAndSuccessorsExist) {
  const auto d = data();
  std::set<std::string_view> names;
  for (const auto& type : d.types) EXPECT_TRUE(names.insert(type.name).second) << type.name;
  for (const auto& type : d.types) {
    if (!type.successor.empty()) {
      EXPECT_TRUE(names.contains(type.successor)) << type.name << " -> " << type.successor;
    }
    if (type.retired) EXPECT_FALSE(type.successor.empty()) << type.name;
  }
  std::set<std::string_view> regions;
  for (const auto& region : d.regions) {
    EXPECT_TRUE(regions.insert(region.name).second) << region.name;
    EXPECT_FALSE(region.place.empty()) << region.name;
    EXPECT_EQ(region.zones_known, !region.zone_words.empty()) << region.name;
  }
}

TEST_P(DataFile, EverySetHasItsDateAndSource) {
  for (const auto& set : data().sets) {
    EXPECT_EQ(set.date.size(), 10U) << set.what;
    EXPECT_FALSE(set.source.empty()) << set.what;
  }
}

TEST_P(DataFile, IsQuickToReadAndSmall) {
  auto best = std::chrono::nanoseconds::max();
  std::size_t bytes = 0;
  for (int i = 0; i < 5; ++i) {
    const auto start = std::chrono::steady_clock::now();
    bytes = data().bytes();
    best = std::min<std::chrono::nanoseconds>(best, std::chrono::steady_clock::now() - start);
  }
  RecordProperty("micros", static_cast<int>(best.count() / 1000));
  std::printf("%s: %zu bytes in the binary, read in %lld us, %zu bytes of memory\n",
              std::string(to_string(GetParam())).c_str(), text().size(),
              static_cast<long long>(best.count() / 1000), bytes);
  EXPECT_LT(bytes, 512U * 1024);
}

TEST(ImageFile, EveryLineIsUnderstood) {
  const auto text = embedded_images();
  const auto images = parse_image_data(text);
  EXPECT_EQ(lines_of_kind(text, 'I'), images.images.size());
  EXPECT_EQ(lines_of_kind(text, 'E'), images.names.size());
  EXPECT_TRUE(std::ranges::is_sorted(images.images, {}, &Image::driver));
}

TEST(ImageFile, EveryImageSaysHowItIsFound) {
  for (const auto& image : parse_image_data(embedded_images()).images) {
    const auto what = std::string(image.name) + " on " + std::string(to_string(image.driver));
    EXPECT_FALSE(image.login_user.empty()) << what;
    EXPECT_EQ(image.end_of_life.size(), 10U) << what;
    EXPECT_GT(image.min_disk_gib, 0) << what;
    switch (image.driver) {
      case Driver::aws:
        EXPECT_FALSE(image.owner.empty() || image.name_pattern.empty() || image.partition.empty())
            << what;
        break;
      case Driver::azure:
        EXPECT_FALSE(image.publisher.empty() || image.offer.empty() || image.sku.empty()) << what;
        break;
      case Driver::gcp:
        EXPECT_FALSE(image.project.empty() || image.family.empty()) << what;
        break;
      case Driver::alibaba:
      case Driver::openstack:
        EXPECT_FALSE(image.name_pattern.empty()) << what;
        break;
    }
  }
}

TEST(Parser, SkipsWhatItDoesNotUnderstand) {
  const auto d =
      parse_driver_data(Driver::aws,
                        "R\tr1\taws\t-\ta,b\tOne\nX\tfoo\n\nO\t3\nP\t100\n"
                        "F\tm1\tgeneral\tx86_64\tb\nT\tm1.large\t2\t8192\t0\t0\t4\tm2.x\n"
                        "T\tbroken\tx\ty\nT\tm1.xlarge\t4\t16384");
  ASSERT_EQ(d.types.size(), 2U);
  EXPECT_EQ(d.types[0].successor, "m2.x");
  EXPECT_TRUE(d.types[0].burstable);
  EXPECT_EQ(d.facts[1].offers, -1);
  EXPECT_EQ(offer_at(d, d.types[0], d.regions[0]).zone_bits, 3U);
  EXPECT_EQ(offer_at(d, d.types[1], d.regions[0]).sold, Sold::unknown);
}

}  // namespace
}  // namespace ccloud::catalog
