#include "ssh/outside.h"

#include <cerrno>
#include <cstring>

#include <sys/socket.h>

#include "async/completion.h"
#include "ssh/connect.h"
#include "ssh/fd_watch.h"

namespace ccloud::ssh {

namespace {

class Outside final : public Connection {
 public:
  Outside(async::Loop& loop, Fd fd) : fd_(std::move(fd)), watch_(loop, fd_.get()) {}

  Task<void> write(Context ctx, std::string data) override {
    while (!data.empty()) {
      const auto count = ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (count > 0) {
        data.erase(0, static_cast<std::size_t>(count));
      } else if (errno == EAGAIN) {
        co_await ready(ctx, /*writes=*/true);
      } else if (errno != EINTR) {
        co_return make_error(ErrorCode::unavailable, std::strerror(errno));
      }
    }
    co_return {};
  }

  Task<std::string> read(Context ctx) override {
    while (true) {
      char block[16384];
      const auto count = ::recv(fd_.get(), block, sizeof block, MSG_DONTWAIT);
      if (count >= 0) co_return std::string(block, static_cast<std::size_t>(count));
      if (errno == EAGAIN) {
        co_await ready(ctx, /*writes=*/false);
      } else if (errno != EINTR) {
        co_return make_error(ErrorCode::unavailable, std::strerror(errno));
      }
    }
  }

 private:
  Task<void> ready(Context ctx, bool writes) {
    async::CancelHook hook;
    co_return co_await async::suspend<void>(ctx.loop(), [&](async::Completion<void> done) {
      hook = ctx.on_end([done](const Error& error) { done.complete(error); });
      const auto go = [done] { done.complete({}); };
      writes ? watch_.on_writable(go) : watch_.on_readable(go);
    });
  }

  Fd fd_;
  FdWatch watch_;
};

}  // namespace

Task<std::unique_ptr<Connection>> connect_outside(Context ctx, std::string host,
                                                  std::uint16_t port) {
  auto fd = co_await connect_tcp(ctx, std::move(host), port);
  co_return std::unique_ptr<Connection>(std::make_unique<Outside>(ctx.loop(), std::move(fd)));
}

}  // namespace ccloud::ssh
