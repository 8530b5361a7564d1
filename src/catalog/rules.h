// What a cloud is like as far as it can be known without asking it: its words, its limits, the
// forms of its names. One file a cloud, in clouds/; who checks or names things asks here, so that
// nothing else tells the clouds apart. Limits are the vendors' documented ones.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "catalog/catalog.h"
#include "catalog/data.h"

namespace ccloud::catalog {

using Words = std::span<const std::string_view>;
inline bool contains(Words words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

struct ZoneRules {
  /// How a zone's full name is made of its region's and its short one.
  enum class Join : std::uint8_t {
    short_only,             ///< "1": the full name is the short one
    glued,                  ///< "us-east-1a"
    dashed,                 ///< "us-central1-b"
    dashed_after_a_letter,  ///< "cn-hangzhou-k", but "ap-southeast-1a"
  };
  Join join = Join::short_only;
  char first = 'a';  ///< the short names that may exist where no list is known
  char last = 'z';
  /// What one account calls a is b for another, and none sees them all: a list is never whole.
  bool per_account = false;
};

struct TypeRules {
  std::string_view prefix;   ///< of all its types, and left out by people: "Standard_"
  std::string_view example;  ///< for a new config
  bool (*is_form)(std::string_view name) = nullptr;
  /// The name without its size: "m7i", "n2-standard", "ecs.g7", "standard_ds_v5".
  std::string (*family)(std::string_view name) = nullptr;
  Words previous;  ///< families that the vendor itself calls previous generations
  /// Can a type exist whose family is not in the data? nullptr: nobody knows.
  Known (*of_unlisted_family)(const DriverData& data, std::span<const FamilyKey> families,
                              std::string_view name) = nullptr;
};

struct ImageRules {
  bool (*is_id)(std::string_view text) = nullptr;
  bool is_telling = true;  ///< what looks like one of its ids is none of another cloud
  bool has_names = false;  ///< an image may also be asked for by any name that its owner gave it
  /// Facts on images differ by partition, and this is meant where none is named.
  std::string_view usual_partition;
  std::string (*reference)(const Image& image) = nullptr;  ///< for people
};

/// Why the cloud does not take a key, a value, or both together; empty when it does.
struct LabelRules {
  std::size_t most = 50;    ///< tags, labels or metadata items on one machine
  bool folds_case = false;  ///< keys that differ only in case are the same one
  std::string (*key_fault)(std::string_view key) = nullptr;
  std::string (*value_fault)(std::string_view value) = nullptr;
  std::string (*pair_fault)(std::string_view key, std::string_view value) = nullptr;  ///< or none
};

struct NetworkRules {
  unsigned widest = 8;              ///< the shortest prefix of a network of our own
  unsigned widest_part = 0;         ///< the shortest prefix of a part
  unsigned narrowest = 29;          ///< the longest prefix of a part
  std::int64_t reserved = 4;        ///< addresses of a part that no node can have
  bool zonal_subnets = true;        ///< a subnet lies in one zone; else it spans the region
  std::int64_t most_rules = 0;      ///< of a firewall by default; 0: more than anybody needs
  bool needs_subnets = false;       ///< an existing network is no use without their ids
  std::string_view network_prefix;  ///< how ids of existing ones begin; empty: a name will do
  std::string_view subnet_prefix;
  std::string_view firewall_prefix;
  bool firewalls_in_network = false;  ///< a firewall belongs to one network
  /// Ids of firewalls with this in them (lower case): an interface takes one of those, which is
  /// ccloud's own.
  std::string_view lone_firewall;
};

struct MachineRules {
  std::size_t most_user_data = 16384;  ///< bytes of first-boot data
  bool encoded_user_data = false;      ///< counted in base64
  Words without_cloud_init;            ///< portable images, by how their names begin
  bool has_identity = true;            ///< machines can carry one
  bool has_hdd = true;                 ///< disks of type "hdd"
  std::int64_t most_disk_gib = 0;      ///< of the disk that a machine boots from; 0: as it likes
  std::int64_t most_hdd_gib = 0;       ///< the same of type "hdd"
  bool needs_ssh_key = false;
  Words refused_users;               ///< login names
  std::string_view usual_user = "";  ///< instead of a refused one
};

struct AccessRules {
  std::string_view cloud_file;  ///< where "cloud" names an entry: "clouds.yaml"
  Words clouds;                 ///< else what "cloud" may be; the partitions of its regions
  bool one_partition = false;   ///< an account lives in one partition, so a provider does
  bool takes_command = true;    ///< "credentials": { "command" }
  bool needs_tls = false;       ///< sends tokens, and to no address that does not hide them
  bool (*is_account)(std::string_view text) = nullptr;  ///< nullptr: whatever its operator likes
  std::string_view account_form;                        ///< "an account id of 12 digits"
  /// Whether that host may serve the region; nullptr: any may.
  bool (*serves)(std::string_view host, std::string_view region) = nullptr;
};

struct Rules {
  std::string_view name;                 ///< the config's word
  Words aliases;                         ///< what others call it, lower case: "google"
  std::string_view starter_region;       ///< of a new config
  std::string_view priced_region;        ///< where prices are shown when no region is asked for
  bool folds_case = false;               ///< names of regions and types are taken in any case
  std::string_view (*data)() = nullptr;  ///< the offline data; nullptr: every one differs
  ZoneRules zones;
  TypeRules types;
  ImageRules images;
  LabelRules labels;
  NetworkRules networks;
  MachineRules machines;
  AccessRules access;
};

const Rules& rules(Driver driver);

/// Each in the file of its name.
namespace clouds {
#define CCLOUD_CLOUD(name) extern const Rules name;
#include "catalog/clouds.def"
#undef CCLOUD_CLOUD
}  // namespace clouds

}  // namespace ccloud::catalog
