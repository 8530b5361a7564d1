// The server over Boost.Beast: one session object per connection, callbacks on the loop's thread.
// Everything third-party about it stays in this file.
#include "http/server.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <ctime>
#include <list>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace ccloud::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto idle_limit = std::chrono::seconds(120);

/// What sessions need of their server, whatever their kind.
struct Shared {
  async::Loop* loop = nullptr;
  ServerHandler handler;  ///< empty once the server is gone
  std::size_t max_body = 0;

  /// RFC 9110, section 6.6.1: what a server with a clock sends. Written once per second.
  const std::string& date() {
    const auto now = std::chrono::system_clock::to_time_t(loop->wall_now());
    if (now != dated_ || date_.empty()) {
      dated_ = now;
      date_ = fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", fmt::gmtime(now));
    }
    return date_;
  }

 private:
  std::time_t dated_ = 0;
  std::string date_;
};

class AnySession {
 public:
  virtual ~AnySession() = default;
  virtual void abort() = 0;
};

template <class Stream>
class Session final : public AnySession, public std::enable_shared_from_this<Session<Stream>> {
 public:
  Session(Stream stream, std::shared_ptr<Shared> shared)
      : stream_(std::move(stream)), shared_(std::move(shared)) {}

  void start() {
    if constexpr (is_tls) {
      socket().expires_after(idle_limit);
      stream_.async_handshake(asio::ssl::stream_base::server,
                              [self = this->shared_from_this()](error_code problem) {
                                if (!problem) self->read_header();
                              });
    } else {
      read_header();
    }
  }

  void abort() override { socket().close(); }

 private:
  static constexpr bool is_tls = !std::is_same_v<Stream, beast::tcp_stream>;

  beast::tcp_stream& socket() { return beast::get_lowest_layer(stream_); }

  void read_header() {
    parser_.emplace();
    parser_->body_limit(shared_->max_body);
    parser_->header_limit(64 * 1024);
    socket().expires_after(idle_limit);
    wire::async_read_header(stream_, buffer_, *parser_,
                            [self = this->shared_from_this()](error_code problem, std::size_t) {
                              self->on_header(problem);
                            });
  }

  void on_header(error_code problem) {
    if (problem == wire::error::end_of_stream) return close();
    if (problem) return refuse(problem);
    const auto expect = parser_->get()[wire::field::expect];
    if (!beast::iequals(expect, "100-continue")) return read_body();
    continue_.emplace(wire::status::continue_, parser_->get().version());
    wire::async_write(stream_, *continue_,
                      [self = this->shared_from_this()](error_code failed, std::size_t) {
                        if (!failed) self->read_body();
                      });
  }

  void read_body() {
    wire::async_read(stream_, buffer_, *parser_,
                     [self = this->shared_from_this()](error_code problem, std::size_t) {
                       problem ? self->refuse(problem) : self->on_request();
                     });
  }

  /// What is not HTTP, or too large, is told so where it still can be, then cut off.
  void refuse(error_code problem) {
    if (problem.category() != wire::make_error_code(wire::error::bad_method).category()) return;
    const bool is_large =
        problem == wire::error::body_limit || problem == wire::error::header_limit;
    keep_alive_ = false;
    send({.status = is_large ? 413 : 400, .headers = {}, .body = {}});
  }

  void on_request() {
    auto message = parser_->release();
    keep_alive_ = message.keep_alive();
    version_ = message.version();
    is_head_ = message.method() == wire::verb::head;
    Request request;
    request.method = std::string(message.method_string());
    request.url = std::string(message.target());
    for (const auto& field : message) {
      request.headers.emplace_back(field.name_string(), field.value());
    }
    request.body = std::move(message.body());
    if (!shared_->handler) return close();
    proceed(shared_->handler(request));
  }

  void proceed(ServerReply reply) {
    if (reply.delay.count() <= 0 && !reply.late) return deliver(std::move(reply));
    socket().expires_never();
    auto kept = std::make_shared<ServerReply>(std::move(reply));
    shared_->loop->at(shared_->loop->now() + kept->delay, [self = this->shared_from_this(), kept] {
      if (!self->shared_->handler) return self->close();
      kept->late ? self->proceed(kept->late()) : self->deliver(std::move(*kept));
    });
  }

  void deliver(ServerReply reply) {
    switch (reply.delivery) {
      case ServerReply::Delivery::send:
        return send(std::move(reply.response));
      case ServerReply::Delivery::reset: {
        error_code ignored;
        // Without lingering, close() sends a reset.
        socket().socket().set_option(asio::socket_base::linger(true, 0), ignored);
        return socket().close();
      }
      case ServerReply::Delivery::hang:
        socket().expires_after(idle_limit);
        stream_.async_read_some(buffer_.prepare(1),
                                [self = this->shared_from_this()](error_code, std::size_t) {});
        return;
    }
  }

