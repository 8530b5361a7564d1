// The few network calls that nodes need, spoken to the kernel directly: spawning `ip` for each of
// 200 nodes would take longer than their boot. IPv4 only; addresses are in host byte order.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include <sys/types.h>

#include "base/result.h"
#include "sim/sandbox/sys.h"

namespace ccloud::sim::sandbox {

using Mac = std::array<unsigned char, 6>;

std::string format_ip(std::uint32_t ip);
/// 0 for what is no dotted quad.
std::uint32_t parse_ip(std::string_view text);

/// Works in the network namespace in which it was opened.
class Netlink {
 public:
  static Result<Netlink> open();

  Result<void> add_bridge(const std::string& name);
  /// A pair: `name` here, on the bridge and up; `eth0` in the namespace of `pid`.
  Result<void> add_veth(const std::string& name, unsigned bridge, pid_t pid, const Mac& mac);
  Result<void> add_address(unsigned link, std::uint32_t ip, unsigned prefix);
  /// Up, without an IPv6 address of its own making.
  Result<void> set_up(unsigned link);
  /// To a network on this link, or behind `gateway` when it is not 0.
  Result<void> add_route(std::uint32_t network, unsigned prefix, unsigned link,
                         std::uint32_t gateway);
  Result<void> remove_link(unsigned link);

 private:
  explicit Netlink(Fd socket) : socket_(std::move(socket)) {}
  Result<void> be_quiet(unsigned link);
  Result<void> call(std::string request, std::string_view what);

  Fd socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace ccloud::sim::sandbox
