// Logging in: the agent, then key files, each a signature straight away. No passwords, nothing that
// asks the user.
#include <filesystem>

#include <fmt/format.h>
#include <libssh/libssh.h>

#include "base/text.h"
#include "ssh/session.h"

namespace ccloud::ssh {

Result<PrivateKey> load_key(const std::string& file) {
  std::error_code problem;
  if (!std::filesystem::is_regular_file(file, problem)) {
    return make_error(ErrorCode::not_found, file + ": no such file");
  }
  ssh_key key = nullptr;
  // No passphrase and no way to ask: an encrypted key is for the agent.
  if (ssh_pki_import_privkey_file(file.c_str(), "", nullptr, nullptr, &key) != SSH_OK) {
    return make_error(ErrorCode::invalid_argument,
                      file + ": not a private key, or one with a passphrase (use ssh-agent)");
  }
  return PrivateKey(key, [](ssh_key_struct* old) { ssh_key_free(old); });
}

namespace {

int as_step(int outcome) {
  // Success and refusal both end the attempt; the caller looks at the answer.
  if (outcome == SSH_AUTH_AGAIN) return SSH_AGAIN;
  return outcome == SSH_AUTH_ERROR ? SSH_ERROR : SSH_OK;
}

Error refused(const Login& login) {
  std::string tried = login.uses_agent ? "the agent" : "";
  if (!login.keys.empty()) {
    tried += fmt::format("{}{} key file{}", tried.empty() ? "" : " and ", login.keys.size(),
                         login.keys.size() == 1 ? "" : "s");
  }
  std::string message = tried.empty() ? fmt::format("no ssh key to log in to {} with", login.node)
                                      : fmt::format("{} refuses to log in {} (tried {})",
                                                    login.node, login.user, tried);
  if (!login.problems.empty()) message += "; " + join(login.problems, "; ");
  return make_error(ErrorCode::unauthenticated, message,
                    "add the key to ssh-agent, or set ssh.identity to the private key of a public "
                    "key that the node knows; check ssh.user");
}

}  // namespace

Task<bool> Session::try_agent(Context ctx, const Login& login) {
  const auto socket = agent_socket_of(login.agent_socket);
  if (!login.uses_agent || socket.empty()) co_return false;
  if (!login.agent_keys.empty()) {
    agent_ = co_await AgentFilter::start(socket, login.agent_keys);
    ssh_set_agent_socket(raw_, agent_->take_end());
  }
  int answer = SSH_AUTH_DENIED;
  co_await attempt(ctx, "ssh login with the agent", [this, &answer] {
    answer = ssh_userauth_agent(raw_, nullptr);
    // No agent behind the socket is no failure of the session.
    if (answer == SSH_AUTH_ERROR && ssh_is_connected(raw_) != 0) answer = SSH_AUTH_DENIED;
    return as_step(answer);
  });
  co_return answer == SSH_AUTH_SUCCESS;
}

Task<bool> Session::try_key(Context ctx, const PrivateKey& key) {
  int answer = SSH_AUTH_DENIED;
  co_await attempt(ctx, "ssh login", [this, &answer, &key] {
    answer = ssh_userauth_publickey(raw_, nullptr, key.get());
    return as_step(answer);
  });
  co_return answer == SSH_AUTH_SUCCESS;
}

Task<void> Session::log_in(Context ctx, const Login& login) {
  bool is_in = co_await try_agent(ctx, login);
  for (std::size_t i = 0; !is_in && i < login.keys.size(); ++i) {
    is_in = co_await try_key(ctx, login.keys[i]);
  }
  if (!is_in) co_return refused(login);
  co_return {};
}

}  // namespace ccloud::ssh
