#include "ssh/pool.h"

#include <algorithm>
#include <csignal>
#include <iterator>
#include <map>

#include <fmt/format.h>
#include <sys/resource.h>

#include "async/group.h"
#include "base/check.h"
#include "base/text.h"
#include "ssh/channel.h"
#include "ssh/keys.h"
#include "ssh/session.h"

namespace ccloud::ssh {

namespace {

/// One way to one login: the session, once it is there, and who waits for it.
struct Line {
  Line(async::Loop& loop, std::size_t channels) : places(loop, channels) {}
  std::shared_ptr<Session> session;
  bool is_opening = false;
  std::vector<async::Completion<void>> waiting;
  async::Semaphore places;
};

/// Two descriptors a session: the usual soft limit of 1024 is far below the hard one.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 65536);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

class Pool final : public Shell {
 public:
  Pool(async::Loop& loop, PoolOptions options)
      : loop_(&loop),
        options_(std::move(options)),
        host_keys_(options_.host_keys),
        window_(loop, options_.handshakes) {
    if (options_.reads_ssh_config) config_ = SshConfig::load(options_.home);
    // libssh writes to sockets whose other end may be gone.
    std::signal(SIGPIPE, SIG_IGN);
    raise_descriptor_limit();
  }

  Task<Output> run(Context ctx, Target target, Command command) override {
    if (command.timeout) ctx = ctx.with_timeout(*command.timeout);
    const bool is_last = command.is_last;
    auto held = co_await hold(ctx, target);
    auto output = co_await run_command(ctx, held.line->session, command).result();
    if (!output.has_value() && held.was_open && !output.error().ambiguous && !ctx.ended()) {
      // A kept session that the node has closed meanwhile: nothing has run yet.
      drop(held);
      held.permit = {};  // before the line that it belongs to
      held = co_await hold(ctx, target);
      output = co_await run_command(ctx, held.line->session, std::move(command)).result();
    }
    if (is_last || !output.has_value()) drop(held);
    if (!output.has_value()) co_return with_context(output.error(), target.name);
    co_return std::move(*output);
  }

  Task<void> open(Context ctx, Target target) override {
    auto held = co_await hold(ctx, std::move(target));
    co_return {};
  }

  Task<std::unique_ptr<Connection>> connect(Context ctx, Target target, std::string host,
                                            std::uint16_t port) override {
    auto held = co_await hold(ctx, target);
    co_return co_await open_forward(ctx, held.line->session, std::move(host), port).result();
  }

  Task<void> prove_login(Context ctx, Target target, std::set<std::string> public_keys) override {
    auto route = co_await resolve_route(target, config_, options_);
    route.only_keys = std::move(public_keys);
    const auto login = login_for(target.name, route);
    if (login.keys.empty() && !login.uses_agent) {
      co_return make_error(
          ErrorCode::not_found,
          target.name + ": none of the private keys is a file here or in the agent");
    }
    Line line(*loop_, 1);
    co_return co_await open_line(ctx, target.name, route, line).result();
  }

  void forget(const Target& target) override {
    auto route = resolve_route(target, config_, options_);
    if (route.has_value()) lines_.erase(key_of(*route));
  }

 private:
  struct Held {
    bool was_open = false;
    std::string key;
    std::shared_ptr<Line> line;
    async::Semaphore::Permit permit;
  };

  static std::string key_of(const Route& route) {
    std::string key =
        fmt::format("{}@{}:{} {}", route.user, route.host, route.port, route.host_key_alias);
    for (const auto& jump : route.jumps) {
      key += fmt::format(" {}@{}:{}", jump.user, jump.host, jump.port);
    }
    return key + " " + join(route.identities, " ");
  }

  Task<Held> hold(Context ctx, Target target) {
    auto route = co_await resolve_route(target, config_, options_);
    Held held;
    held.key = key_of(route);
    auto& slot = lines_[held.key];
    if (!slot) slot = std::make_shared<Line>(*loop_, options_.channels);
    held.line = slot;
    held.was_open = slot->session != nullptr;
    co_await ready(ctx, target.name, route, *held.line);
    held.permit = co_await held.line->places.acquire(ctx);
    co_return std::move(held);
  }

  /// Nobody new gets this session; who uses it now keeps it.
  void drop(const Held& held) {
    const auto found = lines_.find(held.key);
    if (found != lines_.end() && found->second == held.line) lines_.erase(found);
  }

  /// Opens the line's session, or waits for whoever is opening it.
  Task<void> ready(Context ctx, std::string node, Route route, Line& line) {
    while (true) {
      if (line.session && line.session->is_alive()) co_return {};
      if (!line.is_opening) break;
      async::CancelHook hook;
      auto waited = co_await async::suspend<void>(*loop_, [&](async::Completion<void> done) {
        hook = ctx.on_end([done](const Error& error) { done.complete(error); });
        line.waiting.push_back(done);
      });
      co_await waited;
    }
    line.session.reset();
    line.is_opening = true;
    auto opened = co_await open_line(ctx, node, route, line).result();
    line.is_opening = false;
    // Not for ever: whoever comes later tries again.
    const auto waiting = std::exchange(line.waiting, {});
    for (const auto& one : waiting) {
      // All meet the same refusal: 50 nodes behind one bastion try its door once.
      opened.has_value() ? one.complete({}) : one.complete(opened.error());
    }
    co_return opened;
  }

