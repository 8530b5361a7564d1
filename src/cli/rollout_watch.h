// What is seen of a rollout while it runs: the live view that `deploy` has, on a terminal; one line
// for each event elsewhere, JSON lines for programs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/live_view.h"
#include "cli/program.h"
#include "rollout/node.h"

namespace ccloud::cli {

/// What a live view knows of a rollout; pure, so that its picture can be tested.
class RolloutState {
 public:
  explicit RolloutState(std::string command) : command_(std::move(command)) {}

  void take(const rollout::Event& event);
  std::vector<std::string> picture(async::WallTime now, Size size, const Style& style) const;

 private:
  struct Flight {
    std::string place;
    std::string step;
    async::WallTime since{};  ///< of the node's first step
  };
  std::string title(async::WallTime now, const Style& style) const;
  Share share() const;

  std::string command_;
  std::string service_;
  std::string doing_;  ///< the wave, or why it turned round
  async::WallTime started_{};
  async::WallTime baked_at_{};
  std::int64_t done_ = 0;
  std::int64_t failed_ = 0;
  std::int64_t total_ = 0;
  std::map<std::string, Flight> flights_;                             // by node
  std::map<std::string, std::map<std::string, std::string>> places_;  // place: node: its phase
};

/// Of one command, which may roll out several services in turn.
class RolloutWatch {
 public:
  RolloutWatch(Program& program, async::Loop& loop, std::string command);
  RolloutWatch(const RolloutWatch&) = delete;  // the picture is of this one
  RolloutWatch& operator=(const RolloutWatch&) = delete;

  void take(const rollout::Event& event);
  /// Removes the live view, before something else is printed.
  void pause();

 private:
  void tell(std::string text);

  Program& program_;
  RolloutState state_;
  std::unique_ptr<LiveView> view_;  // only on a terminal
};

}  // namespace ccloud::cli
