// The marks by which ccloud knows what is its own (contract, section 6), and the tokens that any
// machine computes alike (design 4.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cloud/model.h"

namespace ccloud::cloud {

inline constexpr std::string_view mark_project = "ccloud-project";
inline constexpr std::string_view mark_cluster = "ccloud-cluster";
inline constexpr std::string_view mark_node = "ccloud-node";
inline constexpr std::string_view mark_spec = "ccloud-spec";
inline constexpr std::string_view mark_power = "ccloud-power";  ///< "off" while stopped on purpose
inline constexpr std::string_view mark_protect = "ccloud-protect";  ///< "true"
inline constexpr std::string_view mark_network =
    "ccloud-network";  ///< the config's name of a network
inline constexpr std::string_view mark_firewall = "ccloud-firewall";
inline constexpr std::string_view mark_key = "ccloud-key";
inline constexpr std::string_view mark_prefix = "ccloud-";

/// What was asked for when a node was made, in parts, hashed where they are long, so that a plan
/// can say what changed.
struct SpecMark {
  std::string image;  ///< seven hex digits each
  std::string keys;
  std::string disk;
  std::string user_data;
  std::string size;
  std::string address;  ///< "1" with a public address, "0" without
};
/// "i1234567-k1234567-d1234567-u1234567-s1234567-p1": fits every cloud's alphabet.
std::string encode_spec(const SpecMark& mark);
SpecMark decode_spec(std::string_view text);  ///< missing parts are empty
std::string spec_part(std::string_view asked);

/// "web-use1-1_4_7": the names of one batch in one tag (design 4.2). Names share
/// "{cluster}-{code}-". Batches must be split so that each fits `limit` characters.
std::string encode_names(const std::vector<std::string>& names);
std::vector<std::string> decode_names(std::string_view tag);
/// Consecutive groups whose encoding fits `limit` and whose count does not exceed `most`.
std::vector<std::vector<std::string>> split_names(const std::vector<std::string>& names,
                                                  std::size_t limit, std::size_t most);

/// 32 hex digits over the parts, length-prefixed so that no two lists collide.
std::string token_of(const std::vector<std::string>& parts);
/// Token k+1 = H(token k, id of the dead instance).
std::string next_token(std::string_view token, std::string_view dead_id);

/// Fills name, cluster, spec, power and protect of an instance from its labels; `index` is the
/// member's place in its batch.
void apply_marks(Instance& instance, std::size_t index);

/// For calls on it, with the project that its mark names.
NodeRef ref_of(const Instance& node);

/// The user's labels alone.
Labels without_marks(const Labels& labels);

/// What makes the labels of a thing of ours those that are wanted. Marks go only by name, and what
/// clouds and their services write themselves stays.
struct LabelChange {
  Labels set;
  std::vector<std::string> removed;

  bool empty() const { return set.empty() && removed.empty(); }
};
LabelChange label_change(const Labels& wanted, const Labels& has);

/// Splits `cidr` in eighths, for `zone_index` 0 to 7: each zone gets a fixed one, for ever.
/// Empty when the network is too small or the index too large.
std::string zone_cidr(std::string_view cidr, std::size_t zone_index);

}  // namespace ccloud::cloud
