// Operations: every mutation answers with one; what failed shows in it, under HTTP 200.
#include <algorithm>

#include <fmt/format.h>

#include "sim/gcp/listing.h"
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {
namespace {

constexpr std::string_view google = "https://www.googleapis.com/compute/v1/";

void finish(Gce& gce, Operation& operation) {
  operation.is_done = true;
  operation.ended = gce.world.now();
}

void fail_boot(Operation& operation, const std::string& reason) {
  operation.error_code = "INTERNAL_ERROR";
  operation.error_message = "Internal error. Please try again or contact Google Support. (Code: '" +
                            (reason.empty() ? std::string("boot") : reason) + "')";
  operation.error_status = 503;
}

/// Whether it has ended by now.
void settle(Gce& gce, Operation& operation) {
  if (operation.is_done || gce.world.now() < operation.ready) return;
  const auto* found = operation.until == Until::now
                          ? nullptr
                          : gce.world.find(operation.place, operation.target_id);
  const auto* machine = dynamic_cast<const Machine*>(found);
  switch (operation.until) {
    case Until::now:
      break;
    case Until::gone:
      if (machine != nullptr && machine->power != Power::terminated) return;
      if (machine == nullptr && found != nullptr) return;
      break;
    case Until::running: {
      const bool is_dead = machine == nullptr || machine->power == Power::failed;
      if (is_dead) fail_boot(operation, machine == nullptr ? "" : machine->reason);
      if (!is_dead && machine->power == Power::pending) return;
      gce.memory.boots.erase(operation.target_id);
      break;
    }
    case Until::stopped:
      if (machine != nullptr && machine->power == Power::stopping) return;
      break;
  }
  finish(gce, operation);
}

std::string_view http_message(int status) {
  switch (status) {
    case 400:
      return "BAD REQUEST";
    case 403:
      return "FORBIDDEN";
    case 404:
      return "NOT FOUND";
    case 409:
      return "CONFLICT";
    default:
      return "SERVICE UNAVAILABLE";
  }
}

void write_error(json::Writer& out, const Operation& operation) {
  out.key("error").begin_object().key("errors").begin_array().begin_object();
  out.member("code", operation.error_code).member("message", operation.error_message);
  out.end_object().end_array().end_object();
  out.member("httpErrorStatusCode", operation.error_status);
  out.member("httpErrorMessage", http_message(operation.error_status));
}

void write_operation(json::Writer& out, const Gce& gce, const Operation& operation) {
  const auto link = fmt::format("{}projects/{}/{}", google, gce.project.id, operation.scope);
  // At the moment of the request it has not begun yet.
  const bool is_pending = !operation.is_done && gce.world.now() == operation.started;
  out.begin_object().member("kind", "compute#operation").member("id", operation.id);
  out.member("name", operation.name);
  if (operation.scope.starts_with("zones/")) out.member("zone", link);
  if (operation.scope.starts_with("regions/")) out.member("region", link);
  if (!operation.request_id.empty()) out.member("clientOperationId", operation.request_id);
  if (!operation.group.empty()) out.member("operationGroupId", operation.group);
  out.member("operationType", operation.kind).member("targetLink", operation.target_link);
  if (!operation.target_id.empty()) out.member("targetId", operation.target_id);
  out.member("status", operation.is_done ? "DONE" : (is_pending ? "PENDING" : "RUNNING"));
  out.member("user", operation.user).member("progress", operation.is_done ? 100 : 0);
  out.member("insertTime", time_text(operation.started));
  if (!is_pending) out.member("startTime", time_text(operation.started));
  if (operation.is_done) out.member("endTime", time_text(operation.ended));
  if (operation.is_done && !operation.error_code.empty()) write_error(out, operation);
  out.member("selfLink", fmt::format("{}/operations/{}", link, operation.name)).end_object();
}

void write_item(json::Writer& out, const Gce& gce, const Item& item) {
  write_operation(out, gce, *static_cast<const Operation*>(item.fact));
}

Operation* find_operation(Gce& gce) {
  auto& all = gce.memory.operations[gce.scope()];
  auto found = all.find(gce.args.at(0));
  if (found == all.end()) {
    found =
        std::ranges::find_if(all, [&](const auto& one) { return one.second.id == gce.args[0]; });
  }
  return found == all.end() ? nullptr : &found->second;
}

Response show(Gce& gce) {
  auto* operation = find_operation(gce);
  return operation == nullptr ? not_found_target(gce, "operations")
                              : show_operation(gce, *operation);
}

std::vector<Item> items_of(Gce& gce, const std::string& scope) {
  std::vector<Item> items;
  for (auto& [name, operation] : gce.memory.operations[scope]) {
    settle(gce, operation);
    items.push_back(
        {.name = name, .scope = operation.scope, .created = operation.started, .fact = &operation});
  }
  return items;
}

Response list_all(Gce& gce) {
  return list(gce, "operation", "operations", items_of(gce, gce.scope()), write_item);
}

Response list_everywhere(Gce& gce) {
  std::vector<std::string> scopes = {"global"};
  scopes.insert(scopes.end(), region_scopes().begin(), region_scopes().end());
  scopes.insert(scopes.end(), zone_scopes().begin(), zone_scopes().end());
  std::vector<Item> items;
  for (const auto& scope : scopes) {
    auto some = items_of(gce, scope);
    items.insert(items.end(), some.begin(), some.end());
  }
  return aggregate(gce, "operation", "operations", scopes, std::move(items), write_item);
}

Response remove(Gce& gce) {
  auto* operation = find_operation(gce);
  if (operation == nullptr) return not_found_target(gce, "operations");
  gce.memory.operations[gce.scope()].erase(operation->name);
  return {.status = 204, .headers = {}, .body = {}};
}

}  // namespace

Response show_operation(Gce& gce, Operation& operation) {
  settle(gce, operation);
  json::Writer out;
  write_operation(out, gce, operation);
  return answer(200, out.take());
}

Response begin(Gce& gce, std::string_view kind, const Resource* target, Operation operation) {
  if (target == nullptr) {
    const std::string link = operation.target_link;
    const std::string id = operation.target_id;
    return begin_at(gce, kind, link, id, std::move(operation));
  }
  operation.place = target->place;
  // What is new is there once reads see it.
  operation.ready = std::max(operation.ready, target->visible_from);
  return begin_at(gce, kind, link_of(*target), target->id, std::move(operation));
}

Response begin_at(Gce& gce, std::string_view kind, const std::string& link, const std::string& id,
                  Operation operation) {
  using namespace std::chrono;
  operation.started = gce.world.now();
  operation.kind = kind;
  operation.target_link = link;
  operation.target_id = id;
  operation.scope = gce.scope();
  operation.user = gce.user;
  operation.request_id = gce.request_id;
  operation.id = numeric_id(gce.world);
  // What is changed or taken away takes as long as a new thing takes to be seen.
  const bool is_short = operation.until == Until::now || operation.until == Until::gone;
  if (is_short && operation.ready <= operation.started) {
    operation.ready = operation.started + gce.world.sample(gce.world.options().latency.lag);
  }
  const auto at = duration_cast<milliseconds>(operation.started.time_since_epoch()).count();
  operation.name = fmt::format("operation-{}-{}-{}-{}", at, gce.world.hex_id(13),
                               gce.world.hex_id(8), gce.world.hex_id(8));
  if (!gce.request_id.empty()) {
    gce.memory.requests[gce.request_id] = {operation.scope, operation.name};
  }
  if (operation.until == Until::running) {
    gce.memory.boots[id] = {operation.scope, operation.name};
  }
  const bool is_done = operation.is_done;
  const auto name = operation.name;
  auto& kept =
      gce.memory.operations[operation.scope].emplace(name, std::move(operation)).first->second;
  if (is_done) kept.ended = kept.started;
  json::Writer out;
  write_operation(out, gce, kept);
  return answer(200, out.take());
}

std::vector<Route> operation_routes() {
  return {{"zoneOperations.list", "GET", "zones/{}/operations", list_all, list_params, ""},
          {"zoneOperations.get", "GET", "zones/{}/operations/{}", show, "", ""},
          {"zoneOperations.wait", "POST", "zones/{}/operations/{}/wait", show, "", ""},
          {"zoneOperations.delete", "DELETE", "zones/{}/operations/{}", remove, "", ""},
          {"regionOperations.list", "GET", "regions/{}/operations", list_all, list_params, ""},
          {"regionOperations.get", "GET", "regions/{}/operations/{}", show, "", ""},
          {"regionOperations.wait", "POST", "regions/{}/operations/{}/wait", show, "", ""},
          {"regionOperations.delete", "DELETE", "regions/{}/operations/{}", remove, "", ""},
          {"globalOperations.list", "GET", "global/operations", list_all, list_params, ""},
          {"globalOperations.get", "GET", "global/operations/{}", show, "", ""},
          {"globalOperations.wait", "POST", "global/operations/{}/wait", show, "", ""},
          {"globalOperations.delete", "DELETE", "global/operations/{}", remove, "", ""},
          {"globalOperations.aggregatedList", "GET", "aggregated/operations", list_everywhere,
           "filter includeAllScopes maxResults orderBy pageToken returnPartialSuccess "
           "serviceProjectNumber",
           ""}};
}

}  // namespace ccloud::sim::gcp
