// The warden: the one child of the simulator that starts, watches and ends all nodes. It has one
// thread, never blocks on a node, and ends everything when the simulator goes away, however.
//
//   simulator --requests--> warden --clone--> node's first process --> sshd, services
//             <--replies---        <-channel-                     (dies with the warden)
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "sim/sandbox/netlink.h"
#include "sim/sandbox/network.h"
#include "sim/sandbox/node.h"
#include "sim/sandbox/record.h"
#include "sim/sandbox/wire.h"

namespace ccloud::sim::sandbox {

struct WardenOptions {
  std::filesystem::path dir;
  Mode mode = Mode::none;
  SshServer ssh = SshServer::openssh;
  std::chrono::milliseconds stop_grace{500};
};

/// The warden's own half of a node.
struct Node {
  enum class Phase {
    off,
    coming_up,  ///< its first process is at work
    probing,    ///< systemd runs; we knock at its SSH port
    running,
    going_down,  ///< asked to end
    removing,    ///< a child of ours deletes its files
    unlinking,   ///< its processes are gone, the kernel still takes its interface away
  };

  NodePlan plan;
  Phase phase = Phase::off;
  std::uint32_t slot = 0;
  pid_t pid = 0;
  Fd handle;   ///< pidfd of its first process, or of the child that removes its files
  Fd channel;  ///< to its first process
  Fd probe;    ///< a connection under way to its SSH port
  std::string link;
  std::string host_key;
  std::string failure;  ///< what its first process said before it gave up
  std::chrono::steady_clock::time_point deadline;
  std::chrono::steady_clock::time_point next_look;
  std::deque<Message> requests;  ///< the front one is being carried out
  bool is_busy = false;
};

class Warden {
 public:
  Warden(WardenOptions options, int control);
  /// Until the simulator asks for the end or goes away.
  int run();

 private:
  using Time = std::chrono::steady_clock::time_point;

  Result<void> open_up();
  void turn();
  int time_to_next_deadline(Time now) const;
  void hear_simulator();
  void reply(const Message& message);
  void flush_replies();
  void close_down(bool removes_files);

  void take_request(Message request);
  void begin_next(Node& node);
  void finish(Node& node, const Result<void>& outcome);
  void settle(Node& node);

  Result<void> launch(Node& node);
  Result<void> clone_node(Node& node);
  void switch_off(Node& node, bool at_once);
  void hear_node(Node& node);
  void attach(Node& node);
  void look_at(Node& node, Time now);
  void probe_ssh(Node& node, Time now);
  void note_end(Node& node);
  Result<pid_t> fork_child(unsigned long flags, Fd& handle);
  void remove_files(Node& node);
  void forget(Node& node);

  WardenOptions options_;
  Fd control_;
  Decoder incoming_;
  std::string outgoing_;
  std::unique_ptr<Record> record_;
  std::unique_ptr<Network> network_;
  std::filesystem::path program_;
  std::filesystem::path cgroups_;
  std::map<std::string, Node> nodes_;
  std::set<std::string> forgotten_;
  bool is_ending_ = false;
  bool removes_files_ = false;
};

/// `__node-warden DIR MODE SSH GRACE`: control socket at descriptor 3, the folder's lock at 4.
int warden_main(int argc, char** argv);

}  // namespace ccloud::sim::sandbox
