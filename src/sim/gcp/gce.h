// What every handler of the simulated Compute Engine works with: the request taken apart, look-ups
// by name, references as URLs, answers, errors and operations.
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

namespace ccloud::sim::gcp {

inline constexpr std::string_view cloud_name = "gcp";

/// The collections, as URLs name them; a resource's `type` in the World is one of them.
namespace type {
inline constexpr std::string_view instances = "instances";
inline constexpr std::string_view disks = "disks";
inline constexpr std::string_view networks = "networks";
inline constexpr std::string_view subnetworks = "subnetworks";
inline constexpr std::string_view firewalls = "firewalls";
inline constexpr std::string_view addresses = "addresses";
}  // namespace type

/// The one project: its ids, its accounts. Secrets are derived from the simulator's own.
struct Project {
  std::string id, number;
  std::string email;            ///< of the service account whose key the simulator gives out
  std::string default_account;  ///< Compute Engine's own, for machines
  std::string node_account;     ///< another one that machines may have
  std::string user_email, client_id, client_secret, refresh_token;  ///< the authorised user
  std::string subject_token;                                        ///< for workload federation
};
Project project_of(const World& world);

/// An access token that was given out.
struct Token {
  Time ends{};
  std::vector<std::string> scopes;
  std::string email;
};

/// What an operation waits for.
enum class Until { now, running, stopped, gone };

struct Operation {
  std::string name, id;
  std::string kind;   ///< operationType: "insert", "delete", "setLabels"
  std::string scope;  ///< "zones/Z", "regions/R" or "global"
  std::string target_link, target_id;
  std::string user, request_id, group;
  Until until = Until::now;
  Place place;  ///< of the target
  bool is_done = false;
  Time started{}, ready{}, ended{};
  std::string error_code, error_message;  ///< both empty: it succeeds
  int error_status = 400;
};

/// Where a name leads; the resource may be gone by now.
struct Entry {
  Place place;
  std::string id;
};
using Names = std::map<std::string, Entry, std::less<>>;

/// What the front remembers beside the World.
struct Memory {
  std::unordered_map<std::string, Token> tokens;
  /// By collection and scope.
  std::map<std::pair<std::string, std::string>, Names> names;
  std::map<std::string, std::map<std::string, Operation>> operations;  ///< by scope, name
  std::unordered_map<std::string, std::pair<std::string, std::string>> requests;  ///< by requestId
  std::unordered_map<std::string, std::pair<std::string, std::string>> boots;     ///< by machine
  Tags common_metadata;  ///< of the project
  bool is_furnished = false;
};

struct Gce {
  World& world;
  Memory& memory;
  const Call& call;
  const Project& project;
  std::string user;               ///< who calls
  std::string owner;              ///< the project in the path
  std::string zone;               ///< in the path, else empty
  std::string region;             ///< in the path, or the zone's, else empty
  std::vector<std::string> args;  ///< what the other `{}` of the route matched
  std::vector<std::pair<std::string, std::string>> query;
  json::Value body;
  std::string request_id;

  std::string param(std::string_view name) const;
  bool has_param(std::string_view name) const;
  std::string scope() const;  ///< "zones/Z", "regions/R" or "global"
  Place place() const { return place_of(scope()); }
  Place place_of(std::string_view scope) const;

