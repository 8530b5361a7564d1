// Sockets and timers between libcurl's callbacks and Asio's.
#include "http/engine.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <utility>
#include <vector>

#include <curl/curl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ccloud::http {
namespace {

using Descriptor = boost::asio::posix::stream_descriptor;

constexpr long receive_buffer = 256L << 10;  // design 5: 154 instead of 216 us a page
constexpr std::size_t most_idle_handles = 64;

void initialise_libcurl() {
  static std::once_flag once;
  std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
}

/// A socket that libcurl has named, with what it waits for and what Asio waits for.
struct Socket {
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

}  // namespace

struct Engine::State {
  State(async::Loop& loop, Finish finish);
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();

  CURL* take_handle();
  void give_back(CURL* easy);

  static int watch(CURL* easy, curl_socket_t fd, int what, void* self, void* unused);
  static int set_timer(CURLM* multi, long milliseconds, void* self);
  static curl_socket_t open(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int close(void* self, curl_socket_t fd);

  void on_watch(curl_socket_t fd, int what);
  void forget(curl_socket_t fd);
  void on_timer(long milliseconds);
  void arm(curl_socket_t fd, const std::shared_ptr<Socket>& socket);
  void wait(curl_socket_t fd, const std::shared_ptr<Socket>& socket, bool for_reading);
  void act(curl_socket_t fd, int events);

  async::Loop* loop;
  Finish finish;
  CURLM* multi;
  async::TimerId timer = 0;
  std::map<curl_socket_t, std::shared_ptr<Socket>> sockets;
  std::set<curl_socket_t> ours;  ///< opened by open(): we learn when they are closed
  std::vector<CURL*> idle;
};

Engine::State::State(async::Loop& the_loop, Finish on_end) : loop(&the_loop), finish(on_end) {
  initialise_libcurl();
  multi = curl_multi_init();
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &State::watch);
  curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &State::set_timer);
  curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, 512L);
  curl_multi_setopt(multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
}

Engine::State::~State() {
  curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, nullptr);
  curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, nullptr);
  if (timer != 0) loop->cancel(timer);
  sockets.clear();
  for (CURL* easy : idle) curl_easy_cleanup(easy);
  curl_multi_cleanup(multi);  // closes the connections that are still open, by close()
}

CURL* Engine::State::take_handle() {
  CURL* easy = idle.empty() ? curl_easy_init() : idle.back();
  if (!idle.empty()) idle.pop_back();
  const auto set = [easy](auto option, auto value) { curl_easy_setopt(easy, option, value); };
  set(CURLOPT_OPENSOCKETFUNCTION, &State::open);
  set(CURLOPT_OPENSOCKETDATA, static_cast<void*>(this));
  set(CURLOPT_CLOSESOCKETFUNCTION, &State::close);
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

void Engine::State::give_back(CURL* easy) {
  if (idle.size() < most_idle_handles) {
    idle.push_back(easy);
  } else {
    curl_easy_cleanup(easy);
  }
}

int Engine::State::watch(CURL* /*easy*/, curl_socket_t fd, int what, void* self, void* /*unused*/) {
  static_cast<State*>(self)->on_watch(fd, what);
  return 0;
}

int Engine::State::set_timer(CURLM* /*multi*/, long milliseconds, void* self) {
  static_cast<State*>(self)->on_timer(milliseconds);
  return 0;
}

curl_socket_t Engine::State::open(void* self, curlsocktype /*purpose*/, curl_sockaddr* address) {
  auto& engine = *static_cast<State*>(self);
  const int fd = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (fd < 0) return CURL_SOCKET_BAD;
  engine.forget(fd);
  engine.ours.insert(fd);
  return fd;
}

int Engine::State::close(void* self, curl_socket_t fd) {
  auto& engine = *static_cast<State*>(self);
  engine.forget(fd);
  engine.ours.erase(fd);
  return ::close(fd);
}

/// At once, though a handler that runs may still hold the object: the next socket can get the same
/// number before that one lets go.
void Engine::State::forget(curl_socket_t fd) {
  const auto found = sockets.find(fd);
  if (found == sockets.end()) return;
  found->second->descriptor.release();
  sockets.erase(found);
}

void Engine::State::on_watch(curl_socket_t fd, int what) {
  if (what == CURL_POLL_REMOVE) {
    // The end of a transfer, mostly: the connection stays. Of sockets that are not ours (those of
    // the name look-up) we would not learn that they are closed.
    if (!ours.contains(fd)) return forget(fd);
    what = CURL_POLL_NONE;
  }
  if (what == CURL_POLL_NONE && !sockets.contains(fd)) return;
  auto& socket = sockets[fd];
  if (!socket) {
    auto& io = *static_cast<boost::asio::io_context*>(loop->native());
    socket = std::make_shared<Socket>(io, fd);
  }
  socket->wants_read = (what & CURL_POLL_IN) != 0;
  socket->wants_write = (what & CURL_POLL_OUT) != 0;
  arm(fd, socket);
}

void Engine::State::arm(curl_socket_t fd, const std::shared_ptr<Socket>& socket) {
  if (socket->wants_read && !std::exchange(socket->reading, true)) wait(fd, socket, true);
  if (socket->wants_write && !std::exchange(socket->writing, true)) wait(fd, socket, false);
}

void Engine::State::wait(curl_socket_t fd, const std::shared_ptr<Socket>& socket,
                         bool for_reading) {
  const auto ready = [this, fd, for_reading,
                      weak = std::weak_ptr(socket)](const boost::system::error_code&) {
    const auto live = weak.lock();
    if (!live) return;
    (for_reading ? live->reading : live->writing) = false;
    const bool is_wanted = for_reading ? live->wants_read : live->wants_write;
    if (is_wanted) act(fd, for_reading ? CURL_CSELECT_IN : CURL_CSELECT_OUT);
    // `fd` may belong to another socket by now: only the same object goes on.
    const auto found = sockets.find(fd);
    if (found != sockets.end() && found->second == live) arm(fd, live);
  };
  socket->descriptor.async_wait(for_reading ? Descriptor::wait_read : Descriptor::wait_write,
                                ready);
}

void Engine::State::on_timer(long milliseconds) {
  if (timer != 0) loop->cancel(std::exchange(timer, 0));
  if (milliseconds < 0) return;
  timer = loop->at(loop->now() + std::chrono::milliseconds(milliseconds), [this] {
    timer = 0;
    act(CURL_SOCKET_TIMEOUT, 0);
  });
}

void Engine::State::act(curl_socket_t fd, int events) {
  int running = 0;
  curl_multi_socket_action(multi, fd, events, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;
    char* owner = nullptr;  // libcurl keeps it as char*
    curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &owner);
    if (owner != nullptr) finish(owner, code);
  }
}

Engine::Engine(async::Loop& loop, Finish finish) : state_(std::make_unique<State>(loop, finish)) {}
Engine::~Engine() = default;
void* Engine::take_handle() { return state_->take_handle(); }
void Engine::give_back(void* easy) { state_->give_back(easy); }
bool Engine::start(void* easy) { return curl_multi_add_handle(state_->multi, easy) == CURLM_OK; }
void Engine::stop(void* easy) { curl_multi_remove_handle(state_->multi, easy); }

}  // namespace ccloud::http
