// The nodes of one place: who stays, who goes, who comes, and what has to change on those that
// stay.
#include <algorithm>

#include <fmt/format.h>

#include "cloud/marks.h"
#include "config/first_boot.h"
#include "plan/builder.h"
#include "plan/node_diff.h"

namespace ccloud::plan {
namespace {

std::string disk_text(const config::Disk& disk) {
  const auto type = config::to_string(disk.type.value);
  if (!disk.size_gib) return fmt::format("the image's, {}", type);
  return fmt::format("{}GiB {}", disk.size_gib->value, type);
}

/// That many times as many nodes as there are deserve a second look.
constexpr std::int64_t surprising_growth = 10;

Facts facts_of(const cloud::Instance& instance) {
  Facts facts = {{"id", instance.id},
                 {"state", std::string(cloud::to_string(instance.state))},
                 {"type", instance.type},
                 {"image", instance.image}};
  if (!instance.zone.empty()) facts.emplace_back("zone", instance.zone);
  if (!instance.public_ip.empty()) facts.emplace_back("public_ip", instance.public_ip);
  return facts;
}

Facts facts_of(const PlaceWant& want, const Resolution* resolution, const std::string& zone) {
  const auto& place = *want.place;
  Facts facts;
  facts.emplace_back("type", resolution != nullptr ? resolution->type : place.size.asked);
  facts.emplace_back("image", resolution != nullptr && resolution->image.id != place.image.asked
                                  ? fmt::format("{} ({})", place.image.asked, resolution->image.id)
                                  : place.image.asked);
  if (!zone.empty()) facts.emplace_back("zone", zone);
  facts.emplace_back("disk", disk_text(place.disk));
  facts.emplace_back("network", want.network.name);
  facts.emplace_back("public_ip", place.has_public_ip ? "yes" : "no");
  return facts;
}

bool has_lost_address(const cloud::Instance& instance, const PlaceWant& want) {
  return want.place->has_public_ip && instance.state == cloud::NodeState::running &&
         instance.public_ip.empty() && cloud::decode_spec(instance.spec).address == "1";
}

}  // namespace

const Resolution* Builder::resolution_of(const PlaceWant& want) const {
  const auto at = resolutions_.find(want.id());
  return at == resolutions_.end() || !at->second ? nullptr : &*at->second;
}

void Builder::require_resolution(const PlaceWant& want) {
  const auto at = resolutions_.find(want.id());
  if (at == resolutions_.end()) {
    unresolved_.insert(want.id());
  } else if (!at->second && unresolved_.insert(want.id()).second) {
    plan_.problems.push_back({want.network.provider, want.network.region, want.cluster->name,
                              want.place->code, at->second.error()});
  }
}

bool Builder::is_selected(const PlaceWant* want, std::string_view name,
                          const cloud::Instance* instance, std::string_view provider,
                          std::string_view region, std::string_view zone) const {
  if (options_.selectors.empty()) return true;
  static const std::vector<std::string> none;
  Subject subject{.name = name,
                  .cluster = instance != nullptr ? std::string_view(instance->cluster)
                                                 : std::string_view(want->cluster->name),
                  .place = want != nullptr ? std::string_view(want->place->code) : "",
                  .provider = provider,
                  .region = region,
                  .zone = zone,
                  .state = instance != nullptr ? cloud::to_string(instance->state) : "missing",
                  .labels = instance != nullptr ? &instance->labels : &want->place->labels,
                  .services = want != nullptr ? &want->services : &none,
                  .has_failed = options_.failed_nodes.contains(name)};
  std::int64_t index = 0;
  if (want == nullptr && instance != nullptr) {
    parse_node_name(instance->name, instance->cluster, subject.place, index);
  }
  return matches_any(options_.selectors, subject);
}

bool Builder::is_protected(const PlaceWant* want, std::string_view name,
                           const cloud::Instance* instance, std::string_view zone) const {
  if (protect_.empty()) return false;
  Subject subject{.name = name,
                  .cluster = instance != nullptr ? std::string_view(instance->cluster)
                                                 : std::string_view(want->cluster->name),
                  .place = want != nullptr ? std::string_view(want->place->code) : "",
                  .provider = want != nullptr ? std::string_view(want->network.provider) : "",
                  .region = want != nullptr ? std::string_view(want->network.region) : "",
                  .zone = zone,
                  .state = instance != nullptr ? cloud::to_string(instance->state) : "missing",
                  .labels = want != nullptr ? &want->place->labels : &instance->labels,
                  .services = want != nullptr ? &want->services : nullptr,
                  .has_failed = false};
  if (want == nullptr && instance != nullptr) {
    const auto at = provider_of_.find(instance);
    if (at != provider_of_.end()) subject.provider = at->second;
    subject.region = instance->region;
    std::int64_t index = 0;
    parse_node_name(instance->name, instance->cluster, subject.place, index);
  }
  return matches_any(protect_, subject);
}

std::optional<std::uint32_t> Builder::birth_of(const PlaceWant& want, bool is_protected) {
  require_resolution(want);
  const auto* resolution = resolution_of(want);
  if (resolution == nullptr) return std::nullopt;
  const auto known = births_.find({want.id(), is_protected});
  if (known != births_.end()) return known->second;
  const auto& place = *want.place;
  Birth birth;
  birth.project = config_.project.value;
  birth.cluster = want.cluster->name;
  birth.place = place.code;
  birth.provider = want.network.provider;
  birth.region = want.network.region;
  birth.network = want.network.name;
  birth.type = resolution->type;
  birth.type_why = resolution->type_why;
  birth.next_types = resolution->next_types;
  birth.zones = want.zones.empty() ? resolution->zones : want.zones;
  birth.image = resolution->image;
  birth.disk = {.gib = place.disk.size_gib ? place.disk.size_gib->value : 0,
                .type = std::string(config::to_string(place.disk.type.value))};
  birth.has_public_ip = place.has_public_ip;
  const auto* provider = observed_.find(want.network.provider);
  if (provider != nullptr && provider->capabilities.has_key_pairs) {
    birth.key_name = want.key_name;
    birth.public_key = want.public_key;
  }
  birth.identity = place.identity ? place.identity->value : "";
  birth.login_user = place.ssh->user ? place.ssh->user->value : resolution->image.login_user;
  for (const auto& key : place.ssh->keys) birth.ssh_keys.push_back(key.line());
  birth.user_data = config::compose_user_data(
      {.user = place.ssh->user ? place.ssh->user->value : std::string(),
       .keys = birth.ssh_keys,
       .content = place.user_data ? place.user_data->content : std::string()});
  if (const auto at = desired_.networks.find(want.network);
      at != desired_.networks.end() && at->second.config != nullptr) {
    for (const auto& id : at->second.config->firewalls) birth.extra_firewalls.push_back(id.value);
  }
  birth.labels = node_labels(want, config_.project.value, is_protected);
  plan_.births.push_back(std::move(birth));
  const auto index = static_cast<std::uint32_t>(plan_.births.size() - 1);
  births_.emplace(std::pair(want.id(), is_protected), index);
  return index;
}

void Builder::plan_place(const PlaceWant& want) {
  if (!is_visible(want.network.provider, want.network.region)) return;
  std::vector<Slot> slots;
  if (const auto at = present_.find(&want); at != present_.end()) {
    const std::string network = network_id(want.network);
    for (const auto& [index, instances] : at->second) {
      const auto* keeper = choose_among(instances, network);
      slots.push_back({index, keeper});
      for (const auto* instance : instances) {
        if (instance == keeper) continue;
        plan_removed(&want, *instance, Reason::duplicate,
                     fmt::format("{} has the same name and stays", keeper->id), true);
      }
    }
  }
  const auto* resolution = resolution_of(want);
  auto zones = want.zones;
  if (zones.empty() && resolution != nullptr) zones = resolution->zones;
  // A replacement brings nothing that was not there.
  const std::int64_t count = options_.replaces_selected ? static_cast<std::int64_t>(slots.size())
                                                        : want.place->count.value;
  const auto there = static_cast<std::int64_t>(slots.size());
  if (there > 0 && count >= there * surprising_growth) {
    plan_.notes.push_back(fmt::format("{} in {} grows from {} to {} nodes: a slip in its count?",
                                      want.cluster->name, want.place->code, there, count));
  }
  const auto allotment = allot(std::move(slots), count, zones);
  for (const auto& slot : allotment.kept) plan_kept(want, slot);
  for (const auto& node : allotment.made) plan_made(want, node);
  for (const auto& slot : allotment.surplus) {
    plan_removed(&want, *slot.instance, Reason::scaled_down,
                 fmt::format("the count is {}", want.place->count.value));
  }
}

void Builder::plan_kept(const PlaceWant& want, const Slot& slot) {
  const auto& instance = *slot.instance;
  const std::string name = config::node_name(want.cluster->name, want.place->code, slot.index);
  const auto& key = want.network;
  if (!is_selected(&want, name, &instance, key.provider, key.region, instance.zone)) return;
  const auto* firewall = has_infrastructure_ ? find_firewall(key, want.cluster->name) : nullptr;
  const auto* provider = observed_.find(key.provider);
  const NodeContext context{.project = config_.project.value,
                            .want = &want,
                            .capabilities = &provider->capabilities,
                            .resolution = resolution_of(want),
                            .network_id = network_id(key),
                            .firewall_id = firewall != nullptr ? firewall->id : std::string(),
                            .lives_elsewhere = other_network(key, instance.network_id),
                            .has_infrastructure = has_infrastructure_,
                            .is_protected = is_protected(&want, name, &instance, instance.zone)};
  auto diff = compare(instance, name, context);
  if (diff.needs_resolution) require_resolution(want);
  if (diff.action == Action::keep && has_lost_address(instance, want)) {
    // Lists may be behind, so that it is no reason to replace the node unasked.
    plan_.notes.push_back(
        fmt::format("{0} has no public address, though it was made with one: if it stays away, "
                    "`ccloud replace {0}` gives it another",
                    name));
  }
  if (options_.replaces_selected) {
    diff = NodeDiff{};
    const bool is_older =
        context.resolution == nullptr || context.resolution->image.id != instance.image;
    if (options_.only_older_images) require_resolution(want);
    if (!options_.only_older_images || is_older) {
      diff.action = Action::replace;
      diff.disturbs = true;
      diff.reason = options_.only_older_images ? Reason::image_changed : Reason::asked;
      diff.why = options_.only_older_images ? "there is a newer image" : "replace was asked for";
    }
  }
  Intent intent;
  intent.want = &want;
  intent.disturbs = diff.disturbs;
  auto& change = intent.change;
  change.address = "node." + name;
  change.action = diff.action;
  change.reason = diff.reason;
  change.why = std::move(diff.why);
  change.provider = key.provider;
  change.region = key.region;
  change.before = std::move(diff.before);
  change.after = std::move(diff.after);
  if (diff.action == Action::keep) {
    NodeWork work;  // of tens of thousands of nodes nothing, but of one that is still waited for
    if (instance.state == cloud::NodeState::pending) work.observed = instance;
    change.work = std::move(work);
    intents_.push_back(std::move(intent));
    return;
  }
  NodeWork work;
  work.cluster = want.cluster->name;
  work.place = want.place->code;
  work.index = slot.index;
  work.zone = instance.zone;
  work.observed = instance;
  work.firewall = want.cluster->name;
  work.network = key.name;
  if (diff.action == Action::update) {
    work.update = std::move(diff.update);
    work.update.node = cloud::ref_of(instance);
    work.update.node.name = name;
    work.joins_firewall = diff.joins_firewall;
    work.rotates_keys = diff.rotates_keys;
    work.starts = diff.starts;
  }
  change.work = std::move(work);
  if (diff.action == Action::replace) plan_replaced(want, intent, instance);
  intents_.push_back(std::move(intent));
}

/// The new one is made as the place asks for now, in the old one's zone if the place has it still.
void Builder::plan_replaced(const PlaceWant& want, Intent& intent,
                            const cloud::Instance& instance) {
  auto& work = std::get<NodeWork>(intent.change.work);
  if (!want.zones.empty() && std::ranges::find(want.zones, instance.zone) == want.zones.end()) {
    work.zone = want.zones[static_cast<std::size_t>(work.index - 1) % want.zones.size()];
  }
  work.birth = birth_of(want, is_protected(&want, instance.name, &instance, instance.zone));
  auto before = facts_of(instance);
  for (auto& fact : intent.change.before) {
    const auto at = std::ranges::find(before, fact.first, &Facts::value_type::first);
    if (at == before.end()) before.push_back(std::move(fact));
  }
  intent.change.before = std::move(before);
  auto after = facts_of(want, resolution_of(want), work.zone);
  for (auto& fact : intent.change.after) {
    const auto at = std::ranges::find(after, fact.first, &Facts::value_type::first);
    if (at == after.end()) after.push_back(std::move(fact));
  }
  intent.change.after = std::move(after);
}

void Builder::plan_made(const PlaceWant& want, const NewNode& node) {
  const std::string name = config::node_name(want.cluster->name, want.place->code, node.index);
  const auto& key = want.network;
  if (!is_selected(&want, name, nullptr, key.provider, key.region, node.zone)) return;
  Intent intent;
  intent.want = &want;
  auto& change = intent.change;
  change.address = "node." + name;
  change.action = Action::create;
  const bool is_gone = gone_names_.contains(name);
  change.reason = is_gone ? Reason::gone : Reason::not_there;
  change.why = is_gone ? "the cloud shows only a terminated one" : "it is not there yet";
  change.provider = key.provider;
  change.region = key.region;
  change.after = facts_of(want, resolution_of(want), node.zone);
  NodeWork work;
  work.cluster = want.cluster->name;
  work.place = want.place->code;
  work.index = node.index;
  work.zone = node.zone;
  work.firewall = want.cluster->name;
  work.network = key.name;
  work.birth = birth_of(want, is_protected(&want, name, nullptr, node.zone));
  change.work = std::move(work);
  intents_.push_back(std::move(intent));
}

void Builder::plan_removed(const PlaceWant* want, const cloud::Instance& instance, Reason reason,
                           std::string why, bool is_double) {
  const auto provider = provider_of_.at(&instance);
  if (!is_selected(want, instance.name, &instance, provider, instance.region, instance.zone)) {
    return;
  }
  Intent intent;
  intent.want = want;
  auto& change = intent.change;
  // Only one change may bear the plain name.
  change.address = "node." + instance.name;
  const bool is_taken =
      !is_destruction_ && want != nullptr && (reason == Reason::place_removed || is_double);
  if (is_taken || !removed_.insert(change.address).second) change.address += "@" + instance.id;
  change.action = Action::destroy;
  change.reason = reason;
  change.why = std::move(why);
  change.provider = provider;
  change.region = instance.region;
  change.before = facts_of(instance);
  NodeWork work;
  work.cluster = instance.cluster;
  std::string_view place;
  if (parse_node_name(instance.name, instance.cluster, place, work.index)) work.place = place;
  work.zone = instance.zone;
  work.observed = instance;
  if (!is_destruction_ && want == nullptr) {
    change.needs_prune = !options_.deployed_here.contains({work.cluster, work.place});
  }
  change.work = std::move(work);
  intents_.push_back(std::move(intent));
}

/// What the marks find and the file does not name any more.
void Builder::plan_strays() {
  if (options_.replaces_selected) return;
  for (const auto& stray : strays_) {
    const auto& instance = *stray.instance;
    if (stray.want != nullptr) {
      const auto& key = stray.want->network;
      plan_removed(stray.want, instance, Reason::place_removed,
                   fmt::format("its place is in {} {} now", key.provider, key.region));
      continue;
    }
    const bool has_cluster = config_.find_cluster(instance.cluster) != nullptr;
    plan_removed(nullptr, instance, has_cluster ? Reason::place_removed : Reason::cluster_removed,
                 has_cluster ? "its place is not in the config any more"
                             : fmt::format("cluster {} is not in the config any more",
                                           instance.cluster.empty() ? "?" : instance.cluster));
  }
}

}  // namespace ccloud::plan