  void send(Response response) {
    response_.emplace();
    response_->version(version_);
    response_->result(static_cast<unsigned>(response.status));
    for (const auto& [name, value] : response.headers) response_->insert(name, value);
    if (response_->count(wire::field::date) == 0) {
      response_->set(wire::field::date, shared_->date());
    }
    response_->keep_alive(keep_alive_);
    const auto size = response.body.size();
    if (!is_head_) response_->body() = std::move(response.body);
    response_->prepare_payload();
    if (is_head_) response_->content_length(size);
    socket().expires_after(idle_limit);
    wire::async_write(stream_, *response_,
                      [self = this->shared_from_this()](error_code problem, std::size_t) {
                        if (problem) return;
                        self->keep_alive_ ? self->read_header() : self->close();
                      });
  }

  void close() {
    error_code ignored;
    if constexpr (is_tls) {
      socket().expires_after(std::chrono::seconds(2));
      stream_.async_shutdown([self = this->shared_from_this()](error_code) {});
    } else {
      socket().socket().shutdown(tcp::socket::shutdown_send, ignored);
    }
  }

  Stream stream_;
  std::shared_ptr<Shared> shared_;
  beast::flat_buffer buffer_;
  std::optional<wire::request_parser<wire::string_body>> parser_;
  std::optional<wire::response<wire::string_body>> response_;
  std::optional<wire::response<wire::empty_body>> continue_;
  unsigned version_ = 11;
  bool keep_alive_ = true;
  bool is_head_ = false;
};

}  // namespace

struct Server::State : std::enable_shared_from_this<Server::State> {
  explicit State(asio::io_context& io) : acceptor(io) {}

  tcp::acceptor acceptor;
  std::optional<asio::ssl::context> tls;
  std::shared_ptr<Shared> shared = std::make_shared<Shared>();
  std::list<std::weak_ptr<AnySession>> sessions;
  std::size_t accepted = 0;
  std::string address;

  void accept() {
    acceptor.async_accept([self = shared_from_this()](error_code problem, tcp::socket peer) {
      if (!self->acceptor.is_open()) return;
      if (!problem) self->begin(std::move(peer));
      self->accept();
    });
  }

  template <class Stream>
  void add(Stream stream) {
    auto session = std::make_shared<Session<Stream>>(std::move(stream), shared);
    if (++accepted % 64 == 0)
      std::erase_if(sessions, [](const auto& old) { return old.expired(); });
    sessions.push_back(session);
    session->start();
  }

  void begin(tcp::socket peer) {
    error_code ignored;
    peer.set_option(tcp::no_delay(true), ignored);
    beast::tcp_stream stream(std::move(peer));
    if (!tls) return add(std::move(stream));
    add(beast::ssl_stream<beast::tcp_stream>(std::move(stream), *tls));
  }

  Result<void> use_identity(const TlsIdentity& identity) {
    tls.emplace(asio::ssl::context::tls_server);
    error_code problem;
    tls->use_certificate_chain(asio::buffer(identity.certificate), problem);
    if (!problem) {
      tls->use_private_key(asio::buffer(identity.private_key), asio::ssl::context::pem, problem);
    }
    if (problem) {
      return make_error(ErrorCode::invalid_argument, "bad TLS identity: " + problem.message());
    }
    return {};
  }

  Result<void> listen(const ServerOptions& options) {
    error_code problem;
    const auto ip = asio::ip::make_address(options.address, problem);
    if (problem || !ip.is_loopback()) {
      return make_error(ErrorCode::invalid_argument,
                        fmt::format("{} is not a loopback address", options.address));
    }
    const tcp::endpoint where(ip, options.port);
    acceptor.open(where.protocol(), problem);
    if (!problem) acceptor.set_option(tcp::acceptor::reuse_address(true), problem);
    if (!problem) acceptor.bind(where, problem);
    if (!problem) acceptor.listen(asio::socket_base::max_listen_connections, problem);
    if (problem) {
      return make_error(ErrorCode::unavailable,
                        fmt::format("cannot listen on {}:{}: {}", options.address, options.port,
                                    problem.message()));
    }
    address = ip.is_v6() ? fmt::format("[{}]", options.address) : options.address;
    return {};
  }
};

Server::Server(std::shared_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Server>> Server::make(async::Loop& loop, ServerOptions options,
                                             ServerHandler handler) {
  auto state = std::make_shared<State>(*static_cast<asio::io_context*>(loop.native()));
  state->shared->loop = &loop;
  state->shared->handler = std::move(handler);
  state->shared->max_body = options.max_body;
  if (options.tls) {
    if (auto used = state->use_identity(*options.tls); !used) return used.error();
  }
  if (auto listening = state->listen(options); !listening) return listening.error();
  state->accept();
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

Server::~Server() {
  error_code ignored;
  state_->acceptor.close(ignored);
  state_->shared->handler = nullptr;
  for (const auto& entry : state_->sessions) {
    if (const auto session = entry.lock()) session->abort();
  }
}

std::uint16_t Server::port() const { return state_->acceptor.local_endpoint().port(); }

std::string Server::url() const {
  return fmt::format("{}://{}:{}", state_->tls ? "https" : "http", state_->address, port());
}

}  // namespace ccloud::http