  /// By name or number; null when there is none (any more). Sees what is not visible yet.
  Resource* find(std::string_view collection, const std::string& scope,
                 std::string_view name) const;
  template <class T>
  T* find_as(std::string_view collection, const std::string& scope, std::string_view name) const {
    return dynamic_cast<T*>(find(collection, scope, name));
  }
  /// The resource that the path names, as a read of this call sees it.
  template <class T>
  T* target(std::string_view collection) const {
    auto* found = find_as<T>(collection, scope(), args.at(0));
    return found != nullptr && World::is_visible(*found, call.as_of) ? found : nullptr;
  }
  /// Adds it under its name; fills `id` where it is empty.
  template <class T>
  T& add(T resource, const std::string& scope) {
    prepare(resource, scope);
    return world.add(std::move(resource));
  }
  void prepare(Resource& resource, const std::string& scope) const;
  void remove(Resource& resource) const;
  /// All names of a collection in a scope; those that are gone are forgotten on the way.
  std::vector<Resource*> all(std::string_view collection, const std::string& scope) const;
  std::string link(std::string_view scope, std::string_view collection,
                   std::string_view name) const;
};

using Handler = Response (*)(Gce&);
struct Route {
  std::string_view id;  ///< the method's: "instances.insert"; what faults and counts go by
  std::string_view method;
  std::string_view path;  ///< after the project; `{}` matches one segment
  Handler run;
  std::string_view params;  ///< what it takes in the query beside the usual
  std::string_view body;    ///< the schema of its body (schema.cc), or empty
};
std::vector<Route> catalogue_routes();
std::vector<Route> image_routes();
std::vector<Route> operation_routes();
std::vector<Route> network_routes();
std::vector<Route> subnetwork_routes();
std::vector<Route> firewall_routes();
std::vector<Route> address_routes();
std::vector<Route> disk_routes();
std::vector<Route> instance_routes();
std::vector<Route> insert_routes();
std::vector<Route> action_routes();
std::vector<Route> attribute_routes();

// Answers.
Response answer(int status, std::string json);
/// {"error": {"code", "message", "errors": [{"message", "domain", "reason"}]}}.
Response refusal(int status, std::string_view reason, std::string_view message);
/// 400 "Invalid value for field 'FIELD': 'VALUE'. WHY".
Response invalid(std::string_view field, std::string_view value, std::string_view why);
Response missing(std::string_view field);
/// 404 for "zones/Z/instances/N".
Response not_found(const Gce& gce, std::string_view path);
Response not_found_target(const Gce& gce, std::string_view collection);
Response not_ready(const Gce& gce, const Resource& resource);
Response exists(const Gce& gce, std::string_view path);
Response stale_fingerprint(std::string_view what);

// Names, numbers, times.
bool is_name(std::string_view text);
std::optional<Response> check_name(std::string_view field, std::string_view name);
std::optional<Response> check_labels(json::Value labels, std::string_view field, Tags& into);
/// 64-bit ids are digits.
std::string numeric_id(World& world);
std::string stable_id(std::string_view text);
/// RFC 3339 with milliseconds and Pacific time's offset, as the real ones.
std::string time_text(Time time);
/// Of any content: changes with it.
std::string fingerprint(const Tags& content);
std::string fingerprint(std::string_view content);
void replace_labels(World& world, Resource& resource, const Tags& labels);
/// Of its labels; the simulator's own one does not count.
std::string label_fingerprint(const Resource& resource);
std::string field(const Resource& resource, std::string_view name);
/// A machine that has ended or never came up; null is gone, too.
bool is_gone(const Resource* resource);
std::string scope_of(const Resource& resource);
/// "projects/P/zones/Z/instances/N".
std::string path_of(const Resource& resource);
std::string link_of(const Resource& resource);
std::string last_of(std::string_view url);

/// A reference to a resource: a URL in full or from projects/, zones/, regions/, global/.
struct Reference {
  std::string project;  ///< empty: the caller's
  std::string scope, collection, name;
  bool is_family = false;  ///< global/images/family/NAME
};
std::optional<Reference> parse_reference(std::string_view url);

/// Makes the operation and answers with it. `target` may be null (gone, or never made).
Response begin(Gce& gce, std::string_view kind, const Resource* target, Operation operation = {});
/// Of something that is not there (any more).
Response begin_at(Gce& gce, std::string_view kind, const std::string& link, const std::string& id,
                  Operation operation);
Response show_operation(Gce& gce, Operation& operation);

/// What every project has from the start: the default network.
void furnish(Gce& gce);

}  // namespace ccloud::sim::gcp
