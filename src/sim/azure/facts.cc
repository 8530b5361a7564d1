// Regions with and without zones, families of sizes ("4", or "name=cpus/GiB"), images.
#include "sim/azure/facts.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"

namespace ccloud::sim::azure {
namespace {

constexpr std::array regions = {
    Region{"eastus", true},
    Region{"eastus2", true},
    Region{"centralus", true},
    Region{"southcentralus", true},
    Region{"northcentralus", false},
    Region{"westcentralus", false},
    Region{"westus", false},
    Region{"westus2", true},
    Region{"westus3", true},
    Region{"canadacentral", true},
    Region{"canadaeast", false},
    Region{"mexicocentral", true},
    Region{"brazilsouth", true},
    Region{"brazilsoutheast", false},
    Region{"chilecentral", true},
    Region{"northeurope", true},
    Region{"westeurope", true},
    Region{"uksouth", true},
    Region{"ukwest", false},
    Region{"francecentral", true},
    Region{"francesouth", false},
    Region{"germanywestcentral", true},
    Region{"germanynorth", false},
    Region{"switzerlandnorth", true},
    Region{"switzerlandwest", false},
    Region{"norwayeast", true},
    Region{"norwaywest", false},
    Region{"swedencentral", true},
    Region{"swedensouth", false},
    Region{"denmarkeast", false},
    Region{"polandcentral", true},
    Region{"italynorth", true},
    Region{"spaincentral", true},
    Region{"austriaeast", true},
    Region{"belgiumcentral", true},
    Region{"israelcentral", true},
    Region{"qatarcentral", true},
    Region{"uaenorth", true},
    Region{"uaecentral", false},
    Region{"southafricanorth", true},
    Region{"southafricawest", false},
    Region{"centralindia", true},
    Region{"southindia", false},
    Region{"westindia", false},
    Region{"jioindiawest", false},
    Region{"jioindiacentral", false},
    Region{"southeastasia", true},
    Region{"eastasia", true},
    Region{"indonesiacentral", true},
    Region{"malaysiawest", true},
    Region{"japaneast", true},
    Region{"japanwest", true},
    Region{"koreacentral", true},
    Region{"koreasouth", false},
    Region{"australiaeast", true},
    Region{"australiasoutheast", false},
    Region{"australiacentral", false},
    Region{"australiacentral2", false},
    Region{"newzealandnorth", true},
    Region{"chinanorth", false},
    Region{"chinanorth2", false},
    Region{"chinanorth3", true},
    Region{"chinaeast", false},
    Region{"chinaeast2", false},
    Region{"chinaeast3", false},
    Region{"usgovvirginia", true},
    Region{"usgovarizona", false},
    Region{"usgovtexas", false},
    Region{"usdodeast", false},
    Region{"usdodcentral", false},
};

struct Family {
  std::string_view name;
  std::string_view pattern;
  bool is_arm;
  double gib_per_cpu;
  std::string_view sizes;
};

constexpr std::array families = {
    Family{"Dsv5", "Standard_D{}s_v5", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Dlsv5", "Standard_D{}ls_v5", false, 2, "2 4 8 16 32 48 64 96"},
    Family{"Esv5", "Standard_E{}s_v5", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Dasv5", "Standard_D{}as_v5", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Easv5", "Standard_E{}as_v5", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Ddsv5", "Standard_D{}ds_v5", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Dldsv5", "Standard_D{}lds_v5", false, 2, "2 4 8 16 32 48 64 96"},
    Family{"Edsv5", "Standard_E{}ds_v5", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Dadsv5", "Standard_D{}ads_v5", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Eadsv5", "Standard_E{}ads_v5", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Dv5", "Standard_D{}_v5", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Ddv5", "Standard_D{}d_v5", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Ev5", "Standard_E{}_v5", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Edv5", "Standard_E{}d_v5", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Dpsv5", "Standard_D{}ps_v5", true, 4, "2 4 8 16 32 48 64"},
    Family{"Dplsv5", "Standard_D{}pls_v5", true, 2, "2 4 8 16 32 48 64"},
    Family{"Epsv5", "Standard_E{}ps_v5", true, 8, "2 4 8 16 20 32=32/208"},
    Family{"Dpdsv5", "Standard_D{}pds_v5", true, 4, "2 4 8 16 32 48 64"},
    Family{"Dpldsv5", "Standard_D{}plds_v5", true, 2, "2 4 8 16 32 48 64"},
    Family{"Epdsv5", "Standard_E{}pds_v5", true, 8, "2 4 8 16 20 32=32/208"},
    Family{"Dsv6", "Standard_D{}s_v6", false, 4, "2 4 8 16 32 48 64 96 128"},
    Family{"Dlsv6", "Standard_D{}ls_v6", false, 2, "2 4 8 16 32 48 64 96 128"},
    Family{"Esv6", "Standard_E{}s_v6", false, 8, "2 4 8 16 20 32 48 64 96 128"},
    Family{"Ddsv6", "Standard_D{}ds_v6", false, 4, "2 4 8 16 32 48 64 96 128"},
    Family{"Dldsv6", "Standard_D{}lds_v6", false, 2, "2 4 8 16 32 48 64 96 128"},
    Family{"Edsv6", "Standard_E{}ds_v6", false, 8, "2 4 8 16 20 32 48 64 96 128"},
    Family{"Dasv6", "Standard_D{}as_v6", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Dalsv6", "Standard_D{}als_v6", false, 2, "2 4 8 16 32 48 64 96"},
    Family{"Easv6", "Standard_E{}as_v6", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Dadsv6", "Standard_D{}ads_v6", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Daldsv6", "Standard_D{}alds_v6", false, 2, "2 4 8 16 32 48 64 96"},
    Family{"Eadsv6", "Standard_E{}ads_v6", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Dpsv6", "Standard_D{}ps_v6", true, 4, "2 4 8 16 32 48 64 96"},
    Family{"Dplsv6", "Standard_D{}pls_v6", true, 2, "2 4 8 16 32 48 64 96"},
    Family{"Epsv6", "Standard_E{}ps_v6", true, 8, "2 4 8 16 32 48 64 96=96/672"},
    Family{"Dpdsv6", "Standard_D{}pds_v6", true, 4, "2 4 8 16 32 48 64 96"},
    Family{"Dpldsv6", "Standard_D{}plds_v6", true, 2, "2 4 8 16 32 48 64 96"},
    Family{"Epdsv6", "Standard_E{}pds_v6", true, 8, "2 4 8 16 32 48 64 96=96/672"},
    Family{"Falsv6", "Standard_F{}als_v6", false, 2, "2 4 8 16 32 48 64"},
    Family{"Fasv6", "Standard_F{}as_v6", false, 4, "2 4 8 16 32 48 64"},
    Family{"Famsv6", "Standard_F{}ams_v6", false, 8, "2 4 8 16 32 48 64"},
    Family{"Bsv2", "Standard_B{}_v2", false, 0,
           "2ts=2/1 2ls=2/4 2s=2/8 4ls=4/8 4s=4/16 8ls=8/16 8s=8/32 16ls=16/32 16s=16/64 "
           "32ls=32/64 32s=32/128"},
    Family{"Basv2", "Standard_B{}_v2", false, 0,
           "2ats=2/1 2als=2/4 2as=2/8 4als=4/8 4as=4/16 8als=8/16 8as=8/32 16als=16/32 16as=16/64 "
           "32als=32/64 32as=32/128"},
    Family{"Bpsv2", "Standard_B{}_v2", true, 0,
           "2pts=2/1 2pls=2/4 2ps=2/8 4pls=4/8 4ps=4/16 8pls=8/16 8ps=8/32 16pls=16/32 16ps=16/64"},
    Family{"B", "Standard_B{}", false, 0,
           "1ls=1/0.5 1s=1/1 1ms=1/2 2s=2/4 2ms=2/8 4ms=4/16 8ms=8/32 12ms=12/48 16ms=16/64 "
           "20ms=20/80"},
    Family{"Lsv3", "Standard_L{}s_v3", false, 8, "8 16 32 48 64 80"},
    Family{"Lasv3", "Standard_L{}as_v3", false, 8, "8 16 32 48 64 80"},
    Family{"Lsv2", "Standard_L{}s_v2", false, 8, "8 16 32 48 64 80"},
    Family{"Dsv4", "Standard_D{}s_v4", false, 4, "2 4 8 16 32 48 64"},
    Family{"Dv4", "Standard_D{}_v4", false, 4, "2 4 8 16 32 48 64"},
    Family{"Ddsv4", "Standard_D{}ds_v4", false, 4, "2 4 8 16 32 48 64"},
    Family{"Ddv4", "Standard_D{}d_v4", false, 4, "2 4 8 16 32 48 64"},
    Family{"Dasv4", "Standard_D{}as_v4", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Dav4", "Standard_D{}a_v4", false, 4, "2 4 8 16 32 48 64 96"},
    Family{"Esv4", "Standard_E{}s_v4", false, 8, "2 4 8 16 20 32 48 64=64/504"},
    Family{"Ev4", "Standard_E{}_v4", false, 8, "2 4 8 16 20 32 48 64=64/504"},
    Family{"Edsv4", "Standard_E{}ds_v4", false, 8, "2 4 8 16 20 32 48 64=64/504"},
    Family{"Edv4", "Standard_E{}d_v4", false, 8, "2 4 8 16 20 32 48 64=64/504"},
    Family{"Easv4", "Standard_E{}as_v4", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Eav4", "Standard_E{}a_v4", false, 8, "2 4 8 16 20 32 48 64 96=96/672"},
    Family{"Dsv3", "Standard_D{}s_v3", false, 4, "2 4 8 16 32 48 64"},
    Family{"Dv3", "Standard_D{}_v3", false, 4, "2 4 8 16 32 48 64"},
    Family{"Esv3", "Standard_E{}s_v3", false, 8, "2 4 8 16 20 32 48 64=64/432"},
    Family{"Ev3", "Standard_E{}_v3", false, 8, "2 4 8 16 20 32 48 64=64/432"},
    Family{"Fsv2", "Standard_F{}s_v2", false, 2, "2 4 8 16 32 48 64 72"},
    Family{"Fs", "Standard_F{}s", false, 2, "1 2 4 8 16"},
    Family{"F", "Standard_F{}", false, 2, "1 2 4 8 16"},
    Family{"DSv2", "Standard_DS{}_v2", false, 0,
           "1=1/3.5 2=2/7 3=4/14 4=8/28 5=16/56 11=2/14 12=4/28 13=8/56 14=16/112 15=20/140"},
    Family{"Dv2", "Standard_D{}_v2", false, 0,
           "1=1/3.5 2=2/7 3=4/14 4=8/28 5=16/56 11=2/14 12=4/28 13=8/56 14=16/112 15=20/140"},
    Family{"Av2", "Standard_A{}_v2", false, 0, "1=1/2 2=2/4 4=4/8 8=8/16 2m=2/16 4m=4/32 8m=8/64"},
    Family{"NCasT4v3", "Standard_NC{}as_T4_v3", false, 0, "4=4/28 8=8/56 16=16/110 64=64/440"},
    Family{"NVadsA10v5", "Standard_NV{}ads_A10_v5", false, 0,
           "6=6/55 12=12/110 18=18/220 36=36/440 72=72/880"},
    Family{"NCadsA100v4", "Standard_NC{}ads_A100_v4", false, 0, "24=24/220 48=48/440 96=96/880"},
    Family{"NCsv3", "Standard_NC{}s_v3", false, 0, "6=6/112 12=12/224 24=24/448"},
};

/// "16", "96=96/672", "2ts=2/1": the word in the name, CPUs, GiB.
Size make_size(const Family& family, const std::string& text) {
  const auto equal = text.find('=');
  const auto word = text.substr(0, equal);
  Size size;
  size.name = replace_all(family.pattern, "{}", word);
  size.family = "standard" + std::string(family.name) + "Family";
  size.is_arm = family.is_arm;
  if (equal == std::string::npos) {
    size.cpus = static_cast<int>(parse_int(word).value_or(1));
    size.memory_mib = static_cast<int>(size.cpus * family.gib_per_cpu * 1024);
    return size;
  }
  const auto slash = text.find('/');
  size.cpus = static_cast<int>(parse_int(text.substr(equal + 1, slash - equal - 1)).value_or(1));
  size.memory_mib = static_cast<int>(std::stod(text.substr(slash + 1)) * 1024);
  return size;
}

constexpr std::array images = {
    ImageFacts{"Debian", "debian-12", "12-gen2", "debian-12"},
    ImageFacts{"Debian", "debian-12", "12", "debian-12"},
    ImageFacts{"Debian", "debian-12", "12-arm64", "debian-12", true},
    ImageFacts{"Debian", "debian-13", "13-gen2", "debian-13"},
    ImageFacts{"Debian", "debian-13", "13-arm64", "debian-13", true},
    ImageFacts{"Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-gen2", "ubuntu-22.04"},
    ImageFacts{"Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts", "ubuntu-22.04"},
    ImageFacts{"Canonical", "0001-com-ubuntu-server-jammy", "22_04-lts-arm64", "ubuntu-22.04",
               true},
    ImageFacts{"Canonical", "ubuntu-24_04-lts", "server", "ubuntu-24.04"},
    ImageFacts{"Canonical", "ubuntu-24_04-lts", "server-gen1", "ubuntu-24.04"},
    ImageFacts{"Canonical", "ubuntu-24_04-lts", "server-arm64", "ubuntu-24.04", true},
    ImageFacts{"resf", "rockylinux-x86_64", "9-base", "rocky-9", false, true, 10},
    ImageFacts{"resf", "rockylinux-aarch64", "9-base", "rocky-9", true, true, 10},
};

constexpr std::array<std::string_view, 2> versions = {"1.0.202508140", "1.0.202602100"};

}  // namespace

std::span<const Region> all_regions() { return regions; }

const Region* find_region(std::string_view name) {
  const auto found = std::ranges::find(regions, name, &Region::name);
  return found == regions.end() ? nullptr : &*found;
}

const std::vector<Size>& all_sizes() {
  static const auto all = [] {
    std::vector<Size> out;
    for (const auto& family : families) {
      for (const auto& text : split(family.sizes, ' ')) out.push_back(make_size(family, text));
    }
    return out;
  }();
  return all;
}

const Size* find_size(std::string_view name) {
  static const auto index = [] {
    std::map<std::string, const Size*> out;
    for (const auto& size : all_sizes()) out.emplace(to_lower(size.name), &size);
    return out;
  }();
  const auto found = index.find(to_lower(name));
  return found == index.end() ? nullptr : found->second;
}

std::span<const ImageFacts> all_images() { return images; }

const ImageFacts* find_image(std::string_view publisher, std::string_view offer,
                             std::string_view sku) {
  for (const auto& image : images) {
    if (equals_ignoring_case(image.publisher, publisher) &&
        equals_ignoring_case(image.offer, offer) && equals_ignoring_case(image.sku, sku)) {
      return &image;
    }
  }
  return nullptr;
}

std::span<const std::string_view> image_versions() { return versions; }

}  // namespace ccloud::sim::azure
