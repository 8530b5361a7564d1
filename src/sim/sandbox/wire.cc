// Frames: u32 length of the rest, then per field u32 length and bytes; host byte order.
#include "sim/sandbox/wire.h"

#include <cstdint>
#include <cstring>

namespace ccloud::sim::sandbox {
namespace {

constexpr std::size_t word = sizeof(std::uint32_t);
constexpr std::size_t largest_frame = 64U << 20U;

void put(std::string& out, std::size_t value) {
  const auto number = static_cast<std::uint32_t>(value);
  out.append(reinterpret_cast<const char*>(&number), word);
}

std::size_t get(std::string_view bytes) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data(), word);
  return number;
}

}  // namespace

std::string encode(const Message& message) {
  std::string body;
  for (const auto& field : message) {
    put(body, field.size());
    body += field;
  }
  std::string frame;
  put(frame, body.size());
  return frame + body;
}

std::optional<Message> Decoder::next() {
  const std::string_view rest = std::string_view(buffer_).substr(used_);
  if (rest.size() < word) return std::nullopt;
  const std::size_t length = get(rest);
  if (length > largest_frame || rest.size() < word + length) return std::nullopt;
  std::string_view body = rest.substr(word, length);
  Message message;
  while (body.size() >= word) {
    const std::size_t size = get(body);
    if (size > body.size() - word) break;
    message.emplace_back(body.substr(word, size));
    body.remove_prefix(word + size);
  }
  used_ += word + length;
  if (used_ > buffer_.size() / 2) {
    buffer_.erase(0, used_);
    used_ = 0;
  }
  return message;
}

}  // namespace ccloud::sim::sandbox
