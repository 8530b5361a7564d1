#include "rollout/health.h"

#include <algorithm>
#include <deque>

#include <fmt/format.h>

#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"
#include "ssh/outside.h"

namespace ccloud::rollout {

namespace {

constexpr auto login_time = std::chrono::seconds(20);
constexpr async::Duration first_pause = std::chrono::milliseconds(50);
/// After so long people want to know what is being waited for.
constexpr async::Duration patience = std::chrono::seconds(5);
constexpr std::size_t max_answer = std::size_t{64} << 10;

std::string_view kind_name(config::Health::Kind kind) {
  switch (kind) {
    case config::Health::Kind::http:
      return "http";
    case config::Health::Kind::tcp:
      return "tcp";
    case config::Health::Kind::command:
      return "command";
  }
  return "";
}

/// For people: one line, without what a terminal might take as a command.
std::string one_line(std::string_view text, std::size_t limit = 160) {
  std::string line;
  for (const char c : trim(text)) {
    if (line.size() >= limit) return line + "...";
    line += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return line;
}

/// `said` are the service's own words.
Answer answer_of(bool is_healthy, std::string kind, std::string_view said) {
  const auto line = one_line(said);
  return {.is_healthy = is_healthy,
          .text = line.empty() ? kind : kind + ": " + line,
          .kind = std::move(kind)};
}

Task<std::unique_ptr<ssh::Connection>> reach(Context ctx, ssh::Shell& shell, const Node& node,
                                             const config::Health& health) {
  if (health.is_outside) co_return co_await ssh::connect_outside(ctx, node.address, health.port);
  co_return co_await shell.connect(ctx, node.target, "127.0.0.1", health.port);
}

Task<Answer> ask_http(Context ctx, ssh::Connection& connection, const Node& node,
                      const config::Health& health) {
  co_await connection.write(
      ctx,
      fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: ccloud-health\r\n"
                  "Accept: */*\r\nConnection: close\r\n\r\n",
                  health.path.empty() ? "/" : health.path,
                  health.is_outside ? node.address : fmt::format("127.0.0.1:{}", health.port)));
  std::string answer;
  while (answer.size() < max_answer) {
    const auto piece = co_await connection.read(ctx);
    if (piece.empty()) break;
    answer += piece;
  }
  const auto parsed = parse_http(answer);
  if (!parsed) co_return answer_of(false, "no HTTP answer", answer);
  co_return answer_of(parsed->status == health.expect, fmt::format("HTTP {}", parsed->status),
                      parsed->body);
}

Task<Answer> ask(Context ctx, ssh::Shell& shell, Node node, config::Health health) {
  if (health.kind == config::Health::Kind::command) {
    ssh::Command command;
    command.line = health.command;
    command.capture = 4096;
    const auto output = co_await shell.run(ctx, node.target, std::move(command));
    co_return answer_of(output.exit == 0, fmt::format("exit code {}", output.exit),
                        trim(output.out).empty() ? output.err : output.out);
  }
  auto connection = co_await reach(ctx, shell, node, health);
  if (health.kind == config::Health::Kind::tcp) {
    co_return answer_of(true, fmt::format("port {} is open", health.port), "");
  }
  co_return co_await ask_http(ctx, *connection, node, health);
}

}  // namespace

std::optional<HttpAnswer> parse_http(std::string_view answer) {
  // "HTTP/1.1 200 OK\r\n"
  if (!answer.starts_with("HTTP/1.") || answer.size() < 12) return std::nullopt;
  const auto status = parse_int(answer.substr(9, 3));
  if (!status) return std::nullopt;
  HttpAnswer parsed{.status = static_cast<int>(*status)};
  if (const auto end = answer.find("\r\n\r\n"); end != std::string_view::npos) {
    parsed.body = answer.substr(end + 4);
  }
  return parsed;
}

config::Health default_health(const script::Unit& unit) {
  config::Health health;
  health.kind = config::Health::Kind::command;
  health.command = script::as_root(script::is_running(unit));
  health.timeout = std::chrono::seconds(5);
  // A program that ends at once is started again after a second: more than one good look.
  health.healthy = 3;
  health.interval = std::chrono::seconds(1);
  // It runs at once or it does not: what takes its time to serve has a health of its own.
  health.deadline = std::chrono::seconds(20);
  return health;
}

std::string encode_health(const config::Health& health) {
  json::Writer writer;
  writer.begin_object().member("kind", kind_name(health.kind));
  writer.member("port", health.port).member("path", health.path);
  writer.member("command", health.command).member("expect", health.expect);
  writer.member("interval_ms", health.interval.count());
  writer.member("timeout_ms", health.timeout.count());
  writer.member("healthy", health.healthy).member("unhealthy", health.unhealthy);
  writer.member("deadline_ms", health.deadline.count()).member("outside", health.is_outside);
  return writer.end_object().take();
}

std::optional<config::Health> decode_health(std::string_view text) {
  auto document = json::parse(text);
  if (!document.has_value()) return std::nullopt;
  const auto root = document->root();
  config::Health health;
  const auto kind = root.get("kind").string_or();
  if (kind == "http") {
    health.kind = config::Health::Kind::http;
  } else if (kind == "command") {
    health.kind = config::Health::Kind::command;
  } else if (kind != "tcp") {
    return std::nullopt;
  }
  using std::chrono::milliseconds;
  health.port = static_cast<std::uint16_t>(root.get("port").int_or(0));
  health.path = root.get("path").string_or();
  health.command = root.get("command").string_or();
  health.expect = static_cast<int>(root.get("expect").int_or(200));
  health.interval = milliseconds(root.get("interval_ms").int_or(2000));
  health.timeout = milliseconds(root.get("timeout_ms").int_or(1000));
  health.healthy = static_cast<int>(root.get("healthy").int_or(2));
  health.unhealthy = static_cast<int>(root.get("unhealthy").int_or(3));
  health.deadline = milliseconds(root.get("deadline_ms").int_or(120000));
  health.is_outside = root.get("outside").bool_or(false);
  return health;
}

Task<Answer> ask_health(Context ctx, ssh::Shell& shell, Node node, config::Health health) {
  if (!health.is_outside) {
    // A slow login is not a slow service: it has its own time.
    auto there = co_await shell.open(ctx.with_timeout(login_time), node.target).result();
    if (!there.has_value()) {
      auto answer = answer_of(false, there.error().message, "");
      answer.is_reachable = false;
      co_return answer;
    }
  }
  auto answer = co_await ask(ctx.with_timeout(health.timeout), shell, node, health).result();
  if (answer.has_value()) co_return std::move(*answer);
  const bool is_late = answer.error().code == ErrorCode::timed_out;
  co_return answer_of(false,
                      is_late ? fmt::format("no answer within {}", format_duration(health.timeout))
                              : answer.error().message,
                      "");
}

Task<void> wait_healthy(Context ctx, ssh::Shell& shell, Node node, config::Health health,
                        std::function<void(const std::string&)> on_bad) {
  const auto begun = ctx.now(), until = begun + health.deadline;
  std::deque<std::string> answers;
  std::string told;
  int good = 0;
  while (true) {
    co_await ctx.check();
    const auto asked = ctx.now();
    const auto answer = co_await ask_health(ctx, shell, node, health);
    good = answer.is_healthy ? good + 1 : 0;
    if (good >= health.healthy) co_return {};
    if (answers.empty() || answers.back() != answer.text) answers.push_back(answer.text);
    if (answers.size() > 4) answers.pop_front();
    if (good == 0 && told != answer.text && ctx.now() - begun > patience) {
      told = answer.text;
      if (on_bad) on_bad(told);
    }
    // Until it is up it is asked more often: that is noticed at most a fifth of the time that it
    // took too late, and a start of 300 ms does not cost a whole interval.
    const auto pause = good > 0 ? async::Duration(health.interval)
                                : std::clamp<async::Duration>(
                                      (asked - begun) / 5, first_pause,
                                      std::max<async::Duration>(first_pause, health.interval));
    const auto again = std::max(asked + pause, ctx.now());
    if (again > until) break;
    co_await ctx.sleep(again - ctx.now());
  }
  co_return make_error(
      ErrorCode::timed_out,
      fmt::format("not healthy within {}; it answered: {}", format_duration(health.deadline),
                  join({answers.begin(), answers.end()}, "; then: ")),
      "see what it says: ccloud logs; a program that only starts slowly needs a longer "
      "health.deadline");
}

}  // namespace ccloud::rollout
