#include "ssh/session.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <libssh/libssh.h>
#include <libssh/server.h>  // ssh_send_keepalive

#include "base/hash.h"
#include "base/text.h"

namespace ccloud::ssh {

namespace {

// In this order for what they cost, safe as they all are: nistp256 (OpenSSL's assembler on both
// sides) takes a seventh off a whole login here and a fifth off one at OpenSSH's server against
// curve25519, which takes a tenth of the rest.
constexpr auto key_exchanges =
    "ecdh-sha2-nistp256,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp384,"
    "ecdh-sha2-nistp521,diffie-hellman-group16-sha512,diffie-hellman-group18-sha512,"
    "diffie-hellman-group14-sha256";
constexpr auto ciphers =
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,aes256-ctr,"
    "aes192-ctr,aes128-ctr";
constexpr auto host_key_types =
    "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,"
    "rsa-sha2-256";

/// The known type first, so that a host with several keys shows the one that is remembered.
std::string host_key_order(const std::string& known) {
  if (known.empty()) return host_key_types;
  const std::string first = known == "ssh-rsa" ? "rsa-sha2-512,rsa-sha2-256" : known;
  return first + "," + host_key_types;
}

}  // namespace

Session::Session(async::Loop& loop, HostKeys& host_keys)
    : loop_(&loop),
      host_keys_(&host_keys),
      raw_(ssh_new()),
      packets_(std::make_unique<ssh_counter_struct>()) {}

Session::~Session() {
  watch_.reset();
  if (event_ != nullptr) {
    ssh_event_remove_session(event_, raw_);
    ssh_event_free(event_);
  }
  if (ssh_is_connected(raw_) != 0) ssh_disconnect(raw_);
  ssh_free(raw_);
}

bool Session::is_alive() const {
  // After the other side closed, libssh calls the session connected until it is told to disconnect.
  return !is_silent_ && ssh_is_connected(raw_) != 0 &&
         (ssh_get_status(raw_) & (SSH_CLOSED | SSH_CLOSED_ERROR)) == 0;
}

bool Session::is_write_pending() const {
  return (ssh_get_poll_flags(raw_) & SSH_WRITE_PENDING) != 0;
}

std::uint64_t Session::packets_heard() const { return packets_->in_packets; }

void Session::ask_for_life() {
  // Servers refuse the request, and the refusal is the sign of life.
  if (is_alive()) ssh_send_keepalive(raw_);
}

void Session::give_up() {
  is_silent_ = true;
  wake();
}

Error Session::last_error(const std::string& what) const {
  if (is_silent_) {
    return make_error(ErrorCode::unavailable, what + ": it does not answer any more",
                      "the machine hangs, or the network to it does");
  }
  const std::string why = ssh_get_error(raw_);
  return make_error(ErrorCode::unavailable,
                    why.empty() ? what + ": the connection was lost" : what + ": " + why);
}

void Session::configure(const Login& login) {
  ssh_set_blocking(raw_, 0);
  const int no = 0;
  ssh_options_set(raw_, SSH_OPTIONS_PROCESS_CONFIG, &no);
  ssh_options_set(raw_, SSH_OPTIONS_HOST, login.host.c_str());
  const unsigned port = login.port;
  ssh_options_set(raw_, SSH_OPTIONS_PORT, &port);
  ssh_options_set(raw_, SSH_OPTIONS_USER, login.user.c_str());
  ssh_options_set(raw_, SSH_OPTIONS_KEY_EXCHANGE, key_exchanges);
  ssh_options_set(raw_, SSH_OPTIONS_CIPHERS_C_S, ciphers);
  ssh_options_set(raw_, SSH_OPTIONS_CIPHERS_S_C, ciphers);
  const auto types = host_key_order(host_keys_->known_type(login.host_key_alias));
  ssh_options_set(raw_, SSH_OPTIONS_HOSTKEYS, types.c_str());
  if (!login.agent_socket.empty()) {
    ssh_options_set(raw_, SSH_OPTIONS_IDENTITY_AGENT, login.agent_socket.c_str());
  }
  if (!login.is_strict) {
    // Else libssh looks up the home folder and reads all known_hosts anew for each session.
    ssh_options_set(raw_, SSH_OPTIONS_SSH_DIR, "/nonexistent");
    ssh_options_set(raw_, SSH_OPTIONS_KNOWNHOSTS, "/nonexistent");
    ssh_options_set(raw_, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/nonexistent");
  }
  ssh_set_counters(raw_, nullptr, packets_.get());
}

Task<void> Session::open(Context ctx, Fd fd, const Login& login) {
  if (raw_ == nullptr) co_return make_error(ErrorCode::internal, "out of memory");
  configure(login);
  const int number = fd.release();  // libssh closes it from here on
  ssh_options_set(raw_, SSH_OPTIONS_FD, &number);
  // Watched through a descriptor of our own: libssh closes its own at any time, and the number may
  // already be somebody else's when we stop watching.
  watched_ = Fd(::fcntl(number, F_DUPFD_CLOEXEC, 0));
  if (watched_.get() < 0) {
    co_return make_error(ErrorCode::internal, "no more descriptors",
                         "raise the limit of open files: ulimit -n");
  }
  watch_ = std::make_unique<FdWatch>(*loop_, watched_.get());
  co_await attempt(ctx, "ssh handshake", [this] { return ssh_connect(raw_); });
  // From here on one call pumps everything that has come in.
  event_ = ssh_event_new();
  if (event_ == nullptr || ssh_event_add_session(event_, raw_) != SSH_OK) {
    co_return make_error(ErrorCode::internal, "out of memory");
  }
  co_await check_host_key(login);
  co_return co_await log_in(ctx, login).result();
}

Result<void> Session::check_host_key(const Login& login) {
  ssh_key key = nullptr;
  if (ssh_get_server_publickey(raw_, &key) != SSH_OK) return last_error("host key");
  const std::string type = ssh_key_type_to_char(ssh_key_type(key));
  char* text = nullptr;
  const int exported = ssh_pki_export_pubkey_base64(key, &text);
  ssh_key_free(key);
  if (exported != SSH_OK) return last_error("host key");
  const std::string encoded = text;
  ssh_string_free_char(text);
  if (login.is_strict && host_keys_->known_type(login.host_key_alias).empty()) {
    if (!login.user_known_hosts.empty()) {
      ssh_options_set(raw_, SSH_OPTIONS_KNOWNHOSTS, login.user_known_hosts.c_str());
    }
    if (ssh_session_is_known_server(raw_) != SSH_KNOWN_HOSTS_OK) {
      Error error = make_error(
          ErrorCode::permission_denied,
          fmt::format("{} has a host key that your known_hosts does not have, and your ssh_config "
                      "says StrictHostKeyChecking yes",
                      login.node),
          fmt::format("compare its fingerprint with the machine's console, then add it: {} {} {}",
                      login.host, type, encoded));
      error.raw_code = "host-key-unknown";
      return error;
    }
  }
  return host_keys_->check(login.host_key_alias, type, encoded, login.node);
}

Task<void> Session::attempt(Context ctx, std::string what, std::function<int()> step) {
  while (true) {
    co_await ctx.check();
    const int outcome = call(step);
    if (outcome == SSH_OK) co_return {};
    if (outcome == SSH_ERROR) co_return last_error(what);
    // libssh goes on waiting for an answer on a connection that has ended.
    if (event_ != nullptr && !is_alive()) co_return last_error(what);
    auto waited = co_await wait(ctx).result();
    if (!waited.has_value()) co_return with_context(waited.error(), what);
  }
}

int Session::call(const std::function<int()>& step) {
  const auto before = packets_->in_packets;
  const int outcome = step();
  if (packets_->in_packets != before) wake();
  return outcome;
}

Task<void> Session::wait(Context ctx) {
  // A waiter may be the last owner of everything around this session.
  const auto self = shared_from_this();
  async::CancelHook hook;
  co_return co_await async::suspend<void>(*loop_, [&](async::Completion<void> done) {
    hook = ctx.on_end([done](const Error& error) { done.complete(error); });
    waiting_.push_back(done);
    watch();
  });
}

void Session::wake() {
  auto all = std::move(waiting_);
  waiting_.clear();
  for (auto& one : all) one.complete({});
}

void Session::watch() {
  const auto again = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->pump();
  };
  watch_->on_readable(again);
  if (is_write_pending()) watch_->on_writable(again);
}

void Session::pump() {
  if (event_ != nullptr) {
    // One turn moves at most 4 KiB; the bound keeps one busy node from starving the others.
    for (int turns = 0; turns < 64 && is_alive(); ++turns) {
      if (ssh_event_dopoll(event_, 0) != SSH_OK) break;
    }
  }
  wake();
}

}  // namespace ccloud::ssh
