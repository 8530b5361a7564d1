// Typed access to the members of a checked JSON object. What was reported as wrong reads as
// missing, so decoding goes on without saying the same thing twice.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "config/model.h"
#include "config/number.h"
#include "config/shape.h"
#include "config/units.h"
#include "json/tree.h"

namespace ccloud::config {

class Fields {
 public:
  Fields(const json::Node* node, const BadNodes& bad) : node_(node), bad_(bad) {}

  bool is_present() const { return node_ != nullptr; }
  const json::Node* node() const { return node_; }
  Span span() const { return node_ == nullptr ? Span{} : node_->span; }
  bool is_bad(const json::Node* node) const { return bad_.contains(node); }

  /// The member's value, unless it is missing or was reported.
  const json::Node* get(std::string_view key) const {
    if (node_ == nullptr || !node_->is_object()) return nullptr;
    const json::Node* value = node_->find(key);
    return value == nullptr || bad_.contains(value) ? nullptr : value;
  }
  Fields object(std::string_view key) const {
    const json::Node* value = get(key);
    return {value != nullptr && value->is_object() ? value : nullptr, bad_};
  }
  std::optional<Located<std::string>> text(std::string_view key) const {
    const json::Node* value = get(key);
    if (value == nullptr || !value->is_string()) return std::nullopt;
    return Located<std::string>{std::string(value->text), value->span};
  }
  std::string text_or(std::string_view key, std::string_view otherwise) const {
    const json::Node* value = get(key);
    return std::string(value != nullptr && value->is_string() ? value->text : otherwise);
  }
  std::optional<Located<std::int64_t>> integer(std::string_view key) const {
    const json::Node* value = get(key);
    if (value == nullptr || value->kind != json::Kind::number) return std::nullopt;
    const auto number = whole_number(value->text);
    if (!number) return std::nullopt;
    return Located<std::int64_t>{*number, value->span};
  }
  std::int64_t integer_or(std::string_view key, std::int64_t otherwise) const {
    const auto number = integer(key);
    return number ? number->value : otherwise;
  }
  bool boolean_or(std::string_view key, bool otherwise) const {
    const json::Node* value = get(key);
    return value != nullptr && value->kind == json::Kind::boolean ? value->boolean : otherwise;
  }
  std::chrono::milliseconds duration_or(std::string_view key,
                                        std::chrono::milliseconds otherwise) const {
    const auto written = text(key);
    return written ? parse_duration(written->value).value_or(otherwise) : otherwise;
  }
  /// A number or a percentage.
  std::optional<Located<Quantity>> quantity(std::string_view key) const {
    if (const auto number = integer(key))
      return Located<Quantity>{{number->value, false}, number->span};
    const auto written = text(key);
    if (!written) return std::nullopt;
    const auto percent = parse_percent(written->value);
    if (!percent) return std::nullopt;
    return Located<Quantity>{{*percent, true}, written->span};
  }
  /// The strings of a list; others are left out.
  std::vector<Located<std::string>> texts(std::string_view key) const {
    std::vector<Located<std::string>> out;
    const json::Node* value = get(key);
    if (value == nullptr || !value->is_array()) return out;
    for (const json::Node* item : value->items)
      if (item->is_string() && !bad_.contains(item))
        out.push_back({std::string(item->text), item->span});
    return out;
  }
  Labels labels(std::string_view key) const {
    Labels out;
    const json::Node* value = get(key);
    if (value == nullptr || !value->is_object()) return out;
    for (const auto& member : value->members)
      if (member.value->is_string())
        out.insert_or_assign(std::string(member.key), std::string(member.value->text));
    return out;
  }

 private:
  const json::Node* node_;
  const BadNodes& bad_;
};

}  // namespace ccloud::config
