// Decoding of `clusters`: what a cluster says, merged into each of its places.
#include <fmt/format.h>

#include "config/decode.h"
#include "diag/render.h"
#include "diag/suggest.h"
#include "json/writer.h"

namespace ccloud::config {

using diag::quote;
using json::Node;

namespace {

void put_labels(Labels& into, const Labels& from) {
  for (const auto& [key, value] : from) into.insert_or_assign(key, value);
}

/// The requirement's text that is hashed into the mark: what was asked for, whatever its layout.
std::string asked_text(const SizeRequest& request) {
  return fmt::format("cpu={} memory={}MiB arch={} burstable={}", request.cpu.value,
                     request.memory_mib.value, to_string(request.arch), request.is_burstable);
}

}  // namespace

struct Decoder::NodeDefaults {
  const Node* node = nullptr;
  std::shared_ptr<const Ssh> ssh;
  std::shared_ptr<const UserData> user_data;
  std::map<std::string, Located<std::string>> identity;
  Labels labels;  // the cluster's own, without the project's
};

void Decoder::clusters() {
  const Node* all = root_.get("clusters");
  if (all == nullptr || !all->is_object()) return;
  config_.clusters.reserve(all->members.size());
  for (const auto& member : all->members) {
    if (!member.value->is_object()) continue;
    draft_.cluster_index.emplace(member.key, config_.clusters.size());
    config_.clusters.push_back(cluster(member.key, *member.value));
    config_.clusters.back().span = member.key_span;
  }
}

Cluster Decoder::cluster(std::string_view name, const Node& node) {
  const Fields entry = fields(&node);
  Cluster cluster;
  cluster.name = name;
  cluster.span = node.span;
  cluster.labels = config_.labels;
  put_labels(cluster.labels, entry.labels("labels"));
  cluster.ssh = ssh(entry.object("ssh"));
  if (const Fields network = entry.object("network"); network.is_present())
    cluster.allow = rules(network.get("allow"));
  if (const Node* list = entry.get("existing"); list != nullptr)
    for (const Node* item : list->items)
      if (item->is_object()) cluster.existing.push_back(existing(cluster, *item));

  const NodeDefaults defaults{.node = &node,
                              .ssh = cluster.ssh,
                              .user_data = user_data(entry.get("user_data")),
                              .identity = by_provider(entry.get("identity")),
                              .labels = entry.labels("labels")};
  if (const Node* places = entry.get("place"); places != nullptr) {
    cluster.places.reserve(places->members.size());
    for (const auto& member : places->members) {
      if (!member.value->is_object()) continue;
      cluster.places.push_back(place(cluster, defaults, member.key, *member.value));
      cluster.places.back().span = member.key_span;
    }
  }
  return cluster;
}

const Node* Decoder::merged(const Node* base, const Node* over) {
  if (over == nullptr) return base;
  if (base == nullptr || !base->is_object() || !over->is_object()) return over;
  return json::merge_patch(tree_, base, *over);
}

Place Decoder::place(const Cluster& owner, const NodeDefaults& defaults, std::string_view code,
                     const Node& node) {
  const Fields entry = fields(&node);
  const Fields base = fields(defaults.node);
  Place place;
  place.cluster = owner.name;
  place.code = code;
  place.span = node.span;
  place.count = entry.integer("count").value_or(Located<std::int64_t>{-1, node.span});
  place.zones = entry.texts("zones");
  where(place, entry);
  labels(place, defaults, entry);
  check_own_size(base.get("size"), entry.get("size"), place);
  place.size = size(merged(base.get("size"), entry.get("size")), place);
  place.image = image(merged(base.get("image"), entry.get("image")), place);
  place.disk = disk(fields(merged(base.get("disk"), entry.get("disk"))));
  place.has_public_ip = entry.boolean_or("public_ip", base.boolean_or("public_ip", true));
  const Node* own_ssh = entry.get("ssh");
  place.ssh = own_ssh == nullptr ? defaults.ssh : ssh(fields(merged(base.get("ssh"), own_ssh)));
  const Node* own_data = entry.get("user_data");
  place.user_data = own_data == nullptr ? defaults.user_data : user_data(own_data);
  auto identity = defaults.identity;
  for (auto& [key, value] : by_provider(entry.get("identity"))) identity[key] = value;
  for (const auto& key : {place.provider.value, std::string(to_string(place.driver))})
    if (const auto it = identity.find(key); it != identity.end() && !place.identity)
      place.identity = it->second;
  return place;
}

void Decoder::where(Place& place, Fields entry) {
  const Network* network = nullptr;
  if (auto name = entry.text("network")) {
    const auto known = draft_.network_index.find(name->value);
    if (is_refused(*root_.node(), bad_, {"networks", name->value})) {
      // It was reported where it is.
    } else if (known == draft_.network_index.end()) {
      std::vector<std::string_view> names;
      for (const auto& candidate : config_.networks) names.push_back(candidate.name);
      error("unknown-reference", name->span,
            fmt::format("there is no network {} in \"networks\"", quote(name->value)),
            diag::suggest(name->value, names));
    } else {
      network = &config_.networks[known->second];
      place.provider = network->provider;
      place.region = network->region;
      place.network = std::move(name);
    }
  }
  const auto disagree = [&](const Located<std::string>& own, const Located<std::string>& theirs,
                            std::string_view what) {
    if (theirs.value.empty() || own.value == theirs.value) return;
    error("conflicting-keys", own.span,
          fmt::format("{} {} contradicts network {}, which is in {} {}", what, quote(own.value),
                      quote(network->name), what, quote(theirs.value)),
          theirs.value);
  };
  if (const auto name = entry.text("provider")) {
    const bool is_known = resolve_provider(*name) != nullptr;
    if (network != nullptr)
      disagree(*name, network->provider, "provider");
    else if (is_known)
      place.provider = *name;
  }
  if (const auto region = entry.text("region")) {
    if (network != nullptr)
      disagree(*region, network->region, "region");
    else
      place.region = *region;
  }
  if (const auto known = draft_.provider_index.find(place.provider.value);
      known != draft_.provider_index.end())
    place.driver = config_.providers[known->second].driver.value;
  if (place.region.span == Span{}) place.region.span = place.span;
}

void Decoder::labels(Place& place, const NodeDefaults& defaults, Fields entry) {
  place.labels = config_.labels;
  if (const auto known = draft_.provider_index.find(place.provider.value);
      known != draft_.provider_index.end())
    put_labels(place.labels, config_.providers[known->second].labels);
  // After the provider's, so that the narrower one wins.
  put_labels(place.labels, defaults.labels);
  put_labels(place.labels, entry.labels("labels"));
}

/// A requirement of the place's own may be a part only where the cluster has the rest.
void Decoder::check_own_size(const Node* base, const Node* own, const Place& place) {
  if (own == nullptr || !own->is_object() || (base != nullptr && base->is_object())) return;
  for (const auto key : {"cpu", "memory"}) {
    if (own->find(key) != nullptr) continue;
    error("missing-key", {own->span.begin, own->span.begin + 1},
          fmt::format("size of place {} needs the key {}", quote(place.code), quote(key)));
    if (base != nullptr)
      diagnostics_.items().back().hint = "it replaces the cluster's size, which is a name";
  }
}

Size Decoder::size(const Node* node, const Place& place) {
  Size size;
  if (node == nullptr) return size;
  size.span = node->span;
  if (node->is_string()) {
    const std::string written(node->text);
    size.asked = written;
    const auto entry = draft_.sizes.find(written);
    if (entry == draft_.sizes.end()) {
      if (!is_refused(*root_.node(), bad_, {"sizes", written})) size.type = written;
      return size;
    }
    size.requirement = entry->second;
  } else if (!node->is_object()) {
    return size;
  }
  SharedSize& shared = sizes_in_place_[node];
  if (!shared.request) {
    shared.request = size.requirement ? size.requirement : size_request(fields(node), "");
    shared.asked = asked_text(*shared.request);
  }
  size.requirement = shared.request;
  if (node->is_object() && node->members.empty()) return size;
  for (const auto& key : {place.provider.value, std::string(to_string(place.driver))})
    if (const auto pin = size.requirement->pins.find(key);
        pin != size.requirement->pins.end() && !size.type)
      size.type = pin->second.value;
  size.asked = size.type ? shared.asked + " pin=" + *size.type : shared.asked;
  return size;
}

Image Decoder::image(const Node* node, const Place& place) {
  Image image;
  if (node == nullptr || !node->is_string()) return image;
  image.asked = node->text;
  image.name = image.asked;
  image.span = node->span;
  const Node* written = root_.get("images");
  if (written != nullptr) written = written->find(image.asked);
  const bool is_empty = written != nullptr && written->is_object() && written->members.empty();
  for (const std::string_view key : {place.provider.value, std::string(to_string(place.driver))})
    if (is_empty || is_refused(*root_.node(), bad_, {"images", image.asked, key})) {
      image.kind = Image::Kind::reference;
      image.name.clear();
      return image;
    }
  const auto entry = images_.find(image.asked);
  if (entry == images_.end()) {
    if (!catalog::builtin().is_portable_image(image.name)) image.kind = Image::Kind::reference;
    return image;
  }
  image.kind = Image::Kind::reference;
  image.name.clear();
  for (const auto& key : {place.provider.value, std::string(to_string(place.driver))})
    if (const auto it = entry->second.find(key); it != entry->second.end() && image.name.empty())
      image.name = it->second.value;
  if (image.name.empty() && !place.provider.value.empty())
    error("unknown-image", node->span,
          fmt::format("image {} has no entry for provider {} or driver {}", quote(image.asked),
                      quote(place.provider.value), quote(to_string(place.driver))));
  return image;
}

Disk Decoder::disk(Fields entry) {
  Disk disk;
  if (const auto size = entry.text("size"))
    if (const auto mib = parse_mib(size->value)) disk.size_gib = {(*mib + 1023) / 1024, size->span};
  if (const auto type = entry.text("type"))
    disk.type = {type->value == "hdd" ? DiskType::hdd : DiskType::ssd, type->span};
  return disk;
}

std::vector<Rule> Decoder::rules(const Node* node) {
  std::vector<Rule> out;
  if (node == nullptr || !node->is_array()) return out;
  for (const Node* item : node->items)
    if (item->is_object() && !is_bad(*item)) out.push_back(rule(fields(item)));
  return out;
}

Rule Decoder::rule(Fields entry) {
  Rule rule;
  rule.span = entry.span();
  int protocols = 0;
  for (const auto key : {"tcp", "udp", "icmp"}) protocols += entry.node()->find(key) != nullptr;
  for (const auto& [key, protocol] :
       {std::pair{"tcp", Rule::Protocol::tcp}, std::pair{"udp", Rule::Protocol::udp}}) {
    const Node* ports = entry.get(key);
    if (ports == nullptr) continue;
    rule.protocol = protocol;
    const auto range = parse_ports(ports->text);
    if (!range) continue;
    const bool in_range = range->from >= 1 && range->to <= 65535;
    if (!in_range || range->from > range->to) {
      error("bad-rule", ports->span,
            in_range ? fmt::format("the range {} ends before it begins", quote(ports->text))
                     : fmt::format("the ports {} are outside 1 to 65535", quote(ports->text)),
            in_range ? std::optional(fmt::format("{}-{}", range->to, range->from)) : std::nullopt);
      continue;
    }
    rule.from_port = static_cast<std::uint16_t>(range->from);
    rule.to_port = static_cast<std::uint16_t>(range->to);
  }
  if (const Node* icmp = entry.get("icmp"); icmp != nullptr) {
    rule.protocol = Rule::Protocol::icmp;
    if (icmp->kind == json::Kind::boolean && !icmp->boolean)
      error("bad-rule", icmp->span, "\"icmp\" can only be true; leave the rule out instead",
            "true");
  }
  if (protocols > 1) return rule;  // reported; which of them is meant is not known
  if (const auto from = entry.text("from")) {
    rule.from_span = from->span;
    if (from->value == "project") {
      rule.source = Rule::Source::project;
    } else if (from->value.starts_with("cluster:")) {
      rule.source = Rule::Source::cluster;
      rule.cluster = from->value.substr(8);
    } else if (const auto cidr = parse_cidr(from->value)) {
      rule.cidr = *cidr;
    }
  }
  return rule;
}

Existing Decoder::existing(const Cluster& owner, const Node& node) {
  const Fields entry = fields(&node);
  Existing existing;
  existing.cluster = owner.name;
  existing.span = node.span;
  existing.ssh = owner.ssh;
  existing.labels = owner.labels;
  if (const auto name = entry.text("provider"))
    if (const Provider* provider = resolve_provider(*name); provider != nullptr) {
      existing.provider = *name;
      existing.driver = provider->driver.value;
    }
  existing.region = entry.text("region").value_or(Located<std::string>{{}, node.span});
  existing.match = entry.labels("match");
  return existing;
}

}  // namespace ccloud::config
