// Tags, of both products: ECS and VPC have the same calls for their own kinds of resources.
#include <algorithm>

#include "base/text.h"
#include "sim/alibaba/rpc.h"

namespace ccloud::sim::alibaba {
namespace {

/// The World's word for a ResourceType; empty for one that the product does not have.
std::string kind_of(const Rpc& rpc, bool is_vpc) {
  const auto kind = to_lower(rpc.get("ResourceType"));
  const auto kinds = is_vpc ? std::vector{"vpc", "vswitch"}
                            : std::vector{"instance", "disk", "securitygroup", "keypair"};
  return std::ranges::find(kinds, kind) == kinds.end() ? std::string() : kind;
}

Resource* find_tagged(const Rpc& rpc, const std::string& kind, const std::string& id) {
  if (kind == "instance") return find_machine(rpc, id);
  if (kind == "disk") return find_machine(rpc, instance_of_disk(id));
  if (kind != "keypair") return rpc.see<Resource>(kind, id);
  for (const auto& [serial, resource] : rpc.world.list(rpc.place, kind)) {
    if (resource->name == id) return resource;  // keys go by their names
  }
  return nullptr;
}

std::optional<Response> find_all(Rpc& rpc, bool is_vpc, std::vector<Resource*>& found) {
  if (auto bad = require(rpc, {"ResourceType", "ResourceId"})) return bad;
  const auto kind = kind_of(rpc, is_vpc);
  if (kind.empty())
    return fail(rpc, 404, "InvalidResourceType.NotFound", "The ResourceType does not exist.");
  const auto ids = rpc.list("ResourceId");
  if (ids.size() > 50)
    return fail(rpc, 400, "NumberExceed.ResourceIds", "At most 50 resources at a time.");
  for (const auto& id : ids) {
    found.push_back(find_tagged(rpc, kind, id));
    if (found.back() == nullptr)
      return fail(rpc, 404, "InvalidResourceId.NotFound", "The specified resource does not exist.");
  }
  return std::nullopt;
}

Response tag(Rpc& rpc, bool is_vpc) {
  std::vector<Resource*> found;
  if (auto bad = find_all(rpc, is_vpc, found)) return *bad;
  const auto tags = rpc.tags();
  if (tags.empty()) return missing(rpc, "Tag.1.Key");
  if (auto bad = check_tags(rpc)) return *bad;
  for (const auto* resource : found) {
    Tags all = resource->tags;
    for (const auto& [key, value] : tags) all[key] = value;
    if (all.size() > 20)
      return fail(rpc, 400, "NumberExceed.Tags",
                  "The maximum number of tags of a resource is exceeded.");
  }
  for (auto* resource : found) {
    for (const auto& [key, value] : tags) rpc.world.set_tag(*resource, key, value);
  }
  return done(rpc);
}

Response untag(Rpc& rpc, bool is_vpc) {
  std::vector<Resource*> found;
  if (auto bad = find_all(rpc, is_vpc, found)) return *bad;
  for (auto* resource : found) {
    auto keys = rpc.list("TagKey");
    if (keys.empty() && rpc.get("All") == "true") {
      for (const auto& [key, value] : resource->tags) keys.push_back(key);
    }
    for (const auto& key : keys) rpc.world.remove_tag(*resource, key);
  }
  return done(rpc);
}

Response list(Rpc& rpc, bool is_vpc) {
  if (auto bad = require(rpc, {"ResourceType"})) return *bad;
  const auto kind = kind_of(rpc, is_vpc);
  const auto ids = rpc.list("ResourceId");
  const auto name_of = [&](const Resource& one) { return kind == "keypair" ? one.name : one.id; };
  std::vector<Resource*> found;
  for (auto* one : rpc.all(kind)) {
    const auto* machine = dynamic_cast<const Machine*>(one);
    const bool is_wanted = ids.empty() || std::ranges::find(ids, name_of(*one)) != ids.end();
    if (is_wanted && !one->tags.empty() && (machine == nullptr || is_listed(rpc, *machine)))
      found.push_back(one);
  }
  const auto page = page_of(rpc, std::move(found), Paging::tokens, {.usual = 50, .most = 50});
  return succeed(rpc, [&](json::Writer& out) {
    write_page(out, page);
    out.key("TagResources").begin_object().key("TagResource").begin_array();
    for (const auto* one : page.items) {
      for (const auto& [key, value] : one->tags) {
        out.begin_object().member("ResourceId", name_of(*one));
        out.member("ResourceType", rpc.get("ResourceType"));
        out.member("TagKey", key).member("TagValue", value).end_object();
      }
    }
    out.end_array().end_object();
  });
}

template <Response (*run)(Rpc&, bool), bool is_vpc>
Response as(Rpc& rpc) {
  return run(rpc, is_vpc);
}

}  // namespace

std::vector<Operation> tag_operations() {
  return {{"ecs", "TagResources", true, as<tag, false>},
          {"ecs", "UntagResources", true, as<untag, false>},
          {"ecs", "ListTagResources", false, as<list, false>},
          {"vpc", "TagResources", true, as<tag, true>},
          {"vpc", "UnTagResources", true, as<untag, true>},
          {"vpc", "ListTagResources", false, as<list, true>}};
}

}  // namespace ccloud::sim::alibaba
