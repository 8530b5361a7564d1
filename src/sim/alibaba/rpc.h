// What every operation of the simulated Alibaba Cloud works with: the parameters, the caller's
// place in the World, and answers with their doubly wrapped lists.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "json/writer.h"
#include "sim/front.h"

namespace ccloud::sim::alibaba {

inline constexpr std::string_view cloud_name = "alibaba";

/// What a client token stands for.
struct Remembered {
  std::string fingerprint;  ///< of the parameters
  std::vector<std::string> ids;
};

struct Memory {
  std::unordered_map<std::string, Remembered> tokens;
  std::unordered_map<std::string, Time> nonces;
};

struct Rpc {
  World& world;
  Memory& memory;
  const Call& call;
  std::string action;
  std::map<std::string, std::string> params;
  Place place;
  std::string request_id;

  std::string get(const std::string& name, std::string otherwise = {}) const;
  bool is(const std::string& name, std::string_view value) const;  ///< that, or not asked for
  std::vector<std::string> list(const std::string& name) const;    ///< Name.1, Name.2 ...
  Tags tags() const;                                               ///< Tag.N.Key, Tag.N.Value
  bool has_all(const Resource& resource, const Tags& wanted) const;
  std::string new_id(std::string_view prefix) const {
    return std::string(prefix) + world.hex_id(20);
  }
  template <class T>
  T* see(std::string_view type, const std::string& id) const {
    auto* found = world.find_as<T>(place, id);
    return found != nullptr && found->type == type && World::is_visible(*found, call.as_of)
               ? found
               : nullptr;
  }
  /// Everything visible of that type that carries the tags of the request, in order.
  std::vector<Resource*> all(std::string_view type) const;
};

/// How an operation knows its region. The real endpoints are regional; this one serves all of them.
enum class Scope {
  region,    ///< the parameter RegionId is mandatory
  global,    ///< the same everywhere
  instance,  ///< InstanceId or DiskId says it; the request has no RegionId
};

struct Operation {
  std::string_view product;
  std::string_view name;
  bool is_write = false;
  Response (*run)(Rpc& rpc) = nullptr;
  Scope scope = Scope::region;
};
std::vector<Operation> instance_operations();
std::vector<Operation> lifecycle_operations();
std::vector<Operation> tag_operations();
std::vector<Operation> power_operations();
std::vector<Operation> network_operations();
std::vector<Operation> group_operations();
std::vector<Operation> catalogue_operations();

Response fail(const Rpc& rpc, int status, std::string_view code, std::string_view message);
/// {"RequestId": .., and what `write` adds}.
template <class Write>
Response succeed(const Rpc& rpc, Write write) {
  json::Writer out;
  out.begin_object().member("RequestId", rpc.request_id);
  write(out);
  out.end_object();
  return {.status = 200,
          .headers = {{"Content-Type", "application/json;charset=utf-8"}},
          .body = out.take()};
}
Response done(const Rpc& rpc);
Response missing(const Rpc& rpc, std::string_view parameter);
/// The refusal when one of them is not given.
std::optional<Response> require(const Rpc& rpc, std::initializer_list<const char*> parameters);
/// The tags of a request that carries some: at most 20, no reserved keys.
std::optional<Response> check_tags(const Rpc& rpc);
/// ["a", "b"] in one parameter; nullopt when it is no such list.
std::optional<std::vector<std::string>> json_list(const std::string& text);

/// "Tags": {"Tag": [{TagKey, TagValue}]}; VPC's lists say Key and Value.
void write_tags(json::Writer& out, const Resource& resource, bool is_vpc);
/// `name`: {`item`: [...]} of strings.
void write_list(json::Writer& out, std::string_view name, std::string_view item,
                const std::vector<std::string>& values);
/// "2026-01-02T03:04Z" and with seconds.
std::string minute_text(Time time);
std::string second_text(Time time);

/// Which ways of paging a list knows.
enum class Paging { numbers, tokens, both };

/// A page by NextToken and MaxResults, or by PageNumber and PageSize, as the request asks.
struct Page {
  std::vector<Resource*> items;
  std::size_t total = 0;
  std::string next;
  std::size_t number = 1;
  std::size_t size = 10;
  Paging paging = Paging::both;
};
struct PageSizes {
  std::size_t usual = 10;
  std::size_t most = 100;
};
Page page_of(const Rpc& rpc, std::vector<Resource*> all, Paging paging, PageSizes sizes);
void write_page(json::Writer& out, const Page& page);

/// What the client token of this request already made; checks that the parameters are the same.
/// A mismatch is answered in `refused`.
const Remembered* recall(Rpc& rpc, std::optional<Response>& refused);
void remember(Rpc& rpc, std::vector<std::string> ids);

struct RegionFacts {
  std::string_view name;
  std::string_view zones;  ///< letters
};
const std::vector<RegionFacts>& region_facts();
const RegionFacts* find_region(std::string_view name);
std::vector<std::string> zones_of(const RegionFacts& region);

struct TypeFacts {
  std::string name;
  std::string family;
  int cpus;
  int memory_gib;
  bool is_arm;
};
const std::vector<TypeFacts>& type_facts();
const TypeFacts* find_type(std::string_view name);

/// A machine that the lists show; deleted and failed ones are simply missing there.
bool is_listed(const Rpc& rpc, const Machine& machine);
/// Its group and switch cannot go before it. One that failed to come up is gone without a trace, as
/// in the real cloud, where a creation that fails after it was accepted lets the instance vanish.
bool is_there(const Machine& machine);
std::string_view status_of(const Rpc& rpc, const Machine& machine);
std::string_view status_in(const Machine& machine, Power power);
Machine* find_machine(const Rpc& rpc, const std::string& id);
Response no_such_instance(const Rpc& rpc);
/// A system disk has its instance's digits.
std::string instance_of_disk(std::string_view disk);

/// System images of a region.
void furnish(World& world, const Place& place);

}  // namespace ccloud::sim::alibaba
