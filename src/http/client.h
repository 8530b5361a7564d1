// The HTTP client: one connection pool on the loop, TLS verified, proxies from the environment.
// It transports; what a status means, retries and signing belong to its callers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "async/context.h"
#include "http/message.h"

namespace ccloud::http {

struct SendOptions {
  async::Duration timeout = std::chrono::seconds(60);  ///< for the whole exchange
  async::Duration connect_timeout = std::chrono::seconds(10);
  bool use_proxy = true;    ///< false for metadata services
  bool may_repeat = false;  ///< a closed connection is replaced at once and the request sent again
  std::string ca_file{};    ///< for this cloud's servers; overrides the client's
};

class Client {
 public:
  virtual ~Client() = default;
  /// Any HTTP answer is a Response. Errors are transport's: `unavailable` (name, connection, TLS;
  /// the message says which and the remedy what to do), `timed_out`, `cancelled`.
  /// `Error::ambiguous` is set when the request may have reached the server.
  virtual Task<Response> send(Context ctx, Request request, SendOptions options) = 0;
};

/// One finished exchange, secrets removed, for `--trace-api`.
struct Exchange {
  Request request;
  Result<Response> response;
  async::Duration took;
};

struct ClientOptions {
  std::string user_agent{};
  std::string
      ca_file{};  ///< instead of the system's; from each cloud's own variable or the simulator
  bool loopback_only = false;  ///< `--sim`: refuse any other address before connecting
  std::function<void(const Exchange&)> on_exchange{};
};

std::unique_ptr<Client> make_client(async::Loop& loop, ClientOptions options);

/// The exchange as text with Authorization, tokens, user data and the like masked.
std::string render_trace(const Exchange& exchange);

}  // namespace ccloud::http
