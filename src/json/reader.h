// Reads what machines answer: fast, whole documents, no positions. For what people write there is
// parser.h. A Value is a cheap handle into its Document and must not outlive it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace ccloud::json {

struct Member;

/// Looking for what is not there gives a Value that does not exist, so that a path can be walked
/// without a test at each step: `v.get("a").get("b").as_string()`.
class Value {
 public:
  Value() = default;

  bool exists() const { return exists_; }
  bool is_null() const;  ///< the literal null; false when it does not exist
  bool is_object() const;
  bool is_array() const;
  bool is_string() const;
  bool is_number() const;
  bool is_bool() const;

  /// The first member of this name.
  Value get(std::string_view key) const;
  bool has(std::string_view key) const { return get(key).exists(); }
  /// The index-th element of an array.
  Value at(std::size_t index) const;
  /// Elements of an array or members of an object; 0 for anything else.
  std::size_t size() const;
  /// Elements of an array; empty for anything else.
  std::vector<Value> items() const;
  /// Members of an object in the document's order; empty for anything else.
  std::vector<Member> members() const;

  /// Valid as long as the document.
  std::optional<std::string_view> as_string() const;
  std::optional<std::int64_t> as_int() const;
  std::optional<double> as_double() const;
  std::optional<bool> as_bool() const;

  std::string string_or(std::string_view otherwise = {}) const;
  std::int64_t int_or(std::int64_t otherwise) const;
  bool bool_or(bool otherwise) const;
  /// A number, or a string of digits: some clouds write 64-bit numbers so.
  std::optional<std::int64_t> to_int() const;

  /// The value as compact JSON text.
  std::string text() const;

 private:
  friend class Document;
  struct Access;
  alignas(8) std::array<std::byte, 16> handle_{};
  bool exists_ = false;
};

struct Member {
  std::string_view key;
  Value value;
};

class Document {
 public:
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;
  ~Document();

  Value root() const { return root_; }

 private:
  friend Result<Document> parse(std::string_view text);
  struct Impl;
  explicit Document(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
  Value root_;
};

/// A whole document; `text` need not live on. Fails with ErrorCode::protocol.
Result<Document> parse(std::string_view text);

}  // namespace ccloud::json
