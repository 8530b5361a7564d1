// Networks. One of our own is a custom-mode VPC with one subnetwork in its region, both under names
// that every machine computes alike, so a second one changes nothing (design 4.3).
#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"
#include "catalog/catalog.h"
#include "cloud/existing.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "providers/gcp/driver.h"
#include "providers/gcp/errors.h"

namespace ccloud::gcp {
namespace {

constexpr cloud::PollPolicy patience{.first = std::chrono::seconds(1),
                                     .most = std::chrono::seconds(10),
                                     .deadline = std::chrono::minutes(5)};

std::string label(const cloud::Labels& labels, std::string_view key) {
  const auto found = labels.find(std::string(key));
  return found == labels.end() ? std::string() : found->second;
}

/// "subnet-1", a partial or a whole reference.
std::string subnet_path(const std::string& text, const std::string& network,
                        const std::string& region) {
  const auto project = project_of(network);
  if (text.find('/') != std::string::npos) return canonical(text, project);
  return fmt::format("projects/{}/regions/{}/subnetworks/{}", project, region, text);
}

}  // namespace

/// Whether it shows within a moment: another operator's insert may still be under way.
Task<bool> Driver::comes_to_be(Context ctx, Call look) {
  constexpr std::chrono::milliseconds pause{250};
  const auto end = ctx.now() + capabilities_.visibility_lag;
  while (true) {
    const auto now = co_await api_.get(ctx, look).result();
    if (now) co_return true;
    if (now.error().code != ErrorCode::not_found || ctx.now() >= end) co_return false;
    co_await ctx.sleep(pause);
  }
}

/// Once; that another operator makes it is as good. Theirs may refuse ours in other words: a
/// subnetwork conflicts with its own range.
Task<void> Driver::make_resource(Context ctx, Call post, Call look) {
  auto made = co_await api_.carry_out(ctx, std::move(post)).result();
  if (made) co_return {};
  auto& refusal = made.error();
  const bool is_taken = refusal.code == ErrorCode::already_exists;
  const bool may_be_theirs = is_taken || refusal.code == ErrorCode::conflict ||
                             refusal.code == ErrorCode::invalid_argument;
  if (may_be_theirs && co_await comes_to_be(ctx, std::move(look))) co_return {};
  // Neither there nor free yet: theirs takes its time, or has failed and is being undone.
  if (is_taken) refusal.code = ErrorCode::conflict;
  co_return std::move(refusal);
}

Task<void> Driver::ensure_resource(Context ctx, std::string region, std::string collection,
                                   std::string name, std::string body, std::string what) {
  const Call look{.region = region, .path = collection + "/" + name, .what = what};
  const auto there = co_await api_.get(ctx, look).result();
  if (there) co_return {};
  if (there.error().code != ErrorCode::not_found) co_return there.error();
  const Call post{.region = std::move(region),
                  .method = "POST",
                  .path = std::move(collection),
                  .body = std::move(body),
                  .what = std::move(what)};
  const auto make = [&] { return make_resource(ctx, post, look); };
  // What it stands on may have been made a moment ago, its predecessor may still be going.
  co_return co_await cloud::repeat_while(ctx, patience, make, is_passing).result();
}

Task<void> Driver::remove(Context ctx, std::string region, std::string path, std::string what) {
  const Call call{.region = std::move(region),
                  .method = "DELETE",
                  .path = std::move(path),
                  .what = std::move(what)};
  const auto step = [&] { return cloud::effect_of(api_.carry_out(ctx, call), cloud::is_missing); };
  // What still uses it is going away.
  co_return co_await cloud::repeat_while(ctx, patience, step, is_passing).result();
}

Task<cloud::Network> Driver::existing_network(Context ctx, cloud::NetworkSpec spec) {
  const auto project = co_await api_.project(ctx);
  const auto id = network_path(spec.id, project);
  if (id.find("/global/networks/") == std::string::npos) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("\"{}\" is no network's id", spec.id),
                         "give projects/P/global/networks/NAME, or its self link");
  }
  if (project_of(id) != project) {
    co_return make_error(ErrorCode::invalid_argument,
                         fmt::format("network {} lies in project {}: shared VPC is not supported",
                                     spec.name, project_of(id)),
                         "use a network of the nodes' own project");
  }
  const Call read{.region = spec.region,
                  .path = "/" + id,
                  .what = fmt::format("reading network {}", spec.name)};
  const auto found = co_await api_.get(ctx, read).result();
  if (!found && cloud::is_missing(found.error())) co_return cloud::no_such_network(spec);
  if (!found) co_return found.error();
  std::vector<cloud::Subnet> seen;  // in the region
  for (const auto& one : found->root().get("subnetworks").items()) {
    auto path = canonical(one.string_or(), project);
    if (!path.contains(fmt::format("/regions/{}/", spec.region))) continue;
    seen.push_back({.id = std::move(path), .zone = "", .cidr = {}});
  }
  cloud::Network out;
  out.id = spec.id;  // as the config has it, so that it can be compared
  out.name = spec.name;
  out.region = spec.region;
  out.is_owned = false;
  out.labels = spec.labels;
  std::vector<cloud::Subnet> wanted;
  for (const auto& [key, subnet] : spec.subnets) {
    const auto zone =
        catalog::subnet_zone(catalog::Driver::gcp, spec.region, key, spec.subnets.size());
    wanted.push_back({.id = subnet_path(subnet, id, spec.region), .zone = zone, .cidr = {}});
  }
  out.subnets = co_await cloud::chosen_subnets(spec, std::move(wanted), seen);
  if (!out.subnets.empty()) co_return out;
  out.subnets = std::move(seen);
  if (out.subnets.size() == 1) co_return out;
  co_return make_error(
      ErrorCode::invalid_argument,
      fmt::format("network {} has {} subnetworks in {}", spec.name, out.subnets.size(),
                  spec.region),
      "name the one to use in the network's `subnets`, as {\"" + spec.region + "\": \"NAME\"}");
}

