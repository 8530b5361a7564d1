#include "json/writer.h"

#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"
#include "json/utf8.h"

namespace ccloud::json {
namespace {

void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
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
        if (c < 0x20 || c == 0x7f)
          out += fmt::format("\\u{:04x}", c);
        else
          out += static_cast<char>(c);
    }
  }
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out;
  out.reserve(text.size() + 2);
  out += '"';
  append_escaped(out, text);
  out += '"';
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
  out_ += quoted(name);
  out_ += layout_ == Layout::compact ? ":" : ": ";
  after_key_ = true;
  return *this;
}

Writer& Writer::value(std::string_view text) { return scalar(quoted(text)); }
Writer& Writer::value(std::nullptr_t) { return scalar("null"); }

Writer& Writer::value(double number) {
  return scalar(std::isfinite(number) ? fmt::format("{}", number) : "null");
}

std::string Writer::take() {
  CCLOUD_CHECK(has_items_.empty() && !after_key_);
  return std::exchange(out_, {});
}

}  // namespace ccloud::json
