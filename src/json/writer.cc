#include "json/writer.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "json/utf8.h"

namespace ccloud::json {
namespace {

bool is_plain(char c) { return c >= 0x20 && c < 0x7f && c != '"' && c != '\\'; }

void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    // Nearly all of nearly every text, at once.
    const auto* const end = std::find_if_not(text.begin() + i, text.end(), is_plain);
    const auto run = static_cast<std::size_t>(end - text.begin()) - i;
    out += text.substr(i, run);
    i += run;
    if (i == text.size()) return;
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) {
      const auto length = utf8_length(text.substr(i));
      if (length == 0)
        out += "\xEF\xBF\xBD";
      else
        out += text.substr(i, length);
      i += length == 0 ? 1 : length;
      continue;
    }
    ++i;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += fmt::format("\\u{:04x}", c);
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  append_quoted(out, text);
  return out;
}

void Writer::new_line() {
  if (layout_ == Layout::compact) return;
  out_ += '\n';
  out_.append(2 * has_items_.size(), ' ');
}

void Writer::before_value() {
  if (std::exchange(after_key_, false) || has_items_.empty()) return;
  if (has_items_.back()) out_ += ',';
  has_items_.back() = true;
  new_line();
}

Writer& Writer::scalar(std::string_view text) {
  before_value();
  out_ += text;
  return *this;
}

Writer& Writer::open(char bracket) {
  before_value();
  out_ += bracket;
  has_items_.push_back(false);
  return *this;
}

Writer& Writer::close(char bracket) {
  CCLOUD_CHECK(!has_items_.empty() && !after_key_);
  const bool had_items = has_items_.back();
  has_items_.pop_back();
  if (had_items) new_line();
  out_ += bracket;
  return *this;
}

Writer& Writer::begin_object() { return open('{'); }
Writer& Writer::end_object() { return close('}'); }
Writer& Writer::begin_array() { return open('['); }
Writer& Writer::end_array() { return close(']'); }

Writer& Writer::key(std::string_view name) {
  CCLOUD_CHECK(!has_items_.empty() && !after_key_);
  before_value();
  append_quoted(out_, name);
  out_ += layout_ == Layout::compact ? ":" : ": ";
  after_key_ = true;
  return *this;
}

Writer& Writer::value(std::string_view text) {
  before_value();
  append_quoted(out_, text);
  return *this;
}
Writer& Writer::value(std::nullptr_t) { return scalar("null"); }

Writer& Writer::value(double number) {
  return scalar(std::isfinite(number) ? fmt::format("{}", number) : "null");
}

std::string Writer::take() {
  CCLOUD_CHECK(has_items_.empty() && !after_key_);
  return std::exchange(out_, {});
}

}  // namespace ccloud::json
