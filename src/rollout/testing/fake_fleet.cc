#include "rollout/testing/fake_fleet.h"

#include <fmt/format.h>

#include "base/text.h"
#include "rollout/health.h"
#include "rollout/node_script.h"

namespace ccloud::rollout::testing {

namespace {

/// The first shell word of `text`, its quotes removed.
std::string first_word(std::string_view text) {
  std::string word;
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\'') {
      is_quoted = !is_quoted;
    } else if (c == '\\' && !is_quoted && i + 1 < text.size()) {
      word += text[++i];
    } else if (!is_quoted && (c == ' ' || c == ';' || c == '\n')) {
      break;
    } else {
      word += c;
    }
  }
  return word;
}

/// What follows `begin` at the start of a line, as a shell word.
std::string argument(const std::string& script, const std::string& begin) {
  const auto at = script.rfind("\n" + begin);
  if (at == std::string::npos) return "";
  return first_word(std::string_view(script).substr(at + 1 + begin.size()));
}

std::int64_t epoch_of(const std::string& owner) {
  return parse_int(owner.substr(0, owner.find(' '))).value_or(0);
}

}  // namespace

std::vector<Node> FakeFleet::add(const std::string& place, int count, const std::string& release) {
  std::vector<Node> made;
  for (int i = 1; i <= count; ++i) {
    Node node;
    node.name = fmt::format("web-{}-{}", place, i);
    node.place = place;
    node.address = "192.0.2.1";
    node.target.name = node.name;
    made.push_back(node);
    auto& fake = nodes[node.name];
    fake.current = release;
    fake.is_running = !release.empty();
    if (!release.empty()) fake.releases.insert(release);
  }
  return made;
}

std::int64_t FakeFleet::healthy(const std::string& place) const {
  std::int64_t count = 0;
  for (const auto& [name, node] : nodes) {
    if (!name.starts_with("web-" + place + "-")) continue;
    count += node.is_running && !node.is_dead && !node.bad.contains(node.current) ? 1 : 0;
  }
  return count;
}

Task<void> FakeFleet::reach(Context ctx, std::string name) {
  if (answers_left == 0) co_await ctx.sleep(std::chrono::hours(24 * 365));
  co_await ctx.sleep(latency);
  auto& node = nodes.at(name);
  if (node.has_other_key) {
    Error error = make_error(ErrorCode::permission_denied, name + ": the host key changed");
    error.raw_code = "host-key-changed";
    co_return error;
  }
  if (node.is_dead) {
    co_await ctx.sleep(std::chrono::seconds(15));
    co_return make_error(ErrorCode::unavailable, name + ": no answer in time");
  }
  co_return {};
}

Task<void> FakeFleet::open(Context ctx, ssh::Target target) {
  co_return co_await reach(ctx, target.name).result();
}

Task<ssh::Output> FakeFleet::run(Context ctx, ssh::Target target, ssh::Command command) {
  co_await reach(ctx, target.name);
  auto& node = nodes.at(target.name);
  if (command.line == "check") {
    const bool is_good = node.is_running && !node.bad.contains(node.current);
    co_return ssh::Output{.exit = is_good ? 0 : 1, .out = is_good ? "fine" : "overloaded"};
  }
  const auto script = first_word(std::string_view(command.line).substr(2));
  const auto end = script.find('\n');
  const auto name = script.substr(9, end - 9);
  while (command.source && command.source()) {
  }
  if (answers_left > 0) --answers_left;
  ++served;
  node.calls.push_back(name);
  if (node.dies_at == name || (name == "serve" && node.dies_at == "start")) {
    node.is_dead = true;
    node.is_running = false;
    Error error = make_error(ErrorCode::unavailable, target.name + ": no answer in time");
    error.ambiguous = true;
    co_return error;
  }
  auto output = answer(node, name, script);
  if (after) after(target.name, name);
  co_return output;
}

ssh::Output FakeFleet::answer(FakeNode& node, const std::string& name, const std::string& script) {
  ssh::Output output;
  if (name == "facts") {
    output.out = fmt::format("owner: {}\ncurrent: {}\nstate: {}\nmanager: systemd\n", node.owner,
                             node.current, node.is_running ? "active running" : "inactive");
    if (!node.current.empty()) {
      config::Health health;
      health.kind = config::Health::Kind::command;
      health.command = "check";
      output.out += fmt::format("version: {}\nfingerprint: {}\nhealth: {}\n", node.current,
                                fingerprint, encode_health(health));
      output.out += "steps: " + node.kept_steps[node.current] + "\n";
    }
    if (!node.record.empty()) output.out += "record: " + node.record + "\n";
    return output;
  }
  if (name == "claim") {
    const auto owner = argument(script, "echo ");
    if (epoch_of(node.owner) >= epoch_of(owner) && node.owner != owner) {
      return {.exit = script::taken_over, .err = node.record};
    }
    node.owner = owner;
  } else if (const auto guard = argument(script, "guard "); !guard.empty() && guard != node.owner) {
    return {.exit = script::taken_over, .err = node.record};
  }
  if (const auto record = argument(script, "record "); !record.empty()) node.record = record;
  if (node.fails.contains(name)) return {.exit = 1, .err = name + " failed as told"};
  const auto release = argument(script, "R=$D/releases/");
  if (name == "prepare") {
    if (node.is_full) return {.exit = script::no_space, .err = "no room"};
    output.out = node.releases.contains(release) ? "have\n" : "need\n";
  } else if (name == "commit") {
    node.releases.insert(release);
  } else if (name == "activate" || name == "serve") {
    if (!node.releases.contains(release)) return {.exit = 1, .err = "release is not there"};
    node.current = release;
    node.is_running = false;
    if (name == "serve" && node.fails.contains("start")) return {.exit = 1, .err = "start failed"};
    node.is_running = name == "serve";
    config::Health health;
    health.kind = config::Health::Kind::command;
    health.command = "check";
    health.deadline = std::chrono::seconds(20);
    output.out = "program: yes\nhealth: " + encode_health(health) + "\n";
  } else if (name == "start") {
    node.is_running = true;
  } else if (name == "stop") {
    node.is_running = false;
  } else if (name == "remove") {
    node.is_running = false;
    node.current.clear();
  } else if (name == "step") {
    node.steps_run.push_back(argument(script, "exec sh -c "));
    output.exit = node.bad_steps.contains(node.steps_run.back()) ? 1 : 0;
    if (output.exit != 0) output.err = node.says;
  } else if (name == "discard") {
    if (release != node.current && !node.kept_steps.contains(release)) node.releases.erase(release);
  } else if (name == "finish") {
    node.kept_steps[node.current] = argument(script, "(umask 077; printf '%s\\n' ");
  } else if (name == "kept-steps") {
    output.out = node.kept_steps[release];
  } else if (name == "evidence") {
    output.out = "state: " + std::string(node.is_running ? "active" : "failed") + "\nlast line";
  }
  return output;
}

Task<std::unique_ptr<ssh::Connection>> FakeFleet::connect(Context, ssh::Target, std::string,
                                                          std::uint16_t) {
  co_return make_error(ErrorCode::unavailable, "the fake has no ports");
}

Task<void> FakeFleet::prove_login(Context ctx, ssh::Target target, std::set<std::string>) {
  co_return co_await reach(ctx, target.name).result();
}

void FakeFleet::forget(const ssh::Target&) {}

}  // namespace ccloud::rollout::testing
