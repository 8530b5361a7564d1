// A node as the rollout needs it, and the services it may use. Made by the caller from what the
// cloud shows and the config says.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "async/context.h"
#include "config/model.h"
#include "ssh/shell.h"

namespace ccloud::rollout {

struct Node {
  std::string name{};
  std::string place{};  ///< the code; a name of its own for existing nodes
  std::string provider{};
  std::string region{};
  std::string address{};  ///< where `from: "outside"` asks; also the placeholder
  ssh::Target target{};
  /// Why it cannot be reached at all ("stopped"), when the cloud says so; empty: try.
  std::string down{};
};

/// What happens to a service, as it happens.
struct Event {
  enum class Kind {
    started,   ///< message: what, from whom
    wave,      ///< a wave begins: wave, waves; message: its places
    step,      ///< a node's step begins: node, place, step
    settled,   ///< a node reached a phase: outcome is its name; error when it failed
    evidence,  ///< message: what the node says about the failure, several lines
    baking,    ///< took: how long
    waiting,   ///< message: why nothing moves
    back,      ///< the rollout turns round; message: why
    note,
    finished,  ///< message: one sentence; outcome: the ending
  };
  Kind kind = Kind::note;
  async::WallTime at{};
  std::string service{};
  std::string rollout{};
  std::string node{};
  std::string place{};
  std::size_t wave = 0;  ///< from 1
  std::size_t waves = 0;
  std::string step{};
  std::string outcome{};
  std::string message{};
  std::string error{};
  async::Duration took{0};
  std::int64_t done = 0;  ///< nodes that have the wanted release
  std::int64_t failed = 0;
  std::int64_t total = 0;
};
std::string_view to_string(Event::Kind kind);

struct Tools {
  async::Loop* loop = nullptr;
  ssh::Shell* shell = nullptr;
  std::function<void(const Event&)> listener{};
  std::string run_id{};         ///< of this run; names the rollout it starts
  std::string operator_name{};  ///< "anna@laptop"
  std::string base{};           ///< the config's folder: local steps run there
  async::Duration connect_timeout = std::chrono::seconds(20);
  async::Duration step_timeout = std::chrono::minutes(10);
  std::size_t width = 256;  ///< nodes asked at the same time
};

}  // namespace ccloud::rollout
