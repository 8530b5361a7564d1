// Key names of the query protocol.
#include "providers/aws/form.h"

#include <fmt/format.h>

#include "base/text.h"
#include "http/message.h"

namespace ccloud::aws {

Form& Form::add(std::string key, std::string value) {
  pairs_.emplace_back(std::move(key), std::move(value));
  return *this;
}

Form& Form::add(std::string key, std::int64_t value) {
  return add(std::move(key), std::to_string(value));
}

Form& Form::flag(std::string key, bool value) {
  return add(std::move(key), value ? "true" : "false");
}

Form& Form::list(std::string_view key, const std::vector<std::string>& values) {
  int index = 0;
  for (const auto& value : values) add(fmt::format("{}.{}", key, ++index), value);
  return *this;
}

Form& Form::filter(std::string name, const std::vector<std::string>& values) {
  const std::string prefix = fmt::format("Filter.{}", ++filters_);
  add(prefix + ".Name", std::move(name));
  return list(prefix + ".Value", values);
}

Form& Form::tags(const cloud::Labels& labels) {
  int index = 0;
  for (const auto& [key, value] : labels) {
    add(fmt::format("Tag.{}.Key", ++index), key);
    add(fmt::format("Tag.{}.Value", index), value);
  }
  return *this;
}

Form& Form::tag_specification(std::string_view resource_type, const cloud::Labels& labels) {
  if (labels.empty()) return *this;
  const std::string prefix = fmt::format("TagSpecification.{}", ++specifications_);
  add(prefix + ".ResourceType", std::string(resource_type));
  int index = 0;
  for (const auto& [key, value] : labels) {
    add(fmt::format("{}.Tag.{}.Key", prefix, ++index), key);
    add(fmt::format("{}.Tag.{}.Value", prefix, index), value);
  }
  return *this;
}

std::string Form::body(std::string_view version) const {
  std::vector<std::pair<std::string, std::string>> all = {{"Action", action_},
                                                          {"Version", std::string(version)}};
  all.insert(all.end(), pairs_.begin(), pairs_.end());
  // As HTML forms have it, and every vendor's tool: servers that check a signature against the body
  // as they would encode it themselves see the same bytes.
  return replace_all(http::encode_query(all), "%20", "+");
}

}  // namespace ccloud::aws
