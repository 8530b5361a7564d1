// A small HTTP/1.1 server on loopback for the simulated clouds (and, later, the console). Plain or
// TLS. The handler is a plain function; the server owns sockets, keep-alive, limits and waiting. It
// deliberately has no routing, no streaming of bodies, no HTTP/2.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "async/loop.h"
#include "base/result.h"
#include "http/message.h"

namespace ccloud::http {

/// What the server does with an answer; a fault can keep it from the client.
struct ServerReply {
  enum class Delivery {
    send,
    reset,  ///< the connection is reset (RST) instead
    hang,   ///< nothing is sent until the client gives up (at most two minutes)
  };
  Response response;  ///< Content-Length, Date and Connection are the server's to write
  Delivery delivery = Delivery::send;
  std::chrono::milliseconds delay{0};  ///< before any of it
  /// Gives the reply proper when the delay is over, if set; not called once the server is gone.
  std::function<ServerReply()> late{};
};

/// The request's `url` is the target as sent: "/v2/servers?limit=5".
using ServerHandler = std::function<ServerReply(const Request&)>;

/// PEM texts; certificate may be a chain.
struct TlsIdentity {
  std::string certificate;
  std::string private_key;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: the kernel chooses
  std::optional<TlsIdentity> tls;
  std::size_t max_body = std::size_t{64} << 20;
};

/// Listens from make() until destroyed; all work happens on the loop's thread.
class Server {
 public:
  static Result<std::unique_ptr<Server>> make(async::Loop& loop, ServerOptions options,
                                              ServerHandler handler);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;
  std::string url() const;  ///< "http://127.0.0.1:PORT" or "https://..."

 private:
  struct State;
  explicit Server(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace ccloud::http
