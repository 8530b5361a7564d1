// What libssh alone takes to log in to hosts and run `true` there, all at once, by the same key
// exchange and cipher as ours: no host keys kept, no clouds asked, nothing shown. Usage:
// login_bench KEY USER HOST...
#include <cstdio>
#include <cstdlib>
#include <vector>

#include <libssh/libssh.h>
#include <poll.h>

namespace {

constexpr const char* cipher = "aes128-gcm@openssh.com";

/// One host's session, from step to step.
struct Login {
  ssh_session session = nullptr;
  ssh_event event = nullptr;
  ssh_channel channel = nullptr;
  int step = 0;
};

Login make_login(const char* host, const char* user) {
  Login login{.session = ssh_new()};
  const int no = 0;
  ssh_options_set(login.session, SSH_OPTIONS_PROCESS_CONFIG, &no);
  ssh_options_set(login.session, SSH_OPTIONS_HOST, host);
  ssh_options_set(login.session, SSH_OPTIONS_USER, user);
  ssh_options_set(login.session, SSH_OPTIONS_KEY_EXCHANGE, "ecdh-sha2-nistp256");
  ssh_options_set(login.session, SSH_OPTIONS_CIPHERS_C_S, cipher);
  ssh_options_set(login.session, SSH_OPTIONS_CIPHERS_S_C, cipher);
  for (const auto file :
       {SSH_OPTIONS_SSH_DIR, SSH_OPTIONS_KNOWNHOSTS, SSH_OPTIONS_GLOBAL_KNOWNHOSTS}) {
    ssh_options_set(login.session, file, "/nonexistent");
  }
  ssh_set_blocking(login.session, 0);
  return login;
}

/// What libssh says to the step that the session is at: SSH_OK, SSH_AGAIN or SSH_ERROR.
int attempt(Login& login, ssh_key key) {
  switch (login.step) {
    case 0:
      return ssh_connect(login.session);
    case 1:
      login.event = ssh_event_new();
      return ssh_event_add_session(login.event, login.session);
    case 2:
      switch (ssh_userauth_publickey(login.session, nullptr, key)) {
        case SSH_AUTH_AGAIN:
          return SSH_AGAIN;
        case SSH_AUTH_SUCCESS:
          return SSH_OK;
        default:
          return SSH_ERROR;
      }
    case 3:
      login.channel = ssh_channel_new(login.session);
      return SSH_OK;
    case 4:
      return ssh_channel_open_session(login.channel);
    case 5:
      return ssh_channel_request_exec(login.channel, "true");
    case 6:
      return ssh_channel_send_eof(login.channel);
    default:
      return ssh_channel_is_closed(login.channel) != 0 ? SSH_OK : SSH_AGAIN;
  }
}

void end(Login& login) {
  ssh_channel_free(login.channel);
  ssh_event_remove_session(login.event, login.session);
  ssh_event_free(login.event);
  ssh_disconnect(login.session);
  ssh_free(login.session);
}

/// Takes what has come in and goes as far as it can; true at the end.
bool advance(Login& login, ssh_key key) {
  constexpr int last = 7;
  for (int turns = 0; login.event != nullptr && turns < 16; ++turns) {
    if (ssh_event_dopoll(login.event, 0) != SSH_OK) break;
  }
  while (true) {
    const int outcome = attempt(login, key);
    if (outcome == SSH_ERROR) {
      std::fprintf(stderr, "login_bench: %s\n", ssh_get_error(login.session));
      std::exit(1);
    }
    if (outcome == SSH_AGAIN) return false;
    if (login.step++ == last) return true;
  }
}

/// Until one of them at least can be read, or written where libssh has something to write.
std::vector<pollfd> wait(const std::vector<Login>& logins) {
  std::vector<pollfd> watched;
  for (const auto& login : logins) {
    const bool has_more = (ssh_get_poll_flags(login.session) & SSH_WRITE_PENDING) != 0;
    const auto events = static_cast<short>(has_more ? POLLIN | POLLOUT : POLLIN);
    watched.push_back({ssh_get_fd(login.session), events, 0});
  }
  poll(watched.data(), watched.size(), -1);
  return watched;
}

}  // namespace

int main(int count, char** words) {
  ssh_key key = nullptr;
  if (count < 4 || ssh_pki_import_privkey_file(words[1], "", nullptr, nullptr, &key) != SSH_OK) {
    std::fputs("usage: login_bench KEY USER HOST...\n", stderr);
    return 64;
  }
  std::vector<Login> logins;
  for (int i = 3; i < count; ++i) logins.push_back(make_login(words[i], words[2]));
  std::vector<pollfd> ready(logins.size(), {.fd = 0, .events = 0, .revents = POLLIN});
  while (!logins.empty()) {
    std::vector<Login> left;
    for (std::size_t i = 0; i < logins.size(); ++i) {
      if (ready[i].revents != 0 && advance(logins[i], key)) {
        end(logins[i]);
      } else {
        left.push_back(logins[i]);
      }
    }
    logins = std::move(left);
    if (!logins.empty()) ready = wait(logins);
  }
  ssh_key_free(key);
  return 0;
}
