// The offline catalogue: what regions, zones, types and portable images each cloud has, from the
// dated data inside the binary. Pure and in memory: it opens no file, asks no cloud, and says
// `unknown` where its sources are silent, so that nobody is told off for what we do not know.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ccloud::catalog {

enum class Driver : std::uint8_t {
#define CCLOUD_CLOUD(name) name,
#include "catalog/clouds.def"
#undef CCLOUD_CLOUD
};
#define CCLOUD_CLOUD(name) +1
inline constexpr int driver_count =
#include "catalog/clouds.def"
    ;
#undef CCLOUD_CLOUD
std::string_view to_string(Driver driver);
std::optional<Driver> parse_driver(std::string_view name);
std::span<const Driver> all_drivers();

enum class Arch : std::uint8_t { x86_64, arm64 };
std::string_view to_string(Arch arch);
/// The config's words, and the clouds' own: amd64, x64, aarch64.
std::optional<Arch> parse_arch(std::string_view name);

/// What the catalogue can answer about a fact: its sources may be silent.
enum class Known : std::uint8_t { no, yes, unknown };

/// Where one set of facts comes from, and from when it is.
struct DataSet {
  Driver driver;
  std::string_view what;    ///< "regions", "zones", "types", "offers", "prices", "images"
  std::string_view date;    ///< YYYY-MM-DD
  std::string_view source;  ///< the package and version, or the rule it was compiled from
};

struct Region {
  Driver driver{};
  std::string_view name;
  /// aws: aws, aws-cn, aws-us-gov, aws-eusc; azure: public, china, government; gcp: public;
  /// alibaba: mainland, international, government, finance.
  std::string_view partition;
  std::string_view place;       ///< "Frankfurt", "US East (Ohio)": for people
  bool opt_in = false;          ///< off until the account enables it
  bool restricted = false;      ///< only for invited or paired accounts: never proposed
  bool zones_known = false;     ///< false: the sources do not tell, any zone may exist
  std::string_view zone_words;  ///< short names, commas between; see Catalog::zones
  std::uint16_t index = 0;      ///< in the driver's list
};

enum class TypeClass : std::uint8_t { general, compute, memory, storage, exotic };
std::string_view to_string(TypeClass type_class);

struct Type {
  Driver driver{};
  std::string_view name;
  std::string_view family;     ///< "m7i", "Dsv5", "n2", "ecs.g7"
  std::string_view successor;  ///< for a retired type or a previous generation; may be empty
  std::uint32_t memory_mib = 0;
  std::uint16_t vcpus = 0;
  std::uint16_t index = 0;  ///< in the driver's list
  TypeClass type_class = TypeClass::general;
  bool x86_64 = false;
  bool arm64 = false;
  bool burstable = false;
  bool current = true;      ///< of the vendor's current generation
  bool retired = false;     ///< the vendor has announced its end or ended it
  bool widespread = false;  ///< sold in nearly every region, where no list says it exactly

  bool has(Arch arch) const { return arch == Arch::x86_64 ? x86_64 : arm64; }
};

/// How a driver finds a portable image online. Only the fields of its own cloud are filled.
struct Image {
  Driver driver{};
  Arch arch = Arch::x86_64;
  std::string_view name;           ///< the portable name: "debian-12"
  std::string_view partition;      ///< aws: the facts differ by partition; else empty
  std::string_view ssm_parameter;  ///< aws: asked first where there is one
  std::string_view owner;          ///< aws: account or alias; alibaba: "system"
  std::string_view name_pattern;   ///< aws, alibaba, openstack: a glob on the image's name
  std::string_view family;         ///< gcp, alibaba (may be empty: use the pattern)
  std::string_view project;        ///< gcp
  std::string_view publisher;      ///< azure, with offer and sku; version "latest"
  std::string_view offer;
  std::string_view sku;
  std::string_view os_distro;   ///< openstack: the Glance property; also alibaba's Platform
  std::string_view os_version;  ///< openstack: likewise
  std::string_view login_user;
  std::string_view end_of_life;  ///< YYYY-MM-DD, the end of regular support; empty: unknown
  std::string_view successor;    ///< the portable name to move to; may be empty
  std::uint16_t min_disk_gib = 0;
  bool any_user = false;    ///< the cloud makes whatever user we name; login_user is our default
  bool needs_plan = false;  ///< azure: a marketplace plan (and its terms accepted once)
};

struct SizeRequirement {
  std::int64_t cpu = 1;
  std::int64_t memory_mib = 1024;
  Arch arch = Arch::x86_64;
  bool burstable = false;  ///< a burstable type will do, and is preferred
};

struct Candidate {
  const Type* type = nullptr;
  std::optional<double> usd_per_hour;  ///< on demand, Linux, an estimate; nullopt: unknown
  std::string why;                     ///< "2 vCPU, 4 GiB, compute, 0.0765 USD/h"
};

struct Resolution {
  Candidate chosen;
  std::vector<Candidate> next;     ///< up to two more, best first
  std::vector<std::string> zones;  ///< short names: those asked for, else up to three that offer it
                                   ///< (empty when the sources do not tell)
  std::string why;  ///< one sentence: what was asked, what was weighed, from when the data is
};

enum class Section : std::uint8_t { regions, zones, sizes, images };
std::optional<Section> parse_section(std::string_view name);

/// Rows for `ccloud catalog`; the caller renders. Cells of unknown facts are empty.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::string> notes;  ///< source and date of what is shown, what may be stale
};

