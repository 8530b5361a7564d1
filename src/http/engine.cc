// Sockets and timers between libcurl's callbacks and Asio's.
#include "http/engine.h"

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <mutex>
#include <utility>

#include <sys/socket.h>
#include <unistd.h>

namespace ccloud::http {
namespace {

constexpr long receive_buffer = 256L << 10;  // design 5: 154 instead of 216 us a page
constexpr std::size_t most_idle_handles = 64;

void initialise_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

}  // namespace

/// A socket that libcurl has named, with what it waits for and what Asio waits for.
struct Engine::Socket {
  Socket(boost::asio::io_context& io, int fd) : descriptor(io, fd) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() { descriptor.release(); }  // libcurl's to close

  Descriptor descriptor;
  bool wants_read = false;
  bool wants_write = false;
  bool reading = false;
  bool writing = false;
};

Engine::Engine(async::Loop& loop, Finish finish) : loop_(&loop), finish_(finish) {
  initialise_libcurl();
  multi_ = curl_multi_init();
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, &Engine::watch);
  curl_multi_setopt(multi_, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, &Engine::set_timer);
  curl_multi_setopt(multi_, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi_, CURLMOPT_MAXCONNECTS, 512L);
  curl_multi_setopt(multi_, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

Engine::~Engine() {
  curl_multi_setopt(multi_, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi_, CURLMOPT_TIMERFUNCTION, nullptr);
  if (timer_ != 0) loop_->cancel(timer_);
  sockets_.clear();
  for (CURL* easy : idle_) curl_easy_cleanup(easy);
  curl_multi_cleanup(multi_);  // closes the connections that are still open, by close()
}

CURL* Engine::take_handle() {
  CURL* easy = idle_.empty() ? curl_easy_init() : idle_.back();
  if (!idle_.empty()) idle_.pop_back();
  const auto set = [easy](auto option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_OPENSOCKETFUNCTION, &Engine::open);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_CLOSESOCKETFUNCTION, &Engine::close);
  set(CURLOPT_CLOSESOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PATH_AS_IS, 1L);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TCP_KEEPALIVE, 1L);
  set(CURLOPT_BUFFERSIZE, receive_buffer);
  set(CURLOPT_ACCEPT_ENCODING, "gzip");
  set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  return easy;
}

void Engine::give_back(CURL* easy) {
  if (idle_.size() < most_idle_handles) {
    idle_.push_back(easy);
  } else {
    curl_easy_cleanup(easy);
  }
}

int Engine::watch(CURL* /*easy*/, curl_socket_t fd, int what, void* self, void* /*unused*/) {
  static_cast<Engine*>(self)->on_watch(fd, what);
  return 0;
}

int Engine::set_timer(CURLM* /*multi*/, long milliseconds, void* self) {
  static_cast<Engine*>(self)->on_timer(milliseconds);
  return 0;
}

curl_socket_t Engine::open(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& engine = *static_cast<Engine*>(self);
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  engine.forget(fd);
  engine.ours_.insert(fd);
  return fd;
}

int Engine::close(void* self, curl_socket_t fd) {
  auto& engine = *static_cast<Engine*>(self);
  engine.forget(fd);
  engine.ours_.erase(fd);
  return ::close(fd);
}

void Engine::forget(curl_socket_t fd) { sockets_.erase(fd); }

void Engine::on_watch(curl_socket_t fd, int what) {
  if (what == CURL_POLL_REMOVE) {
    // The end of a transfer, mostly: the connection stays. Of sockets that are not ours (those of
    // the name look-up) we would not learn that they are closed.
    if (!ours_.contains(fd)) return forget(fd);
    what = CURL_POLL_NONE;
  }
  auto& socket = sockets_[fd];
  if (!socket) {
    if (what == CURL_POLL_NONE) return forget(fd);
    auto& io = *static_cast<boost::asio::io_context*>(loop_->native());
    socket = std::make_shared<Socket>(io, fd);
  }
  socket->wants_read = (what & CURL_POLL_IN) != 0;
  socket->wants_write = (what & CURL_POLL_OUT) != 0;
  arm(fd, socket);
}

void Engine::arm(curl_socket_t fd, const std::shared_ptr<Socket>& socket) {
  if (socket->wants_read && !std::exchange(socket->reading, true)) wait(fd, socket, true);
  if (socket->wants_write && !std::exchange(socket->writing, true)) wait(fd, socket, false);
}

void Engine::wait(curl_socket_t fd, const std::shared_ptr<Socket>& socket, bool for_reading) {
  const auto ready = [this, fd, for_reading,
                      weak = std::weak_ptr(socket)](const boost::system::error_code&) {
    const auto live = weak.lock();
    if (!live) return;
    (for_reading ? live->reading : live->writing) = false;
    const bool is_wanted = for_reading ? live->wants_read : live->wants_write;
    if (is_wanted) act(fd, for_reading ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
    // `fd` may belong to another socket by now: only the same object goes on.
    const auto found = sockets_.find(fd);
    if (found != sockets_.end() && found->second == live) arm(fd, live);
  };
  socket->descriptor.async_wait(for_reading ? Descriptor::wait_read : Descriptor::wait_write,
                                ready);
}

void Engine::on_timer(long milliseconds) {
  if (timer_ != 0) loop_->cancel(std::exchange(timer_, 0));
  if (milliseconds < 0) return;
  timer_ = loop_->at(loop_->now() + std::chrono::milliseconds(milliseconds), [this] {
    timer_ = 0;
    act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void Engine::act(curl_socket_t fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi_, fd, events, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi_, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* owner = nullptr;  // libcurl keeps it as char*
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    if (owner != nullptr) finish_(owner, code);
  }
}

}  // namespace ccloud::http
