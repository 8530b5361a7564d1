// The text of a file with its line table: turns byte offsets into lines and columns. Reads no
// disk itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "diag/span.h"

namespace ccloud::diag {

/// Both count from 1; columns count characters (code points), not bytes.
struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 1;

  bool operator==(const Position&) const = default;
};

class SourceFile {
 public:
  /// `name` is shown to people as it is; `text` may hold anything, valid UTF-8 or not. A leading
  /// byte-order mark takes no column.
  SourceFile(std::string name, std::string text);

  const std::string& name() const { return name_; }
  std::string_view text() const { return text_; }
  std::string_view text(Span span) const;
  Position position(std::uint32_t offset) const;
  /// The line (from 1) without its end; empty when there is no such line.
  std::string_view line(std::uint32_t number) const;
  std::uint32_t line_begin(std::uint32_t number) const;
  std::uint32_t line_count() const { return static_cast<std::uint32_t>(lines_.size()); }

 private:
  std::uint32_t continuations(std::uint32_t offset) const;

  std::string name_;
  std::string text_;
  std::vector<std::uint32_t> lines_;  // offset of each line's first byte
  // Bytes before each block that begin no character, so that a column in a file of one long line
  // costs no more than a block.
  std::vector<std::uint32_t> blocks_;
};

}  // namespace ccloud::diag
