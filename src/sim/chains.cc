// Words in, indices of writes out.
#include "sim/chains.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim {
namespace {

/// A longer run is a start-up script or a key, not a name.
constexpr std::size_t longest_word = 400;
constexpr std::size_t shortest_word = 3;
/// Enough for a thousand times a thousand nodes' chains to stay in memory.
constexpr std::size_t kept_writes = 500'000;

bool is_of_a_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '/';
}

std::string_view last_part(std::string_view word) { return word.substr(word.rfind('/') + 1); }

/// Ids are unique in a cloud, names in a region: another region's thing of that name is not meant.
std::string in_region(std::string_view region, std::string_view name) {
  return fmt::format("{} {}", region, name);
}

}  // namespace

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  const auto add = [&](std::string_view word) {
    if (word.size() < shortest_word || word.size() > longest_word) return;
    words.push_back(to_lower(word));
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto begin = at;
    while (at < text.size() && is_of_a_word(text[at])) ++at;
    const auto word = text.substr(begin, at - begin);
    add(word);
    if (word.find('/') != std::string_view::npos) add(last_part(word));
    ++at;
  }
  return words;
}

void Chains::made(const Resource& resource) {
  if (resource.is_builtin) return;
  const auto unseen =
      std::chrono::duration_cast<Duration>(resource.visible_from - resource.created);
  names_.push_back({to_lower(resource.id), unseen});
  const auto& region = resource.place.region;
  names_.push_back({in_region(region, to_lower(last_part(resource.id))), unseen});
  if (!resource.name.empty())
    names_.push_back({in_region(region, to_lower(resource.name)), unseen});
  if (dynamic_cast<const Machine*>(&resource) != nullptr) {
    machines_.push_back({resource.place, resource.id});
  }
}

void Chains::record_read(std::string_view cloud, const CallInfo& info, Duration latency) {
  auto& its = clouds_[std::string(cloud)];
  its.glance = std::min(its.glance, latency);
  if (its.writes.empty()) its.lists[{info.region, info.action}] += latency;
}

void Chains::record_write(const Front& front, const Call& call, Duration latency, bool is_limited) {
  auto& its = clouds_[std::string(front.cloud())];
  const auto index = its.writes.size();
  if (index < kept_writes) {
    ServedWrite write{.region = call.info.region,
                      .action = call.info.action,
                      .latency = latency,
                      .needs = {},
                      .buckets = {},
                      .longest_boot = {}};
    if (is_limited) write.buckets = call.info.buckets;
    for (const auto& text : {percent_decode(call.request.url), percent_decode(call.request.body)}) {
      for (const auto& word : words_of(text)) {
        for (const auto& name :
             {word, in_region(call.info.region, word), in_region("global", word)}) {
          const auto maker = its.makers.find(name);
          if (maker != its.makers.end()) write.needs.push_back(maker->second);
        }
      }
    }
    its.writes.push_back(std::move(write));
    its.machines.push_back(std::move(machines_));
    // The first maker counts: a name that is used again was there to be named before.
    for (auto& name : names_) {
      const auto unseen = front.denies_the_unseen() ? name.unseen : Duration(0);
      its.makers.emplace(std::move(name.text), Need{index, unseen});
    }
  }
  names_.clear();
  machines_.clear();
}

void Chains::forget() { *this = Chains(); }

std::map<std::string, CriticalPath> Chains::paths(World& world) const {
  std::map<std::string, CriticalPath> all;
  for (const auto& [name, its] : clouds_) {
    if (its.writes.empty()) continue;
    auto writes = its.writes;
    for (std::size_t i = 0; i < writes.size(); ++i) {
      for (const auto& made : its.machines[i]) {
        const auto* machine = world.find_as<Machine>(made.place, made.id);
        if (machine == nullptr || machine->power != Power::running) continue;
        const auto boot = std::chrono::duration_cast<Duration>(machine->changed - machine->created);
        writes[i].longest_boot = std::max(writes[i].longest_boot, boot);
      }
    }
    Duration look{};
    for (const auto& [list, took] : its.lists) look = std::max(look, took);
    const auto glance = its.glance == Duration::max() ? Duration(0) : its.glance;
    all.emplace(name, critical_path(writes, look, glance, world.options().speed));
  }
  return all;
}

}  // namespace ccloud::sim
