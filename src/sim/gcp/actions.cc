// Power of machines.
#include "sim/gcp/parts.h"

namespace ccloud::sim::gcp {
namespace {

/// Of a machine that can be acted on, or the refusal.
template <class Act>
Response act(Gce& gce, std::string_view kind, Until until, Act run) {
  auto* machine = gce.target<Machine>(type::instances);
  if (machine == nullptr) return not_found_target(gce, type::instances);
  if (machine->power == Power::terminating) return not_ready(gce, *machine);
  Operation operation{.until = until};
  if (auto refused = run(*machine, operation)) return *refused;
  return begin(gce, kind, machine, std::move(operation));
}

using Refused = std::optional<Response>;

void no_change(Operation& operation) {
  operation.until = Until::now;
  operation.is_done = true;
}

Refused wrong_state(const Machine& machine, std::string_view why) {
  return refusal(400, "invalidResourceUsage",
                 "Invalid resource usage: '" + path_of(machine) + " " + std::string(why) + "'.");
}

Response start(Gce& gce) {
  return act(gce, "start", Until::running, [&](Machine& machine, Operation& operation) -> Refused {
    if (machine.power == Power::stopping) return not_ready(gce, machine);
    if (field(machine, "suspended") == "true")
      return wrong_state(machine, "is suspended: resume it");
    if (machine.power != Power::stopped) {
      no_change(operation);
      return std::nullopt;
    }
    if (gce.call.is_full(gce.zone)) {
      operation.until = Until::now;
      no_room(gce, operation);
      return std::nullopt;
    }
    gce.world.start(machine);
    return std::nullopt;
  });
}

Response stop(Gce& gce) {
  return act(gce, "stop", Until::stopped, [&](Machine& machine, Operation& operation) -> Refused {
    if (machine.power == Power::stopped) {
      machine.fields.erase("suspended");
      no_change(operation);
    } else if (machine.power != Power::stopping) {
      gce.world.stop(machine);
    }
    return std::nullopt;
  });
}

Response reset(Gce& gce) {
  return act(gce, "reset", Until::now, [&](Machine& machine, Operation&) -> Refused {
    if (machine.power != Power::running) return not_ready(gce, machine);
    gce.world.reboot(machine);
    return std::nullopt;
  });
}

Response suspend(Gce& gce) {
  return act(gce, "suspend", Until::stopped, [&](Machine& machine, Operation&) -> Refused {
    if (machine.power != Power::running) return not_ready(gce, machine);
    machine.fields["suspended"] = "true";
    gce.world.stop(machine);
    return std::nullopt;
  });
}

Response resume(Gce& gce) {
  return act(gce, "resume", Until::running, [&](Machine& machine, Operation&) -> Refused {
    if (machine.power != Power::stopped || field(machine, "suspended") != "true") {
      return wrong_state(machine, "is not suspended");
    }
    machine.fields.erase("suspended");
    gce.world.start(machine);
    return std::nullopt;
  });
}

}  // namespace

std::vector<Route> action_routes() {
  return {{"instances.start", "POST", "zones/{}/instances/{}/start", start, "requestId", ""},
          {"instances.stop", "POST", "zones/{}/instances/{}/stop", stop,
           "requestId discardLocalSsd noGracefulShutdown", ""},
          {"instances.reset", "POST", "zones/{}/instances/{}/reset", reset, "requestId", ""},
          {"instances.suspend", "POST", "zones/{}/instances/{}/suspend", suspend,
           "requestId discardLocalSsd", ""},
          {"instances.resume", "POST", "zones/{}/instances/{}/resume", resume, "requestId", ""}};
}

}  // namespace ccloud::sim::gcp
