// The doing side of sudo: who may, as whom, with which environment; then the command itself. Runs
// as the node's root in a process of its own per request.
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>
#include <optional>

#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/node.h"
#include "sim/sandbox/sudo.h"
#include "sim/sandbox/wire.h"

namespace ccloud::sim::sandbox {
namespace {

constexpr std::string_view secure_path =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

struct Request {
  std::string user;
  std::string folder;
  std::string shell;
  std::vector<std::string> command;
  std::map<std::string, std::string> environment;
  int descriptors[3] = {-1, -1, -1};
  uid_t asking_uid = 0;
  std::string asking_name = "root";
};

struct Account {
  std::string name;
  uid_t uid = 0;
  gid_t gid = 0;
  std::string home;
  std::string shell;
};

std::optional<Account> account_of(const passwd* entry) {
  if (entry == nullptr) return std::nullopt;
  return Account{entry->pw_name, entry->pw_uid, entry->pw_gid, entry->pw_dir, entry->pw_shell};
}

/// The first chunk carries the descriptors; the rest is plain bytes.
std::optional<Message> receive(int connection, int (&descriptors)[3]) {
  Decoder decoder;
  bool is_first = true;
  while (true) {
    char buffer[16384];
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptors)];
    iovec part{buffer, sizeof buffer};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t count = ::recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (count <= 0) return std::nullopt;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (is_first && header != nullptr && header->cmsg_len == CMSG_LEN(sizeof descriptors)) {
      std::memcpy(descriptors, CMSG_DATA(header), sizeof descriptors);
    }
    is_first = false;
    decoder.feed(std::string_view(buffer, static_cast<std::size_t>(count)));
    if (auto whole = decoder.next()) return whole;
  }
}

