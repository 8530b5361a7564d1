#include "rollout/node_record.h"

#include <sstream>

#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"

namespace ccloud::rollout {

namespace {
constexpr std::string_view schema = "ccloud.node-service/1";
}

std::string encode_record(const Record& record) {
  json::Writer writer;
  writer.begin_object().member("schema", schema);
  writer.member("service", record.service).member("node", record.node);
  writer.member("rollout", record.rollout).member("command", record.command);
  writer.member("epoch", record.epoch).member("by", record.by).member("at", record.at);
  writer.member("from", record.from).member("to", record.to);
  writer.member("from_version", record.from_version).member("to_version", record.to_version);
  writer.member("phase", record.phase).member("step", record.step);
  writer.member("error", record.error).member("ending", record.ending);
  writer.member("held", record.held).member("failed", record.has_failed);
  writer.member("was_healthy", record.was_healthy);
  return writer.end_object().take();
}

std::optional<Record> decode_record(std::string_view text) {
  auto document = json::parse(text);
  if (!document.has_value()) return std::nullopt;
  const auto root = document->root();
  if (root.get("schema").string_or() != schema) return std::nullopt;
  Record record;
  record.service = root.get("service").string_or();
  record.node = root.get("node").string_or();
  record.rollout = root.get("rollout").string_or();
  record.command = root.get("command").string_or();
  record.epoch = root.get("epoch").int_or(0);
  record.by = root.get("by").string_or();
  record.at = root.get("at").string_or();
  record.from = root.get("from").string_or();
  record.to = root.get("to").string_or();
  record.from_version = root.get("from_version").string_or();
  record.to_version = root.get("to_version").string_or();
  record.phase = root.get("phase").string_or();
  record.step = root.get("step").string_or();
  record.error = root.get("error").string_or();
  record.ending = root.get("ending").string_or();
  record.held = root.get("held").string_or();
  record.has_failed = root.get("failed").bool_or(false);
  record.was_healthy = root.get("was_healthy").bool_or(true);
  return record;
}

Result<Facts> parse_facts(std::string_view text) {
  Facts facts;
  bool is_answer = false;
  for (const auto& line : split(text, '\n')) {
    const auto colon = line.find(": ");
    if (colon == std::string::npos) continue;
    const auto key = std::string_view(line).substr(0, colon);
    const std::string value(trim(std::string_view(line).substr(colon + 2)));
    if (key == "owner") {
      is_answer = true;
      const auto blank = value.find(' ');
      facts.epoch = parse_int(std::string_view(value).substr(0, blank)).value_or(0);
      if (blank != std::string::npos) facts.owner = value.substr(blank + 1);
    } else if (key == "current") {
      facts.current = value;
    } else if (key == "version") {
      facts.version = value;
    } else if (key == "fingerprint") {
      facts.fingerprint = value;
    } else if (key == "health") {
      facts.health = value;
    } else if (key == "user") {
      facts.user = value;
    } else if (key == "steps") {
      facts.steps = value;
    } else if (key == "releases") {
      for (auto& name : split(value, ' ')) {
        if (!name.empty()) facts.releases.push_back(std::move(name));
      }
    } else if (key == "state") {
      facts.state = value;
    } else if (key == "manager") {
      facts.has_systemd = value == "systemd";
    } else if (key == "record") {
      facts.record = decode_record(value);
    }
  }
  if (!is_answer) {
    return make_error(ErrorCode::protocol, "the node's answer about its services makes no sense");
  }
  return facts;
}

}  // namespace ccloud::rollout
