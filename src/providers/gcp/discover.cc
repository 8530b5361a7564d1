// Finding what is ours: machines in all zones by one aggregated list with a label filter; networks
// and firewall rules, which have no labels, by the marks in their descriptions.
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "providers/gcp/driver.h"

namespace ccloud::gcp {
namespace {

std::string note(const cloud::Labels& notes, std::string_view key) {
  const auto found = notes.find(std::string(key));
  return found == notes.end() ? std::string() : found->second;
}

bool is_marked(const cloud::Labels& notes, std::string_view project) {
  return note(notes, cloud::mark_project) == project;
}

/// Elements of an aggregated list, a map from "zones/z" to {"instances": [...]} or a warning.
std::vector<json::Value> items_of(const Documents& pages, std::string_view kind) {
  std::vector<json::Value> out;
  for (const auto& page : pages) {
    for (const auto& scope : page.root().get("items").members()) {
      for (const auto& item : scope.value.get(kind).items()) out.push_back(item);
    }
  }
  return out;
}

std::string region_of_scope(std::string_view scope) {
  const auto name = last_part(scope);
  return scope.find("zones/") != std::string_view::npos ? region_of_zone(name) : name;
}

/// Regions with a zone that did not answer, and what was said of it.
std::map<std::string, std::string> unreachable(const Documents& pages) {
  std::map<std::string, std::string> out;
  for (const auto& page : pages) {
    for (const auto& one : page.root().get("unreachables").items()) {
      const auto scope = one.string_or();
      out.emplace(region_of_scope(scope), fmt::format("{} does not answer", last_part(scope)));
    }
    for (const auto& scope : page.root().get("items").members()) {
      const auto warning = scope.value.get("warning");
      if (warning.get("code").string_or() != "UNREACHABLE") continue;
      out.emplace(region_of_scope(scope.key), warning.get("message").string_or());
    }
  }
  return out;
}

void add_networks(const Seen& seen, std::string_view project, cloud::RegionInventory& into) {
  for (const auto& page : seen.networks) {
    for (const auto& item : page.root().get("items").items()) {
      const auto notes = parse_notes(item.get("description").string_or());
      if (!is_marked(notes, project) || note(notes, note_region) != into.region) continue;
      cloud::Network network;
      network.id = canonical(item.get("selfLink").string_or(), seen.project);
      network.name = note(notes, cloud::mark_network);
      network.region = into.region;
      network.cidr = note(notes, note_cidr);
      network.labels = notes;
      for (const auto& subnet : items_of(seen.subnets, "subnetworks")) {
        if (canonical(subnet.get("network").string_or(), seen.project) != network.id) continue;
        if (last_part(subnet.get("region").string_or()) != into.region) continue;
        network.subnets.push_back(
            {.id = canonical(subnet.get("selfLink").string_or(), seen.project),
             .zone = "",
             .cidr = subnet.get("ipCidrRange").string_or()});
      }
      network.is_complete = !network.subnets.empty();
      into.networks.push_back(std::move(network));
    }
  }
}

/// Rules that apply to the tag's nodes: by their target, or in a network of ours to everything.
std::vector<cloud::FirewallRule> rules_for(const Seen& seen, const std::string& tag,
                                           const std::string& network, bool is_owned,
                                           const std::map<std::string, std::string>& names) {
  std::vector<cloud::FirewallRule> out;
  for (const auto& rule : seen.rules) {
    if (rule.network != network) continue;
    const bool is_target = std::ranges::find(rule.target_tags, tag) != rule.target_tags.end();
    const bool is_for_all = rule.target_tags.empty() && is_owned;
    if ((!is_target && !is_for_all) || rule.name == tag) continue;
    for (auto& one : meaning_of(rule, names)) out.push_back(std::move(one));
  }
  std::ranges::sort(out);
  const auto [first, last] = std::ranges::unique(out);
  out.erase(first, last);
  return out;
}

/// A closing rule that no longer closes shows as a rule that no config can ask for.
bool closes(const Rule& rule) {
  return has_same_effect(rule, closing_rule(rule.name, rule.network, rule.description));
}

void add_firewalls(const Seen& seen, std::string_view project, cloud::RegionInventory& into) {
  std::map<std::string, std::string> names;  // of tags
  for (const auto& rule : seen.rules) {
    const auto notes = parse_notes(rule.description);
    const auto name = note(notes, cloud::mark_firewall);
    if (is_marked(notes, project) && !name.empty()) names.emplace(rule.name, name);
  }
  for (const auto& rule : seen.rules) {
    const auto notes = parse_notes(rule.description);
    if (!is_marked(notes, project) || note(notes, note_region) != into.region) continue;
    if (!names.contains(rule.name)) {
      // An opening rule; one whose closing rule is gone belongs to no firewall any more.
      const bool has_firewall = !rule.target_tags.empty() && names.contains(rule.target_tags[0]);
      if (!has_firewall) into.leftovers.push_back("firewall-rule global/firewalls/" + rule.name);
      continue;
    }
    cloud::Firewall firewall;
    firewall.id = rule.name;
    firewall.name = note(notes, cloud::mark_firewall);
    firewall.region = into.region;
    firewall.labels = notes;
    const auto written = note(notes, note_network);
    firewall.network_id = written.empty() ? rule.network : written;
    firewall.rules = rules_for(seen, rule.name, rule.network, written.empty(), names);
    if (!closes(rule)) {
      firewall.rules.push_back({.protocol = cloud::Protocol::tcp,
                                .from_port = 0,
                                .to_port = 65535,
                                .cidr = "inside (not closed)",
                                .group = {}});
      std::ranges::sort(firewall.rules);
    }
    into.firewalls.push_back(std::move(firewall));
  }
}

void add_leftovers(const Seen& seen, std::string_view project, cloud::RegionInventory& into) {
  const auto is_ours = [&](json::Value item) {
    return is_marked(read_labels(item.get("labels")), project) && item.get("users").size() == 0;
  };
  for (const auto& disk : items_of(seen.disks, "disks")) {
    const auto zone = last_part(disk.get("zone").string_or());
    if (!is_ours(disk) || region_of_zone(zone) != into.region) continue;
    into.leftovers.push_back(
        fmt::format("disk zones/{}/disks/{}", zone, disk.get("name").string_or()));
  }
  for (const auto& address : items_of(seen.addresses, "addresses")) {
    const auto region = last_part(address.get("region").string_or());
    if (!is_ours(address) || region != into.region) continue;
    into.leftovers.push_back(
        fmt::format("address regions/{}/addresses/{}", region, address.get("name").string_or()));
  }
}

}  // namespace

Task<Documents> Driver::list(Context ctx, std::string path, std::string filter, std::string what) {
  Call call{.path = co_await project_path(ctx) + path, .what = std::move(what)};
  if (path.starts_with("/aggregated/")) call.query.emplace_back("returnPartialSuccess", "true");
  if (!filter.empty()) call.query.emplace_back("filter", std::move(filter));
  co_return co_await api_.pages(ctx, std::move(call));
}

Task<void> Driver::look_at_ground(Context ctx, std::string project, std::shared_ptr<Seen> into) {
  const auto mark = label_filter({{std::string(cloud::mark_project), project}});
  std::vector<Task<Documents>> tasks;
  tasks.push_back(list(ctx, "/global/networks", "", "listing the networks"));
  tasks.push_back(list(ctx, "/aggregated/subnetworks", "", "listing the subnetworks"));
  tasks.push_back(list(ctx, "/global/firewalls", "", "listing the firewall rules"));
  tasks.push_back(list(ctx, "/aggregated/disks", mark, "listing the disks"));
  tasks.push_back(list(ctx, "/aggregated/addresses", mark, "listing the addresses"));
  auto lists = co_await async::when_all(ctx.loop(), std::move(tasks));
  for (auto& one : lists) {
    if (!one) co_return one.error();
  }
  into->project = co_await api_.project(ctx);
  into->networks = std::move(*lists[0]);
  into->subnets = std::move(*lists[1]);
  into->disks = std::move(*lists[3]);
  into->addresses = std::move(*lists[4]);
  for (const auto& page : *lists[2]) {
    for (const auto& item : page.root().get("items").items()) {
      into->rules.push_back(parse_rule(item, into->project));
    }
  }
  co_return {};
}

Task<void> Driver::look_at_machines(Context ctx, std::string project, std::shared_ptr<Seen> into) {
  const auto mark = label_filter({{std::string(cloud::mark_project), project}});
  into->machines = co_await list(ctx, "/aggregated/instances", mark, "listing the nodes");
  co_return {};
}

/// A document of null where there is none.
Task<json::Document> Driver::read_if_there(Context ctx, std::string path) {
  auto found =
      co_await api_.get(ctx, {.path = std::move(path), .what = "reading a disk's node"}).result();
  if (!found && found.error().code == ErrorCode::not_found) co_return co_await json::parse("null");
  if (!found) co_return found.error();
  co_return std::move(*found);
}

/// Machines whose project label somebody took away: their disks still have theirs, and their names
/// are a digest of the project and the node that their metadata name.
Task<void> Driver::look_for_unmarked(Context ctx, std::string project, std::shared_ptr<Seen> into) {
  std::set<std::string> known;
  for (const auto& machine : items_of(into->machines, "instances")) {
    known.insert(canonical(machine.get("selfLink").string_or(), into->project));
  }
  std::vector<Task<json::Document>> tasks;
  for (const auto& disk : items_of(into->disks, "disks")) {
    for (const auto& user : disk.get("users").items()) {
      const auto path = canonical(user.string_or(), into->project);
      if (known.insert(path).second) tasks.push_back(read_if_there(ctx, "/" + path));
    }
  }
  for (auto& found : co_await async::when_all(ctx.loop(), std::move(tasks))) {
    if (!found) co_return found.error();
    const auto machine = found->root();
    const auto node = parse_machine(machine, into->project).name;
    const bool is_ours = machine.get("name").string_or() == machine_name(project, node);
    if (is_ours) into->unmarked.push_back(std::move(*found));
  }
  co_return {};
}

Task<void> Driver::look_at_regions(Context ctx, std::shared_ptr<Seen> into) {
  for (auto& region : co_await regions(ctx)) into->regions.push_back(std::move(region.name));
  co_return {};
}

Task<cloud::Inventory> Driver::discover(Context ctx, cloud::DiscoverRequest request) {
  const auto project = co_await api_.project(ctx);
  auto seen = std::make_shared<Seen>();
  seen->regions = request.regions;
  std::vector<Task<void>> tasks;
  tasks.push_back(look_at_machines(ctx, request.project, seen));
  if (request.regions.empty()) tasks.push_back(look_at_regions(ctx, seen));
  if (request.depth == cloud::Depth::everything) {
    tasks.push_back(look_at_ground(ctx, request.project, seen));
  }
  // The API is one for all regions: what fails fails for all of them.
  for (auto& done : co_await async::when_all(ctx.loop(), std::move(tasks))) {
    if (!done) co_return done.error();
  }
  if (request.depth == cloud::Depth::everything) {
    co_await look_for_unmarked(ctx, request.project, seen);
  }
  cloud::Inventory inventory;
  std::map<std::string, std::size_t> places;
  const auto silent = unreachable(seen->machines);
  for (const auto& region : seen->regions) {
    cloud::RegionInventory one;
    one.region = region;
    if (const auto why = silent.find(region); why != silent.end()) {
      one.error = make_error(ErrorCode::unavailable, "listing the nodes: " + why->second);
      one.error->region = region;
    }
    if (request.depth == cloud::Depth::everything) {
      add_networks(*seen, request.project, one);
      add_firewalls(*seen, request.project, one);
      add_leftovers(*seen, request.project, one);
    }
    places.emplace(region, inventory.regions.size());
    inventory.regions.push_back(std::move(one));
  }
  auto machines = items_of(seen->machines, "instances");
  for (const auto& one : seen->unmarked) machines.push_back(one.root());
  for (const auto& item : machines) {
    auto machine = parse_machine(item, project);
    const auto at = places.find(machine.region);
    if (at != places.end()) inventory.regions[at->second].nodes.push_back(std::move(machine));
  }
  co_return inventory;
}

Task<std::vector<cloud::Instance>> Driver::find_existing(Context ctx, cloud::MatchRequest request) {
  const auto project = co_await api_.project(ctx);
  const auto filter = label_filter({request.match.begin(), request.match.end()});
  const auto pages = co_await list(ctx, "/aggregated/instances", filter, "listing the machines");
  std::vector<cloud::Instance> out;
  for (const auto& item : items_of(pages, "instances")) {
    auto machine = parse_machine(item, project);
    const bool fits = std::ranges::all_of(request.match, [&](const auto& wanted) {
      const auto label = machine.labels.find(wanted.first);
      return label != machine.labels.end() && label->second == wanted.second;
    });
    if (fits && machine.region == request.region) out.push_back(std::move(machine));
  }
  co_return out;
}

}  // namespace ccloud::gcp
