// Simulated nodes that are real: each boots as a sandbox with its own files, processes, host name,
// address and SSH server. One small child process, the warden, starts and ends all of them, so the
// simulator's event loop never forks, mounts or waits. Knows nothing of clouds, images or sizes.
//
// How to drive it from a loop: every call below returns at once; its callback runs later, from
// inside pump() (at once only when the warden has ended). Call pump() whenever fd() is readable, or
// every few milliseconds from a timer.
// In a test or a tool without a loop, wait() pumps until nothing is outstanding.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ccloud::sim {

/// How nodes come to life on this machine.
enum class Mode {
  none,      ///< records only: nothing is started
  loopback,  ///< no root: user namespaces; sshd on 127.77.x.y at a port above 1023
  network,   ///< root: a network namespace per node, 198.18.0.0/15 behind a bridge, port 22
  systemd,   ///< as network, with systemd as the node's first process
};
std::string_view to_string(Mode mode);

/// What the user asked for with `--boot`.
enum class Boot { sandbox, systemd, none };

struct Detected {
  Mode mode = Mode::none;
  std::string reason;  ///< one sentence for the user: why this mode, or why not the wanted one
};
/// What this machine can do; tries the namespaces in a short-lived child. For Boot::systemd on a
/// machine that cannot, the mode is none (never silently the lesser one) and the reason says why.
Detected detect(Boot wanted);

enum class SshServer { automatic, openssh, dropbear };  ///< automatic: OpenSSH, else Dropbear

struct Options {
  SshServer ssh = SshServer::automatic;
  /// The program that is run again as the warden; it must hand `__node...` to node_main().
  std::filesystem::path program = "/proc/self/exe";
  /// How long stop() lets a node end by itself before it is cut off.
  std::chrono::milliseconds stop_grace{500};
};

struct NodeSpec {
  std::string id{};                            ///< the cloud's id; any text, unique among the nodes
  std::string hostname{};                      ///< "web-us-1"; cut to what a kernel takes
  std::string user = "admin";                  ///< the login user (admin, ubuntu, ops, root, ...)
  std::vector<std::string> authorized_keys{};  ///< lines as in ~/.ssh/authorized_keys
  std::string user_data{};                ///< raw bytes: `#!` script or `#cloud-config` as JSON
  std::string image{};                    ///< shown in /etc/os-release as IMAGE_ID, nothing more
  std::string private_ip{};               ///< additionally on the node's interface; may be empty
  std::string boot_script{};              ///< runs at every start (as /etc/rc.local); may be empty
  std::vector<std::string> more_users{};  ///< "NAME:KEY": users with sudo beside the login user
};

struct Address {
  std::string ip;           ///< reachable from this machine
  std::uint16_t port = 22;  ///< of its sshd
  std::string host_key;     ///< "ssh-ed25519 AAAA...", the same for the node's whole life
  std::string fingerprint;  ///< "SHA256:...", as ssh-keygen -l prints it
};

enum class NodeState { unknown, booting, running, stopping, stopped, failed };
std::string_view to_string(NodeState state);

class Sandboxes {
 public:
  using Booted = std::move_only_function<void(Result<Address>)>;
  using Done = std::move_only_function<void(Result<void>)>;
  /// A running node ended without our asking: its state is now stopped. Text says how.
  using Died = std::function<void(const std::string& id, const std::string& how)>;

  /// Makes `dir` (0700) and removes what a crashed predecessor left there (processes, links,
  /// files: only what it recorded). conflict when a live simulator uses the same dir.
  static Result<std::unique_ptr<Sandboxes>> open(std::filesystem::path dir, Mode mode,
                                                 Options options);
  Sandboxes(const Sandboxes&) = delete;
  Sandboxes& operator=(const Sandboxes&) = delete;
  /// As shutdown_all(); callbacks that are still outstanding are dropped, not run.
  ~Sandboxes();

  /// Makes a node and powers it on. Done when its SSH server answers; first-boot user data goes on
  /// running after that, as on a real cloud. Any number at once.
  void boot(NodeSpec spec, Booted done);
  /// Powers off; files, host key and address stay.
  void stop(const std::string& id, Done done);
  void start(const std::string& id, Booted done);
  void restart(const std::string& id, Booted done);
  /// Powers off and removes everything of it. Done also when it never existed.
  void destroy(const std::string& id, Done done);
  /// A crash: every process of the node ends at once, files stay. Reported to on_died.
  void kill_hard(const std::string& id);
  void on_died(Died died);

  NodeState state(const std::string& id) const;
  /// What the node printed while booting, at most the last 64 KiB.
  std::string console(const std::string& id) const;
  /// The node's files on this machine, for tests and for looking closer.
  std::filesystem::path root_of(const std::string& id) const;
  Mode mode() const;

  int fd() const;  ///< readable when pump() has something to do
  void pump();     ///< never blocks; runs callbacks
  /// Pumps until no call is outstanding or the time is over. False when the time is over.
  bool wait(std::chrono::milliseconds limit);
  /// Ends every node, the warden and the network, removes all files. Blocks for as long
  /// as the disk takes to remove the files, at most a minute.
  void shutdown_all();

 private:
  struct State;
  explicit Sandboxes(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// True for an argv that belongs to node_main(); main() asks before it does anything else.
bool is_node_main(int argc, char** argv);
/// The warden and the node-side helpers (`__node-warden`, `__node-sudo`, `__node-agent`, and a
/// program name of `sudo`). Returns the exit code.
int node_main(int argc, char** argv);

}  // namespace ccloud::sim
