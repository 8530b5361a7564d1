// Decoding, access and strict checks of query-protocol parameters.
#include "sim/aws/params.h"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim::aws {
namespace {

std::string decode_form(std::string_view text) {
  std::string spaced(text);
  std::ranges::replace(spaced, '+', ' ');
  return percent_decode(spaced);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// "Filter.2.Value.1" becomes "Filter.N.Value.N".
std::string pattern_of(std::string_view key) {
  std::string pattern;
  for (const auto& part : split(key, '.')) {
    if (!pattern.empty()) pattern += '.';
    pattern += is_number(part) ? "N" : part;
  }
  return pattern;
}

struct Declared {
  enum class Kind { text, number, flag } kind = Kind::text;
  bool is_required = false;
};
using Declaration = std::unordered_map<std::string, Declared>;

Declaration parse_declaration(std::string_view text) {
  Declaration all;
  for (auto word : split(text, ' ')) {
    if (word.empty()) continue;
    Declared declared;
    if (const auto colon = word.find(':'); colon != std::string::npos) {
      declared.kind =
          word.substr(colon, 4) == ":int" ? Declared::Kind::number : Declared::Kind::flag;
      declared.is_required = word.ends_with('!');
      word.resize(colon);
    } else if (word.ends_with('!')) {
      declared.is_required = true;
      word.pop_back();
    }
    all.emplace(std::move(word), declared);
  }
  return all;
}

const Declaration& declaration_for(std::string_view text) {
  static std::unordered_map<const char*, Declaration> cache;  // one thread; texts are literals
  auto& entry = cache[text.data()];
  if (entry.empty()) entry = parse_declaration(text);
  return entry;
}

Answer<> check_value(const Declared& declared, const std::string& key, const std::string& value) {
  const bool is_good =
      declared.kind == Declared::Kind::text ||
      (declared.kind == Declared::Kind::number && parse_int(value)) ||
      (declared.kind == Declared::Kind::flag && (value == "true" || value == "false"));
  if (is_good) return {};
  return fail("InvalidParameterValue",
              fmt::format("Invalid value '{}' for {}. It must be {}", value, key,
                          declared.kind == Declared::Kind::flag ? "true or false" : "a number"));
}

}  // namespace

Answer<Params> Params::parse(std::string_view form) {
  Params params;
  for (const auto& pair : split(form, '&')) {
    if (pair.empty()) continue;
    const auto equals = pair.find('=');
    auto key = decode_form(std::string_view(pair).substr(0, equals));
    auto value = equals == std::string::npos
                     ? std::string()
                     : decode_form(std::string_view(pair).substr(equals + 1));
    const bool is_new = params.values_.emplace(key, std::move(value)).second;
    if (!is_new) {
      return fail("InvalidParameterCombination",
                  fmt::format("The parameter {} was given twice", key));
    }
  }
  return params;
}

const std::string& Params::get(std::string_view key) const {
  static const std::string nothing;
  const auto found = values_.find(key);
  return found == values_.end() ? nothing : found->second;
}

std::int64_t Params::number(std::string_view key, std::int64_t otherwise) const {
  return parse_int(get(key)).value_or(otherwise);
}

bool Params::flag(std::string_view key, bool otherwise) const {
  return has(key) ? get(key) == "true" : otherwise;
}

std::vector<std::string> Params::entries(std::string_view name) const {
  std::vector<int> numbers;
  const auto prefix = fmt::format("{}.", name);
  for (auto it = values_.lower_bound(prefix); it != values_.end() && it->first.starts_with(prefix);
       ++it) {
    int number = 0;
    const auto rest = std::string_view(it->first).substr(prefix.size());
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), number);
    if (parsed.ec == std::errc()) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  const auto doubles = std::ranges::unique(numbers);
  numbers.erase(doubles.begin(), doubles.end());
  std::vector<std::string> all;
  all.reserve(numbers.size());
  for (const int number : numbers) all.push_back(prefix + std::to_string(number));
  return all;
}

std::vector<std::string> Params::list(std::string_view name) const {
  std::vector<std::string> all;
  for (const auto& key : entries(name)) {
    if (has(key)) all.push_back(get(key));
  }
  return all;
}

Answer<> check_params(const Params& params, std::string_view declaration) {
  const auto& declared = declaration_for(declaration);
  for (const auto& [key, value] : params.all()) {
    if (key == "Action" || key == "Version" || key == "DryRun") continue;
    const auto found = declared.find(pattern_of(key));
    if (found == declared.end()) {
      return fail("UnknownParameter", fmt::format("The parameter {} is not recognized", key));
    }
    if (auto checked = check_value(found->second, key, value); !checked) return checked;
  }
  for (const auto& [pattern, how] : declared) {
    if (!how.is_required) continue;
    const bool is_list = pattern.ends_with(".N");
    const auto name = is_list ? pattern.substr(0, pattern.size() - 2) : pattern;
    const bool is_there = is_list ? !params.entries(name).empty() : !params.get(name).empty();
    if (!is_there) {
      return fail("MissingParameter",
                  fmt::format("The request must contain the parameter {}", name));
    }
  }
  return {};
}

}  // namespace ccloud::sim::aws
