// docs/config.md from the tables.
#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "config/grammar.h"
#include "config/number.h"
#include "config/schema.h"

namespace ccloud::config {
namespace {

class ReferenceWriter {
 public:
  std::string run() {
    out_ =
        "# The config file\n\n"
        "`ccloud.json`: JSON in UTF-8, with `//` and `/* */` comments. Paths are relative to the\n"
        "file. This page is made from the tables that the checker uses: do not edit it.\n"
        "`ccloud schema` prints them as JSON Schema for editors, `ccloud explain CODE` explains\n"
        "each complaint.\n\n"
        "Names (project, provider, cluster, place, network, service) are lower-case letters,\n"
        "digits and hyphens, a letter first, at most 31. Sizes are `512MiB`, `4GiB`, `1TiB` (also\n"
        "`MB GB TB`), durations `500ms`, `2s`, `10m`, `1h`.\n";
    object(root_type(), "", 2);
    return std::move(out_);
  }

 private:
  static std::string limits(const Type& type) {
    const auto shown = [&](std::int64_t number) {
      if (type.form == Form::integer) return std::to_string(number);
      if (type.format->accepts("1%")) return fmt::format("{}%", number);
      if (type.format->accepts("1ms")) return show_duration(std::chrono::milliseconds(number));
      return show_mib(number);
    };
    return fmt::format("{} to {}", shown(type.least), shown(type.most));
  }

  static std::string kind(const Type& type) {
    switch (type.form) {
      case Form::anything:
        return "anything";
      case Form::text:
        if (!type.format->values.empty()) {
          std::vector<std::string> quoted;
          for (const auto value : type.format->values) quoted.push_back(fmt::format("`{}`", value));
          return join(quoted, " or ");
        }
        if (type.format->measure != nullptr)
          return fmt::format("{}, {}", type.format->what, limits(type));
        return std::string(type.format->what);
      case Form::integer:
        return fmt::format("a whole number, {}", limits(type));
      case Form::boolean:
        return "`true` or `false`";
      case Form::object:
        return "an object, below";
      case Form::map:
        return fmt::format("an object: {} to {}", type.what, kind(*type.item));
      case Form::list:
        return fmt::format("a list, each {}", kind(*type.item));
      case Form::patch:
        return "a merge patch";
      case Form::choice: {
        std::vector<std::string> kinds;
        for (const Type* choice : type.choices) kinds.push_back(kind(*choice));
        return join(kinds, "; or ");
      }
    }
    return {};
  }

  void object(const Type& type, const std::string& path, std::size_t level) {
    for (const Key& key : type.keys) {
      const std::string name =
          path.empty() ? std::string(key.name) : path + "." + std::string(key.name);
      out_ += fmt::format("\n{} `{}`\n\n{}\n\n", std::string(std::min<std::size_t>(level, 5), '#'),
                          name, key.about);
      if (!key.is_carried_out) {
        out_ += "Not carried out by this version: refused as `not-supported`.\n";
        continue;
      }
      out_ += fmt::format("- {}{}\n", kind(*key.type), key.is_required ? "; required" : "");
      if (!key.fallback.empty()) out_ += fmt::format("- without it: {}\n", key.fallback);
      out_ += fmt::format("\n```json\n\"{}\": {}\n```\n", key.name, key.example);
      inner(*key.type, name, level + 1);
    }
    relations(type);
  }

  void inner(const Type& type, const std::string& path, std::size_t level) {
    switch (type.form) {
      case Form::object:
        return object(type, path, level);
      case Form::map:
        return inner(*type.item, path + ".NAME", level);
      case Form::list:
        return inner(*type.item, path + "[]", level);
      case Form::choice:
        for (const Type* choice : type.choices) inner(*choice, path, level);
        return;
      default:
        return;
    }
  }

  static std::string names(const std::vector<std::string_view>& keys, std::string_view last) {
    std::vector<std::string> quoted;
    for (const auto key : keys) quoted.push_back(fmt::format("`{}`", key));
    if (quoted.size() < 2) return join(quoted, "");
    const std::string end = quoted.back();
    quoted.pop_back();
    return fmt::format("{} {} {}", join(quoted, ", "), last, end);
  }

  void relations(const Type& type) {
    if (type.relations.empty()) return;
    out_ += fmt::format("\nIn each {}:\n\n", type.what);
    for (const Relation& relation : type.relations) {
      switch (relation.kind) {
        case Relation::Kind::exactly_one:
          out_ += fmt::format("- exactly one of {}\n", names(relation.keys, "and"));
          break;
        case Relation::Kind::at_most_one:
          out_ += fmt::format("- at most one of {}\n", names(relation.keys, "and"));
          break;
        case Relation::Kind::needs:
          out_ += fmt::format("- `{}` needs {}\n", relation.subject, names(relation.keys, "and"));
          break;
        case Relation::Kind::excludes:
          out_ +=
              fmt::format("- `{}` excludes {}\n", relation.subject, names(relation.keys, "and"));
          break;
        case Relation::Kind::unless:
          out_ += fmt::format("- without `{}`, {} are required\n", relation.subject,
                              names(relation.keys, "and"));
          break;
      }
    }
  }

  std::string out_;
};

}  // namespace

std::string reference_markdown() { return ReferenceWriter().run(); }

}  // namespace ccloud::config
