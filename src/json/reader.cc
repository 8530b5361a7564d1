#include "json/reader.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <memory>

#include <fmt/format.h>
#include <simdjson.h>

#include "base/text.h"

namespace ccloud::json {

using simdjson::dom::element;
using simdjson::dom::element_type;

// An element is a pair of pointer and index; a Value keeps those bytes, so that no header of ours
// includes the library's.
static_assert(sizeof(element) == 16 && alignof(element) <= 8);
static_assert(std::is_trivially_copyable_v<element>);

struct Value::Access {
  static Value wrap(element e) {
    Value value;
    value.handle_ = std::bit_cast<std::array<std::byte, 16>>(e);
    value.exists_ = true;
    return value;
  }
  static element unwrap(const Value& value) { return std::bit_cast<element>(value.handle_); }
  static bool is(const Value& value, element_type type) {
    return value.exists_ && unwrap(value).type() == type;
  }
};

struct Document::Impl {
  simdjson::dom::document document;
};

Document::Document(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)), root_(Value::Access::wrap(impl_->document.root())) {}
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;
Document::~Document() = default;

namespace {

constexpr std::uint64_t tape_payload = (std::uint64_t{1} << 56) - 1;

/// The bytes of the string buffer that the tape refers to (its format: simdjson, doc/tape.md).
std::size_t used_bytes(const simdjson::dom::document& document, std::size_t entries) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < entries; ++i) {
    const char type = static_cast<char>(document.tape[i] >> 56);
    if (type == 'l' || type == 'u' || type == 'd') ++i;  // the number itself comes next
    if (type != '"') continue;
    const std::size_t at = document.tape[i] & tape_payload;
    std::uint32_t length = 0;
    std::memcpy(&length, document.string_buf.get() + at, sizeof length);
    end = std::max(end, at + sizeof length + length + 1);
  }
  return end;
}

/// A document of the size that it needs: the parser makes room for the worst of a text's length,
/// ten times of it, and a page of a list lives until its last node was read.
void copy_used(const simdjson::dom::document& from, simdjson::dom::document& to) {
  const std::size_t entries = (from.tape[0] & tape_payload) + 1;
  const std::size_t bytes = used_bytes(from, entries - 1);
  to.tape = std::make_unique_for_overwrite<std::uint64_t[]>(entries);
  to.string_buf = std::make_unique_for_overwrite<std::uint8_t[]>(bytes + 1);
  std::memcpy(to.tape.get(), from.tape.get(), entries * sizeof(std::uint64_t));
  std::memcpy(to.string_buf.get(), from.string_buf.get(), bytes);
}

}  // namespace

Result<Document> parse(std::string_view text) {
  // One parser per thread: its working memory is reused, each document owns its result.
  thread_local simdjson::dom::parser parser;
  if (text.data() == nullptr) text = "";  // simdjson copies from it, however little
  const auto result = parser.parse(text.data(), text.size(), true);
  if (result.error() != simdjson::SUCCESS)
    return make_error(ErrorCode::protocol,
                      fmt::format("the answer is not JSON: {}",
                                  to_lower(simdjson::error_message(result.error()))));
  auto impl = std::make_unique<Document::Impl>();
  copy_used(parser.doc, impl->document);
  return Document(std::move(impl));
}

bool Value::is_null() const { return Access::is(*this, element_type::NULL_VALUE); }
bool Value::is_object() const { return Access::is(*this, element_type::OBJECT); }
bool Value::is_array() const { return Access::is(*this, element_type::ARRAY); }
bool Value::is_string() const { return Access::is(*this, element_type::STRING); }
bool Value::is_bool() const { return Access::is(*this, element_type::BOOL); }
bool Value::is_number() const {
  return Access::is(*this, element_type::INT64) || Access::is(*this, element_type::UINT64) ||
         Access::is(*this, element_type::DOUBLE);
}

Value Value::get(std::string_view key) const {
  simdjson::dom::object object;
  if (!exists_ || Access::unwrap(*this).get(object) != simdjson::SUCCESS) return {};
  element found;
  if (object.at_key(key).get(found) != simdjson::SUCCESS) return {};
  return Access::wrap(found);
}

Value Value::at(std::size_t index) const {
  simdjson::dom::array array;
  if (!exists_ || Access::unwrap(*this).get(array) != simdjson::SUCCESS) return {};
  element found;
  if (array.at(index).get(found) != simdjson::SUCCESS) return {};
  return Access::wrap(found);
}

std::size_t Value::size() const { return is_array() ? items().size() : members().size(); }

std::vector<Value> Value::items() const {
  std::vector<Value> out;
  simdjson::dom::array array;
  if (!exists_ || Access::unwrap(*this).get(array) != simdjson::SUCCESS) return out;
  out.reserve(array.size());
  for (const element item : array) out.push_back(Access::wrap(item));
  return out;
}

std::vector<Member> Value::members() const {
  std::vector<Member> out;
  simdjson::dom::object object;
  if (!exists_ || Access::unwrap(*this).get(object) != simdjson::SUCCESS) return out;
  out.reserve(object.size());
  for (const auto field : object) out.push_back({field.key, Access::wrap(field.value)});
  return out;
}

std::optional<std::string_view> Value::as_string() const {
  std::string_view text;
  if (!exists_ || Access::unwrap(*this).get(text) != simdjson::SUCCESS) return std::nullopt;
  return text;
}

std::optional<std::int64_t> Value::as_int() const {
  std::int64_t number = 0;
  if (!exists_ || Access::unwrap(*this).get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<double> Value::as_double() const {
  double number = 0;
  if (!exists_ || Access::unwrap(*this).get(number) != simdjson::SUCCESS) return std::nullopt;
  return number;
}

std::optional<bool> Value::as_bool() const {
  bool flag = false;
  if (!exists_ || Access::unwrap(*this).get(flag) != simdjson::SUCCESS) return std::nullopt;
  return flag;
}

std::string Value::string_or(std::string_view otherwise) const {
  return std::string(as_string().value_or(otherwise));
}

std::int64_t Value::int_or(std::int64_t otherwise) const { return as_int().value_or(otherwise); }

bool Value::bool_or(bool otherwise) const { return as_bool().value_or(otherwise); }

std::optional<std::int64_t> Value::to_int() const {
  if (const auto text = as_string()) return parse_int(*text);
  return as_int();
}

std::string Value::text() const {
  return exists_ ? simdjson::minify(Access::unwrap(*this)) : std::string();
}

}  // namespace ccloud::json
