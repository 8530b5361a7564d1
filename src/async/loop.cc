// The loop over Boost.Asio: Asio waits for sockets and for our next timer; the timers themselves
// are ours, so that a virtual clock can move them.
#include "async/loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <deque>
#include <map>
#include <mutex>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/check.h"

namespace ccloud::async {

namespace asio = boost::asio;

struct Loop::State {
  explicit State(ClockKind kind) : clock(kind), alarm(io) {}

  using Key = std::pair<TimePoint, TimerId>;

  ClockKind clock;
  asio::io_context io{1};
  asio::steady_timer alarm;
  std::optional<TimePoint> alarm_at;
  bool is_fire_posted = false;
  TimePoint virtual_now{};
  TimerId next_timer = 1;
  std::map<Key, std::function<void()>> timers;
  std::unordered_map<TimerId, TimePoint> due;
  std::unique_ptr<asio::thread_pool> pool;
  std::size_t blocking = 0;
  std::vector<Task<void>> owned;

  TimePoint now() const {
    return clock == ClockKind::real ? TimePoint(std::chrono::steady_clock::now()) : virtual_now;
  }

  /// Runs what is due; true if anything was.
  bool fire() {
    bool any = false;
    const auto until = now();
    while (!timers.empty() && timers.begin()->first.first <= until) {
      auto node = timers.extract(timers.begin());
      due.erase(node.key().second);
      any = true;
      node.mapped()();
    }
    return any;
  }

  /// What is due already needs no alarm, which would cost three system calls.
  void fire_soon() {
    if (std::exchange(is_fire_posted, true)) return;
    asio::post(io, [this] {
      is_fire_posted = false;
      fire();
      arm();
    });
  }

  void arm() {
    if (clock != ClockKind::real) return;
    if (timers.empty()) return;
    const auto next = timers.begin()->first.first;
    if (next <= now()) return fire_soon();
    if (alarm_at.has_value() && *alarm_at <= next) return;
    alarm_at = next;
    alarm.expires_at(std::chrono::time_point_cast<asio::steady_timer::duration>(next));
    alarm.async_wait([this](const boost::system::error_code& problem) {
      if (problem) return;  // moved to an earlier time
      alarm_at.reset();
      fire();
      arm();
    });
  }
};

Loop::Loop(ClockKind clock) : state_(std::make_unique<State>(clock)) {}

Loop::~Loop() {
  if (state_->pool) state_->pool->join();
  state_->owned.clear();
  state_->timers.clear();
}

TimePoint Loop::now() const { return state_->now(); }

WallTime Loop::wall_now() const {
  if (state_->clock == ClockKind::real) return std::chrono::system_clock::now();
  constexpr auto start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
  return start +
         std::chrono::duration_cast<WallTime::duration>(state_->virtual_now.time_since_epoch());
}

void Loop::post(std::function<void()> fn) { asio::post(state_->io, std::move(fn)); }

TimerId Loop::at(TimePoint when, std::function<void()> fn) {
  const auto id = state_->next_timer++;
  state_->timers.emplace(State::Key(when, id), std::move(fn));
  state_->due.emplace(id, when);
  state_->arm();
  return id;
}

void Loop::cancel(TimerId timer) {
  const auto found = state_->due.find(timer);
  if (found == state_->due.end()) return;
  state_->timers.erase(State::Key(found->second, timer));
  state_->due.erase(found);
}

void Loop::spawn(Task<void> task) {
  std::erase_if(state_->owned, [](const Task<void>& old) { return old.handle().done(); });
  state_->owned.push_back(std::move(task));
  state_->owned.back().handle().resume();
}

void Loop::run_blocking(std::function<void()> fn, std::function<void()> done) {
  if (!state_->pool) state_->pool = std::make_unique<asio::thread_pool>(4);
  ++state_->blocking;
  asio::post(*state_->pool, [this, fn = std::move(fn), done = std::move(done),
                             guard = asio::make_work_guard(state_->io)]() mutable {
    fn();
    asio::post(state_->io, [this, done = std::move(done)] {
      --state_->blocking;
      done();
    });
  });
}

void* Loop::native() { return &state_->io; }

void Loop::start(std::coroutine_handle<> handle) {
  post([handle] { handle.resume(); });
}

void Loop::run_until(const bool* is_done) {
  auto& state = *state_;
  const auto guard = asio::make_work_guard(state.io);
  state.io.restart();
  state.arm();
  while (!*is_done) {
    if (state.clock == ClockKind::real) {
      state.io.run_one();
      continue;
    }
    if (state.io.poll_one() > 0) continue;
    if (state.blocking > 0) {
      state.io.run_one();
      continue;
    }
    // Nothing is ready: jump to the next timer. Without one nobody could ever end the task, unless
    // a socket does.
    if (state.timers.empty()) {
      state.io.run_one();
      continue;
    }
    state.virtual_now = std::max(state.virtual_now, state.timers.begin()->first.first);
    state.fire();
  }
}

}  // namespace ccloud::async
