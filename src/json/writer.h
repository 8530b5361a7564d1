// Writes JSON text: the one writer of the program, for requests and for `-o json`.
// Commas and layout are its own; that a document is well nested is the caller's promise, checked.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ccloud::json {

enum class Layout { compact, pretty };

/// `text` with JSON's quotes and escapes. Invalid UTF-8 becomes U+FFFD, so what is written is
/// always JSON.
std::string quoted(std::string_view text);

class Writer {
 public:
  explicit Writer(Layout layout = Layout::compact) : layout_(layout) {}

  Writer& begin_object();
  Writer& end_object();
  Writer& begin_array();
  Writer& end_array();
  Writer& key(std::string_view name);

  Writer& value(std::string_view text);
  Writer& value(const char* text) { return value(std::string_view(text)); }
  Writer& value(const std::string& text) { return value(std::string_view(text)); }
  Writer& value(std::nullptr_t);
  Writer& value(double number);
  template <std::same_as<bool> T>
  Writer& value(T flag) {
    return scalar(flag ? "true" : "false");
  }
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  Writer& value(T number) {
    return scalar(std::to_string(number));
  }
  /// null when there is none.
  template <class T>
  Writer& value(const std::optional<T>& maybe) {
    return maybe ? value(*maybe) : value(nullptr);
  }
  /// An array of strings, numbers ...
  template <class T>
  Writer& value(const std::vector<T>& items) {
    begin_array();
    for (const T& item : items) value(item);
    return end_array();
  }

  /// `key(name).value(x)`.
  template <class T>
  Writer& member(std::string_view name, const T& x) {
    return key(name).value(x);
  }
  /// A finished JSON text, taken as it is.
  Writer& raw(std::string_view json) { return scalar(json); }

  /// The document; the writer is empty afterwards.
  std::string take();

 private:
  Writer& scalar(std::string_view text);
  Writer& open(char bracket);
  Writer& close(char bracket);
  void before_value();
  void new_line();

  Layout layout_;
  std::string out_;
  std::vector<bool> has_items_;  // one for each open bracket
  bool after_key_ = false;
};

}  // namespace ccloud::json