struct DriverData;  // what the parser makes of one data file
struct ImageData;
struct FamilyKey;

class Catalog {
 public:
  Catalog();
  ~Catalog();
  Catalog(const Catalog&) = delete;
  Catalog& operator=(const Catalog&) = delete;

  /// False for a cloud without offline data (openstack: every deployment differs).
  bool knows(Driver driver) const;
  std::span<const DataSet> data_sets(Driver driver) const;
  /// "aws: the types are of 2026-10-27 (200 days old; moto 5.2.5); --online asks the cloud"; empty
  /// when the oldest set is younger than `tolerated`. Prices do not count: they only break ties.
  std::string staleness(Driver driver, std::chrono::sys_days today,
                        std::chrono::days tolerated = std::chrono::days{180}) const;

  std::span<const Region> regions(Driver driver) const;
  const Region* find_region(Driver driver, std::string_view name) const;
  /// `unknown` for a driver without offline data.
  Known has_region(Driver driver, std::string_view name) const;
  std::vector<std::string_view> region_names(Driver driver) const;  ///< for "did you mean"

  /// Short names as the user writes them: "a" on aws, "1" on azure; empty when unknown.
  std::vector<std::string> zones(Driver driver, std::string_view region) const;
  /// Takes short and full names.
  Known has_zone(Driver driver, std::string_view region, std::string_view zone) const;

  std::span<const Type> types(Driver driver) const;
  /// Those not known to be missing there.
  std::vector<const Type*> types(Driver driver, std::string_view region) const;
  const Type* find_type(Driver driver, std::string_view name) const;
  std::vector<std::string_view> type_names(Driver driver) const;
  /// `no` only when the name cannot exist: not of the form, or missing from a family or generation
  /// that is listed whole. A newer generation than the data, a custom machine type, a family of a
  /// hand-compiled list that we do not carry: `unknown`.
  Known has_type(Driver driver, std::string_view name) const;
  /// Whether the type is sold in that region (and zone, short or full, when not empty).
  Known offered(const Type& type, std::string_view region, std::string_view zone = {}) const;
  /// On demand, Linux, USD an hour; an estimate as old as the "prices" data set.
  std::optional<double> price(const Type& type, std::string_view region) const;

  /// The smallest, then cheapest, current type that meets the requirement in that region, and in
  /// all of `zones` when there are any. Deterministic. Ordinary families (general, compute, memory)
  /// first, burstable ones only when asked, storage, GPU, bare metal and the like only when nothing
  /// else will do. `not_found` when nothing meets it, `unavailable` without offline data.
  Result<Resolution> resolve_size(Driver driver, std::string_view region,
                                  std::span<const std::string> zones,
                                  const SizeRequirement& requirement) const;
  /// Why a pinned type does not meet a requirement; empty when it does, or is not known here.
  std::string unmet(const Type& type, const SizeRequirement& requirement) const;

  std::span<const std::string_view> image_names() const;  ///< the portable names
  bool is_portable_image(std::string_view name) const;
  std::span<const Image> images(Driver driver) const;
  /// nullptr: that portable image does not exist there. The partition matters on aws only.
  const Image* find_image(Driver driver, std::string_view name, Arch arch,
                          std::string_view partition = {}) const;
  /// `unknown` where the vendor publishes one but our facts do not cover the partition (Debian in
  /// aws-cn): resolve it online.
  Known has_image(Driver driver, std::string_view name, Arch arch,
                  std::string_view partition = {}) const;
  /// The portable image is past its end of life on that day (YYYY-MM-DD compares as text).
  static bool ended(const Image& image, std::string_view today);

  /// Every word must occur (ASCII case ignored) in a row; sizes also take "4cpu", "8gib", "arm64".
  Table list(Section section, std::optional<Driver> driver,
             std::span<const std::string> words) const;
  /// The same over all sections: `section` is the first column.
  Table search(std::span<const std::string> words) const;

 private:
  const DriverData& data(Driver driver) const;  ///< parsed when first asked for
  const ImageData& image_data() const;
  const std::vector<FamilyKey>& families(Driver driver) const;
  struct Lazy;
  std::unique_ptr<Lazy> lazy_;
};

/// The data inside the binary. Costs nothing until something is asked.
const Catalog& builtin();

/// "a" and "us-east-1a" both give "a"; "k" and "cn-hangzhou-k" give "k"; azure's are short already.
std::string short_zone(Driver driver, std::string_view region, std::string_view zone);
/// The name that the cloud's API wants: "us-east-1a", "us-central1-b", "cn-hangzhou-k", "1".
std::string full_zone(Driver driver, std::string_view region, std::string_view zone);
/// The zone, by its full name, that a subnet of an existing network is for: the config names `of`
/// subnets there, this one by `key`. Empty: all zones. Where subnets span the region, that holds
/// for the only one, and for one under the region's own name.
std::string subnet_zone(Driver driver, std::string_view region, std::string_view key,
                        std::size_t of);
/// A region as the cloud writes it: azure takes "West Europe" and means "westeurope".
std::string normal_region(Driver driver, std::string_view region);

/// The text has the form of that cloud's own image id (ami-..., a URN or resource id, a self link
/// or family, a UUID, m-... or a system image's id).
bool is_native_image(Driver driver, std::string_view text);
/// The text has the form of that cloud's type names (no look-up): "m7i.large", "Standard_D2s_v5".
bool is_type_form(Driver driver, std::string_view text);

}  // namespace ccloud::catalog
