// Output of a command as it comes: a little in memory, the rest in a file that nobody sees. So that
// a hundred nodes that print a megabyte each cost disk, not memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "ssh/connect.h"
#include "ssh/digest.h"

namespace ccloud::rollout {

class Spool {
 public:
  /// What comes after `limit` bytes is counted and dropped.
  explicit Spool(std::uint64_t limit = std::uint64_t{64} << 20) : limit_(limit) {}

  void add(std::string_view data);
  std::string read() const;
  std::uint64_t size() const { return size_; }
  bool is_cut() const { return is_cut_; }
  /// Ends the spool: equal digests, equal output.
  const std::string& digest();

 private:
  std::uint64_t limit_;
  std::uint64_t size_ = 0;
  bool is_cut_ = false;
  std::string memory_{};
  ssh::Fd file_{};
  ssh::Digest hash_{};
  std::string digest_{};
};

}  // namespace ccloud::rollout
