// The asking side of sudo. Descriptors 0 to 2 travel with the request; signals are passed on.
#include "sim/sandbox/sudo.h"

#include <csignal>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <poll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"
#include "sim/sandbox/node.h"
#include "sim/sandbox/wire.h"

extern char** environ;

namespace ccloud::sim::sandbox {
namespace {

struct Asked {
  std::string user = "root";
  std::string shell;  ///< "login", "plain" or empty
  bool keeps_environment = false;
  bool only_asks = false;  ///< -v, -l, -k: no command
  std::vector<std::string> settings;
  std::vector<std::string> command;
};

int complain(std::string_view text) {
  fmt::print(stderr, "sudo: {}\n", text);
  return 1;
}

bool is_setting(std::string_view word) {
  const auto equals = word.find('=');
  return equals != std::string_view::npos && equals > 0 &&
         word.find('/') >= equals;  // a path with "=" in it is a command
}

/// One word of options; `rest` gives the next word for those that take one. False: not known.
bool take_option(std::string_view word, Asked& asked,
                 const std::function<std::optional<std::string>()>& rest) {
  if (word.starts_with("--")) {
    if (word == "--non-interactive" || word == "--set-home" || word == "--stdin") return true;
    if (word == "--preserve-env" || word.starts_with("--preserve-env=")) {
      return asked.keeps_environment = true;
    }
    if (word.starts_with("--user=")) {
      asked.user = word.substr(7);
      return true;
    }
    return false;
  }
  for (std::size_t at = 1; at < word.size(); ++at) {
    switch (word[at]) {
      case 'n':
      case 'H':
      case 'S':
        break;
      case 'E':
        asked.keeps_environment = true;
        break;
      case 'i':
        asked.shell = "login";
        break;
      case 's':
        asked.shell = "plain";
        break;
      case 'v':
      case 'l':
      case 'k':
      case 'K':
        asked.only_asks = true;
        break;
      case 'u':
      case 'p':
      case 'g': {
        auto value =
            at + 1 < word.size() ? std::optional(std::string(word.substr(at + 1))) : rest();
        if (!value) return false;
        if (word[at] == 'u') asked.user = *value;
        return word[at] != 'g';
      }
      default:
        return false;
    }
  }
  return true;
}

std::optional<Asked> parse(int argc, char** argv) {
  Asked asked;
  int at = 1;
  const auto rest = [&]() -> std::optional<std::string> {
    return at + 1 < argc ? std::optional<std::string>(argv[++at]) : std::nullopt;
  };
  for (; at < argc; ++at) {
    const std::string_view word = argv[at];
    if (word == "--") {
      ++at;
      break;
    }
    if (is_setting(word)) {
      asked.settings.emplace_back(word);
    } else if (word.size() > 1 && word[0] == '-') {
      if (!take_option(word, asked, rest)) {
        complain(fmt::format("this sandbox's sudo does not know the option {}", word));
        return std::nullopt;
      }
    } else {
      break;
    }
  }
  while (at < argc && is_setting(argv[at])) asked.settings.emplace_back(argv[at++]);
  for (; at < argc; ++at) asked.command.emplace_back(argv[at]);
  return asked;
}

Message request_of(const Asked& asked) {
  char folder[4096];
  const char* here = ::getcwd(folder, sizeof folder);
  Message request = {asked.user, here == nullptr ? "/" : here, asked.shell,
                     std::to_string(asked.command.size())};
  request.insert(request.end(), asked.command.begin(), asked.command.end());
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const bool is_harmless = text.starts_with("TERM=") || text.starts_with("LANG=") ||
                             text.starts_with("LC_") || text.starts_with("COLORTERM=") ||
                             text.starts_with("LANGUAGE=");
    if (asked.keeps_environment || is_harmless) request.emplace_back(text);
  }
  request.insert(request.end(), asked.settings.begin(), asked.settings.end());
  return request;
}

bool send_with_descriptors(int socket, std::string_view bytes) {
  const int descriptors[3] = {0, 1, 2};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof descriptors)] = {};
  iovec part{const_cast<char*>(bytes.data()), bytes.size()};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof descriptors);
  std::memcpy(CMSG_DATA(header), descriptors, sizeof descriptors);
  const ssize_t count = ::sendmsg(socket, &message, MSG_NOSIGNAL);
  return count > 0 && write_all(socket, bytes.substr(static_cast<std::size_t>(count)));
}

Fd connect_to_agent() {
  Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  sudo_socket.copy(address.sun_path, sizeof address.sun_path - 1);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    socket.reset();
  }
  return socket;
}

int await_exit(int socket) {
  sigset_t passed;
  sigemptyset(&passed);
  for (const int number : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2}) {
    sigaddset(&passed, number);
  }
  ::sigprocmask(SIG_BLOCK, &passed, nullptr);
  const Fd signals(::signalfd(-1, &passed, SFD_CLOEXEC));
  while (true) {
    pollfd watched[2] = {{socket, POLLIN, 0}, {signals.get(), POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents != 0) {
      signalfd_siginfo info{};
      if (::read(signals.get(), &info, sizeof info) == sizeof info) {
        const char number = static_cast<char>(info.ssi_signo);
        write_all(socket, std::string_view(&number, 1));
      }
    }
    if (watched[0].revents != 0) {
      unsigned char code = 1;
      return ::read(socket, &code, 1) == 1 ? code : complain("the node's first process is gone");
    }
  }
}

}  // namespace

int sudo_main(int argc, char** argv) {
  const auto asked = parse(argc, argv);
  if (!asked) return 1;
  if (asked->command.empty() && asked->shell.empty() && !asked->only_asks) {
    return complain("usage: sudo [-nEHSis] [-u user] [NAME=value...] [--] command");
  }
  const Fd socket = connect_to_agent();
  if (!socket) return complain("cannot reach the node's first process");
  if (!send_with_descriptors(socket.get(), encode(request_of(*asked)))) {
    return complain("cannot ask the node's first process");
  }
  return await_exit(socket.get());
}

}  // namespace ccloud::sim::sandbox
