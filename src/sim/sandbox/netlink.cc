// rtnetlink(7) requests, one at a time, each with its acknowledgement.
#include "sim/sandbox/netlink.h"

#include <cerrno>
#include <cstring>

#include <arpa/inet.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ccloud::sim::sandbox {
namespace {

/// Builds one request; attributes are padded to four bytes, nests closed by the destructor's twin.
class Request {
 public:
  Request(std::uint16_t type, std::uint16_t flags) {
    nlmsghdr header{};
    header.nlmsg_type = type;
    header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    raw(header);
  }
  template <class T>
  void raw(const T& value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
    pad();
  }
  void attribute(unsigned type, std::string_view value) {
    open(type);
    bytes_ += value;
    close();
  }
  template <class T>
    requires std::is_trivially_copyable_v<T> && (!std::is_convertible_v<T, std::string_view>)
  void attribute(unsigned type, const T& value) {
    attribute(type, std::string_view(reinterpret_cast<const char*>(&value), sizeof value));
  }
  void open(unsigned type) {
    starts_[depth_++] = bytes_.size();
    rtattr header{};
    header.rta_type = static_cast<unsigned short>(type);
    bytes_.append(reinterpret_cast<const char*>(&header), sizeof header);
  }
  void close() {
    const std::size_t start = starts_[--depth_];
    const auto length = static_cast<unsigned short>(bytes_.size() - start);
    std::memcpy(bytes_.data() + start, &length, sizeof length);
    pad();
  }
  std::string take() {
    const auto length = static_cast<std::uint32_t>(bytes_.size());
    std::memcpy(bytes_.data(), &length, sizeof length);
    return std::move(bytes_);
  }

 private:
  void pad() { bytes_.append((4 - bytes_.size() % 4) % 4, '\0'); }
  std::string bytes_;
  std::array<std::size_t, 8> starts_{};
  std::size_t depth_ = 0;
};

}  // namespace

std::string format_ip(std::uint32_t ip) {
  char text[INET_ADDRSTRLEN];
  const in_addr address{.s_addr = htonl(ip)};
  return ::inet_ntop(AF_INET, &address, text, sizeof text);
}

std::uint32_t parse_ip(std::string_view text) {
  in_addr address{};
  if (::inet_pton(AF_INET, std::string(text).c_str(), &address) != 1) return 0;
  return ntohl(address.s_addr);
}

Result<Netlink> Netlink::open() {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return errno_error("open netlink");
  return Netlink(std::move(socket));
}

Result<void> Netlink::call(std::string request, std::string_view what) {
  ++sequence_;
  std::memcpy(request.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence_, sizeof sequence_);
  if (::send(socket_.get(), request.data(), request.size(), 0) < 0) return errno_error(what);
  alignas(nlmsghdr) char reply[8192];
  while (true) {
    const ssize_t count = ::recv(socket_.get(), reply, sizeof reply, 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < static_cast<ssize_t>(sizeof(nlmsghdr) + sizeof(nlmsgerr))) return errno_error(what);
    const auto* header = reinterpret_cast<const nlmsghdr*>(reply);
    if (header->nlmsg_type != NLMSG_ERROR || header->nlmsg_seq != sequence_) continue;
    const auto* answer = reinterpret_cast<const nlmsgerr*>(NLMSG_DATA(header));
    if (answer->error == 0) return {};
    errno = -answer->error;
    return errno_error(what);
  }
}

Result<void> Netlink::add_bridge(const std::string& name) {
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.raw(ifinfomsg{});
  request.attribute(IFLA_IFNAME, std::string_view(name.c_str(), name.size() + 1));
  request.open(IFLA_LINKINFO);
  request.attribute(IFLA_INFO_KIND, std::string_view("bridge"));
  request.open(IFLA_INFO_DATA);
  request.attribute(IFLA_BR_FORWARD_DELAY, std::uint32_t{0});
  request.attribute(IFLA_BR_MCAST_SNOOPING, std::uint8_t{0});
  request.close();
  request.close();
  return call(request.take(), "add bridge " + name);
}

Result<void> Netlink::add_veth(const std::string& name, unsigned bridge, pid_t pid,
                               const Mac& mac) {
  Request request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL);
  request.raw(ifinfomsg{});
  request.attribute(IFLA_IFNAME, std::string_view(name.c_str(), name.size() + 1));
  request.attribute(IFLA_MASTER, std::uint32_t{bridge});
  request.open(IFLA_LINKINFO);
  request.attribute(IFLA_INFO_KIND, std::string_view("veth"));
  request.open(IFLA_INFO_DATA);
  request.open(VETH_INFO_PEER);
  request.raw(ifinfomsg{});
  request.attribute(IFLA_IFNAME, std::string_view("eth0\0", 5));
  request.attribute(IFLA_NET_NS_PID, static_cast<std::uint32_t>(pid));
  request.attribute(IFLA_ADDRESS, mac);
  request.close();
  request.close();
  request.close();
  if (auto r = call(request.take(), "add link " + name); !r) return r;
  return set_up(::if_nametoindex(name.c_str()));
}

Result<void> Netlink::add_address(unsigned link, std::uint32_t ip, unsigned prefix) {
  Request request(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE);
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = static_cast<unsigned char>(prefix);
  header.ifa_index = link;
  request.raw(header);
  request.attribute(IFA_LOCAL, htonl(ip));
  request.attribute(IFA_ADDRESS, htonl(ip));
  return call(request.take(), "add address " + format_ip(ip));
}

Result<void> Netlink::be_quiet(unsigned link) {
  // With 200 ports on a bridge, each one's IPv6 discovery would flood all others.
  constexpr std::uint8_t none = 1;  // IN6_ADDR_GEN_MODE_NONE
  Request request(RTM_NEWLINK, 0);
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(link);
  request.raw(header);
  request.open(IFLA_AF_SPEC);
  request.open(AF_INET6);
  request.attribute(IFLA_INET6_ADDR_GEN_MODE, none);
  request.close();
  request.close();
  return call(request.take(), "keep IPv6 quiet");
}

Result<void> Netlink::set_up(unsigned link) {
  (void)be_quiet(link);  // refused where IPv6 is off, and then not needed
  Request request(RTM_NEWLINK, 0);
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(link);
  header.ifi_flags = IFF_UP;
  header.ifi_change = IFF_UP;
  request.raw(header);
  return call(request.take(), "set link up");
}

Result<void> Netlink::add_route(std::uint32_t network, unsigned prefix, unsigned link,
                                std::uint32_t gateway) {
  Request request(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE);
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_dst_len = static_cast<unsigned char>(prefix);
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_BOOT;
  header.rtm_scope = gateway == 0 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
  header.rtm_type = RTN_UNICAST;
  request.raw(header);
  if (prefix > 0) request.attribute(RTA_DST, htonl(network));
  if (gateway != 0) request.attribute(RTA_GATEWAY, htonl(gateway));
  request.attribute(RTA_OIF, std::uint32_t{link});
  return call(request.take(), "add route");
}

Result<void> Netlink::remove_link(unsigned link) {
  Request request(RTM_DELLINK, 0);
  ifinfomsg header{};
  header.ifi_index = static_cast<int>(link);
  request.raw(header);
  return call(request.take(), "remove link");
}

}  // namespace ccloud::sim::sandbox
