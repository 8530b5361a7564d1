// What every OpenStack handler works with: the request taken apart, the caller's project and
// region, and answers in the shape of the service that speaks.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/reader.h"
#include "json/writer.h"
#include "sim/front.h"

namespace ccloud::sim::openstack {

enum class Service { identity, compute, network, image };

struct TokenRecord {
  std::string project;
  Time expires{};
};

/// What the front remembers beside the World.
struct Memory {
  std::unordered_map<std::string, TokenRecord> tokens;
};

struct Rest {
  World& world;
  Memory& memory;
  const Call& call;
  Service service = Service::identity;
  std::string base;  ///< "http://127.0.0.1:PORT", as the client sees us
  std::string method;
  Place place;                    ///< of the region in the path; for identity the first one
  std::vector<std::string> args;  ///< what the `{}` of the route matched
  std::vector<std::pair<std::string, std::string>> query;
  json::Value body;
  bool has_microversion(int minor) const { return microversion >= minor; }
  int microversion = 1;  ///< 2.N: N

  std::string param(std::string_view name) const;
  std::vector<std::string> params(std::string_view name) const;
  bool is_visible(const Resource& resource) const {
    return World::is_visible(resource, call.as_of);
  }
  template <class T>
  T* see(std::string_view type, const std::string& id) const {
    auto* found = world.find_as<T>(place, id);
    return found != nullptr && found->type == type && is_visible(*found) ? found : nullptr;
  }
};

using Handler = Response (*)(Rest&);
struct Route {
  Service service;
  std::string_view method;
  std::string_view path;  ///< after the version; `{}` matches one segment
  Handler run;
};
std::vector<Route> identity_routes();
std::vector<Route> image_routes();
std::vector<Route> server_routes();
std::vector<Route> compute_routes();
std::vector<Route> network_routes();
std::vector<Route> port_routes();
std::vector<Route> group_routes();

Response answer(int status, std::string json);
Response no_content(int status = 204);
/// Nova: {"badRequest": {"code", "message"}}; the key follows from the status.
Response nova_error(int status, std::string_view message);
/// Neutron: {"NeutronError": {"type", "message", "detail"}}.
Response neutron_error(int status, std::string_view type, std::string_view message);
/// Keystone: {"error": {"code", "message", "title"}}.
Response keystone_error(int status, std::string_view title, std::string_view message);
Response unauthorized(Service service);

/// "2026-01-02T03:04:05Z".
std::string time_text(Time time);

/// Elements `limit` long after `marker`, as Nova and Neutron page; and whether more follow.
struct Page {
  std::vector<Resource*> items;
  bool has_more = false;
};
Page page_of(const Rest& rest, std::vector<Resource*> all, std::size_t most);

inline constexpr std::string_view cloud_name = "openstack";
inline constexpr std::string_view region_names[] = {"RegionOne", "RegionTwo"};
inline constexpr std::string_view zone_names[] = {"nova", "nova-2"};

struct FlavorFacts {
  std::string_view id, name;
  int vcpus, memory_mib, disk_gib;
};
const std::vector<FlavorFacts>& flavor_facts();
const FlavorFacts* find_flavor(std::string_view id_or_name);

/// A network interface of a server, made before it or with it.
struct Port : Resource {
  std::string network;
  std::string subnet;
  std::string ip;
  std::string description;
  std::string device;
  std::string owner;  ///< device_owner
  std::vector<std::string> groups;
};

/// The port's floating address follows it to its server.
void bind_floating_ip(Rest& rest, const std::string& port_id, Machine* machine);
/// Makes a port in the network with an address of its first subnet (or `subnet`); null when full.
Port* make_port(Rest& rest, const std::string& network, const std::string& subnet);
void release_port(Rest& rest, Port& port);

/// What every project has from the start: images, the external network.
void furnish(World& world, const Place& place);

}  // namespace ccloud::sim::openstack
