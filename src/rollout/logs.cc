#include "rollout/logs.h"

#include <deque>
#include <set>

#include <fmt/format.h>

#include "rollout/look.h"

namespace ccloud::rollout {

namespace {

constexpr auto pause = std::chrono::seconds(2);
constexpr auto patience = std::chrono::minutes(10);  // a restart takes less
// Lines that are on their way take time, and times in logs are whole seconds.
constexpr auto margin = std::chrono::seconds(2);
constexpr std::size_t kept_lines = 500;

/// Cuts a stream into lines; the last one counts without its end, too.
class Lines {
 public:
  void add(std::string_view data, const std::function<void(std::string_view)>& take) {
    rest_ += data;
    std::size_t begin = 0;
    for (auto end = rest_.find('\n'); end != std::string::npos; end = rest_.find('\n', begin)) {
      take(std::string_view(rest_).substr(begin, end - begin));
      begin = end + 1;
    }
    rest_.erase(0, begin);
    if (rest_.size() > max_line) {
      take(rest_);
      rest_.clear();
    }
  }
  void finish(const std::function<void(std::string_view)>& take) {
    if (!rest_.empty()) take(rest_);
    rest_.clear();
  }

 private:
  static constexpr std::size_t max_line = std::size_t{64} << 10;
  std::string rest_{};
};

/// One node and service.
struct Stream {
  Node node{};
  script::LogOptions what{};
  Lines out{}, err{};
  Ran ran{};
  bool has_begun = false;
  TimePoint begun{};                                  // this time
  TimePoint heard{};                                  // when something came last, or it began
  std::deque<std::string> recent{};                   // the last lines that were told
  std::multiset<std::string, std::less<>> repeats{};  // those of them that may come once more
};

void tell(Context ctx, Stream& stream, const LogListener& listener, std::string_view line) {
  if (ctx.now() > stream.begun + 3 * pause) stream.repeats.clear();
  if (const auto again = stream.repeats.find(line); again != stream.repeats.end()) {
    stream.repeats.erase(again);
    return;
  }
  if (stream.what.follows) {
    stream.recent.emplace_back(line);
    if (stream.recent.size() > kept_lines) stream.recent.pop_front();
  }
  listener.on_line(stream.node.name, line);
}

/// The last lines may lack their ends.
void finish(Context ctx, Stream& stream, const LogListener& listener) {
  const auto take = [&](std::string_view line) { tell(ctx, stream, listener, line); };
  stream.out.finish(take);
  stream.err.finish(take);
}

/// What was logged since it was heard last; some seconds of it were told already.
void go_on_from_there(Context ctx, Stream& stream) {
  stream.what.since = std::chrono::ceil<std::chrono::seconds>(ctx.now() - stream.heard + margin);
  stream.what.lines = 100000;
  stream.out = Lines();  // a line that broke off comes once more
  stream.err = Lines();
  stream.repeats = {stream.recent.begin(), stream.recent.end()};
}

Task<void> read(Context ctx, const Tools* tools, Stream* stream, const LogListener* listener) {
  stream->begun = ctx.now();
  if (stream->heard == TimePoint{}) stream->heard = ctx.now();
  ExecOptions command;
  command.command = script::as_root(script::logs(stream->what));
  command.on_data = [=](const std::string&, std::string_view data, bool is_stderr) {
    stream->heard = ctx.now();
    (is_stderr ? stream->err : stream->out).add(data, [&](std::string_view line) {
      tell(ctx, *stream, *listener, line);
    });
  };
  auto ran = co_await exec_on(ctx, *tools, {stream->node}, std::move(command));
  stream->ran = std::move(ran.front());
  co_return {};
}

/// A connection that was lost or a program that was ended, not one that has nothing to follow.
bool broke_off(const Stream& stream) {
  if (!stream.has_begun || stream.ran.error) return stream.has_begun;
  return stream.ran.exit == 0 || stream.ran.exit >= 128;
}

Error why_it_ended(const Stream& stream) {
  if (stream.ran.error) return *stream.ran.error;
  return make_error(ErrorCode::unavailable,
                    fmt::format("{}: following its log ended with exit code {}", stream.node.name,
                                stream.ran.exit.value_or(0)));
}

/// Ends when there is a session again, or with why there is none.
Task<void> wait_for_session(Context ctx, const Tools* tools, const Node* node) {
  const auto until = ctx.now() + patience;
  while (true) {
    co_await ctx.sleep(pause);
    auto opened = co_await tools->shell->open(ctx, node->target).result();
    const bool is_final = !opened && opened.error().raw_code == "host-key-changed";
    if (opened || is_final || ctx.now() >= until) co_return opened;
  }
}

/// From the first session to the end of the context, or of our patience.
Task<void> follow(Context ctx, const Tools* tools, Stream* stream, const LogListener* listener) {
  const auto& name = stream->node.name;
  if (stream->node.down.empty()) {
    stream->has_begun =
        (co_await tools->shell->open(ctx, stream->node.target).result()).has_value();
  }
  co_await read(ctx, tools, stream, listener);
  while (!ctx.ended() && broke_off(*stream)) {
    stream->ran.error = why_it_ended(*stream);
    listener->on_lost(name, *stream->ran.error, true);
    auto back = co_await wait_for_session(ctx, tools, &stream->node).result();
    if (!back) {
      if (!ctx.ended()) stream->ran.error = back.error();
      break;
    }
    listener->on_back(name);
    go_on_from_there(ctx, *stream);
    co_await read(ctx, tools, stream, listener);
  }
  if (!ctx.ended()) {
    finish(ctx, *stream, *listener);
    stream->ran.error = why_it_ended(*stream);
    listener->on_lost(name, *stream->ran.error, false);
  }
  co_return {};
}

}  // namespace

Task<std::vector<Ran>> logs_of(Context ctx, Tools tools, std::vector<Node> nodes,
                               std::vector<std::string> services, script::LogOptions options,
                               LogListener listener) {
  // One command for each node and service, since each is a stream of its own.
  if (services.empty()) services.emplace_back();
  std::vector<Stream> streams;
  for (const auto& node : nodes) {
    for (const auto& service : services) {
      auto& stream = streams.emplace_back(Stream{.node = node, .what = options});
      stream.what.service = service;
      stream.ran.node = node.name;
    }
  }
  co_await for_each(ctx, streams.size(), 1000, [&](std::size_t i) {
    return (options.follows ? follow : read)(ctx, &tools, &streams[i], &listener);
  });
  std::vector<Ran> all;
  for (auto& stream : streams) {
    finish(ctx, stream, listener);
    all.push_back(std::move(stream.ran));
  }
  co_return std::move(all);
}

}  // namespace ccloud::rollout
