#include "json/scanner.h"

#include <algorithm>
#include <charconv>
#include <cstring>

#include <fmt/format.h>

#include "json/utf8.h"
#include "json/writer.h"

namespace ccloud::json {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
}
/// What may follow inside an unquoted word: enough for versions, sizes, ids and addresses.
bool is_word(char c) {
  return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '+' || c == '%';
}

bool is_json_number(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t begin = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > begin;
  };
  if (i < text.size() && text[i] == '-') ++i;
  if (i < text.size() && text[i] == '0')
    ++i;
  else if (!digits())
    return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (!digits()) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (!digits()) return false;
  }
  return i == text.size();
}

/// The number that "+3", "03", ".5", "1_000" or "0x10" was meant as, or nothing.
std::string repair_number(std::string_view written) {
  std::string text;
  for (const char c : written)
    if (c != '_') text += c;
  const bool is_negative = text.starts_with('-');
  if (is_negative || text.starts_with('+')) text.erase(0, 1);
  if (text.starts_with("0x") || text.starts_with("0X")) {
    unsigned long long value = 0;
    const char* end = text.data() + text.size();
    const auto read = std::from_chars(text.data() + 2, end, value, 16);
    if (read.ec != std::errc{} || read.ptr != end) return {};
    text = fmt::format("{}", value);
  }
  while (text.size() > 1 && text[0] == '0' && is_digit(text[1])) text.erase(0, 1);
  if (text.starts_with('.')) text.insert(0, 1, '0');
  if (text.ends_with('.')) text.pop_back();
  if (is_negative) text.insert(0, 1, '-');
  return is_json_number(text) ? text : std::string();
}

int hex4(std::string_view text) {
  if (text.size() < 4) return -1;
  int value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const char c = text[i];
    const int digit = is_digit(c)            ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

Span span_of(std::size_t begin, std::size_t end) {
  return {static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end)};
}

}  // namespace

Scanner::Scanner(const diag::SourceFile& file, Tree& tree, diag::Diagnostics& diagnostics)
    : text_(file.text()), tree_(tree), diagnostics_(diagnostics) {}

diag::Diagnostic& Scanner::report(std::size_t begin, std::size_t end, std::string message) {
  diagnostics_.error("syntax", span_of(begin, end), std::move(message));
  return diagnostics_.items().back();
}

bool Scanner::check_encoding() {
  if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  if (text_.starts_with("\xFF\xFE") || text_.starts_with("\xFE\xFF")) {
    report(0, 0, "the file is UTF-16; save it as UTF-8");
    return false;
  }
  const auto zero = text_.find('\0');
  if (zero != std::string_view::npos) {
    report(zero, zero + 1, "the file is not text: it holds a zero byte");
    return false;
  }
  for (std::size_t i = at_; i < text_.size();) {
    if (i + 8 <= text_.size()) {  // eight ASCII bytes at a time
      std::uint64_t word = 0;
      std::memcpy(&word, text_.data() + i, 8);
      if ((word & 0x8080808080808080U) == 0) {
        i += 8;
        continue;
      }
    }
    const auto length = utf8_length(text_.substr(i, 4));
    if (length == 0) {
      report(i, i + 1,
             fmt::format("the file is not UTF-8: unexpected byte 0x{:02x}",
                         static_cast<unsigned char>(text_[i])));
      return false;
    }
    i += length;
  }
  return true;
}

void Scanner::skip_blanks() {
  while (!done()) {
    const char c = peek();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r')
      ++at_;
    else if (c == '#' || (c == '/' && (peek(1) == '/' || peek(1) == '*')))
      skip_comment();
    else
      return;
  }
}

void Scanner::skip_comment() {
  const std::size_t begin = at_;
  if (peek() == '/' && peek(1) == '*') {
    const auto end = text_.find("*/", at_ + 2);
    if (end == std::string_view::npos) {
      report(begin, begin + 2, "this comment is never closed");
      at_ = text_.size();
      is_cut_ = true;
    } else {
      at_ = end + 2;
    }
  } else {
    if (peek() == '#')
      report(begin, begin + 1, "a comment begins with // or stands in /* */").suggestion = "//";
    at_ = std::min(text_.find_first_of("\r\n", at_), text_.size());
  }
  comments_.push_back(span_of(begin, at_));
}

Token Scanner::next() {
  skip_blanks();
  if (done()) return {.kind = Token::Kind::end, .span = span_of(at_, at_), .text = {}};
  const char c = peek();
  if (std::strchr("{}[]:,=", c) != nullptr) {
    const Token token{.kind = Token::Kind::punctuation,
                      .punctuation = c,
                      .span = span_of(at_, at_ + 1),
                      .text = text_.substr(at_, 1)};
    ++at_;
    return token;
  }
  if (c == '"') return string();
  if (c == '\'' || c == '`' || text_.substr(at_).starts_with("\u201C")) return quoted_wrongly();
  if (is_digit(c) || is_letter(c) || c == '-' || c == '+' || c == '.') return number_or_word();
  return unknown();
}

