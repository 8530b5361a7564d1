// SHA-256 of a stream, piece by piece.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace ccloud::ssh {

class Digest {
 public:
  Digest();
  ~Digest();
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;

  void add(std::string_view data);
  /// Of what was added; ends the stream.
  std::string hex();

 private:
  struct Free {
    void operator()(void* state) const;
  };
  std::unique_ptr<void, Free> state_;
};

}  // namespace ccloud::ssh
