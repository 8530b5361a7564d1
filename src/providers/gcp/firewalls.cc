// Firewalls. VPC rules select machines by network tag: one of our firewalls is a tag, a rule that
// closes its machines and carries the marks, and rules that open what the config asks for.
#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "cloud/marks.h"
#include "cloud/paging.h"
#include "json/writer.h"
#include "providers/gcp/driver.h"
#include "providers/gcp/errors.h"

namespace ccloud::gcp {
namespace {

constexpr cloud::PollPolicy patience{.first = std::chrono::seconds(1),
                                     .most = std::chrono::seconds(10),
                                     .deadline = std::chrono::minutes(3)};

bool has(const std::vector<std::string>& list, const std::string& one) {
  return std::ranges::find(list, one) != list.end();
}

struct Wanted {
  std::string tag;
  std::string network;      ///< canonical
  std::vector<Rule> rules;  ///< the closing one first
};

const Rule* find_rule(const std::vector<Rule>& rules, const std::string& name) {
  const auto at = std::ranges::find(rules, name, &Rule::name);
  return at == rules.end() ? nullptr : &*at;
}

/// Opens the tag's machines to something, or bars them from it, and is not wanted: somebody's
/// addition, or what an earlier config asked for.
bool is_excess(const Rule& rule, const Wanted& wanted, bool is_owned) {
  if (!rule.is_ingress || rule.network != wanted.network) return false;
  if (find_rule(wanted.rules, rule.name) != nullptr) return false;
  return has(rule.target_tags, wanted.tag) || (is_owned && rule.target_tags.empty());
}

/// In a network of others a rule that also serves machines of theirs is not ours to delete.
bool is_shared(const Rule& rule, bool is_owned) {
  return !is_owned && std::ranges::any_of(rule.target_tags, [](const auto& tag) {
    return !tag.starts_with("ccloud-");
  });
}

}  // namespace

Task<std::vector<Rule>> Driver::list_rules(Context ctx) {
  const auto project = co_await api_.project(ctx);
  std::vector<Rule> out;
  for (const auto& page :
       co_await list(ctx, "/global/firewalls", "", "listing the firewall rules")) {
    for (const auto& item : page.root().get("items").items()) {
      out.push_back(parse_rule(item, project));
    }
  }
  co_return out;
}

/// POST, or PUT of the whole rule where there is one; whoever comes first makes it. What is not
/// found after all was taken away, or is being made by another operator: worth the same again.
Task<void> Driver::post_or_put(Context ctx, Call post, std::string name, bool is_there) {
  if (!is_there) {
    auto made = co_await api_.carry_out(ctx, post).result();
    if (made) co_return {};
    if (made.error().code != ErrorCode::already_exists) co_return made.error();
  }
  Call put = std::move(post);
  put.method = "PUT";
  put.path += "/" + name;
  auto changed = co_await api_.carry_out(ctx, std::move(put)).result();
  if (changed) co_return {};
  if (changed.error().code == ErrorCode::not_found) changed.error().code = ErrorCode::conflict;
  co_return std::move(changed.error());
}

Task<void> Driver::put_rule(Context ctx, std::string region, Rule rule, bool is_there,
                            std::string what) {
  auto path = co_await project_path(ctx) + "/global/firewalls";
  const Call post{.region = std::move(region),
                  .method = "POST",
                  .path = std::move(path),
                  .body = encode_rule(rule),
                  .what = std::move(what)};
  const auto step = [&] {
    return post_or_put(ctx, post, rule.name, std::exchange(is_there, false));
  };
  co_return co_await cloud::repeat_while(ctx, patience, step, is_passing).result();
}

Task<cloud::Firewall> Driver::ensure_firewall(Context ctx, cloud::FirewallSpec spec) {
  const auto google_project = co_await api_.project(ctx);
  const auto what = fmt::format("making firewall {}", spec.name);
  const auto mark = spec.labels.find(std::string(cloud::mark_project));
  const auto project = mark == spec.labels.end() ? std::string() : mark->second;
  const auto tag_of = [&](const std::string& name) {
    return firewall_tag(project, spec.region, spec.network.name, name);
  };
  const auto network = network_path(spec.network.id, google_project);
  auto notes = spec.labels;
  notes[std::string(note_region)] = spec.region;
  if (!spec.network.is_owned) notes[std::string(note_network)] = spec.network.id;
  std::map<std::string, std::string> tags;
  for (const auto& rule : spec.rules) {
    if (!rule.group.empty()) tags.emplace(rule.group, tag_of(rule.group));
  }
  Wanted wanted{.tag = tag_of(spec.name), .network = network, .rules = {}};
  wanted.rules.push_back(closing_rule(wanted.tag, network, co_await encode_notes(notes)));
  const auto short_notes = co_await encode_notes(
      {{std::string(cloud::mark_project), project}, {std::string(note_region), spec.region}});
  for (auto& rule : opening_rules(wanted.tag, network, short_notes, spec.rules, tags)) {
    wanted.rules.push_back(std::move(rule));
  }

  const auto there = co_await list_rules(ctx);
  std::vector<Task<void>> tasks;
  for (const auto& rule : wanted.rules) {
    const auto* old = find_rule(there, rule.name);
    const bool has_marks =
        old != nullptr && (!is_closing(rule) || parse_notes(old->description) == notes);
    if (old != nullptr && has_same_effect(*old, rule) && has_marks) continue;
    auto put = put_rule(ctx, spec.region, rule, old != nullptr, what);
    // The closing rule stands for the firewall: without it nobody would find the others again.
    if (is_closing(rule)) {
      co_await std::move(put);
    } else {
      tasks.push_back(std::move(put));
    }
  }
  for (auto& done : co_await async::when_all(ctx.loop(), std::move(tasks))) {
    if (!done) co_return done.error();
  }
  // After what opens: what stays open is open all the time.
  tasks.clear();
  const auto root = co_await project_path(ctx) + "/global/firewalls/";
  for (auto rule : there) {
    if (!is_excess(rule, wanted, spec.network.is_owned)) continue;
    if (is_shared(rule, spec.network.is_owned)) {
      std::erase(rule.target_tags, wanted.tag);
      json::Writer body;
      body.begin_object().member("targetTags", rule.target_tags).end_object();
      tasks.push_back(narrow_rule(ctx, spec.region, rule.name, body.take(), what));
    } else {
      tasks.push_back(remove(ctx, spec.region, root + rule.name, what));
    }
  }
  for (auto& done : co_await async::when_all(ctx.loop(), std::move(tasks))) {
    if (!done) co_return done.error();
  }
  co_return cloud::Firewall{.id = wanted.tag,
                            .name = spec.name,
                            .region = spec.region,
                            .network_id = spec.network.id,
                            .rules = spec.rules,
                            .labels = spec.labels};
}

Task<void> Driver::narrow_rule(Context ctx, std::string region, std::string name, std::string body,
                               std::string what) {
  co_await api_.carry_out(ctx, {.region = std::move(region),
                                .method = "PATCH",
                                .path = co_await project_path(ctx) + "/global/firewalls/" + name,
                                .body = std::move(body),
                                .what = std::move(what)});
  co_return {};
}

Task<void> Driver::delete_firewall(Context ctx, cloud::Firewall firewall) {
  const auto root = co_await project_path(ctx) + "/global/firewalls/";
  const auto what = fmt::format("deleting firewall {}", firewall.name);
  std::vector<Task<void>> tasks;
  for (const auto& rule : co_await list_rules(ctx)) {
    const bool is_its = rule.target_tags == std::vector<std::string>{firewall.id} &&
                        rule.name != firewall.id && rule.name.starts_with(firewall.id + "-");
    if (is_its) tasks.push_back(remove(ctx, firewall.region, root + rule.name, what));
  }
  for (auto& done : co_await async::when_all(ctx.loop(), std::move(tasks))) {
    if (!done) co_return done.error();
  }
  // Last, since it is what the others are found by.
  co_return co_await remove(ctx, firewall.region, root + firewall.id, what).result();
}

}  // namespace ccloud::gcp
