// Sorting of large things by keys that take work.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>
#include <vector>

namespace ccloud {

/// Stable. Each key is made once, each thing moved once but for one in each cycle; a key may look
/// into its thing.
template <class T, class MakeKey>
void sort_by_key(std::vector<T>& things, MakeKey make_key) {
  using Key = std::invoke_result_t<MakeKey&, const T&>;
  std::vector<std::pair<Key, std::size_t>> order;
  order.reserve(things.size());
  for (std::size_t i = 0; i < things.size(); ++i) order.emplace_back(make_key(things[i]), i);
  std::ranges::sort(order);
  for (std::size_t start = 0; start < things.size(); ++start) {
    if (order[start].second == start) continue;
    T held = std::move(things[start]);
    std::size_t at = start;
    while (order[at].second != start) {
      const std::size_t from = std::exchange(order[at].second, at);
      things[at] = std::move(things[from]);
      at = from;
    }
    order[at].second = at;
    things[at] = std::move(held);
  }
}

}  // namespace ccloud