Task<cloud::Network> Driver::choose_network(Context ctx, cloud::NetworkSpec spec) {
  if (!spec.id.empty()) co_return co_await existing_network(ctx, spec);
  const auto project = co_await api_.project(ctx);
  const auto root = co_await project_path(ctx);
  const auto name = network_name(label(spec.labels, cloud::mark_project), spec.region, spec.name);
  auto notes = spec.labels;
  notes[std::string(note_region)] = spec.region;
  notes[std::string(note_cidr)] = spec.cidr;
  const auto text = co_await encode_notes(notes);
  const auto what = fmt::format("making network {}", spec.name);
  co_await ensure_resource(ctx, spec.region, root + "/global/networks", name,
                           encode_network(name, text), what);
  cloud::Network out{.id = fmt::format("projects/{}/global/networks/{}", project, name),
                     .name = spec.name,
                     .region = spec.region,
                     .cidr = spec.cidr,
                     .subnets = {{.id = fmt::format("projects/{}/regions/{}/subnetworks/{}",
                                                    project, spec.region, name),
                                  .zone = "",
                                  .cidr = spec.cidr}},
                     .is_owned = true,
                     .is_complete = true,
                     .labels = spec.labels};
  co_await ensure_resource(ctx, spec.region,
                           fmt::format("{}/regions/{}/subnetworks", root, spec.region), name,
                           encode_subnet(name, out.id, spec.cidr, text), what);
  co_return out;
}

/// With it go the firewall rules that stand in it, whoever wrote them: they mean nothing without
/// it.
Task<void> Driver::delete_network(Context ctx, cloud::Network network) {
  const auto name = last_part(network.id);
  if (!network.is_owned || !name.starts_with("ccloud-")) co_return {};
  const auto root = co_await project_path(ctx);
  const auto what = fmt::format("deleting network {}", network.name);
  std::vector<Task<void>> tasks;
  for (const auto& rule : co_await list_rules(ctx)) {
    if (rule.network != network.id) continue;
    tasks.push_back(remove(ctx, network.region, root + "/global/firewalls/" + rule.name, what));
  }
  for (auto& done : co_await async::when_all(ctx.loop(), std::move(tasks))) {
    if (!done) co_return done.error();
  }
  co_await remove(ctx, network.region,
                  fmt::format("{}/regions/{}/subnetworks/{}", root, network.region, name), what);
  co_await remove(ctx, network.region, root + "/global/networks/" + name, what);
  co_return {};
}

/// Machines take the keys' text: there is nothing to register.
Task<cloud::Key> Driver::ensure_key(Context ctx, cloud::KeySpec spec) {
  co_await ctx.check();
  co_return cloud::Key{.id = spec.name,
                       .name = spec.name,
                       .region = spec.region,
                       .fingerprint = {},
                       .labels = spec.labels};
}

Task<void> Driver::delete_key(Context ctx, cloud::Key) {
  co_await ctx.check();
  co_return {};
}

Task<void> Driver::delete_leftover(Context ctx, std::string region, std::string leftover) {
  const auto blank = leftover.find(' ');
  const auto path = leftover.substr(blank + 1);
  co_return co_await remove(
      ctx, region, co_await project_path(ctx) + "/" + path,
      fmt::format("deleting the {} {}", leftover.substr(0, blank), last_part(path)))
      .result();
}

}  // namespace ccloud::gcp
