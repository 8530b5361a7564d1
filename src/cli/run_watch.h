// What is seen of a run while it runs, from its stream of events: a live view on a terminal, one
// line for each event elsewhere, JSON lines for programs.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/live_view.h"
#include "cli/program.h"
#include "deploy/events.h"

namespace ccloud::cli {

/// What a live view knows of a run; pure, so that its picture can be tested.
class RunState {
 public:
  struct Flight {
    std::string address;
    plan::Action action = plan::Action::keep;
    std::string region;
    async::WallTime since{};
    bool is_booting = false;
  };
  struct Failure {
    std::string address;
    std::string message;
    std::string remedy;
  };

  void take(const deploy::Event& event);
  /// Seconds that the plan expects; 0: unknown.
  void expect(std::int64_t seconds) { expected_ = seconds; }
  /// At most `size.rows` lines for a terminal of that size.
  std::vector<std::string> picture(async::WallTime now, Size size, const Style& style) const;

 private:
  std::string title(async::WallTime now, const Style& style) const;
  Share share() const;
  std::string time_left(async::WallTime now) const;

  std::string command_ = "run";
  std::string phase_;
  async::WallTime started_{};
  async::WallTime changing_since_{};
  std::int64_t expected_ = 0;
  deploy::Event::Progress progress_;
  std::map<std::string, Flight> flights_;       // by address
  std::map<std::string, std::string> looking_;  // provider and region: since when asked
  std::map<std::string, std::map<std::string, std::int64_t>> nodes_;    // region: state: count
  std::map<std::string, std::pair<std::string, std::string>> node_at_;  // address: region, state
  std::vector<Failure> failures_;
  std::vector<std::string> notices_;
};

/// One line for people; empty for events that a log can do without.
std::string event_text(const deploy::Event& event, const Style& style, bool is_verbose);

/// Shows a run in the way that fits the streams and options.
class RunWatch {
 public:
  RunWatch(Program& program, async::Loop& loop);
  RunWatch(const RunWatch&) = delete;  // the picture is of this one
  RunWatch& operator=(const RunWatch&) = delete;

  void take(const deploy::Event& event);
  void expect(std::int64_t seconds) { state_.expect(seconds); }
  /// Removes the live view, before something else is printed.
  void pause();

 private:
  Program& program_;
  RunState state_;
  std::unique_ptr<LiveView> view_;  // only on a terminal
};

}  // namespace ccloud::cli
