#include "config/model.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::config {
namespace {

template <class T>
const T* find_named(const std::vector<T>& items, std::string_view name) {
  const auto it = std::ranges::find(items, name, &T::name);
  return it == items.end() ? nullptr : &*it;
}

}  // namespace

std::string_view to_string(DiskType type) { return type == DiskType::ssd ? "ssd" : "hdd"; }

std::string_view to_string(Rule::Protocol protocol) {
  switch (protocol) {
    case Rule::Protocol::tcp:
      return "tcp";
    case Rule::Protocol::udp:
      return "udp";
    case Rule::Protocol::icmp:
      return "icmp";
  }
  return "tcp";
}

std::int64_t rounded_down(Quantity quantity, std::int64_t total) {
  return quantity.is_percent ? total * quantity.value / 100 : quantity.value;
}

std::int64_t rounded_up(Quantity quantity, std::int64_t total) {
  return quantity.is_percent ? (total * quantity.value + 99) / 100 : quantity.value;
}

std::int64_t batch_size(const Update& update, std::int64_t nodes) {
  if (nodes <= 0) return 0;
  std::int64_t batch = std::clamp<std::int64_t>(rounded_down(update.batch.value, nodes), 1, nodes);
  if (update.min_healthy)
    batch = std::min(batch, nodes - rounded_up(update.min_healthy->value, nodes));
  return std::max<std::int64_t>(batch, 0);
}

std::string SshKey::line() const {
  return comment.empty() ? fmt::format("{} {}", type, blob)
                         : fmt::format("{} {} {}", type, blob, comment);
}

bool Rule::operator==(const Rule& other) const {
  return protocol == other.protocol && from_port == other.from_port && to_port == other.to_port &&
         source == other.source && cidr == other.cidr && cluster == other.cluster;
}

std::string describe(const Rule& rule) {
  std::string out(to_string(rule.protocol));
  if (rule.protocol != Rule::Protocol::icmp) {
    out += fmt::format(" {}", rule.from_port);
    if (rule.to_port != rule.from_port) out += fmt::format("-{}", rule.to_port);
  }
  switch (rule.source) {
    case Rule::Source::cidr:
      return out + " from " + ccloud::to_string(rule.cidr);
    case Rule::Source::cluster:
      return out + " from cluster:" + rule.cluster;
    case Rule::Source::project:
      return out + " from project";
  }
  return out;
}

const Place* Cluster::find_place(std::string_view code) const {
  const auto it = std::ranges::find(places, code, &Place::code);
  return it == places.end() ? nullptr : &*it;
}

const Provider* Config::find_provider(std::string_view name) const {
  return find_named(providers, name);
}
const Network* Config::find_network(std::string_view name) const {
  return find_named(networks, name);
}
const Cluster* Config::find_cluster(std::string_view name) const {
  return find_named(clusters, name);
}
const Service* Config::find_service(std::string_view name) const {
  return find_named(services, name);
}

std::string default_cidr(std::string_view provider, std::string_view region) {
  const std::string digest = sha256(fmt::format("{}\n{}", provider, region));
  return fmt::format("10.{}.0.0/16", static_cast<unsigned char>(digest[0]));
}

std::string node_name(std::string_view cluster, std::string_view code, std::int64_t index) {
  return fmt::format("{}-{}-{}", cluster, code, index);
}

std::string fill_version(std::string_view text, std::string_view version) {
  return replace_all(text, "{version}", version);
}

}  // namespace ccloud::config
