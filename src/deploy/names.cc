// Names of the enumerations in events and results, and what results are made from.
#include <algorithm>
#include <array>

#include "deploy/events.h"
#include "deploy/results.h"

namespace ccloud::deploy {

std::string_view to_string(Event::Kind kind) {
  constexpr std::array<std::string_view, 16> names = {
      "run_started",    "looking",        "looked",       "resolving",
      "planned",        "change_started", "change_done",  "change_failed",
      "change_skipped", "waiting",        "node_booting", "node_running",
      "retrying",       "rate_limited",   "note",         "run_finished"};
  return names.at(static_cast<std::size_t>(kind));
}

std::string_view to_string(Outcome outcome) {
  constexpr std::array<std::string_view, 3> names = {"done", "failed", "skipped"};
  return names.at(static_cast<std::size_t>(outcome));
}

std::string_view to_string(Check::State state) {
  constexpr std::array<std::string_view, 4> names = {"good", "warning", "bad", "skipped"};
  return names.at(static_cast<std::size_t>(state));
}

ChangeResult result_of(const plan::Change& change) {
  ChangeResult result;
  result.address = change.address;
  result.kind = change.kind;
  result.action = change.action;
  result.reason = change.reason;
  result.why = change.why;
  result.provider = change.provider;
  result.region = change.region;
  return result;
}

Event start_of(const plan::Change& change) {
  Event event;
  event.kind = Event::Kind::change_started;
  event.address = change.address;
  event.action = change.action;
  event.reason = change.reason;
  event.provider = change.provider;
  event.region = change.region;
  return event;
}

Event end_of(const ChangeResult& result, async::Duration took) {
  Event event;
  event.kind = result.outcome == Outcome::done     ? Event::Kind::change_done
               : result.outcome == Outcome::failed ? Event::Kind::change_failed
                                                   : Event::Kind::change_skipped;
  event.address = result.address;
  event.action = result.action;
  event.reason = result.reason;
  event.provider = result.provider;
  event.region = result.region;
  event.error = result.error;
  event.took = took;
  event.message = result.outcome == Outcome::skipped ? result.skipped_because : result.id;
  if (!result.public_ip.empty()) event.message += ", " + result.public_ip;
  return event;
}

std::int64_t RunResult::count(Outcome outcome) const {
  return std::ranges::count_if(changes,
                               [&](const ChangeResult& c) { return c.outcome == outcome; });
}

}  // namespace ccloud::deploy