std::optional<Request> read_request(int connection) {
  Request request;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (::getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return std::nullopt;
  request.asking_uid = peer.uid;
  if (const passwd* entry = ::getpwuid(peer.uid)) request.asking_name = entry->pw_name;
  const auto message = receive(connection, request.descriptors);
  if (!message || message->size() < 4 || request.descriptors[0] < 0) return std::nullopt;
  request.user = (*message)[0];
  request.folder = (*message)[1];
  request.shell = (*message)[2];
  const auto words = static_cast<std::size_t>(parse_int((*message)[3]).value_or(0));
  if (words > message->size() - 4) return std::nullopt;
  const auto begin = message->begin() + 4;
  request.command.assign(begin, begin + static_cast<std::ptrdiff_t>(words));
  for (auto at = begin + static_cast<std::ptrdiff_t>(words); at != message->end(); ++at) {
    const auto equals = at->find('=');
    if (equals != std::string::npos) {
      request.environment[at->substr(0, equals)] = at->substr(equals + 1);
    }
  }
  return request;
}

/// Root, who has a line in /etc/sudoers.d, and members of the group sudo.
bool may_ask(const Request& request) {
  if (request.asking_uid == 0) return true;
  std::error_code ignored;
  for (const auto& file : std::filesystem::directory_iterator("/etc/sudoers.d", ignored)) {
    for (const auto& line : split(read_file(file.path()), '\n')) {
      if (line.starts_with(request.asking_name + " ")) return true;
    }
  }
  const group* sudoers = ::getgrnam("sudo");
  for (char** member = sudoers == nullptr ? nullptr : sudoers->gr_mem;
       member != nullptr && *member != nullptr; ++member) {
    if (request.asking_name == *member) return true;
  }
  return false;
}

[[noreturn]] void give_up(const std::string& text, int code) {
  write_all(2, "sudo: " + text + "\n");
  ::_exit(code);
}

void become(const Account& account, bool has_own_users) {
  if (account.uid == 0) return;
  if (!has_own_users) {
    if (account.uid != first_user) {
      give_up("without root on the host a node has no users but root and its login user", 1);
    }
    if (auto r = become_only_user(); !r) give_up(r.error().message, 1);
    return;
  }
  if (::initgroups(account.name.c_str(), account.gid) != 0 || ::setgid(account.gid) != 0 ||
      ::setuid(account.uid) != 0) {
    give_up("cannot become " + account.name, 1);
  }
}

std::vector<std::string> command_of(const Request& request, const Account& account) {
  if (request.shell.empty()) return request.command;
  std::vector<std::string> command = {account.shell};
  if (request.shell == "login") command.emplace_back("-l");
  if (!request.command.empty()) {
    std::vector<std::string> quoted;
    for (const auto& word : request.command) quoted.push_back(shell_quote(word));
    command.emplace_back("-c");
    command.push_back(join(quoted, " "));
  }
  return command;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

[[noreturn]] void execute(Request request, const Account& account, bool has_own_users) {
  for (int number = 0; number < 3; ++number) ::dup2(request.descriptors[number], number);
  ::syscall(SYS_close_range, 3U, ~0U, 0U);
  ::setsid();
  ::umask(022);
  become(account, has_own_users);
  const bool is_login = request.shell == "login";
  if (::chdir((is_login ? account.home : request.folder).c_str()) != 0 && ::chdir("/") != 0) {
    ::_exit(1);
  }
  auto& environment = request.environment;
  environment["HOME"] = account.home;
  environment["USER"] = account.name;
  environment["LOGNAME"] = account.name;
  environment["SHELL"] = account.shell;
  environment["SUDO_USER"] = request.asking_name;
  environment["SUDO_UID"] = std::to_string(request.asking_uid);
  environment["SUDO_COMMAND"] = join(request.command, " ");
  environment.emplace("TERM", "unknown");
  environment["PATH"] = secure_path;
  // With one user only no file can be given to another, and tar would fail in trying.
  if (!has_own_users) environment["TAR_OPTIONS"] = "--no-same-owner";
  std::vector<std::string> variables;
  for (const auto& [name, value] : environment) variables.push_back(name + "=" + value);
  auto command = command_of(request, account);
  ::setenv("PATH", secure_path.data(), 1);  // execvpe looks here
  ::execvpe(command[0].c_str(), pointers(command).data(), pointers(variables).data());
  give_up(command[0] + ": " + (errno == ENOENT ? "command not found" : std::strerror(errno)), 1);
}

/// Passes the client's signals on until the command ends; a client that went away hangs it up.
int await(pid_t pid, int connection) {
  const Fd ended = open_pidfd(pid);
  bool has_client = true;
  while (true) {
    pollfd watched[2] = {{ended.get(), POLLIN, 0}, {has_client ? connection : -1, POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents != 0) {
      unsigned char number = 0;
      has_client = ::read(connection, &number, 1) == 1;
      const int signal = has_client ? number : SIGHUP;
      // It may not have become the leader of its group yet.
      if (::kill(-pid, signal) != 0) ::kill(pid, signal);
    }
    int status = 0;
    if (watched[0].revents != 0 && ::waitpid(pid, &status, 0) == pid) {
      return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    }
  }
}

}  // namespace

void serve_sudo(int connection, bool has_own_users) {
  auto request = read_request(connection);
  if (!request) return;
  const auto refuse = [&](const std::string& text) {
    write_all(request->descriptors[2], "sudo: " + text + "\n");
    const char code = 1;
    write_all(connection, std::string_view(&code, 1));
  };
  if (!may_ask(*request)) return refuse(request->asking_name + " may not run sudo");
  const auto account = account_of(::getpwnam(request->user.c_str()));
  if (!account) return refuse("unknown user " + request->user);
  int code = 0;
  if (!request->command.empty() || !request->shell.empty()) {
    const pid_t pid = ::fork();
    if (pid < 0) return refuse("cannot fork");
    if (pid == 0) execute(std::move(*request), *account, has_own_users);
    for (const int descriptor : request->descriptors) ::close(descriptor);
    code = await(pid, connection);
  }
  const char byte = static_cast<char>(code);
  write_all(connection, std::string_view(&byte, 1));
}

}  // namespace ccloud::sim::sandbox
