#include "config/schema.h"

#include <algorithm>

#include <fmt/format.h>

#include "config/grammar.h"
#include "config/number.h"
#include "json/writer.h"

namespace ccloud::config {
namespace {

/// In a patch null removes, and nothing is required; but a list replaces, so it is whole.
enum class Mode { whole, patch };

class SchemaWriter {
 public:
  std::string run() {
    w_.begin_object();
    w_.member("$schema", "https://json-schema.org/draft/2020-12/schema");
    w_.member("title", "ccloud config");
    w_.member("description", "What ccloud.json may hold. Comments are allowed in the file.");
    body(root_type(), Mode::whole);
    w_.key("$defs").begin_object();
    w_.key("patch").begin_object();
    w_.member("description", "A JSON Merge Patch (RFC 7396) on the rest of the file.");
    patching_ = true;
    body(root_type(), Mode::patch);
    w_.end_object().end_object().end_object();
    return w_.take() + "\n";
  }

 private:
  void schema(const Type& type, Mode mode) {
    w_.begin_object();
    if (mode == Mode::patch && type.form != Form::anything) {
      w_.key("anyOf").begin_array();
      w_.begin_object().member("type", "null").end_object();
      w_.begin_object();
      body(type, mode);
      w_.end_object().end_array();
    } else {
      body(type, mode);
    }
    w_.end_object();
  }

  void body(const Type& type, Mode mode) {
    switch (type.form) {
      case Form::anything:
        return;
      case Form::text:
        return text(*type.format);
      case Form::integer:
        w_.member("type", "integer").member("minimum", type.least).member("maximum", type.most);
        return;
      case Form::boolean:
        w_.member("type", "boolean");
        return;
      case Form::object:
        return object(type, mode);
      case Form::map:
        return map(type, mode);
      case Form::list:
        w_.member("type", "array").key("items");
        schema(*type.item, Mode::whole);
        if (type.least > 0) w_.member("minItems", type.least);
        return;
      case Form::choice:
        w_.key("anyOf").begin_array();
        for (const Type* choice : type.choices) {
          w_.begin_object();
          body(*choice, mode);
          w_.end_object();
        }
        w_.end_array();
        return;
      case Form::patch:
        w_.member("$ref", "#/$defs/patch");
        return;
    }
  }

  void text(const Format& format) {
    w_.member("type", "string");
    if (!format.values.empty()) {
      w_.key("enum").begin_array();
      for (const auto value : format.values) w_.value(value);
      w_.end_array();
    } else if (!format.pattern.empty()) {
      w_.member("pattern", format.pattern);
    }
  }

  void object(const Type& type, Mode mode) {
    w_.member("type", "object").member("additionalProperties", false);
    w_.key("properties").begin_object();
    for (const Key& key : type.keys) {
      if (patching_ && &type == &root_type() && key.name == "environments") continue;
      w_.key(key.name).begin_object();
      property(key, mode);
      w_.end_object();
    }
    w_.end_object();
    if (mode == Mode::patch) return relations(type, mode);
    w_.key("required").begin_array();
    for (const Key& key : type.keys)
      if (key.is_required) w_.value(key.name);
    w_.end_array();
    relations(type, mode);
  }

  void property(const Key& key, Mode mode) {
    std::string about(key.about);
    if (!key.is_carried_out) about += " Not carried out by this version.";
    w_.member("description", about);
    if (!key.is_carried_out) {
      w_.key("not").begin_object().end_object();
      return;
    }
    if (!key.example.empty()) w_.key("examples").begin_array().raw(key.example).end_array();
    if (mode == Mode::patch && key.type->form != Form::anything) {
      w_.key("anyOf").begin_array();
      w_.begin_object().member("type", "null").end_object().begin_object();
      body(*key.type, mode);
      w_.end_object().end_array();
    } else {
      body(*key.type, mode);
    }
  }

  void map(const Type& type, Mode mode) {
    w_.member("type", "object");
    if (!type.format->pattern.empty())
      w_.key("propertyNames").begin_object().member("pattern", type.format->pattern).end_object();
    w_.key("additionalProperties");
    schema(*type.item, mode);
    if (type.least > 0 && mode == Mode::whole) w_.member("minProperties", type.least);
  }

  void needs(std::initializer_list<std::string_view> keys) {
    w_.begin_object().key("required").begin_array();
    for (const auto key : keys) w_.value(key);
    w_.end_array().end_object();
  }

  /// None of the keys (or, in a patch, only null for them).
  void none_of(const std::vector<std::string_view>& keys, Mode mode) {
    w_.begin_object().key("not").begin_object().key("anyOf").begin_array();
    for (const auto key : keys) present(key, mode);
    w_.end_array().end_object().end_object();
  }

  void present(std::string_view key, Mode mode) {
    if (mode == Mode::whole) return needs({key});
    w_.begin_object().key("required").begin_array().value(key).end_array();
    w_.key("properties").begin_object().key(key).begin_object().key("not").begin_object();
    w_.member("type", "null").end_object().end_object().end_object().end_object();
  }

  void relations(const Type& type, Mode mode) {
    // In a patch nothing is required, so only what excludes is left.
    const auto says = [&](const Relation& relation) {
      return mode == Mode::whole ||
             (relation.kind != Relation::Kind::needs && relation.kind != Relation::Kind::unless);
    };
    if (std::ranges::none_of(type.relations, says)) return;
    w_.key("allOf").begin_array();
    for (const Relation& relation : type.relations)
      if (says(relation)) relate(relation, mode);
    w_.end_array();
  }

  void relate(const Relation& relation, Mode mode) {
    switch (relation.kind) {
      case Relation::Kind::exactly_one:
        if (mode == Mode::whole) {
          w_.begin_object().key("oneOf").begin_array();
          for (const auto key : relation.keys) needs({key});
          w_.end_array().end_object();
          return;
        }
        [[fallthrough]];
      case Relation::Kind::at_most_one:
        for (std::size_t i = 0; i < relation.keys.size(); ++i)
          for (std::size_t j = 0; j < i; ++j) {
            w_.begin_object().key("not").begin_object().key("allOf").begin_array();
            present(relation.keys[j], mode);
            present(relation.keys[i], mode);
            w_.end_array().end_object().end_object();
          }
        return;
      case Relation::Kind::needs:
        w_.begin_object().key("dependentRequired").begin_object();
        w_.key(relation.subject).begin_array();
        for (const auto key : relation.keys) w_.value(key);
        w_.end_array().end_object().end_object();
        return;
      case Relation::Kind::excludes:
        w_.begin_object().key("if");
        present(relation.subject, mode);
        w_.key("then");
        none_of(relation.keys, mode);
        w_.end_object();
        return;
      case Relation::Kind::unless:
        w_.begin_object().key("anyOf").begin_array();
        needs({relation.subject});
        w_.begin_object().key("required").begin_array();
        for (const auto key : relation.keys) w_.value(key);
        w_.end_array().end_object().end_array().end_object();
        return;
    }
  }

  json::Writer w_{json::Layout::pretty};
  bool patching_ = false;
};

}  // namespace

std::string schema_json() { return SchemaWriter().run(); }

}  // namespace ccloud::config
