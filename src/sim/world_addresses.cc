// Addresses of the World's subnets, and public ones that lead nowhere.
#include <charconv>

#include <fmt/format.h>

#include "base/cidr.h"
#include "sim/world.h"

namespace ccloud::sim {
namespace {

struct Block {
  std::uint32_t base = 0;
  std::uint32_t size = 0;
};

std::uint32_t number_of(const Cidr& cidr) {
  return (std::uint32_t{cidr.address[0]} << 24) | (std::uint32_t{cidr.address[1]} << 16) |
         (std::uint32_t{cidr.address[2]} << 8) | std::uint32_t{cidr.address[3]};
}

std::optional<Block> block_of(const std::string& text) {
  const auto cidr = parse_cidr(text);
  if (!cidr || cidr->is_v6 || cidr->prefix == 0) return std::nullopt;
  return Block{number_of(network_of(*cidr)), std::uint32_t{1} << (32 - cidr->prefix)};
}

std::string text_of(std::uint32_t number) {
  return fmt::format("{}.{}.{}.{}", number >> 24, (number >> 16) & 255, (number >> 8) & 255,
                     number & 255);
}

}  // namespace

std::optional<std::string> World::allocate_ip(Subnet& subnet, std::uint32_t reserved) {
  const auto block = block_of(subnet.cidr);
  if (!block) return std::nullopt;
  // Start after the highest one taken: addresses are not reused while there are fresh ones.
  std::uint32_t offset = reserved;
  if (!subnet.used.empty()) offset = std::max(offset, *subnet.used.rbegin() + 1);
  if (offset + 1 >= block->size) {
    for (offset = reserved; subnet.used.contains(offset);) ++offset;
  }
  if (offset + 1 >= block->size) return std::nullopt;
  subnet.used.insert(offset);
  return text_of(block->base + offset);
}

bool World::take_ip(Subnet& subnet, const std::string& ip) {
  const auto block = block_of(subnet.cidr);
  const auto address = parse_address(ip);
  if (!block || !address || address->is_v6) return false;
  const auto number = number_of(*address);
  if (number < block->base || number - block->base >= block->size) return false;
  return subnet.used.insert(number - block->base).second;
}

void World::release_ip(Subnet& subnet, const std::string& ip) {
  const auto block = block_of(subnet.cidr);
  const auto address = parse_address(ip);
  if (block && address) subnet.used.erase(number_of(*address) - block->base);
}

std::uint32_t World::capacity(const Subnet& subnet, std::uint32_t reserved) {
  const auto block = block_of(subnet.cidr);
  if (!block || block->size <= reserved + 1) return 0;
  return block->size - reserved - 1;
}

std::string World::fresh_public_ip() {
  constexpr std::uint32_t base = (198u << 24) | (18u << 16);
  constexpr std::uint32_t usable = (1u << 17) - 2;
  return text_of(base + 1 + next_public_++ % usable);
}

}  // namespace ccloud::sim
