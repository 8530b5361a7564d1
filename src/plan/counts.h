// The index rules of one place: which nodes stay, which go when the count goes down, and which
// indexes and zones new ones get. Pure arithmetic, the same on every machine.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cloud/model.h"

namespace ccloud::plan {

struct Slot {
  std::int64_t index = 0;
  const cloud::Instance* instance = nullptr;
};

struct NewNode {
  std::int64_t index = 0;
  std::string zone;  ///< full name; empty where the cloud chooses
};

struct Allotment {
  std::vector<Slot> kept;     ///< by index
  std::vector<Slot> surplus;  ///< by index
  std::vector<NewNode> made;  ///< by index
};

/// `present`: one living instance per index. `zones`: full names that new nodes may use.
Allotment allot(std::vector<Slot> present, std::int64_t count,
                const std::vector<std::string>& zones);

/// Among instances of one name the one that stays: not broken, in the right network, created first,
/// smallest id. Every observer finds the same one.
const cloud::Instance* choose_among(const std::vector<const cloud::Instance*>& doubles,
                                    const std::string& network_id);

/// "web", "us" and 3 of "web-us-3"; false when the name is not of the cluster's form.
bool parse_node_name(std::string_view name, std::string_view cluster, std::string_view& place,
                     std::int64_t& index);

bool is_broken(const cloud::Instance& instance);
/// Terminated, or on the way there: it holds no name any more.
bool is_gone(const cloud::Instance& instance);

}  // namespace ccloud::plan
