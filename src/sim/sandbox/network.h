// The addresses of one simulator: a range of 1,022 that no other simulator on the machine uses,
// and for Mode::network the bridge that makes them reachable.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "sim/sandbox/netlink.h"
#include "sim/sandbox/node.h"
#include "sim/sandbox/record.h"

namespace ccloud::sim::sandbox {

class Network {
 public:
  /// Claims a range; the same folder gets the same range when it is free. The claim is a socket
  /// with an abstract name, so it ends with the process and counts in this network namespace.
  static Result<std::unique_ptr<Network>> open(Mode mode, const std::string& dir, Record& record);

  Result<std::uint32_t> take_slot();
  void free_slot(std::uint32_t slot) { taken_.erase(slot); }
  std::uint32_t ip_of(std::uint32_t slot) const { return base_ + slot; }
  std::uint32_t gateway() const { return base_ + 1; }
  unsigned prefix() const { return 22; }
  std::uint16_t ssh_port() const;

  /// The host's end of a node's cable; the name is new for every start.
  Result<std::string> attach(std::uint32_t slot, pid_t pid);
  void detach(const std::string& link);
  bool exists(const std::string& link) const;
  /// Removes the bridge.
  void close();

 private:
  Network(Mode mode, Fd claim, std::uint32_t base)
      : mode_(mode), claim_(std::move(claim)), base_(base) {}
  Result<void> make_bridge(Record& record);

  Mode mode_;
  Fd claim_;
  std::uint32_t base_;
  std::uint32_t last_slot_ = 1;
  std::uint32_t attached_ = 0;
  std::set<std::uint32_t> taken_;
  std::optional<Netlink> netlink_;
  std::string tag_;
  std::string bridge_;
  unsigned bridge_index_ = 0;
};

}  // namespace ccloud::sim::sandbox
