// What every handler of the simulated Resource Manager works with: the request taken apart,
// look-ups by id without regard to case, answers, errors and asynchronous operations.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/reader.h"
#include "json/writer.h"
#include "sim/front.h"

namespace ccloud::sim::azure {

inline constexpr std::string_view cloud_name = "azure";

namespace type {
inline constexpr std::string_view group = "Microsoft.Resources/resourceGroups";
inline constexpr std::string_view machine = "Microsoft.Compute/virtualMachines";
inline constexpr std::string_view disk = "Microsoft.Compute/disks";
inline constexpr std::string_view network = "Microsoft.Network/virtualNetworks";
inline constexpr std::string_view subnet = "Microsoft.Network/virtualNetworks/subnets";
inline constexpr std::string_view security_group = "Microsoft.Network/networkSecurityGroups";
inline constexpr std::string_view application_group = "Microsoft.Network/applicationSecurityGroups";
inline constexpr std::string_view address = "Microsoft.Network/publicIPAddresses";
inline constexpr std::string_view interface = "Microsoft.Network/networkInterfaces";
}  // namespace type

struct Interface : Resource {
  std::string subnet;  ///< lower-case id, as all ids here
  std::string ip;
  std::string security_group;
  std::vector<std::string> application_groups;
  std::string address;
  bool address_dies = false;  ///< with the machine
  std::string machine;
  std::string config_name = "ip1";
};

struct Arm;
using Write = void (*)(json::Writer&, const Arm&, const Resource&);

/// What an operation waits for.
enum class Until { now, running, stopped, gone };

struct Operation {
  Until until = Until::now;
  std::string target;  ///< lower-case id
  std::string region;
  Time started{};
  Time ready{};
  std::string error_code;
  std::string error_message;
  Write result = nullptr;  ///< what the Location form shows of the target in the end
};

/// What the front remembers beside the World.
struct Memory {
  std::unordered_map<std::string, Time> tokens;  ///< to their ends
  std::unordered_map<std::string, Place> where;  ///< lower-case id to its place; may be stale
  std::unordered_map<std::string, Operation> operations;
  std::vector<std::string> dying_groups;
};

struct Arm {
  World& world;
  Memory& memory;
  const Call& call;
  std::string base;  ///< as the client sees us
  std::string method;
  std::string subscription;
  std::string version;  ///< api-version
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> query;
  json::Value body;

  std::string param(std::string_view name) const;
  Place place(std::string region) const {
    return {std::string(cloud_name), subscription, std::move(region)};
  }

  Resource* find(std::string_view id) const;  ///< any case
  template <class T>
  T* find_as(std::string_view id, std::string_view wanted) const {
    auto* found = dynamic_cast<T*>(find(id));
    return found != nullptr && found->type == wanted ? found : nullptr;
  }
  template <class T>
  T& add(T resource) {
    memory.where[resource.id] = resource.place;
    return world.add(std::move(resource));
  }
  /// All of a type that a list shows, in a group (its lower-case name) or everywhere.
  std::vector<Resource*> all(std::string_view wanted, std::string_view group) const;
  double count(std::string_view wanted, const std::string& region) const;
};

using Handler = Response (*)(Arm&);
struct Route {
  std::string_view method;
  std::string path;  ///< `{}` matches one segment; words in any case
  Handler run;
};
std::vector<Route> group_routes();
std::vector<Route> network_routes();
std::vector<Route> security_routes();
std::vector<Route> interface_routes();
std::vector<Route> machine_routes();
std::vector<Route> machine_put_routes();
std::vector<Route> action_routes();
std::vector<Route> disk_routes();
std::vector<Route> compute_routes();
std::vector<Route> operation_routes();

/// "/subscriptions/{}" and "/subscriptions/{}/resourceGroups/{}", the beginnings of all routes.
std::string in_subscription(std::string_view rest);
std::string in_group(std::string_view rest);
/// GET of a type's lists over a subscription and a group, and of one.
std::string providers_path(std::string_view wanted, bool one);

Response answer(int status, std::string json);
Response nothing(int status);
/// {"error": {"code", "message"}}.
Response refusal(int status, std::string_view code, std::string_view message);
Response not_found(const Arm& arm, std::string_view wanted, std::string_view name);
Response no_group(std::string_view name);

/// ".../resourceGroups/{group}/providers/{type}/{name}", in the case the group was made with.
std::string id_of(const Arm& arm, std::string_view wanted, std::string_view group,
                  std::string_view name);
/// The id as it is shown.
std::string shown_id(const Resource& resource);
std::string group_of(std::string_view id);  ///< lower case
std::string last_of(std::string_view id);
std::string field(const Resource& resource, std::string_view name);

/// name, id, type, location, tags, etag: what every resource begins with. Leaves the object open.
void write_head(json::Writer& out, const Resource& resource);

/// {"value": [...], "nextLink"} with `page` elements.
Response list(Arm& arm, std::string_view wanted, Write write, std::size_t page);
Response one(int status, const Arm& arm, Write write, const Resource& resource);

/// Checks of every PUT: the group, the name, the location, the tags, known members. Fills a new
/// resource's head, or finds the old one.
struct Order {
  std::string id;        ///< lower case
  std::string location;  ///< normal
  Tags tags;
  Resource* existing = nullptr;
  std::optional<Response> refused;
};
Order check_order(Arm& arm, std::string_view wanted, std::string_view members);
void fill(Resource& resource, const Arm& arm, const Order& order, std::string_view wanted);
void replace_tags(World& world, Resource& resource, const Tags& tags);
std::optional<Response> read_tags(json::Value tags, Tags& into);
/// nullopt: all members of `object` are among the words of `known`.
std::optional<Response> check_members(json::Value object, std::string_view known,
                                      std::string_view of);

/// Adds Azure-AsyncOperation, Location and Retry-After.
Response begin(Arm& arm, Response response, Operation operation);
/// 202 with nothing in it.
Response accepted(Arm& arm, Operation operation);

}  // namespace ccloud::sim::azure
