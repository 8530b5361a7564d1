// What the simulated Google Cloud has: regions, zones, machine types, disk types, images. Compiled
// from the vendor's lists and naming rules.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::sim::gcp {

struct Region {
  std::string name;
  std::vector<std::string> zones;  ///< whole names
};
const std::vector<Region>& all_regions();
const Region* find_region(std::string_view name);
const std::vector<std::string>& all_zones();  ///< by name
bool has_zone(std::string_view name);
std::string region_of_zone(std::string_view zone);  ///< "us-central1" of "us-central1-a"
const std::vector<std::string>& zone_scopes();      ///< "zones/..."
const std::vector<std::string>& region_scopes();    ///< "regions/..."

struct MachineType {
  std::string name;
  int cpus = 0;
  int memory_mib = 0;
  bool is_arm = false;
  bool is_shared = false;
};
const std::vector<MachineType>& all_machine_types();  ///< by name
bool has_machine_type(const MachineType& type, std::string_view zone);
/// In that zone; also custom ones ("custom-4-5120", "n2-custom-4-8192"). Valid until the next call
/// when it is a custom one.
const MachineType* find_machine_type(std::string_view name, std::string_view zone);
/// The regional quota that its processors count against: "CPUS", "N2_CPUS".
std::string cpu_metric(std::string_view machine_type);

struct DiskType {
  std::string_view name;
  int least_gib, most_gib, default_gib;
  bool is_ssd;
};
std::span<const DiskType> all_disk_types();
const DiskType* find_disk_type(std::string_view name);

struct ImageFacts {
  std::string project, family, name;
  std::string os;    ///< the contract's portable name
  std::string user;  ///< the default user where cloud-init makes one
  int disk_gib = 10;
  bool is_arm = false;
  bool has_cloud_init = false;
  bool is_deprecated = false;  ///< there is a newer one of its family
};
const std::vector<ImageFacts>& all_images();  ///< by project, name
/// The newest of the family that is not deprecated.
const ImageFacts* find_family(std::string_view project, std::string_view family);
const ImageFacts* find_image(std::string_view project, std::string_view name);

}  // namespace ccloud::sim::gcp
