// Context: a tree of states; an end travels downwards.
#include "async/context.h"

#include <map>
#include <vector>

#include "async/completion.h"

namespace ccloud::async {

struct Context::State {
  explicit State(Loop& l) : loop(&l) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    if (timer != 0) loop->cancel(timer);
  }

  void end(const Error& why) {
    if (ended.has_value()) return;
    ended = why;
    for (auto& [id, hook] : std::exchange(hooks, {})) hook(why);
  }

  Loop* loop;
  std::optional<Error> ended;
  std::optional<TimePoint> deadline;
  TimerId timer = 0;
  std::uint64_t next_hook = 1;
  std::map<std::uint64_t, std::function<void(const Error&)>> hooks;
  CancelHook parent_hook;
};

Context::Context(Loop& loop) : state_(std::make_shared<State>(loop)) {}

Loop& Context::loop() const { return *state_->loop; }

Context Context::child() const {
  auto state = std::make_shared<State>(*state_->loop);
  state->deadline = state_->deadline;
  state->parent_hook = on_end([weak = std::weak_ptr<State>(state)](const Error& why) {
    if (const auto strong = weak.lock()) strong->end(why);
  });
  return Context(std::move(state));
}

Context Context::with_timeout(Duration timeout) const {
  Context made = child();
  const TimePoint when = now() + timeout;
  if (made.state_->deadline.has_value() && *made.state_->deadline <= when) return made;
  made.state_->deadline = when;
  made.state_->timer = loop().at(when, [weak = std::weak_ptr<State>(made.state_)] {
    if (const auto strong = weak.lock()) {
      strong->timer = 0;
      strong->end(make_error(ErrorCode::timed_out, "no answer in time"));
    }
  });
  return made;
}

void Context::cancel(Error why) const { state_->end(why); }
void Context::cancel() const { state_->end(make_error(ErrorCode::cancelled, "interrupted")); }
std::optional<Error> Context::ended() const { return state_->ended; }

Result<void> Context::check() const {
  if (state_->ended.has_value()) return *state_->ended;
  return {};
}

std::optional<Duration> Context::remaining() const {
  if (!state_->deadline.has_value()) return std::nullopt;
  return *state_->deadline - now();
}

CancelHook Context::on_end(std::function<void(const Error&)> fn) const {
  if (state_->ended.has_value()) {
    fn(*state_->ended);
    return {};
  }
  const auto id = state_->next_hook++;
  state_->hooks.emplace(id, std::move(fn));
  return CancelHook([weak = std::weak_ptr<State>(state_), id] {
    if (const auto strong = weak.lock()) strong->hooks.erase(id);
  });
}

Task<void> Context::sleep(Duration duration) const {
  const Context self = *this;
  co_await self.check();
  CancelHook hook;
  TimerId timer = 0;
  Loop& on = self.loop();
  auto slept = co_await suspend<void>(on, [&](Completion<void> completion) {
    timer = on.at(on.now() + duration, [completion] { completion.complete({}); });
    hook = self.on_end([completion](const Error& why) { completion.complete(why); });
  });
  on.cancel(timer);
  co_return slept;
}

}  // namespace ccloud::async
