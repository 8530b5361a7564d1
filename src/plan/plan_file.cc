// `ccloud.plan/1`, both ways.
#include "plan/plan_file.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "base/remedy.h"
#include "json/reader.h"
#include "json/writer.h"

namespace ccloud::plan {
namespace {

constexpr std::string_view schema = "ccloud.plan/1";

void write_facts(json::Writer& out, std::string_view name, const Facts& facts) {
  out.key(name);
  if (facts.empty()) {
    out.value(nullptr);
    return;
  }
  out.begin_object();
  for (const auto& [key, value] : facts) out.member(key, value);
  out.end_object();
}

void write_change(json::Writer& out, const Plan& plan, const Change& change) {
  out.begin_object();
  out.member("address", change.address);
  out.member("kind", to_string(change.kind));
  out.member("action", to_string(change.action));
  out.member("reason", to_string(change.reason));
  out.member("why", change.why);
  out.member("provider", change.provider);
  out.member("region", change.region);
  write_facts(out, "before", change.before);
  write_facts(out, "after", change.after);
  out.key("depends_on").begin_array();
  for (const auto index : change.depends_on) out.value(plan.changes[index].address);
  out.end_array();
  if (change.needs_prune) out.member("needs_prune", true);
  out.end_object();
}

void write_birth(json::Writer& out, const Birth& birth) {
  out.begin_object();
  out.member("cluster", birth.cluster).member("place", birth.place);
  out.member("provider", birth.provider).member("region", birth.region);
  out.member("type", birth.type).member("why", birth.type_why);
  out.member("next", birth.next_types).member("zones", birth.zones);
  out.member("image", birth.image.id).member("image_name", birth.image.name);
  out.end_object();
}

void write_error(json::Writer& out, const Error& error) {
  out.begin_object();
  out.member("code", to_string(error.code)).member("message", error.message);
  out.member("remedy", remedy_of(error)).member("retryable", error.retryable);
  for (const auto& [key, text] : {std::pair("provider", error.provider),
                                  {"region", error.region},
                                  {"request_id", error.request_id}}) {
    out.key(key);
    text.empty() ? out.value(nullptr) : out.value(text);
  }
  out.end_object();
}

Facts read_facts(json::Value value) {
  Facts facts;
  for (const auto& member : value.members()) {
    facts.emplace_back(std::string(member.key), member.value.string_or());
  }
  return facts;
}

Error not_a_plan(std::string_view what) {
  return make_error(ErrorCode::invalid_argument, fmt::format("this is not a plan file: {}", what),
                    "make one with: ccloud plan --out FILE");
}

Result<Change> read_change(json::Value value) {
  Change change;
  change.address = value.get("address").string_or();
  const auto kind = parse_kind(value.get("kind").string_or());
  const auto action = parse_action(value.get("action").string_or());
  const auto reason = parse_reason(value.get("reason").string_or());
  if (change.address.empty() || !kind || !action || !reason) {
    return not_a_plan("a change lacks its address, kind, action or reason");
  }
  change.kind = *kind;
  change.action = *action;
  change.reason = *reason;
  change.why = value.get("why").string_or();
  change.provider = value.get("provider").string_or();
  change.region = value.get("region").string_or();
  change.before = read_facts(value.get("before"));
  change.after = read_facts(value.get("after"));
  change.needs_prune = value.get("needs_prune").bool_or(false);
  return change;
}

}  // namespace

std::string to_json(const Plan& plan, bool with_keeps) {
  json::Writer out(json::Layout::pretty);
  out.begin_object();
  out.member("schema", schema).member("project", plan.project);
  out.member("environment", plan.environment).member("fingerprint", plan.fingerprint);
  out.member("selectors", plan.selectors);
  out.key("changes").begin_array();
  for (const auto& change : plan.changes) {
    if (with_keeps || change.action != Action::keep) write_change(out, plan, change);
  }
  out.end_array();
  out.key("summary").begin_object();
  for (std::size_t i = 0; i < action_count; ++i) {
    out.member(to_string(static_cast<Action>(i)), plan.summary[i]);
  }
  out.end_object();
  out.key("estimate").begin_object();
  out.member("calls", plan.estimate.calls).member("seconds", plan.estimate.seconds);
  out.end_object();
  out.key("births").begin_array();
  for (const auto& birth : plan.births) write_birth(out, birth);
  out.end_array();
  out.member("notes", plan.notes);
  out.key("errors").begin_array();
  for (const auto& problem : plan.problems) write_error(out, problem.error);
  out.end_array();
  out.key("refusals").begin_array();
  for (const auto& refusal : plan.refusals) {
    out.begin_object();
    out.member("guard", to_string(refusal.guard)).member("message", refusal.message);
    out.member("remedy", refusal.remedy).member("addresses", refusal.addresses);
    out.end_object();
  }
  out.end_array();
  out.end_object();
  return out.take();
}

Result<Plan> from_json(std::string_view text) {
  auto document = json::parse(text);
  if (!document) return not_a_plan(document.error().message);
  const auto root = document->root();
  if (root.get("schema").string_or() != schema) {
    return not_a_plan(fmt::format("its schema is not {}", schema));
  }
  Plan plan;
  plan.project = root.get("project").string_or();
  plan.environment = root.get("environment").string_or();
  plan.fingerprint = root.get("fingerprint").string_or();
  if (plan.project.empty() || plan.fingerprint.empty()) {
    return not_a_plan("project or fingerprint is missing");
  }
  for (const auto& selector : root.get("selectors").items()) {
    plan.selectors.push_back(selector.string_or());
  }
  std::map<std::string, std::uint32_t, std::less<>> indexes;
  for (const auto& item : root.get("changes").items()) {
    auto change = read_change(item);
    if (!change) return std::move(change.error());
    for (const auto& needed : item.get("depends_on").items()) {
      const auto at = indexes.find(needed.string_or());
      if (at != indexes.end()) change->depends_on.push_back(at->second);
    }
    indexes.emplace(change->address, static_cast<std::uint32_t>(plan.changes.size()));
    plan.changes.push_back(std::move(*change));
  }
  for (std::size_t i = 0; i < action_count; ++i) {
    plan.summary[i] = root.get("summary").get(to_string(static_cast<Action>(i))).int_or(0);
  }
  plan.estimate.calls = root.get("estimate").get("calls").int_or(0);
  plan.estimate.seconds = root.get("estimate").get("seconds").int_or(0);
  for (const auto& note : root.get("notes").items()) plan.notes.push_back(note.string_or());
  return plan;
}

}  // namespace ccloud::plan
