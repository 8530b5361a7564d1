// From config to wants: names, marks, and the implicit networks.
#include "plan/desired.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::plan {
namespace {

/// A type written as such decides the architecture, where the catalogue knows it.
catalog::Arch arch_of(const config::Place& place, catalog::Driver driver) {
  if (place.size.requirement) {
    return place.size.requirement->arch == config::Arch::arm64 ? catalog::Arch::arm64
                                                               : catalog::Arch::x86_64;
  }
  const auto* type = catalog::builtin().find_type(driver, place.size.type.value_or(""));
  return type != nullptr && type->arm64 && !type->x86_64 ? catalog::Arch::arm64
                                                         : catalog::Arch::x86_64;
}

/// What was asked, not how it is spelled: an alias of an image may be renamed.
std::string image_text(const config::Place& place, catalog::Arch arch) {
  return fmt::format("{}:{}:{}", place.image.kind == config::Image::Kind::portable ? "p" : "r",
                     place.image.name, catalog::to_string(arch));
}

std::string size_text(const config::Size& size) {
  if (size.type.has_value()) return "type:" + *size.type;
  if (!size.requirement) return size.asked;
  const auto& need = *size.requirement;
  return fmt::format("cpu:{} memory:{} arch:{} burstable:{}", need.cpu.value, need.memory_mib.value,
                     config::to_string(need.arch), need.is_burstable);
}

std::string keys_text(const config::Ssh& ssh) {
  std::vector<std::string> keys;
  for (const auto& key : ssh.keys) keys.push_back(key.type + " " + key.blob);
  std::ranges::sort(keys);
  return (ssh.user ? ssh.user->value : std::string()) + "\n" + join(keys, "\n");
}

/// Clouds register RSA and Ed25519 keys only; the others travel by user data.
std::string registrable_key(const config::Ssh& ssh) {
  for (const auto& key : ssh.keys) {
    if (key.type == "ssh-ed25519" || key.type == "ssh-rsa") return key.type + " " + key.blob;
  }
  return {};
}

cloud::SpecMark spec_of(const config::Place& place, catalog::Arch arch) {
  cloud::SpecMark mark;
  mark.image = cloud::spec_part(image_text(place, arch));
  mark.keys = cloud::spec_part(keys_text(*place.ssh));
  mark.disk = disk_part(place.disk);
  mark.user_data = cloud::spec_part(place.user_data ? place.user_data->content : std::string());
  mark.size = cloud::spec_part(size_text(place.size));
  mark.address = place.has_public_ip ? "1" : "0";
  return mark;
}

/// Those that the subnets of the place's existing network are for; empty: any.
std::vector<std::string> subnet_zones(const config::Config& config, const config::Place& place) {
  std::vector<std::string> zones;
  const auto* network = place.network ? config.find_network(place.network->value) : nullptr;
  if (network == nullptr) return zones;
  for (const auto& [key, id] : network->subnets) {
    zones.push_back(
        catalog::subnet_zone(place.driver, place.region.value, key, network->subnets.size()));
    if (zones.back().empty()) return {};
  }
  return zones;
}

void add_services(PlaceWant& want, const config::Config& config) {
  for (const auto& service : config.services) {
    const bool is_here = std::ranges::any_of(
        service.clusters, [&](const auto& cluster) { return cluster.value == want.cluster->name; });
    if (!is_here) continue;
    want.services.push_back(service.name);
    want.updates.push_back(&service.update);
  }
}

PlaceWant place_want(const config::Config& config, const config::Cluster& cluster,
                     const config::Place& place) {
  PlaceWant want;
  want.cluster = &cluster;
  want.place = &place;
  want.driver = place.driver;
  want.arch = arch_of(place, want.driver);
  want.network = {place.provider.value, place.region.value,
                  place.network ? place.network->value : std::string(default_network)};
  for (const auto& zone : place.zones) {
    want.zones.push_back(catalog::full_zone(want.driver, place.region.value, zone.value));
  }
  want.subnet_zones = subnet_zones(config, place);
  want.spec = spec_of(place, want.arch);
  want.public_key = registrable_key(*place.ssh);
  if (!want.public_key.empty()) {
    // The key is part of the name: a changed key is a new one, and nothing has to be replaced.
    want.key_name = fmt::format("ccloud-{}-{}-{}", config.project.value, cluster.name,
                                cloud::spec_part(want.public_key));
  }
  add_services(want, config);
  return want;
}

NetworkWant network_want(const config::Config& config, const NetworkKey& key, bool is_implicit) {
  NetworkWant want;
  want.key = key;
  want.config = is_implicit ? nullptr : config.find_network(key.name);
  if (want.config == nullptr) {
    want.cidr = config::default_cidr(key.provider, key.region);
  } else if (want.config->cidr) {
    want.cidr = to_string(want.config->cidr->value);
  }
  want.labels = config.labels;
  if (const auto* provider = config.find_provider(key.provider)) {
    for (const auto& [name, value] : provider->labels) want.labels[name] = value;
  }
  want.labels[std::string(cloud::mark_project)] = config.project.value;
  want.labels[std::string(cloud::mark_network)] = key.name;
  return want;
}

}  // namespace

cloud::NetworkSpec NetworkWant::spec() const {
  cloud::NetworkSpec spec{.name = key.name, .region = key.region, .cidr = cidr, .labels = labels};
  if (is_owned()) return spec;
  spec.id = config->id->value;
  for (const auto& [zone, subnet] : config->subnets) spec.subnets[zone] = subnet.value;
  return spec;
}

std::string PlaceWant::id() const { return cluster->name + "/" + place->code; }

const PlaceWant* Desired::find_place(std::string_view cluster, std::string_view code) const {
  for (const auto& want : places) {
    if (want.cluster->name == cluster && want.place->code == code) return &want;
  }
  return nullptr;
}

Desired make_desired(const config::Config& config) {
  Desired desired;
  desired.config = &config;
  for (const auto& cluster : config.clusters) {
    for (const auto& place : cluster.places) {
      auto want = place_want(config, cluster, place);
      if (!desired.networks.contains(want.network)) {
        desired.networks.emplace(want.network,
                                 network_want(config, want.network, !place.network.has_value()));
      }
      auto& firewall = desired.firewalls[{want.network, cluster.name}];
      firewall.network = want.network;
      firewall.cluster = &cluster;
      firewall.is_needed |= place.count.value > 0;
      desired.places.push_back(std::move(want));
    }
  }
  return desired;
}

std::string disk_part(const config::Disk& disk) {
  const int type = disk.type.value == config::DiskType::hdd ? 2 : 1;
  return fmt::format("{:x}{:06x}", type, disk.size_gib ? disk.size_gib->value : 0);
}

DiskAsked parse_disk_part(std::string_view part) {
  DiskAsked asked;
  if (part.size() != 7) return asked;
  const auto digits = part.substr(1);
  std::from_chars(digits.data(), digits.data() + digits.size(), asked.gib, 16);
  if (part.front() == '1') asked.type = "ssd";
  if (part.front() == '2') asked.type = "hdd";
  return asked;
}

}  // namespace ccloud::plan
