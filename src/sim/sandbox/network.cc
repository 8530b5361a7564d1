// Ranges, slots and the bridge. 198.18.0.0/15 is set aside for benchmarks (RFC 2544), so no real
// network has it; 127.77.0.0/16 is any machine's own.
#include "sim/sandbox/network.h"

#include <functional>

#include <fmt/format.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/hash.h"

namespace ccloud::sim::sandbox {
namespace {

constexpr std::uint32_t range_size = 1024;
constexpr std::uint32_t first_node = 2;
constexpr std::uint32_t last_node = range_size - 2;

std::uint32_t first_of(Mode mode) {
  return mode == Mode::loopback ? 0x7f4d0000U : 0xc6120000U;  // 127.77.0.0, 198.18.0.0
}

std::uint32_t ranges_of(Mode mode) { return mode == Mode::loopback ? 64 : 128; }

Fd claim(std::uint32_t base) {
  Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = "ccloud-sim/" + format_ip(base);
  name.copy(address.sun_path + 1, sizeof address.sun_path - 2);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), length) != 0) {
    socket.reset();
  }
  return socket;
}

/// Whether some interface of this machine already lies in the range (a VPN, a leftover bridge).
bool is_in_use(std::uint32_t base) {
  ifaddrs* list = nullptr;
  if (::getifaddrs(&list) != 0) return false;
  bool found = false;
  for (const ifaddrs* at = list; at != nullptr; at = at->ifa_next) {
    if (at->ifa_addr == nullptr || at->ifa_addr->sa_family != AF_INET) continue;
    const auto ip = ntohl(reinterpret_cast<const sockaddr_in*>(at->ifa_addr)->sin_addr.s_addr);
    const auto mask =
        at->ifa_netmask == nullptr
            ? ~0U
            : ntohl(reinterpret_cast<const sockaddr_in*>(at->ifa_netmask)->sin_addr.s_addr);
    const std::uint32_t wider = mask & ~(range_size - 1);
    if ((ip & wider) == (base & wider)) found = true;
  }
  ::freeifaddrs(list);
  return found;
}

}  // namespace

Result<std::unique_ptr<Network>> Network::open(Mode mode, const std::string& dir, Record& record) {
  const std::uint32_t count = ranges_of(mode);
  const auto begin = static_cast<std::uint32_t>(std::hash<std::string>{}(dir) % count);
  for (std::uint32_t round = 0; round < count; ++round) {
    const std::uint32_t base = first_of(mode) + (begin + round) % count * range_size;
    Fd claimed = claim(base);
    if (!claimed || (mode != Mode::loopback && is_in_use(base))) continue;
    auto network = std::unique_ptr<Network>(new Network(mode, std::move(claimed), base));
    if (mode == Mode::loopback) return network;
    if (auto r = network->make_bridge(record); !r) return r.error();
    return network;
  }
  return make_error(ErrorCode::capacity, "no address range is free for one more simulator",
                    "end another simulator with: ccloud sim down");
}

Result<void> Network::make_bridge(Record& record) {
  auto netlink = Netlink::open();
  if (!netlink) return netlink.error();
  netlink_ = std::move(*netlink);
  tag_ = hex(random_bytes(3));
  bridge_ = "ccsim" + tag_;
  if (auto r = record.add("bridge " + bridge_); !r) return r;
  if (auto r = netlink_->add_bridge(bridge_); !r) return r;
  bridge_index_ = ::if_nametoindex(bridge_.c_str());
  if (auto r = netlink_->add_address(bridge_index_, gateway(), prefix()); !r) return r;
  return netlink_->set_up(bridge_index_);
}

Result<std::uint32_t> Network::take_slot() {
  // Round and round, so that an address rests before another node gets it.
  for (std::uint32_t round = 0; round < range_size; ++round) {
    last_slot_ = last_slot_ >= last_node ? first_node : last_slot_ + 1;
    if (taken_.insert(last_slot_).second) return last_slot_;
  }
  return make_error(ErrorCode::capacity, "this simulator has no address left",
                    "about 1,000 nodes boot at once; use --boot none for more");
}

std::uint16_t Network::ssh_port() const { return mode_ == Mode::loopback ? 2222 : 22; }

Result<std::string> Network::attach(std::uint32_t slot, pid_t pid) {
  // The MAC follows from the address, so that what has been learnt stays right after a restart.
  const std::uint32_t ip = ip_of(slot);
  const Mac mac = {0x02,
                   0xcc,
                   static_cast<unsigned char>(ip >> 24U),
                   static_cast<unsigned char>(ip >> 16U & 0xffU),
                   static_cast<unsigned char>(ip >> 8U & 0xffU),
                   static_cast<unsigned char>(ip & 0xffU)};
  const std::string link = fmt::format("cc{}{:x}", tag_, ++attached_);
  if (auto r = netlink_->add_veth(link, bridge_index_, pid, mac); !r) return r.error();
  return link;
}

bool Network::exists(const std::string& link) const { return ::if_nametoindex(link.c_str()) != 0; }

void Network::detach(const std::string& link) {
  if (const unsigned index = ::if_nametoindex(link.c_str()); index != 0) {
    (void)netlink_->remove_link(index);
  }
}

void Network::close() {
  if (bridge_index_ != 0) (void)netlink_->remove_link(bridge_index_);
  bridge_index_ = 0;
}

}  // namespace ccloud::sim::sandbox
