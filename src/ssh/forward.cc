// Connections that start at the node: for health checks of its own 127.0.0.1, and for the nodes
// behind a bastion.
#include <cerrno>

#include <sys/socket.h>
#include <unistd.h>

#include "ssh/channel.h"

namespace ccloud::ssh {

namespace {

class Forward final : public Connection {
 public:
  explicit Forward(std::shared_ptr<Session> session) : channel_(std::move(session)) {
    channel_.on_data = [this](std::string_view data, bool) { buffer_.append(data); };
  }

  Task<void> open(Context ctx, std::string host, std::uint16_t port) {
    co_return co_await channel_.open_connection(ctx, std::move(host), port).result();
  }
  Task<void> write(Context ctx, std::string data) override {
    co_return co_await channel_.write(ctx, std::move(data)).result();
  }
  Task<std::string> read(Context ctx) override {
    while (buffer_.empty() && !channel_.has_eof && !channel_.is_closed) {
      if (!channel_.session().is_alive()) co_return channel_.session().last_error("reading");
      co_await channel_.session().wait(ctx);
    }
    co_return std::exchange(buffer_, {});
  }

 private:
  Channel channel_;
  std::string buffer_;
};

/// Moves bytes between a channel and one end of a socket pair, until either closes.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  Pipe(std::shared_ptr<Session> session, Fd fd)
      : channel(session), fd_(std::move(fd)), watch_(session->loop(), fd_.get()) {
    channel.on_data = [this](std::string_view data, bool) {
      inbound_.append(data);
      flush();
    };
  }

  void start(Context ctx) {
    pump_session_ = std::make_unique<Task<void>>(follow(ctx, weak_from_this(), channel.session()));
    pump_session_->handle().resume();
    listen();
  }

  Channel channel;

 private:
  /// Keeps the bastion's session moving while this pipe lives.
  static Task<void> follow(Context ctx, std::weak_ptr<Pipe> weak, Session& session) {
    while (true) {
      auto waited = co_await session.wait(ctx).result();
      const auto self = weak.lock();
      if (!self || !waited.has_value()) co_return {};
      self->send();
      if (self->channel.is_closed || self->channel.has_eof || !session.is_alive()) {
        self->end();
        co_return {};
      }
    }
  }

  void listen() {
    watch_.on_readable([this] { take(); });
  }

  void take() {
    char block[32 << 10];
    while (outbound_.size() < sizeof block) {
      const auto count = ::recv(fd_.get(), block, sizeof block, MSG_DONTWAIT);
      if (count < 0 && (errno == EAGAIN || errno == EINTR)) {
        if (errno == EINTR) continue;
        listen();
        break;
      }
      if (count <= 0) {
        channel.send_eof();
        break;
      }
      outbound_.append(block, static_cast<std::size_t>(count));
      send();
    }
    is_full_ = outbound_.size() >= sizeof block;
    channel.session().wake();
  }

  void send() {
    if (!outbound_.empty()) {
      auto count = channel.write_some(outbound_);
      if (count.has_value()) outbound_.erase(0, *count);
    }
    if (is_full_ && outbound_.empty()) {
      is_full_ = false;
      listen();
    }
  }

  void flush() {
    while (!inbound_.empty()) {
      const auto count =
          ::send(fd_.get(), inbound_.data(), inbound_.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count > 0) {
        inbound_.erase(0, static_cast<std::size_t>(count));
        continue;
      }
      if (count < 0 && errno == EAGAIN) watch_.on_writable([this] { flush(); });
      break;
    }
  }

  void end() { ::shutdown(fd_.get(), SHUT_RDWR); }

  Fd fd_;
  FdWatch watch_;
  std::string inbound_;   // from the node to the socket
  std::string outbound_;  // from the socket to the node
  bool is_full_ = false;
  std::unique_ptr<Task<void>> pump_session_;
};

}  // namespace

Task<std::unique_ptr<Connection>> open_forward(Context ctx, std::shared_ptr<Session> session,
                                               std::string host, std::uint16_t port) {
  auto forward = std::make_unique<Forward>(std::move(session));
  co_await forward->open(ctx, std::move(host), port);
  co_return std::unique_ptr<Connection>(std::move(forward));
}

Task<Carried> carry(Context ctx, std::shared_ptr<Session> session, std::string host,
                    std::uint16_t port) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0) {
    co_return make_error(ErrorCode::internal, "no more descriptors",
                         "raise the limit of open files: ulimit -n");
  }
  Carried carried{Fd(pair[0]), nullptr};
  auto pipe = std::make_shared<Pipe>(session, Fd(pair[1]));
  co_await pipe->channel.open_connection(ctx, std::move(host), port);
  pipe->start(Context(session->loop()));
  carried.keep = pipe;
  co_return std::move(carried);
}

}  // namespace ccloud::ssh
