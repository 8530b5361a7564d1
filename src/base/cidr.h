// IP networks in CIDR form, both families. Pure arithmetic, no look-ups.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ccloud {

struct Cidr {
  std::array<std::uint8_t, 16> address{};  ///< network order; IPv4 uses the first four
  std::uint8_t prefix = 0;
  bool is_v6 = false;

  bool operator==(const Cidr&) const = default;
};

/// "10.0.0.0/20" or "2001:db8::/32"; host bits are kept as written. The prefix is required.
std::optional<Cidr> parse_cidr(std::string_view text);
/// An address alone, as a /32 or /128.
std::optional<Cidr> parse_address(std::string_view text);
std::string to_string(const Cidr& cidr);
/// The address without the prefix.
std::string address_text(const Cidr& cidr);
/// The network with all host bits zero.
Cidr network_of(const Cidr& cidr);
bool has_host_bits(const Cidr& cidr);
bool overlaps(const Cidr& a, const Cidr& b);
bool contains(const Cidr& outer, const Cidr& inner);
/// Number of addresses, capped at 2^62.
std::uint64_t address_count(const Cidr& cidr);
/// The index-th of the 2^bits equal parts; nullopt when there is no room for them.
std::optional<Cidr> subnet(const Cidr& cidr, unsigned bits, unsigned index);
/// The network's address plus `offset`, as a /32 or /128; nullopt when it lies outside.
std::optional<Cidr> address_at(const Cidr& cidr, std::uint64_t offset);

}  // namespace ccloud
