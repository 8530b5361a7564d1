#include "json/tree.h"

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "base/text.h"

namespace ccloud::json {
namespace {

constexpr std::size_t large_object = 32;

bool within(Span span, std::uint32_t offset) { return span.begin <= offset && offset < span.end; }

std::string escape_pointer(std::string_view key) {
  return replace_all(replace_all(key, "~", "~0"), "/", "~1");
}

const Node* without_nulls(Tree& tree, const Node& patch) {
  if (!patch.is_object()) return &patch;
  Node* out = tree.make(Kind::object, patch.span);
  for (const auto& member : patch.members)
    if (member.value->kind != Kind::null)
      out->members.push_back({member.key, member.key_span, without_nulls(tree, *member.value)});
  return out;
}

}  // namespace

std::string_view describe(Kind kind) {
  switch (kind) {
    case Kind::null:
      return "null";
    case Kind::boolean:
      return "true or false";
    case Kind::number:
      return "a number";
    case Kind::string:
      return "a string";
    case Kind::array:
      return "a list";
    case Kind::object:
      return "an object";
    case Kind::broken:
      return "nothing readable";
  }
  return "";
}

const KeyedNode* Node::find_member(std::string_view key) const {
  if (members.size() > large_object) {
    if (!index_ || index_->size() != members.size()) {
      auto index = std::make_shared<Index>();
      index->reserve(members.size());
      for (std::uint32_t i = 0; i < members.size(); ++i) index->emplace(members[i].key, i);
      index_ = std::move(index);
    }
    const auto it = index_->find(key);
    return it == index_->end() ? nullptr : &members[it->second];
  }
  const auto it = std::ranges::find(members, key, &KeyedNode::key);
  return it == members.end() ? nullptr : &*it;
}

const Node* Node::find(std::string_view key) const {
  const KeyedNode* member = find_member(key);
  return member == nullptr ? nullptr : member->value;
}

Node* Tree::make(Kind kind, Span span) {
  Node& node = nodes_.emplace_back();
  node.kind = kind;
  node.span = span;
  return &node;
}

std::string_view Tree::keep(std::string text) { return texts_.emplace_back(std::move(text)); }

std::string pointer_at(const Tree& tree, std::uint32_t offset) {
  std::string pointer;
  const Node* node = tree.root;
  while (node != nullptr) {
    const Node* next = nullptr;
    const auto step = [&](const KeyedNode& member) {
      const bool in_value = within(member.value->span, offset);
      if (!in_value && !within(member.key_span, offset)) return false;
      pointer += "/" + escape_pointer(member.key);
      next = in_value ? member.value : nullptr;
      return true;
    };
    // Both stand in file order: the last one that begins before the offset is the only candidate.
    const auto key_begin = [](const KeyedNode& member) { return member.key_span.begin; };
    const auto member = std::ranges::upper_bound(node->members, offset, {}, key_begin);
    const bool is_found = member != node->members.begin() && step(*std::prev(member));
    if (!is_found && node->is_object())
      static_cast<void>(std::ranges::any_of(tree.repeated, [&](const KeyedNode& repeated) {
        return within(node->span, repeated.key_span.begin) && step(repeated);
      }));
    const auto item_begin = [](const Node* item) { return item->span.begin; };
    const auto item = std::ranges::upper_bound(node->items, offset, {}, item_begin);
    if (item != node->items.begin() && within((*std::prev(item))->span, offset)) {
      pointer += "/" + std::to_string(item - node->items.begin() - 1);
      next = *std::prev(item);
    }
    node = next;
  }
  return pointer;
}

const Node* merge_patch(Tree& tree, const Node* base, const Node& patch) {
  if (!patch.is_object()) return &patch;
  if (base == nullptr || !base->is_object()) return without_nulls(tree, patch);

  Node* out = tree.make(Kind::object, base->span);
  std::unordered_map<std::string_view, const KeyedNode*> changes;
  for (const auto& member : patch.members) changes.emplace(member.key, &member);
  for (const auto& member : base->members) {
    const auto change = changes.find(member.key);
    if (change == changes.end()) {
      out->members.push_back(member);
      continue;
    }
    const KeyedNode& with = *change->second;
    if (with.value->kind != Kind::null) {
      const Node* merged = merge_patch(tree, member.value, *with.value);
      // A replaced value stands under the patch's key; a merged object stays at its own.
      const bool stays = merged->span == member.value->span;
      out->members.push_back({member.key, stays ? member.key_span : with.key_span, merged});
    }
    changes.erase(change);
  }
  for (const auto& member : patch.members)
    if (changes.contains(member.key) && member.value->kind != Kind::null)
      out->members.push_back({member.key, member.key_span, without_nulls(tree, *member.value)});
  return out;
}

}  // namespace ccloud::json