Token Scanner::string() {
  const std::size_t begin = at_++;
  bool has_escape = false;
  while (!done() && peek() != '"' && peek() != '\n' && peek() != '\r') {
    if (peek() == '\\') {
      has_escape = true;
      if (at_ + 1 < text_.size() && peek(1) != '\n' && peek(1) != '\r') ++at_;
    }
    ++at_;
  }
  std::size_t end = at_;
  if (!done() && peek() == '"') {
    ++at_;
  } else {
    // The comma of the line most likely belongs to the list, not to the string.
    while (end > begin + 1 && (text_[end - 1] == ' ' || text_[end - 1] == '\t')) --end;
    if (end > begin + 1 && text_[end - 1] == ',') --end;
    at_ = end;
    report(begin, end, "this string is never closed");
  }
  Token token{.kind = Token::Kind::string,
              .span = span_of(begin, at_),
              .text = text_.substr(begin + 1, end - begin - 1)};
  const bool has_control =
      std::ranges::any_of(token.text, [](char c) { return static_cast<unsigned char>(c) < 0x20; });
  if (has_escape || has_control) {
    const std::size_t before = diagnostics_.items().size();
    token.text = unescape(begin + 1, end);
    token.is_sound = diagnostics_.items().size() == before;
  }
  return token;
}

std::string_view Scanner::unescape(std::size_t begin, std::size_t end) {
  std::string out;
  out.reserve(end - begin);
  for (std::size_t i = begin; i < end;) {
    const char c = text_[i];
    if (c == '\\') {
      i = escape(i, end, out);
      continue;
    }
    if (static_cast<unsigned char>(c) < 0x20) {
      const auto shown =
          c == '\t' ? std::string("\\t") : fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
      report(i, i + 1, fmt::format("a control character in a string is written as {}", shown))
          .suggestion = shown;
    }
    out += c;
    ++i;
  }
  return tree_.keep(std::move(out));
}

std::size_t Scanner::escape(std::size_t at, std::size_t end, std::string& out) {
  static constexpr std::string_view names = "\"\\/bfnrt";
  static constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  const char c = at + 1 < end ? text_[at + 1] : '\0';
  if (const auto index = names.find(c); c != '\0' && index != std::string_view::npos) {
    out += values[index];
    return at + 2;
  }
  if (c != 'u') {
    const auto length = at + 1 < end ? utf8_length(text_.substr(at + 1, end - at - 1)) : 0;
    report(at, std::min(at + 1 + length, end),
           "a backslash begins an escape; a backslash itself is written \\\\")
        .suggestion = "\\\\";
    return std::min(at + 1 + length, end);
  }
  const int unit = hex4(text_.substr(at + 2, std::min<std::size_t>(4, end - at - 2)));
  if (unit < 0) {
    report(at, std::min(at + 6, end), "\\u needs four hexadecimal digits");
    return std::min(at + 2, end);
  }
  if (unit < 0xD800 || unit > 0xDFFF) {
    append_utf8(out, static_cast<char32_t>(unit));
    return at + 6;
  }
  const bool has_second =
      unit < 0xDC00 && at + 8 <= end && text_[at + 6] == '\\' && text_[at + 7] == 'u';
  const int second =
      has_second ? hex4(text_.substr(at + 8, std::min<std::size_t>(4, end - at - 8))) : -1;
  if (second < 0xDC00 || second > 0xDFFF) {
    report(at, at + 6, "half of a surrogate pair: this is no character");
    return at + 6;
  }
  append_utf8(out, 0x10000 + (static_cast<char32_t>(unit - 0xD800) << 10) +
                       static_cast<char32_t>(second - 0xDC00));
  return at + 12;
}

Token Scanner::quoted_wrongly() {
  const std::size_t begin = at_;
  const bool is_curly = peek() == '\xE2';
  const std::string_view closer = is_curly ? std::string_view("\u201D") : text_.substr(begin, 1);
  const std::size_t quote = is_curly ? 3 : 1;
  const auto line_end = std::min(text_.find_first_of("\r\n", begin), text_.size());
  auto end = text_.find(closer, begin + quote);
  const bool is_closed = end != std::string_view::npos && end < line_end;
  if (!is_closed) end = line_end;
  at_ = is_closed ? end + quote : end;
  const auto content = text_.substr(begin + quote, end - begin - quote);
  report(begin, at_, "a string is written in double quotes").suggestion = quoted(content);
  return {.kind = Token::Kind::string, .span = span_of(begin, at_), .text = content};
}

Token Scanner::number_or_word() {
  const std::size_t begin = at_;
  while (!done() && is_word(peek())) ++at_;
  const auto written = text_.substr(begin, at_ - begin);
  Token token{.kind = Token::Kind::word, .span = span_of(begin, at_), .text = written};
  if (is_json_number(written)) {
    token.kind = Token::Kind::number;
    return token;
  }
  if (is_letter(written[0])) return token;
  const bool is_numeric =
      std::ranges::none_of(
          written, [](char c) { return is_letter(c) && c != 'e' && c != 'E' && c != '_'; }) &&
      written.find('%') == std::string_view::npos;
  if (!is_numeric && is_digit(written[0]) && !written.starts_with("0x")) return token;
  token.kind = Token::Kind::number;
  token.is_sound = false;
  auto& slip =
      report(begin, at_, fmt::format("{} is not a number of JSON's form", quoted(written)));
  if (auto repair = repair_number(written); !repair.empty()) slip.suggestion = std::move(repair);
  return token;
}

Token Scanner::unknown() {
  const auto length = std::max<std::size_t>(1, utf8_length(text_.substr(at_, 4)));
  const Token token{.kind = Token::Kind::unknown,
                    .is_sound = false,
                    .span = span_of(at_, at_ + length),
                    .text = text_.substr(at_, length)};
  at_ += length;
  return token;
}

}  // namespace ccloud::json
