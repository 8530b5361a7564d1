// Reading fault rules, and deciding whether one strikes.
#include "sim/faults.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"
#include "json/reader.h"

namespace ccloud::sim {
namespace {

struct Name {
  FaultKind kind;
  std::string_view name;
};
constexpr std::array names = {
    Name{FaultKind::throttle, "throttle"},
    Name{FaultKind::error, "error"},
    Name{FaultKind::unavailable, "unavailable"},
    Name{FaultKind::reset, "reset"},
    Name{FaultKind::timeout, "timeout"},
    Name{FaultKind::lost_reply, "lost-reply"},
    Name{FaultKind::stale, "stale"},
    Name{FaultKind::capacity, "capacity"},
    Name{FaultKind::quota, "quota"},
    Name{FaultKind::empty_page, "empty-page"},
    Name{FaultKind::expired, "expired"},
    Name{FaultKind::slow, "slow"},
    Name{FaultKind::slow_boot, "slow-boot"},
    Name{FaultKind::fail_boot, "fail-boot"},
};

bool is_boot(FaultKind kind) {
  return kind == FaultKind::slow_boot || kind == FaultKind::fail_boot;
}

Error bad(std::string message) {
  return make_error(ErrorCode::invalid_argument, "faults: " + std::move(message));
}

Result<FaultRule> parse_rule(json::Value value) {
  constexpr std::array known = {"fault",       "cloud", "region", "zone",    "action",
                                "probability", "after", "count",  "seconds", "retry_after"};
  if (!value.is_object()) return bad("a rule is an object");
  for (const auto& member : value.members()) {
    if (std::ranges::find(known, member.key) == known.end()) {
      return bad(fmt::format("unknown key \"{}\"", member.key));
    }
  }
  FaultRule rule;
  const auto kind = parse_fault_kind(value.get("fault").string_or());
  if (!kind) return bad(fmt::format("unknown fault \"{}\"", value.get("fault").string_or()));
  rule.kind = *kind;
  rule.cloud = value.get("cloud").string_or("*");
  rule.region = value.get("region").string_or("*");
  rule.action = value.get("action").string_or("*");
  rule.zone = value.get("zone").string_or("*");
  rule.probability = value.get("probability").as_double().value_or(1);
  rule.after = static_cast<int>(value.get("after").int_or(0));
  if (const auto count = value.get("count").as_int()) rule.count = static_cast<int>(*count);
  const double seconds = value.get("seconds").as_double().value_or(
      rule.kind == FaultKind::stale ? 5 : (rule.kind == FaultKind::slow ? 2 : 30));
  rule.by = Duration(static_cast<Duration::rep>(seconds * 1000));
  if (const auto retry = value.get("retry_after").as_int())
    rule.retry_after = std::chrono::seconds(*retry);
  if (rule.zone != "*" && rule.kind != FaultKind::capacity) return bad("zone is for capacity");
  if (rule.probability < 0 || rule.probability > 1) return bad("probability is from 0 to 1");
  if (rule.after < 0 || seconds < 0 || rule.count.value_or(0) < 0) {
    return bad("after, count and seconds are not negative");
  }
  return rule;
}

}  // namespace

std::optional<FaultKind> parse_fault_kind(std::string_view name) {
  const auto found = std::ranges::find(names, name, &Name::name);
  return found == names.end() ? std::nullopt : std::optional(found->kind);
}

std::string_view to_string(FaultKind kind) {
  return std::ranges::find(names, kind, &Name::kind)->name;
}

Result<std::vector<FaultRule>> Faults::parse(std::string_view json) {
  const auto document = json::parse(json);
  if (!document) return bad("not JSON: " + document.error().message);
  const auto list = document->root().get("rules");
  if (!list.is_array()) return bad("\"rules\" is missing or no list");
  std::vector<FaultRule> rules;
  for (const auto& item : list.items()) {
    auto rule = parse_rule(item);
    if (!rule) return rule.error();
    rules.push_back(std::move(*rule));
  }
  return rules;
}

void Faults::add(std::vector<FaultRule> rules) {
  rules_.insert(rules_.end(), std::make_move_iterator(rules.begin()),
                std::make_move_iterator(rules.end()));
}

bool Faults::strikes(FaultRule& rule, std::string_view cloud, std::string_view region,
                     std::string_view action, World& world) {
  if (!glob_match(rule.cloud, cloud) || !glob_match(rule.region, region) ||
      !glob_match(rule.action, action)) {
    return false;
  }
  if (rule.matched++ < rule.after) return false;
  if (rule.count && rule.used >= *rule.count) return false;
  if (rule.probability < 1 && world.chance() >= rule.probability) return false;
  ++rule.used;
  return true;
}

const FaultRule* Faults::strike(const CallInfo& info, std::string_view cloud, World& world) {
  for (auto& rule : rules_) {
    if (is_boot(rule.kind)) continue;
    if (rule.kind == FaultKind::stale && info.is_write) continue;
    if (strikes(rule, cloud, info.region, info.action, world)) return &rule;
  }
  return nullptr;
}

const FaultRule* Faults::strike_boot(const Machine& machine, World& world) {
  for (auto& rule : rules_) {
    if (!is_boot(rule.kind)) continue;
    if (strikes(rule, machine.place.cloud, machine.place.region, machine.size, world)) return &rule;
  }
  return nullptr;
}

}  // namespace ccloud::sim
