#include "diag/source_file.h"

#include <algorithm>
#include <cstring>

namespace ccloud::diag {
namespace {

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

constexpr std::size_t block = 1024;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Eight bytes at a time: files are large and mostly ASCII.
bool is_ascii(std::string_view text) {
  std::uint64_t all = 0;
  for (; text.size() >= sizeof all; text.remove_prefix(sizeof all)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data(), sizeof word);
    all |= word;
  }
  const bool has_rest = std::ranges::any_of(text, [](char c) { return (c & 0x80) != 0; });
  return (all & 0x8080808080808080U) == 0 && !has_rest;
}

}  // namespace

SourceFile::SourceFile(std::string name, std::string text)
    : name_(std::move(name)), text_(std::move(text)) {
  lines_.push_back(text_.starts_with(byte_order_mark) ? 3 : 0);
  if (text_.find('\r') == std::string::npos) {  // nearly all files
    for (auto i = text_.find('\n'); i != std::string::npos; i = text_.find('\n', i + 1))
      lines_.push_back(static_cast<std::uint32_t>(i + 1));
  } else {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      const bool is_lone = text_[i] == '\r' && (i + 1 == text_.size() || text_[i + 1] != '\n');
      if (text_[i] == '\n' || is_lone) lines_.push_back(static_cast<std::uint32_t>(i + 1));
    }
  }
  std::uint32_t count = 0;
  for (std::size_t at = 0; at < text_.size(); at += block) {
    blocks_.push_back(count);
    const auto piece = std::string_view(text_).substr(at, block);
    if (!is_ascii(piece))
      count += static_cast<std::uint32_t>(std::ranges::count_if(piece, is_continuation));
  }
}

std::uint32_t SourceFile::continuations(std::uint32_t offset) const {
  if (blocks_.empty()) return 0;
  const std::size_t index = std::min(offset / block, blocks_.size() - 1);
  const auto piece = std::string_view(text_).substr(index * block, offset - index * block);
  return blocks_[index] + static_cast<std::uint32_t>(std::ranges::count_if(piece, is_continuation));
}

std::string_view SourceFile::text(Span span) const {
  const auto begin = std::min<std::size_t>(span.begin, text_.size());
  const auto end = std::clamp<std::size_t>(span.end, begin, text_.size());
  return std::string_view(text_).substr(begin, end - begin);
}

Position SourceFile::position(std::uint32_t offset) const {
  offset = std::clamp(offset, lines_.front(),
                      std::max(lines_.front(), static_cast<std::uint32_t>(text_.size())));
  const auto next = std::ranges::upper_bound(lines_, offset);
  const auto begin = *(next - 1);
  const auto characters = offset - begin - (continuations(offset) - continuations(begin));
  return {static_cast<std::uint32_t>(next - lines_.begin()), characters + 1};
}

std::uint32_t SourceFile::line_begin(std::uint32_t number) const {
  if (number == 0 || number > lines_.size()) return static_cast<std::uint32_t>(text_.size());
  return lines_[number - 1];
}

std::string_view SourceFile::line(std::uint32_t number) const {
  if (number == 0 || number > lines_.size()) return {};
  const auto begin = line_begin(number);
  auto line = std::string_view(text_).substr(begin, line_begin(number + 1) - begin);
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace ccloud::diag
