#include "ssh/channel.h"

#include <algorithm>

#include <fmt/format.h>
#include <libssh/callbacks.h>
#include <libssh/libssh.h>

namespace ccloud::ssh {

namespace {

// How much may wait in libssh's buffer of one session before its socket must have taken it.
constexpr std::size_t max_queued = std::size_t{256} << 10;

int took_data(ssh_session, ssh_channel, void* data, std::uint32_t length, int is_stderr,
              void* user) {
  auto* self = static_cast<Channel*>(user);
  if (self->on_data) self->on_data({static_cast<const char*>(data), length}, is_stderr != 0);
  return static_cast<int>(length);
}
void took_eof(ssh_session, ssh_channel, void* user) { static_cast<Channel*>(user)->has_eof = true; }
void took_close(ssh_session, ssh_channel, void* user) {
  static_cast<Channel*>(user)->is_closed = true;
}
void took_exit(ssh_session, ssh_channel, int status, void* user) {
  static_cast<Channel*>(user)->exit = status;
}
void took_signal(ssh_session, ssh_channel, const char* name, int, const char*, const char*,
                 void* user) {
  static_cast<Channel*>(user)->signal = name;
}

}  // namespace

Channel::Channel(std::shared_ptr<Session> session)
    : session_(std::move(session)),
      raw_(ssh_channel_new(session_->raw())),
      callbacks_(std::make_unique<ssh_channel_callbacks_struct>()) {
  take_callbacks();
}

void Channel::take_callbacks() {
  *callbacks_ = {};
  callbacks_->userdata = this;
  callbacks_->channel_data_function = took_data;
  callbacks_->channel_eof_function = took_eof;
  callbacks_->channel_close_function = took_close;
  callbacks_->channel_exit_status_function = took_exit;
  callbacks_->channel_exit_signal_function = took_signal;
  ssh_callbacks_init(callbacks_.get());
  if (raw_ != nullptr) ssh_set_channel_callbacks(raw_, callbacks_.get());
}

Channel::~Channel() {
  if (raw_ == nullptr) return;
  ssh_remove_channel_callbacks(raw_, callbacks_.get());
  if (session_->is_alive() && ssh_channel_is_open(raw_) != 0) ssh_channel_close(raw_);
  ssh_channel_free(raw_);
}

Task<void> Channel::open_command(Context ctx, std::string line) {
  co_await session_->attempt(ctx, "opening a channel",
                             [this] { return ssh_channel_open_session(raw_); });
  auto started =
      co_await session_
          ->attempt(ctx, "starting the command",
                    [this, &line] { return ssh_channel_request_exec(raw_, line.c_str()); })
          .result();
  if (started.has_value()) co_return {};
  // Only the answer may be lost: it must not be run a second time as if it never had been.
  Error error = started.error();
  error.ambiguous = true;
  co_return error;
}

Task<void> Channel::open_connection(Context ctx, std::string host, std::uint16_t port) {
  auto opened =
      co_await session_
          ->attempt(
              ctx, fmt::format("port {} of the node", port),
              [&] { return ssh_channel_open_forward(raw_, host.c_str(), port, "127.0.0.1", 0); })
          .result();
  if (!opened.has_value() &&
      opened.error().message.find("Connection refused") != std::string::npos) {
    // libssh's words name a channel number, which differs each time and tells nobody anything.
    co_return make_error(ErrorCode::unavailable,
                         fmt::format("nothing listens on port {} of the node", port));
  }
  co_return opened;
}

Result<std::size_t> Channel::write_some(std::string_view data) {
  std::size_t done = 0;
  if (session_->is_write_pending()) return done;
  while (done < data.size() && done < max_queued) {
    const std::size_t window = ssh_channel_window_size(raw_);
    if (window == 0) break;
    const auto piece = std::min({data.size() - done, window, max_queued});
    const int count = session_->call([&] {
      return ssh_channel_write(raw_, data.data() + done, static_cast<std::uint32_t>(piece));
    });
    if (count == SSH_ERROR) return session_->last_error("sending");
    if (count <= 0) break;
    done += static_cast<std::size_t>(count);
  }
  return done;
}

Task<void> Channel::write(Context ctx, std::string data) {
  std::size_t done = 0;
  while (done < data.size()) {
    if (is_closed || !session_->is_alive()) co_return session_->last_error("sending");
    done += co_await write_some(std::string_view(data).substr(done));
    if (done < data.size()) co_await session_->wait(ctx);
  }
  co_return {};
}

void Channel::send_eof() { ssh_channel_send_eof(raw_); }

void Channel::send_signal(const char* name) {
  if (session_->is_alive() && !is_closed) ssh_channel_request_send_signal(raw_, name);
}

}  // namespace ccloud::ssh
