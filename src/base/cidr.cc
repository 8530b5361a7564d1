#include "base/cidr.h"

#include <algorithm>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/text.h"

namespace ccloud {
namespace {

unsigned width(const Cidr& cidr) { return cidr.is_v6 ? 128 : 32; }

bool bit(const Cidr& cidr, unsigned index) {
  return ((cidr.address[index / 8] >> (7 - index % 8)) & 1) != 0;
}

void set_bit(Cidr& cidr, unsigned index) {
  cidr.address[index / 8] =
      static_cast<std::uint8_t>(cidr.address[index / 8] | (0x80 >> index % 8));
}

bool same_prefix(const Cidr& a, const Cidr& b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(a.address.begin(), a.address.begin() + whole, b.address.begin())) return false;
  if (bits % 8 == 0) return true;
  return ((a.address[whole] ^ b.address[whole]) >> (8 - bits % 8)) == 0;
}

}  // namespace

std::optional<Cidr> parse_address(std::string_view text) {
  Cidr cidr;
  const std::string copy(text);
  if (copy.size() != text.size() || copy.find('\0') != std::string::npos) return std::nullopt;
  cidr.is_v6 = copy.find(':') != std::string::npos;
  if (inet_pton(cidr.is_v6 ? AF_INET6 : AF_INET, copy.c_str(), cidr.address.data()) != 1)
    return std::nullopt;
  cidr.prefix = static_cast<std::uint8_t>(width(cidr));
  return cidr;
}

std::optional<Cidr> parse_cidr(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  auto cidr = parse_address(text.substr(0, slash));
  const auto digits = text.substr(slash + 1);
  if (!cidr || digits.empty() || digits.size() > 3) return std::nullopt;
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
    return std::nullopt;
  if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
  const auto prefix = parse_int(digits);
  if (!prefix || *prefix > width(*cidr)) return std::nullopt;
  cidr->prefix = static_cast<std::uint8_t>(*prefix);
  return cidr;
}

std::string address_text(const Cidr& cidr) {
  char buffer[INET6_ADDRSTRLEN] = {};
  inet_ntop(cidr.is_v6 ? AF_INET6 : AF_INET, cidr.address.data(), buffer, sizeof buffer);
  return buffer;
}

std::string to_string(const Cidr& cidr) {
  return fmt::format("{}/{}", address_text(cidr), cidr.prefix);
}

Cidr network_of(const Cidr& cidr) {
  Cidr out = cidr;
  for (unsigned i = 0; i < out.address.size(); ++i) {
    const unsigned first = i * 8;
    if (first >= cidr.prefix)
      out.address[i] = 0;
    else if (cidr.prefix - first < 8)
      out.address[i] =
          static_cast<std::uint8_t>(out.address[i] & (0xff << (8 - (cidr.prefix - first))));
  }
  return out;
}

bool has_host_bits(const Cidr& cidr) { return network_of(cidr).address != cidr.address; }

bool overlaps(const Cidr& a, const Cidr& b) {
  return a.is_v6 == b.is_v6 && same_prefix(a, b, std::min(a.prefix, b.prefix));
}

bool contains(const Cidr& outer, const Cidr& inner) {
  return outer.is_v6 == inner.is_v6 && outer.prefix <= inner.prefix &&
         same_prefix(outer, inner, outer.prefix);
}

std::uint64_t address_count(const Cidr& cidr) {
  const unsigned host = width(cidr) - cidr.prefix;
  return std::uint64_t{1} << std::min(host, 62U);
}

std::optional<Cidr> subnet(const Cidr& cidr, unsigned bits, unsigned index) {
  const unsigned prefix = cidr.prefix + bits;
  if (prefix > width(cidr) || bits > 31 || index >= (1U << bits)) return std::nullopt;
  Cidr out = network_of(cidr);
  for (unsigned i = 0; i < bits; ++i)
    if ((index >> (bits - 1 - i)) & 1U) set_bit(out, cidr.prefix + i);
  out.prefix = static_cast<std::uint8_t>(prefix);
  return out;
}

std::optional<Cidr> address_at(const Cidr& cidr, std::uint64_t offset) {
  if (offset >= address_count(cidr)) return std::nullopt;
  Cidr out = network_of(cidr);
  const unsigned total = width(cidr);
  for (unsigned i = 0; i < 64 && i < total; ++i)
    if ((offset >> i) & 1U && !bit(out, total - 1 - i)) set_bit(out, total - 1 - i);
  out.prefix = static_cast<std::uint8_t>(total);
  return out;
}

}  // namespace ccloud
