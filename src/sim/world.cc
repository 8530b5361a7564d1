// The World's store: resources, their indexes, names, secrets, quotas and time. Machines' lives are
// in world_machines.cc, addresses in world_addresses.cc.
#include "sim/world.h"

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "sim/shard.h"

namespace ccloud::sim {

namespace {

/// Another simulator's ids differ, even from the same seed: whoever remembers a node by its id (its
/// host key, say) must not take a new one for it. No cloud gives an id twice either.
std::uint64_t id_seed(const WorldOptions& options) {
  std::uint64_t seed = 0;
  for (const char c : hmac_sha256(options.master_secret, "ids").substr(0, sizeof seed)) {
    seed = seed << 8 | static_cast<unsigned char>(c);
  }
  return seed;
}

}  // namespace

World::World(WorldOptions options, Clock clock, Host* host)
    : options_(std::move(options)),
      clock_(std::move(clock)),
      host_(host),
      random_(options_.seed),
      random_ids_(id_seed(options_)) {}

World::~World() = default;

Duration World::scaled(Duration duration) const {
  return Duration(
      static_cast<Duration::rep>(static_cast<double>(duration.count()) / options_.speed));
}

Duration World::sample(const Latency::Range& range) {
  const double at = chance();
  const auto width = static_cast<double>((range.high - range.low).count());
  return scaled(range.low + Duration(static_cast<Duration::rep>(width * at * at)));
}

double World::chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }

std::string World::hex_id(std::size_t digits) {
  std::string id;
  while (id.size() < digits) id += fmt::format("{:016x}", random_ids_());
  id.resize(digits);
  return id;
}

std::string World::uuid() {
  std::string id = hex_id(32);
  id[12] = '4';
  id[16] = "89ab"[static_cast<unsigned char>(id[16]) % 4];
  return fmt::format("{}-{}-{}-{}-{}", id.substr(0, 8), id.substr(8, 4), id.substr(12, 4),
                     id.substr(16, 4), id.substr(20));
}

std::string World::derive(std::string_view purpose) const {
  return hex(hmac_sha256(options_.master_secret, purpose));
}

World::Shard& World::shard(const Place& place) {
  auto& entry = shards_[place];
  if (!entry) entry = std::make_unique<Shard>();
  return *entry;
}

const World::Shard* World::find_shard(const Place& place) const {
  const auto found = shards_.find(place);
  return found == shards_.end() ? nullptr : found->second.get();
}

void World::adopt(std::unique_ptr<Resource> resource) {
  auto& it = *resource;
  CCLOUD_CHECK(!it.id.empty() && !it.type.empty());
  auto& home = shard(it.place);
  it.serial = next_serial_++;
  it.created = now();
  it.visible_from = it.is_builtin ? Time{} : it.created + sample(options_.latency.lag);
  home.by_type[it.type].emplace(it.serial, &it);
  if (dynamic_cast<Machine*>(&it) != nullptr) home.machines.emplace(it.serial, &it);
  for (const auto& [key, value] : it.tags) home.by_tag[key][value].emplace(it.serial, &it);
  const bool is_new = home.by_id.emplace(it.id, std::move(resource)).second;
  CCLOUD_CHECK(is_new);
  if (on_add) on_add(it);
}

Resource* World::find(const Place& place, std::string_view id) {
  const auto* home = find_shard(place);
  if (home == nullptr) return nullptr;
  const auto found = home->by_id.find(id);
  return found == home->by_id.end() ? nullptr : found->second.get();
}

void World::remove(Resource& resource) {
  auto& home = shard(resource.place);
  for (const auto& [key, value] : resource.tags) home.forget_tag(key, value, resource.serial);
  home.by_type[resource.type].erase(resource.serial);
  home.machines.erase(resource.serial);
  home.by_id.erase(home.by_id.find(resource.id));
}

void World::set_tag(Resource& resource, const std::string& key, const std::string& value) {
  remove_tag(resource, key);
  resource.tags.emplace(key, value);
  shard(resource.place).by_tag[key][value].emplace(resource.serial, &resource);
}

void World::remove_tag(Resource& resource, const std::string& key) {
  const auto found = resource.tags.find(key);
  if (found == resource.tags.end()) return;
  shard(resource.place).forget_tag(key, found->second, resource.serial);
  resource.tags.erase(found);
}

namespace {
const World::Listing nothing;
}

const World::Listing& World::list(const Place& place, std::string_view type) const {
  const auto* home = find_shard(place);
  if (home == nullptr) return nothing;
  const auto found = home->by_type.find(type);
  return found == home->by_type.end() ? nothing : found->second;
}

const World::Listing& World::tagged(const Place& place, std::string_view key,
                                    std::string_view value) const {
  const auto* home = find_shard(place);
  if (home == nullptr) return nothing;
  const auto values = home->by_tag.find(key);
  if (values == home->by_tag.end()) return nothing;
  const auto found = values->second.find(value);
  return found == values->second.end() ? nothing : found->second;
}

const World::Listing& World::machines(const Place& place) const {
  const auto* home = find_shard(place);
  return home == nullptr ? nothing : home->machines;
}

std::vector<Place> World::places() const {
  std::vector<Place> all;
  for (const auto& [place, home] : shards_) all.push_back(place);
  return all;
}

void World::for_each(const std::function<void(const Resource&)>& fn) const {
  for (const auto& [place, home] : shards_) {
    for (const auto& [type, listing] : home->by_type) {
      for (const auto& [serial, resource] : listing) fn(*resource);
    }
  }
}

double World::quota(const Place& place, const std::string& name, double documented) const {
  constexpr double unlimited = 1e9;
  const auto found = quotas_.find({place.cloud, name});
  if (found != quotas_.end()) return found->second;
  return options_.has_real_limits ? documented : unlimited;
}

void World::set_quota(const std::string& cloud, const std::string& name, double value) {
  quotas_[{cloud, name}] = value;
}

void World::later(Duration delay, std::function<void()> fn) {
  events_.emplace(std::pair(now() + delay, next_event_++), std::move(fn));
  if (on_schedule) on_schedule();
}

void World::settle() {
  const auto until = now();
  // What an event schedules for "now" runs too, but a chain of those must not hold the loop.
  for (int turns = 0; turns < 1'000'000 && !events_.empty(); ++turns) {
    if (events_.begin()->first.first > until) return;
    auto node = events_.extract(events_.begin());
    node.mapped()();
  }
}

std::optional<Time> World::next_event() const {
  if (events_.empty()) return std::nullopt;
  return events_.begin()->first.first;
}

void World::clear() {
  if (host_ != nullptr) {
    for_each([this](const Resource& resource) {
      if (const auto* machine = dynamic_cast<const Machine*>(&resource)) {
        host_->destroy(node_id(*machine));
      }
    });
  }
  events_.clear();
  shards_.clear();
  quotas_.clear();
}

}  // namespace ccloud::sim
