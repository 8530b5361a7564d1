// What the simulated Azure has: regions, sizes, images. Compiled from the vendor's lists.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::sim::azure {

struct Region {
  std::string_view name;
  bool has_zones;
};
std::span<const Region> all_regions();
const Region* find_region(std::string_view name);

struct Size {
  std::string name;
  std::string family;  ///< "standardDSv5Family"
  int cpus = 0;
  int memory_mib = 0;
  bool is_arm = false;
};
const std::vector<Size>& all_sizes();
const Size* find_size(std::string_view name);  ///< any case

struct ImageFacts {
  std::string_view publisher, offer, sku;
  std::string_view os;  ///< the contract's portable name
  bool is_arm = false;
  bool has_plan = false;
  int disk_gib = 30;
};
std::span<const ImageFacts> all_images();
const ImageFacts* find_image(std::string_view publisher, std::string_view offer,
                             std::string_view sku);
/// Two builds of each image; the last one is "latest".
std::span<const std::string_view> image_versions();

}  // namespace ccloud::sim::azure
