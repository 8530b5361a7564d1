// Where a piece of text came from: byte offsets into the one SourceFile that a load reads.
#pragma once

#include <cstdint>
#include <utility>

namespace ccloud::diag {

/// Bytes [begin, end) of the source file. Empty spans are a place between two bytes.
struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;

  bool operator==(const Span&) const = default;
};

/// A value and the text it came from. A default that nobody wrote has the span of the object
/// it belongs to.
template <class T>
struct Located {
  T value{};
  Span span{};

  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
  /// Only the value counts: two files that say the same are the same.
  bool operator==(const Located& other) const { return value == other.value; }
};

}  // namespace ccloud::diag
