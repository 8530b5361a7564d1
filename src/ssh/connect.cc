#include "ssh/connect.h"

#include <cerrno>
#include <cstring>
#include <memory>
#include <vector>

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "async/completion.h"
#include "ssh/fd_watch.h"

namespace ccloud::ssh {

Fd::~Fd() {
  if (fd_ >= 0) ::close(fd_);
}

namespace {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};
using Addresses = std::vector<Address>;

Result<Addresses> look_up(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int problem = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (problem != 0) {
    return make_error(ErrorCode::unavailable,
                      fmt::format("cannot resolve {}: {}", host, ::gai_strerror(problem)));
  }
  Addresses addresses;
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    Address address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.length = at->ai_addrlen;
    addresses.push_back(address);
  }
  ::freeaddrinfo(found);
  return addresses;
}

Task<Addresses> resolve(Context ctx, std::string host, std::uint16_t port) {
  auto literal = look_up(host, port, AI_NUMERICHOST);
  if (literal.has_value()) co_return std::move(*literal);
  auto answer = std::make_shared<Result<Addresses>>(Addresses{});
  async::CancelHook hook;
  auto waited = co_await async::suspend<void>(ctx.loop(), [&](async::Completion<void> done) {
    hook = ctx.on_end([done](const Error& error) { done.complete(error); });
    ctx.loop().run_blocking([answer, host, port] { *answer = look_up(host, port, 0); },
                            [done] { done.complete({}); });
  });
  co_await waited;
  co_return std::move(*answer);
}

Error connect_error(int problem, const std::string& host, std::uint16_t port) {
  return make_error(ErrorCode::unavailable,
                    fmt::format("cannot connect to {}:{}: {}", host, port, std::strerror(problem)));
}

Task<Fd> connect_one(Context ctx, Address address, std::string host, std::uint16_t port) {
  Fd fd(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) co_return connect_error(errno, host, port);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) ==
      0) {
    co_return std::move(fd);
  }
  if (errno != EINPROGRESS) co_return connect_error(errno, host, port);
  FdWatch watch(ctx.loop(), fd.get());
  async::CancelHook hook;
  auto waited = co_await async::suspend<void>(ctx.loop(), [&](async::Completion<void> done) {
    hook = ctx.on_end([done](const Error& error) { done.complete(error); });
    watch.on_writable([done] { done.complete({}); });
  });
  if (!waited.has_value()) {
    co_return with_context(waited.error(), fmt::format("connecting to {}:{}", host, port));
  }
  int problem = 0;
  socklen_t length = sizeof problem;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &problem, &length);
  if (problem != 0) co_return connect_error(problem, host, port);
  co_return std::move(fd);
}

}  // namespace

Task<Fd> connect_tcp(Context ctx, std::string host, std::uint16_t port) {
  auto addresses = co_await resolve(ctx, host, port);
  Error last = make_error(ErrorCode::unavailable, fmt::format("{} has no address", host));
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    // A dead address must leave time for the next one.
    auto each = ctx;
    const auto left = ctx.remaining();
    const auto rest = static_cast<int>(addresses.size() - i);
    if (left.has_value() && rest > 1) each = ctx.with_timeout(*left / rest);
    auto fd = co_await connect_one(each, addresses[i], host, port).result();
    if (fd.has_value()) co_return std::move(*fd);
    last = fd.error();
    co_await ctx.check();
  }
  co_return last;
}

}  // namespace ccloud::ssh
