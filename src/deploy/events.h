// What a run tells while it runs, as one stream: the live view, the lines and `-o jsonl` are all
// made from it. Plain data; nobody waits for the listener.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "async/loop.h"
#include "base/error.h"
#include "plan/plan.h"

namespace ccloud::deploy {

struct Event {
  enum class Kind : std::uint8_t {
    run_started,     ///< message: the command; run is known
    looking,         ///< a provider (region) is being asked what it has
    looked,          ///< it has answered; `error` when it did not; count: nodes found
    resolving,       ///< sizes and images of new nodes
    planned,         ///< a plan is ready; total: changes that will be made
    change_started,  ///< address, action, reason, provider, region, total
    change_done,     ///< likewise, took; `message` for people: "i-0abc, 203.0.113.9"
    change_failed,   ///< likewise, error
    change_skipped,  ///< message: because of what
    waiting,       ///< for nodes of a region to run (or to be gone), when their number has changed
    node_booting,  ///< it was made: address; message: its id
    node_running,  ///< address, took since it was asked for; message: its addresses
    retrying,      ///< a node died at birth and is made again; error: the cloud's words
    rate_limited,  ///< a provider was asked too fast; took: the wait
    note,          ///< message
    run_finished,  ///< message: one sentence
  };
  struct Progress {
    std::int64_t done = 0;  ///< changes, or nodes that are where they shall be
    std::int64_t failed = 0;
    std::int64_t in_flight = 0;
    std::int64_t total = 0;
  };

  Kind kind = Kind::note;
  async::WallTime at{};
  std::string run;
  std::string address;
  plan::Action action = plan::Action::keep;
  plan::Reason reason = plan::Reason::as_wanted;
  std::string provider;
  std::string region;
  std::string message;
  std::optional<Error> error;
  async::Duration took{0};
  Progress progress;  ///< of the whole run, in every event
};
std::string_view to_string(Event::Kind kind);

struct ChangeResult;
/// change_started.
Event start_of(const plan::Change& change);
/// change_done, change_failed or change_skipped.
Event end_of(const ChangeResult& result, async::Duration took);

using Listener = std::function<void(const Event&)>;

}  // namespace ccloud::deploy
