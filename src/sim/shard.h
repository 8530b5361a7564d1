// One place's part of the World, with the indexes that keep lists fast. Private to the World.
#pragma once

#include <memory>
#include <string>

#include "sim/world.h"

namespace ccloud::sim {

struct World::Shard {
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  template <class T>
  using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

  ByText<std::unique_ptr<Resource>> by_id;
  std::map<std::string, Listing, std::less<>> by_type;
  Listing machines;
  ByText<ByText<Listing>> by_tag;

  void forget_tag(const std::string& key, const std::string& value, std::uint64_t serial) {
    const auto values = by_tag.find(key);
    if (values == by_tag.end()) return;
    const auto found = values->second.find(value);
    if (found == values->second.end()) return;
    found->second.erase(serial);
    if (found->second.empty()) values->second.erase(found);
  }
};

}  // namespace ccloud::sim
