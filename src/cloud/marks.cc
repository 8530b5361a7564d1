// Marks, batch names, tokens, zone subnets: pure text.
#include "cloud/marks.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/cidr.h"
#include "base/hash.h"
#include "base/text.h"

namespace ccloud::cloud {
namespace {

/// "web-use1-" of "web-use1-7".
std::string_view stem_of(std::string_view name) { return name.substr(0, name.rfind('-') + 1); }

/// Labels that clouds and their services write themselves.
bool is_of_the_cloud(std::string_view key) {
  return key.starts_with("aws:") || key.starts_with("acs:") || key.starts_with("goog-") ||
         key.starts_with("hidden-");
}

}  // namespace

std::string spec_part(std::string_view asked) { return sha256_hex(asked).substr(0, 7); }

std::string encode_spec(const SpecMark& mark) {
  return fmt::format("i{}-k{}-d{}-u{}-s{}-p{}", mark.image, mark.keys, mark.disk, mark.user_data,
                     mark.size, mark.address);
}

SpecMark decode_spec(std::string_view text) {
  SpecMark mark;
  for (const auto& part : split(text, '-')) {
    if (part.size() < 2) continue;
    const std::string value = part.substr(1);
    switch (part.front()) {
      case 'i':
        mark.image = value;
        break;
      case 'k':
        mark.keys = value;
        break;
      case 'd':
        mark.disk = value;
        break;
      case 'u':
        mark.user_data = value;
        break;
      case 's':
        mark.size = value;
        break;
      case 'p':
        mark.address = value;
        break;
      default:
        break;
    }
  }
  return mark;
}

std::string encode_names(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  std::string out = names.front();
  for (std::size_t i = 1; i < names.size(); ++i) {
    out += '_';
    out += std::string_view(names[i]).substr(stem_of(names[i]).size());
  }
  return out;
}

std::vector<std::string> decode_names(std::string_view tag) {
  const auto parts = split(tag, '_');
  std::vector<std::string> names;
  const std::string stem(stem_of(parts.front()));
  for (std::size_t i = 0; i < parts.size(); ++i) {
    names.push_back(i == 0 ? parts[i] : stem + parts[i]);
  }
  return names;
}

std::vector<std::vector<std::string>> split_names(const std::vector<std::string>& names,
                                                  std::size_t limit, std::size_t most) {
  std::vector<std::vector<std::string>> groups;
  std::size_t used = 0;
  for (const auto& name : names) {
    const std::size_t more = name.size() - stem_of(name).size() + 1;
    const bool fits = !groups.empty() && groups.back().size() < most && used + more <= limit &&
                      stem_of(groups.back().front()) == stem_of(name);
    if (fits) {
      groups.back().push_back(name);
      used += more;
    } else {
      groups.push_back({name});
      used = name.size();
    }
  }
  return groups;
}

std::string token_of(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += fmt::format("{}:{},", part.size(), part);
  return sha256_hex(text).substr(0, 32);
}

std::string next_token(std::string_view token, std::string_view dead_id) {
  return token_of({std::string(token), std::string(dead_id)});
}

void apply_marks(Instance& instance, std::size_t index) {
  const auto find = [&](std::string_view key) -> std::string {
    const auto at = instance.labels.find(std::string(key));
    return at == instance.labels.end() ? std::string() : at->second;
  };
  const std::string tag = find(mark_node);
  if (!tag.empty()) {
    const auto names = decode_names(tag);
    instance.name = names[std::min(index, names.size() - 1)];
  }
  instance.cluster = find(mark_cluster);
  instance.spec = find(mark_spec);
  instance.is_power_off_wanted = find(mark_power) == "off";
  instance.is_protected = find(mark_protect) == "true";
}

NodeRef ref_of(const Instance& node) {
  const auto project = node.labels.find(std::string(mark_project));
  return {.id = node.id,
          .name = node.name,
          .region = node.region,
          .zone = node.zone,
          .project = project == node.labels.end() ? std::string() : project->second};
}

Labels without_marks(const Labels& labels) {
  Labels out;
  for (const auto& [key, value] : labels) {
    if (!key.starts_with(mark_prefix) && key != "Name") out.emplace(key, value);
  }
  return out;
}

LabelChange label_change(const Labels& wanted, const Labels& has) {
  LabelChange change;
  for (const auto& [key, value] : wanted) {
    const auto at = has.find(key);
    if (at == has.end() || at->second != value) change.set.emplace(key, value);
  }
  for (const auto& [key, value] : without_marks(has)) {
    if (!wanted.contains(key) && !is_of_the_cloud(key)) change.removed.push_back(key);
  }
  return change;
}

std::string zone_cidr(std::string_view cidr, std::size_t zone_index) {
  const auto whole = parse_cidr(cidr);
  if (!whole.has_value() || whole->is_v6 || whole->prefix > 25 || zone_index > 7) return {};
  const auto part = subnet(network_of(*whole), 3, static_cast<unsigned>(zone_index));
  return part.has_value() ? ccloud::to_string(*part) : std::string();
}

}  // namespace ccloud::cloud
