#include "ssh/agent.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/hash.h"

namespace ccloud::ssh {

namespace {

// draft-ietf-sshm-ssh-agent: every message is
//   uint32 length | byte type | contents
// and SSH_AGENT_IDENTITIES_ANSWER has
//   uint32 count | count x (string key blob, string comment)
constexpr char identities_request = 11;
constexpr char identities_answer = 12;
constexpr std::size_t max_message = std::size_t{256} << 10;  // as OpenSSH's own agent
constexpr timeval listing_patience{.tv_sec = 5, .tv_usec = 0};

std::string encode(std::uint32_t number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift & 0xFF);
  return bytes;
}

std::uint32_t decode(std::string_view bytes) {
  std::uint32_t number = 0;
  for (const char byte : bytes.substr(0, 4))
    number = number << 8 | static_cast<unsigned char>(byte);
  return number;
}

/// The next `string` of a message; nullopt when it is not whole.
std::optional<std::string_view> take_string(std::string_view& rest) {
  if (rest.size() < 4) return std::nullopt;
  const std::size_t size = decode(rest);
  if (rest.size() - 4 < size) return std::nullopt;
  const auto text = rest.substr(4, size);
  rest.remove_prefix(4 + size);
  return text;
}

bool send_all(int fd, std::string_view data) {
  while (!data.empty()) {
    const auto count = ::send(fd, data.data(), data.size(), MSG_NOSIGNAL);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    data.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

bool receive_all(int fd, std::string& into, std::size_t size) {
  into.resize(size);
  std::size_t done = 0;
  while (done < size) {
    const auto count = ::recv(fd, into.data() + done, size - done, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

bool send_message(int fd, std::string_view body) {
  return send_all(fd, encode(static_cast<std::uint32_t>(body.size())) + std::string(body));
}

/// Type and contents; nullopt at the end of the stream and for what is no message.
std::optional<std::string> receive_message(int fd) {
  std::string length, body;
  if (!receive_all(fd, length, 4)) return std::nullopt;
  const std::size_t size = decode(length);
  if (size == 0 || size > max_message || !receive_all(fd, body, size)) return std::nullopt;
  return body;
}

/// "type base64", as in a public key file.
std::string line_of(std::string_view blob) {
  auto rest = blob;
  const auto type = take_string(rest);
  return type ? std::string(*type) + " " + base64(blob) : std::string();
}

struct Identity {
  std::string_view blob;
  std::string_view comment;
};

std::vector<Identity> identities_of(std::string_view message) {
  std::vector<Identity> all;
  if (message.size() < 5 || message.front() != identities_answer) return all;
  auto rest = message.substr(5);
  while (!rest.empty()) {
    const auto blob = take_string(rest);
    const auto comment = blob ? take_string(rest) : std::nullopt;
    if (!comment) break;
    all.push_back({*blob, *comment});
  }
  return all;
}

std::string only(std::string_view answer, const std::set<std::string>& keys) {
  std::string shown;
  std::uint32_t count = 0;
  for (const auto& [blob, comment] : identities_of(answer)) {
    if (!keys.contains(line_of(blob))) continue;
    ++count;
    for (const auto text : {blob, comment}) {
      shown += encode(static_cast<std::uint32_t>(text.size())) + std::string(text);
    }
  }
  return identities_answer + encode(count) + shown;
}

Fd connect_to(const std::string& path) {
  sockaddr_un address{};
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return {};
  address.sun_family = AF_UNIX;
  std::memcpy(address.sun_path, path.data(), path.size());
  Fd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (fd.get() < 0) return {};
  const auto* where = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd.get(), where, sizeof(address)) != 0) return {};
  return fd;
}

/// Until either side ends.
void pass_on(int libssh, int agent, const std::set<std::string>& keys) {
  while (true) {
    const auto request = receive_message(libssh);
    if (!request || !send_message(agent, *request)) return;
    const auto answer = receive_message(agent);
    if (!answer) return;
    const bool is_list = request->front() == identities_request;
    if (!send_message(libssh, is_list ? only(*answer, keys) : *answer)) return;
  }
}

}  // namespace

std::string agent_socket_of(const std::string& named) {
  if (!named.empty()) return named;
  const char* of_environment = std::getenv("SSH_AUTH_SOCK");
  return of_environment == nullptr ? "" : of_environment;
}

std::set<std::string> agent_keys(const std::string& socket) {
  const Fd agent = connect_to(socket);
  std::set<std::string> keys;
  if (agent.get() < 0) return keys;
  ::setsockopt(agent.get(), SOL_SOCKET, SO_RCVTIMEO, &listing_patience, sizeof(listing_patience));
  if (!send_message(agent.get(), std::string(1, identities_request))) return keys;
  const auto answer = receive_message(agent.get());
  if (!answer) return keys;
  for (const auto& identity : identities_of(*answer)) keys.insert(line_of(identity.blob));
  return keys;
}

AgentFilter::AgentFilter(Fd agent, Fd ours, Fd theirs, std::set<std::string> keys)
    : agent_(std::move(agent)), ours_(std::move(ours)), theirs_(std::move(theirs)) {
  thread_ = std::thread([libssh = ours_.get(), real = agent_.get(), keys = std::move(keys)] {
    pass_on(libssh, real, keys);
    // Whoever still asks must not wait for ever.
    ::shutdown(libssh, SHUT_RDWR);
  });
}

Result<std::unique_ptr<AgentFilter>> AgentFilter::start(const std::string& socket,
                                                        std::set<std::string> keys) {
  Fd agent = connect_to(socket);
  int ends[2] = {-1, -1};
  if (agent.get() < 0 || ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
    return make_error(ErrorCode::unavailable, "the ssh-agent does not answer",
                      "is it running? ssh-add -l");
  }
  return std::unique_ptr<AgentFilter>(
      new AgentFilter(std::move(agent), Fd(ends[0]), Fd(ends[1]), std::move(keys)));
}

AgentFilter::~AgentFilter() {
  ::shutdown(ours_.get(), SHUT_RDWR);
  ::shutdown(agent_.get(), SHUT_RDWR);
  thread_.join();
}

}  // namespace ccloud::ssh