  Task<void> open_line(Context ctx, std::string node, Route route, Line& line) {
    // First the way there: whoever waits for a bastion must not keep it from its own handshake.
    std::shared_ptr<Line> bastion;
    if (!route.jumps.empty()) bastion = co_await bastion_line(ctx, route);
    auto permit = co_await window_.acquire(ctx);
    // The clock of the handshake starts when it does, not while it waits for its turn.
    auto timed = ctx.with_timeout(options_.connect_timeout);
    auto session = std::make_shared<Session>(*loop_, host_keys_);
    session->pulse = options_.pulse;
    auto outcome = co_await open_session(timed, node, route, bastion, session).result();
    if (!outcome.has_value()) {
      Error error = outcome.error();
      if (error.code == ErrorCode::timed_out) {
        error = explain_timeout(route, std::move(error));
        // Not the caller's time: as good as a refused connection.
        if (!ctx.ended()) error.code = ErrorCode::unavailable;
      }
      co_return with_context(std::move(error), node);
    }
    line.session = std::move(session);
    co_return {};
  }

  Task<void> open_session(Context ctx, std::string node, Route route, std::shared_ptr<Line> bastion,
                          std::shared_ptr<Session> session) {
    Fd fd;
    if (!bastion) {
      fd = co_await connect_tcp(ctx, route.host, route.port);
    } else {
      auto carried = co_await carry(ctx, bastion->session, route.host, route.port);
      fd = std::move(carried.fd);
      session->carrier = std::move(carried.keep);
    }
    const auto login = login_for(node, route);
    co_return co_await session->open(ctx, std::move(fd), login).result();
  }

  /// The session of the last jump, which may itself go through others.
  Task<std::shared_ptr<Line>> bastion_line(Context ctx, Route route) {
    const Hop hop = route.jumps.back();
    Route way = route;
    way.jumps.pop_back();
    way.only_keys.clear();  // what is to be proven is the login behind it
    way.host = hop.host;
    way.port = hop.port;
    way.user = hop.user;
    way.host_key_alias =
        HostKeys::alias(hop.port == 22 ? hop.host : fmt::format("[{}]:{}", hop.host, hop.port));
    auto& slot = lines_[key_of(way)];
    if (!slot) slot = std::make_shared<Line>(*loop_, options_.channels);
    auto line = slot;
    co_await ready(ctx, "bastion " + hop.host, way, *line);
    co_return line;
  }

  Login login_for(const std::string& node, const Route& route) {
    Login login;
    login.node = node;
    login.host = route.host;
    login.port = route.port;
    login.user = route.user;
    login.uses_agent = route.uses_agent;
    login.agent_socket = route.agent_socket;
    login.host_key_alias = route.host_key_alias;
    login.is_strict = route.is_strict;
    login.user_known_hosts = route.user_known_hosts;
    for (const auto& file : route.identities) {
      auto found = keys_.find(file);
      if (found == keys_.end()) found = keys_.emplace(file, load_key(file)).first;
      if (!found->second.has_value()) {
        login.problems.push_back(found->second.error().message);
      } else if (route.only_keys.empty() ||
                 route.only_keys.contains(public_key_of(*found->second))) {
        login.keys.push_back(*found->second);
      }
    }
    if (!route.only_keys.empty()) restrict_agent(login, route);
    return login;
  }

  /// A key that is a file here needs no agent.
  static void restrict_agent(Login& login, const Route& route) {
    std::set<std::string> there;
    if (login.uses_agent && login.keys.empty()) {
      there = agent_keys(agent_socket_of(route.agent_socket));
    }
    std::ranges::set_intersection(there, route.only_keys,
                                  std::inserter(login.agent_keys, login.agent_keys.end()));
    login.uses_agent = !login.agent_keys.empty();
  }

  static Error explain_timeout(const Route& route, Error error) {
    if (error.remedy.empty()) {
      error.remedy = fmt::format(
          "is port {} of {} open to this machine? See network.allow, ssh.bastion and ssh.port",
          route.port, route.host);
    }
    return error;
  }

  async::Loop* loop_;
  PoolOptions options_;
  SshConfig config_;
  HostKeys host_keys_;
  async::Semaphore window_;
  std::map<std::string, Result<PrivateKey>> keys_;
  std::map<std::string, std::shared_ptr<Line>> lines_;
};

}  // namespace

std::unique_ptr<Shell> make_pool(async::Loop& loop, PoolOptions options) {
  return std::make_unique<Pool>(loop, std::move(options));
}

Task<std::string> run_checked(Context ctx, Shell& shell, Target target, Command command) {
  const std::string name = target.name;
  auto output = co_await shell.run(ctx, std::move(target), std::move(command));
  if (output.exit == 0) co_return std::move(output.out);
  auto said = trim(output.err).empty() ? trim(output.out) : trim(output.err);
  if (const auto line = said.rfind('\n'); line != std::string_view::npos) {
    said.remove_prefix(line + 1);
  }
  co_return make_error(ErrorCode::internal, fmt::format("{}: exit code {}{}{}", name, output.exit,
                                                        said.empty() ? "" : ": ", said));
}

}  // namespace ccloud::ssh
