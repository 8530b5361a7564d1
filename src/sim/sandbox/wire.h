// What the simulator and its warden say to each other: lists of byte strings, each message with
// its length in front. Both ends are the same program, so there is no version.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::sim::sandbox {

using Message = std::vector<std::string>;

std::string encode(const Message& message);

/// Puts a stream together again. Malformed input cannot happen between our own ends; a length
/// beyond 64 MiB ends the stream.
class Decoder {
 public:
  void feed(std::string_view bytes) { buffer_ += bytes; }
  std::optional<Message> next();

 private:
  std::string buffer_;
  std::size_t used_ = 0;
};

}  // namespace ccloud::sim::sandbox
