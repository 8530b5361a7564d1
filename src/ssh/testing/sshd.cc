#include "ssh/testing/sshd.h"

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <pwd.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ccloud::ssh::testing {

namespace {

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  ::bind(fd, reinterpret_cast<sockaddr*>(&address), length);
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length);
  ::close(fd);
  return ntohs(address.sin_port);
}

bool answers(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const int outcome = ::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::close(fd);
  return outcome == 0;
}

}  // namespace

TempDir::TempDir() {
  std::string name = (std::filesystem::temp_directory_path() / "ccloud-ssh-XXXXXX").string();
  path_ = ::mkdtemp(name.data());
}
TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

int run_program(const std::string& command) {
  const int status = std::system(command.c_str());
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

std::unique_ptr<Sshd> Sshd::start(const std::string& extra) {
  if (!std::filesystem::exists("/usr/sbin/sshd")) return nullptr;
  auto server = std::make_unique<Sshd>();
  const auto dir = server->dir().string();
  if (::getuid() == 0) std::filesystem::create_directories("/run/sshd");
  run_program(
      fmt::format("ssh-keygen -q -t ed25519 -N '' -f {0}/host && "
                  "ssh-keygen -q -t ed25519 -N '' -f {0}/id && "
                  "cp {0}/id.pub {0}/authorized",
                  dir));
  std::ofstream(server->dir() / "config")
      << fmt::format(
             "HostKey {0}/host\nAuthorizedKeysFile {0}/authorized\nPidFile none\n"
             "StrictModes no\nUsePAM no\nPasswordAuthentication no\n"
             "PermitRootLogin yes\nMaxStartups 500\nPrintMotd no\n",
             dir)
      << extra << "\n";
  server->port_ = free_port();
  return server->launch() ? std::move(server) : nullptr;
}

bool Sshd::launch() {
  const auto config = (dir() / "config").string();
  const auto log = (dir() / "log").string();
  const auto listen = fmt::format("127.0.0.1:{}", port_);
  pid_ = ::fork();
  if (pid_ == 0) {
    const int fd = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    ::dup2(fd, 2);
    ::execl("/usr/sbin/sshd", "/usr/sbin/sshd", "-D", "-e", "-f", config.c_str(), "-o",
            ("ListenAddress=" + listen).c_str(), static_cast<char*>(nullptr));
    ::_exit(127);
  }
  for (int i = 0; i < 500; ++i) {
    if (answers(port_)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

void Sshd::stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGTERM);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void Sshd::restart(bool with_new_key) {
  stop();
  if (with_new_key) {
    run_program(fmt::format(
        "rm -f {0}/host {0}/host.pub; ssh-keygen -q -t ed25519 -N '' -f {0}/host", dir().string()));
  }
  launch();
}

Sshd::~Sshd() { stop(); }

Target Sshd::target(const std::string& name) const {
  Target target;
  target.name = name;
  target.instance_id = "i-" + name;
  target.host = "127.0.0.1";
  target.port = port_;
  target.user = ::getpwuid(::getuid())->pw_name;
  target.identities = {identity()};
  return target;
}

PoolOptions Sshd::options() const {
  PoolOptions options;
  options.host_keys = dir() / "state/known_hosts";
  options.home = dir();
  options.reads_ssh_config = false;
  options.uses_agent = false;
  options.connect_timeout = std::chrono::seconds(10);
  return options;
}

}  // namespace ccloud::ssh::testing
