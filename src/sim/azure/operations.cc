// Asynchronous operations: the status document, and the Location form that answers 202 until done.
#include <fmt/format.h>

#include "base/text.h"
#include "sim/azure/arm.h"

namespace ccloud::sim::azure {
namespace {

enum class State { running, succeeded, failed };

/// What the real service asks clients to wait, shortened as everything else is.
int retry_after(const Arm& arm) {
  const auto& options = arm.world.options();
  if (options.latency.boot.high.count() == 0) return 0;
  const auto wait = arm.world.scaled(std::chrono::seconds(10));
  return std::max(1, static_cast<int>(wait.count() / 1000));
}

State state_of(const Arm& arm, Operation& operation) {
  if (arm.world.now() < operation.ready) return State::running;
  const auto* found = arm.find(operation.target);
  const auto* machine = dynamic_cast<const Machine*>(found);
  switch (operation.until) {
    case Until::now:
      break;
    case Until::gone:
      return found == nullptr ? State::succeeded : State::running;
    case Until::running:
      if (machine == nullptr) return State::succeeded;
      if (machine->power == Power::pending) return State::running;
      if (machine->power != Power::failed) break;
      operation.error_code = machine->reason_code == "internal_error" ? "OSProvisioningTimedOut"
                                                                      : machine->reason_code;
      operation.error_message = machine->reason;
      return State::failed;
    case Until::stopped:
      if (machine != nullptr && machine->power == Power::stopping) return State::running;
      break;
  }
  return operation.error_code.empty() ? State::succeeded : State::failed;
}

std::string_view word_of(State state) {
  return state == State::running     ? "InProgress"
         : state == State::succeeded ? "Succeeded"
                                     : "Failed";
}

Response show(Arm& arm) {
  const auto id = arm.args.back();
  const auto known = arm.memory.operations.find(to_lower(id));
  if (known == arm.memory.operations.end()) {
    return refusal(404, "NotFound", fmt::format("The operation '{}' was not found.", id));
  }
  auto& operation = known->second;
  const auto state = state_of(arm, operation);
  if (!arm.param("monitor").empty()) {
    const auto* target = arm.find(operation.target);
    if (state != State::running && target != nullptr && operation.result != nullptr) {
      return one(200, arm, operation.result, *target);
    }
    if (state != State::running) return nothing(200);
    auto response = nothing(202);
    response.headers.emplace_back("Location", arm.base + arm.call.request.url);
    response.headers.emplace_back("Retry-After", std::to_string(retry_after(arm)));
    return response;
  }
  json::Writer out;
  out.begin_object().member("startTime", format_time(operation.started));
  if (state != State::running) out.member("endTime", format_time(arm.world.now()));
  out.member("status", word_of(state)).member("name", id);
  if (state == State::failed) {
    out.key("error").begin_object().member("code", operation.error_code);
    out.member("message", operation.error_message).end_object();
  }
  out.end_object();
  auto response = answer(200, out.take());
  if (state == State::running) {
    response.headers.emplace_back("Retry-After", std::to_string(retry_after(arm)));
  }
  return response;
}

}  // namespace

Response begin(Arm& arm, Response response, Operation operation) {
  const auto id = arm.world.uuid();
  operation.started = arm.world.now();
  const auto* target = arm.find(operation.target);
  if (operation.region.empty() && target != nullptr) operation.region = target->place.region;
  const bool is_compute = to_lower(operation.target).find("microsoft.compute") != std::string::npos;
  const auto path = fmt::format(
      "{}/subscriptions/{}/providers/{}/locations/{}/operations/{}?p={}&api-version={}", arm.base,
      arm.subscription, is_compute ? "Microsoft.Compute" : "Microsoft.Network",
      operation.region.empty() ? "global" : operation.region, id, id, arm.version);
  response.headers.emplace_back("Azure-AsyncOperation", path);
  if (response.status == 202) response.headers.emplace_back("Location", path + "&monitor=true");
  response.headers.emplace_back("Azure-AsyncNotification", "Enabled");
  response.headers.emplace_back("Retry-After", std::to_string(retry_after(arm)));
  arm.memory.operations.emplace(id, std::move(operation));
  return response;
}

Response accepted(Arm& arm, Operation operation) {
  return begin(arm, nothing(202), std::move(operation));
}

std::vector<Route> operation_routes() {
  return {{"GET", in_subscription("/providers/{}/locations/{}/operations/{}"), show}};
}

}  // namespace ccloud::sim::azure
