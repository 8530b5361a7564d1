// Networks, security groups and key pairs. Neutron has no tokens and no unique names, so whatever
// is made is looked up by its deterministic name first, and of doubles one counts for everybody
// (election.cc); within a network a subnet's range is naturally unique.
#include <algorithm>

#include <fmt/format.h>

#include "async/group.h"
#include "base/text.h"
#include "catalog/catalog.h"
#include "cloud/existing.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "json/writer.h"
#include "providers/openstack/driver.h"
#include "providers/openstack/neutron.h"

namespace ccloud::openstack {
namespace {

constexpr cloud::PollPolicy until_unplugged{.first = std::chrono::seconds(1),
                                            .most = std::chrono::seconds(10),
                                            .deadline = std::chrono::minutes(5)};

bool is_in_use(const Error& error) { return error.code == ErrorCode::conflict; }

std::string project_of(const cloud::Labels& labels) {
  const auto found = labels.find(std::string(cloud::mark_project));
  return found == labels.end() ? std::string() : found->second;
}

/// {"network": {"name": .., "description": .., ...}} with more members by `more`.
template <class More>
std::string encode_named(std::string_view kind, std::string_view name, std::string_view project,
                         More more) {
  json::Writer out;
  out.begin_object().key(kind).begin_object().member("name", name);
  out.member("description", description_of(project));
  more(out);
  out.end_object().end_object();
  return out.take();
}

}  // namespace

Task<json::Document> Driver::neutron(Context ctx, std::string region, std::string method,
                                     std::string path, std::string body, std::string what) {
  const bool is_create = method == "POST";
  co_return co_await api_.send(ctx, {.region = std::move(region),
                                     .service = Service::network,
                                     .method = std::move(method),
                                     .path = std::move(path),
                                     .body = std::move(body),
                                     .idempotency = is_create ? async::Idempotency::not_idempotent
                                                              : async::Idempotency::idempotent,
                                     .what = std::move(what)});
}

Task<std::string> Driver::external_network(Context ctx, std::string region) {
  const auto found = co_await neutron(ctx, region, "GET", "/networks?router:external=true", "",
                                      "looking for an external network");
  const auto items = found.root().get("networks").items();
  for (const auto& item : items) {
    if (item.get("is_default").bool_or(false)) co_return item.get("id").string_or();
  }
  std::vector<std::string> ids;
  for (const auto& item : items) ids.push_back(item.get("id").string_or());
  std::ranges::sort(ids);
  co_return ids.empty() ? std::string() : ids.front();
}

Task<cloud::Network> Driver::existing_network(Context ctx, cloud::NetworkSpec spec) {
  const auto found =
      co_await neutron(ctx, spec.region, "GET", "/networks/" + percent_encode(spec.id), "",
                       fmt::format("looking for network {}", spec.id))
          .result();
  if (!found && cloud::is_missing(found.error())) co_return cloud::no_such_network(spec);
  if (!found) co_return found.error();
  const auto shown = found->root().get("network");
  auto network = parse_network(shown, spec.region);
  network.name = spec.name;
  network.is_owned = false;
  std::vector<cloud::Subnet> seen;
  for (const auto& one : shown.get("subnets").items()) {
    seen.push_back({.id = one.string_or(), .zone = "", .cidr = ""});
  }
  std::vector<cloud::Subnet> wanted;  // none: Neutron chooses among all of them
  for (const auto& [key, id] : spec.subnets) {
    const auto zone =
        catalog::subnet_zone(catalog::Driver::openstack, spec.region, key, spec.subnets.size());
    wanted.push_back({.id = id, .zone = zone, .cidr = ""});
  }
  network.subnets = co_await cloud::chosen_subnets(spec, std::move(wanted), seen);
  co_return network;
}

/// Empty in a closed cloud, whose nodes are reached inside.
Task<Driver::Thing> Driver::ensure_router(Context ctx, cloud::NetworkSpec spec) {
  const auto external = co_await external_network(ctx, spec.region);
  if (external.empty()) co_return Thing{};
  const auto project = project_of(spec.labels);
  const auto full = resource_name(project, "router", spec.name);
  const auto body = encode_named("router", full, project, [&](json::Writer& out) {
    out.key("external_gateway_info").begin_object().member("network_id", external).end_object();
  });
  co_return co_await find_or_create(ctx, spec.region, "router", "?name=" + percent_encode(full),
                                    body);
}

Task<void> Driver::connect_router(Context ctx, std::string region, std::string router,
                                  Thing subnet) {
  if (subnet.made) co_return co_await plug_in(ctx, region, router, subnet.id).result();
  const auto ports = co_await neutron(ctx, region, "GET", "/ports?device_id=" + router, "",
                                      "looking at the router's interfaces");
  for (const auto& port : ports.root().get("ports").items()) {
    for (const auto& address : port.get("fixed_ips").items()) {
      if (address.get("subnet_id").string_or() == subnet.id) co_return {};
    }
  }
  co_return co_await plug_in(ctx, region, router, subnet.id).result();
}

Task<void> Driver::plug_in(Context ctx, std::string region, std::string router,
                           std::string subnet) {
  const auto added =
      co_await neutron(ctx, region, "PUT", "/routers/" + router + "/add_router_interface",
                       fmt::format(R"({{"subnet_id":{}}})", json::quoted(subnet)),
                       "adding the router's interface")
          .result();
  // Another machine added it in between: the address is taken by the same router.
  if (!added && added.error().code != ErrorCode::conflict &&
      added.error().code != ErrorCode::invalid_argument) {
    co_return added.error();
  }
  co_return {};
}

Task<void> Driver::set_tags(Context ctx, std::string region, std::string path,
                            cloud::Labels labels) {
  // The tag extension may be missing; names and descriptions carry the marks then.
  co_await cloud::effect_of(
      neutron(ctx, region, "PUT", path + "/tags", encode_tags(labels), "writing tags"),
      cloud::is_missing);
  co_return {};
}

Task<cloud::Network> Driver::choose_network(Context ctx, cloud::NetworkSpec spec) {
  if (!spec.id.empty()) co_return co_await existing_network(ctx, spec);
  const auto project = project_of(spec.labels);
  const auto full = resource_name(project, "network", spec.name);
  const auto body = encode_named("network", full, project, [](json::Writer&) {});
  // A router stands by itself: it is found again, by its name, once the network has its subnet.
  std::vector<Task<Thing>> parts;
  parts.push_back(
      find_or_create(ctx, spec.region, "network", "?name=" + percent_encode(full), body));
  parts.push_back(ensure_router(ctx, spec));
  auto made = co_await async::when_all(ctx.loop(), std::move(parts));
  const auto id = (co_await std::move(made[0])).id;
  co_await std::move(made[1]);
  co_return cloud::Network{.id = id,
                           .name = spec.name,
                           .region = spec.region,
                           .cidr = spec.cidr,
                           .subnets = {},
                           .is_owned = true,
                           .is_complete = false,
                           .labels = spec.labels};
}

Task<cloud::Network> Driver::complete_network(Context ctx, cloud::NetworkSpec spec,
                                              cloud::Network chosen) {
  if (!chosen.is_owned) co_return chosen;
  const auto project = project_of(spec.labels);
  const auto body = encode_named(
      "subnet", resource_name(project, "subnet", spec.name), project, [&](json::Writer& out) {
        out.member("network_id", chosen.id).member("cidr", spec.cidr).member("ip_version", 4);
        out.member("enable_dhcp", true);
      });
  std::vector<Task<Thing>> parts;
  parts.push_back(find_or_create(ctx, spec.region, "subnet", "?network_id=" + chosen.id, body));
  parts.push_back(ensure_router(ctx, spec));
  auto made = co_await async::when_all(ctx.loop(), std::move(parts));
  auto subnet = co_await std::move(made[0]);
  const auto router = (co_await std::move(made[1])).id;
  chosen.subnets = {{.id = subnet.id, .zone = "", .cidr = spec.cidr}};
  if (!router.empty()) co_await connect_router(ctx, spec.region, router, std::move(subnet));
  // Last: a network whose labels differ is completed by the next run.
  co_await set_tags(ctx, spec.region, "/networks/" + chosen.id, spec.labels);
  chosen.is_complete = true;
  co_return chosen;
}

Task<void> Driver::delete_router(Context ctx, std::string region, std::string router) {
  const auto ports = co_await neutron(ctx, region, "GET", "/ports?device_id=" + router, "",
                                      "looking at the router's interfaces");
  for (const auto& port : ports.root().get("ports").items()) {
    const auto owner = port.get("device_owner").string_or();
    if (owner.find("router_interface") == std::string::npos) continue;
    for (const auto& address : port.get("fixed_ips").items()) {
      const auto body =
          fmt::format(R"({{"subnet_id":{}}})", json::quoted(address.get("subnet_id").string_or()));
      co_await neutron(ctx, region, "PUT", "/routers/" + router + "/remove_router_interface", body,
                       "removing the router's interface");
    }
  }
  co_await neutron(ctx, region, "DELETE", "/routers/" + router, "", "deleting the router");
  forget(router);
  co_return {};
}

/// The router that joins the network, whatever it is called; only one of ours.
Task<void> Driver::delete_routers_of(Context ctx, cloud::Network network) {
  const auto ours = description_of(project_of(network.labels));
  const auto ports = co_await neutron(ctx, network.region, "GET", "/ports?network_id=" + network.id,
                                      "", "looking for the router");
  for (const auto& port : ports.root().get("ports").items()) {
    if (port.get("device_owner").string_or().find("router_interface") == std::string::npos)
      continue;
    const auto id = port.get("device_id").string_or();
    const auto router =
        co_await neutron(ctx, network.region, "GET", "/routers/" + id, "", "reading the router");
    if (router.root().get("router").get("description").string_or() != ours) continue;
    co_await delete_router(ctx, network.region, id);
  }
  co_return {};
}

/// In use: what Nova still unplugs, and ports that a killed run left, which go for the next try.
Task<void> Driver::delete_network_once(Context ctx, cloud::Network network) {
  const auto gone =
      co_await cloud::effect_of(neutron(ctx, network.region, "DELETE", "/networks/" + network.id,
                                        "", fmt::format("deleting network {}", network.name)),
                                cloud::is_missing)
          .result();
  if (gone) {
    forget(network.id);
    co_return {};
  }
  const auto project = project_of(network.labels);
  if (is_in_use(gone.error()) && !project.empty()) {
    co_await delete_ports(ctx, network.region,
                          fmt::format("?network_id={}&description={}", network.id,
                                      percent_encode(description_of(project))),
                          {});
  }
  co_return gone.error();
}

Task<void> Driver::delete_network(Context ctx, cloud::Network network) {
  co_await delete_routers_of(ctx, network);
  const auto step = [&] { return delete_network_once(ctx, network); };
  co_return co_await cloud::repeat_while(ctx, until_unplugged, step, is_in_use).result();
}

/// A thing by its id, which a list has shown already: the API's next server may be a moment behind.
Task<json::Document> Driver::read_young(Context ctx, std::string region, Service service,
                                        std::string path, std::string what) {
  constexpr std::chrono::milliseconds pause{200};
  const auto end = ctx.now() + capabilities_.visibility_lag;
  while (true) {
    auto found =
        co_await api_.send(ctx, {.region = region, .service = service, .path = path, .what = what})
            .result();
    if (found) co_return std::move(*found);
    if (!cloud::is_missing(found.error()) || ctx.now() >= end) co_return found.error();
    co_await ctx.sleep(pause);
  }
}

/// False when another machine was faster with one of them: Neutron has then added none.
Task<bool> Driver::add_missing_rules(Context ctx, std::string region, std::string group,
                                     const json::Document& seen,
                                     std::vector<cloud::FirewallRule> wanted) {
  for (const auto& one : parse_rules(seen.root().get("security_group"))) {
    if (one.is_egress) continue;
    const auto same = std::ranges::find(wanted, one.rule);
    if (one.is_ours && same != wanted.end()) {
      wanted.erase(same);
      continue;
    }
    co_await cloud::effect_of(
        neutron(ctx, region, "DELETE", "/security-group-rules/" + one.id, "", "removing a rule"),
        cloud::is_missing);
  }
  if (wanted.empty()) co_return true;
  const auto added = co_await neutron(ctx, region, "POST", "/security-group-rules",
                                      encode_rules(group, wanted), "adding rules")
                         .result();
  if (!added && added.error().raw_code != "SecurityGroupRuleExists") co_return added.error();
  co_return added.has_value();
}

/// What a new group lets in, by the cloud's own templates, its create has answered.
Task<void> Driver::set_rules(Context ctx, std::string region, Thing group,
                             std::vector<cloud::FirewallRule> wanted) {
  constexpr int most = 5;
  for (int attempt = 0; attempt < most; ++attempt) {
    if (!group.made) {
      group.made =
          co_await read_young(ctx, region, Service::network, "/security-groups/" + group.id,
                              "reading the security group");
    }
    if (co_await add_missing_rules(ctx, region, group.id, *group.made, wanted)) co_return {};
    group.made.reset();
    co_await ctx.sleep(std::chrono::milliseconds(200));
  }
  co_return {};  // the other one has the same config: what is missing shows at the next look
}

Task<cloud::Firewall> Driver::ensure_firewall(Context ctx, cloud::FirewallSpec spec) {
  const auto project = project_of(spec.labels);
  const auto name_of = [&](std::string_view firewall) {
    return resource_name(project, "firewall", spec.network.id + "." + std::string(firewall));
  };
  const auto group_id = [&](std::string name) {
    const auto body = encode_named("security_group", name, project, [](json::Writer&) {});
    return find_or_create(ctx, spec.region, "security_group", "?name=" + percent_encode(name),
                          body);
  };
  auto group = co_await group_id(name_of(spec.name));
  const auto id = group.id;
  std::vector<cloud::FirewallRule> wanted = spec.rules;
  for (auto& rule :
       wanted) {  // names of groups become ids; one that is not there yet is made empty
    if (!rule.group.empty())
      rule.group = rule.group == spec.name ? id : (co_await group_id(name_of(rule.group))).id;
  }
  std::vector<Task<void>> parts;
  parts.push_back(set_rules(ctx, spec.region, std::move(group), std::move(wanted)));
  parts.push_back(set_tags(ctx, spec.region, "/security-groups/" + id, spec.labels));
  for (auto& done : co_await async::when_all(ctx.loop(), std::move(parts))) co_await done;
  co_return cloud::Firewall{.id = id,
                            .name = spec.name,
                            .region = spec.region,
                            .network_id = spec.network.id,
                            .rules = spec.rules,
                            .labels = spec.labels};
}

/// In use, with what a killed run made or left and the look before this run did not show: ports
/// that no server holds go, too, for the next try.
Task<void> Driver::delete_firewall_once(Context ctx, cloud::Firewall firewall) {
  const auto gone = co_await cloud::effect_of(
                        neutron(ctx, firewall.region, "DELETE", "/security-groups/" + firewall.id,
                                "", fmt::format("deleting firewall {}", firewall.name)),
                        cloud::is_missing)
                        .result();
  if (gone) {
    forget(firewall.id);
    co_return {};
  }
  const auto project = project_of(firewall.labels);
  if (is_in_use(gone.error()) && !project.empty()) {
    co_await delete_ports(ctx, firewall.region,
                          "?description=" + percent_encode(description_of(project)),
                          {.group = firewall.id});
  }
  co_return gone.error();
}

Task<void> Driver::delete_firewall(Context ctx, cloud::Firewall firewall) {
  const auto step = [&] { return delete_firewall_once(ctx, firewall); };
  co_return co_await cloud::repeat_while(ctx, until_unplugged, step, is_in_use).result();
}

Task<cloud::Key> Driver::ensure_key(Context ctx, cloud::KeySpec spec) {
  const auto name = resource_name(project_of(spec.labels), "key", spec.name);
  json::Writer out;
  out.begin_object().key("keypair").begin_object().member("name", name);
  out.member("public_key", spec.public_key).end_object().end_object();
  const auto body = out.take();
  const Call create{.region = spec.region,
                    .method = "POST",
                    .path = "/os-keypairs",
                    .body = body,
                    .what = "registering the key"};
  auto made = co_await api_.send(ctx, create).result();
  if (!made && made.error().code == ErrorCode::already_exists) {
    const auto path = "/os-keypairs/" + percent_encode(name);
    auto there = co_await read_young(ctx, spec.region, Service::compute, path, "reading the key");
    const auto line = there.root().get("keypair").get("public_key").string_or();
    if (line != spec.public_key) {  // a key pair cannot change: a new one takes its place
      co_await api_.send(ctx, {.region = spec.region,
                               .method = "DELETE",
                               .path = "/os-keypairs/" + percent_encode(name),
                               .what = "removing the old key"});
      made = co_await api_.send(ctx, create).result();
    } else {
      made = std::move(there);
    }
  }
  if (!made) co_return made.error();
  co_return cloud::Key{.id = name,
                       .name = spec.name,
                       .region = spec.region,
                       .fingerprint = spec.public_key,
                       .labels = spec.labels};
}

Task<void> Driver::delete_key(Context ctx, cloud::Key key) {
  co_await cloud::effect_of(api_.send(ctx, {.region = key.region,
                                            .method = "DELETE",
                                            .path = "/os-keypairs/" + percent_encode(key.id),
                                            .what = "deleting the key"}),
                            cloud::is_missing);
  co_return {};
}

}  // namespace ccloud::openstack
