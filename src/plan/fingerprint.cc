// What a reviewed plan was made from, as one hash: config, observed state, resolutions, selectors.
#include <fmt/format.h>

#include "base/hash.h"
#include "cloud/marks.h"
#include "plan/counts.h"
#include "plan/desired.h"
#include "plan/planner.h"

namespace ccloud::plan {
namespace {

/// Length-prefixed, so that no two inputs collide.
class Text {
 public:
  Text& operator<<(std::string_view part) {
    fmt::format_to(std::back_inserter(out_), "{}:{},", part.size(), part);
    return *this;
  }
  Text& operator<<(std::int64_t number) {
    return *this << std::string_view(std::to_string(number));
  }
  Text& operator<<(const cloud::Labels& labels) {
    for (const auto& [key, value] : labels) *this << key << value;
    return *this << ";";
  }
  std::string digest() const { return sha256_hex(out_).substr(0, 32); }

 private:
  std::string out_;
};

/// States in passing do not make a plan stale.
std::string_view lasting(const cloud::Instance& instance) {
  if (is_gone(instance)) return "gone";
  if (is_broken(instance)) return "error";
  const bool is_down =
      instance.state == cloud::NodeState::stopped || instance.state == cloud::NodeState::stopping;
  return is_down ? "down" : "up";
}

void add_config(Text& text, const config::Config& config) {
  const auto desired = make_desired(config);
  text << config.project.value << config.environment;
  for (const auto& want : desired.places) {
    const auto& place = *want.place;
    text << want.id() << want.network.provider << want.network.region << want.network.name
         << place.count.value << cloud::encode_spec(want.spec) << std::int64_t(place.has_public_ip)
         << place.labels << (place.identity ? place.identity->value : "");
    for (const auto& zone : want.zones) text << zone;
    text << ";";
  }
  for (const auto& [key, want] : desired.networks) {
    text << key.provider << key.region << key.name << want.cidr
         << (want.config != nullptr && want.config->id ? want.config->id->value : "");
  }
  for (const auto& cluster : config.clusters) {
    text << cluster.name;
    for (const auto& rule : cluster.allow) text << config::describe(rule);
  }
  for (const auto& protect : config.guards.protect) text << protect.value;
}

void add_region(Text& text, const cloud::RegionInventory& region) {
  text << region.region << std::int64_t(region.error.has_value());
  for (const auto& node : region.nodes) {
    if (is_gone(node)) continue;
    text << node.id << node.name << node.cluster << node.spec << node.type << node.zone
         << lasting(node) << std::int64_t(node.is_power_off_wanted) << node.labels
         << node.network_id;
    for (const auto& id : node.firewall_ids) text << id;
  }
  for (const auto& network : region.networks) {
    text << network.id << network.name << std::int64_t(network.is_complete);
  }
  for (const auto& firewall : region.firewalls) {
    text << firewall.id << firewall.name;
    for (const auto& rule : firewall.rules) {
      text << std::int64_t(rule.protocol) << rule.from_port << rule.to_port << rule.cidr
           << rule.group;
    }
  }
  for (const auto& key : region.keys) text << key.id << key.name;
}

}  // namespace

std::string fingerprint(const config::Config& config, const Observed& observed,
                        const Resolutions& resolutions, const PlanOptions& options) {
  Text text;
  add_config(text, config);
  for (const auto& [name, provider] : observed.providers) {
    text << name << std::int64_t(provider.error.has_value());
    for (const auto& region : provider.inventory.regions) add_region(text, region);
  }
  for (const auto& [place, resolution] : resolutions) {
    text << place;
    if (!resolution) continue;
    text << resolution->type << resolution->image.id;
    for (const auto& zone : resolution->zones) text << zone;
  }
  for (const auto& selector : options.selector_texts) text << selector;
  text << std::int64_t(options.replaces_selected) << std::int64_t(options.only_older_images);
  return text.digest();
}

}  // namespace ccloud::plan
