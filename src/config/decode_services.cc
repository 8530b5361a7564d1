// Decoding of `services`.
#include <fmt/format.h>

#include "base/text.h"
#include "config/decode.h"
#include "diag/render.h"
#include "diag/suggest.h"

namespace ccloud::config {

using json::Node;

void Decoder::services() {
  const Node* all = root_.get("services");
  if (all == nullptr || !all->is_object()) return;
  for (const auto& member : all->members) {
    if (!member.value->is_object()) continue;
    config_.services.push_back(service(member.key, *member.value));
    config_.services.back().span = member.key_span;
  }
}

Service Decoder::service(std::string_view name, const Node& node) {
  const Fields entry = fields(&node);
  Service service;
  service.name = name;
  service.span = node.span;
  if (auto one = entry.text("cluster")) service.clusters.push_back(*one);
  for (auto& each : entry.texts("cluster")) service.clusters.push_back(std::move(each));
  service.version = entry.text("version").value_or(Located<std::string>{{}, node.span});
  service.artifact = artifact(entry.object("artifact"));
  service.dir = entry.text_or("dir", "/opt/" + service.name);
  service.run = entry.text_or("run", "");
  service.user = entry.text_or("user", "");
  service.env = env(entry.object("env"));
  service.health = health(entry.object("health"));
  service.update = update(entry.object("update"), node.span);
  const Fields steps = entry.object("steps");
  service.steps = {.drain = step(steps.get("drain")),
                   .install = step(steps.get("install")),
                   .start = step(steps.get("start")),
                   .stop = step(steps.get("stop")),
                   .undrain = step(steps.get("undrain"))};
  service.keep = entry.integer_or("keep", 3);
  return service;
}

std::optional<Artifact> Decoder::artifact(Fields entry) {
  if (!entry.is_present()) return std::nullopt;
  Artifact artifact;
  if (const auto path = entry.text("path")) artifact.path = files_.resolve(path->value);
  artifact.url = entry.text_or("url", "");
  artifact.sha256 = to_lower(entry.text_or("sha256", ""));
  artifact.span = entry.span();
  return artifact;
}

std::map<std::string, EnvValue> Decoder::env(Fields entry) {
  std::map<std::string, EnvValue> out;
  if (!entry.is_present()) return out;
  for (const auto& member : entry.node()->members) {
    if (is_bad(*member.value)) continue;
    if (member.value->is_string()) {
      out[std::string(member.key)] = std::string(member.value->text);
      continue;
    }
    const Fields secret = fields(member.value).object("secret");
    if (!secret.is_present()) continue;
    SecretRef ref;
    ref.span = secret.span();
    if (const auto variable = secret.text("env")) ref.value = variable->value;
    if (const auto file = secret.text("file")) {
      ref.kind = SecretRef::Kind::file;
      ref.value = files_.resolve(file->value);
    }
    if (const auto command = secret.text("command")) {
      ref.kind = SecretRef::Kind::command;
      ref.value = command->value;
    }
    out[std::string(member.key)] = std::move(ref);
  }
  return out;
}

std::optional<Health> Decoder::health(Fields entry) {
  if (!entry.is_present()) return std::nullopt;
  Health health;
  health.span = entry.span();
  const auto take_port = [&](std::int64_t port, Span span) {
    if (port < 1 || port > 65535)
      error("out-of-range", span, fmt::format("port {} is outside 1 to 65535", port));
    else
      health.port = static_cast<std::uint16_t>(port);
  };
  if (const auto http = entry.text("http")) {
    health.kind = Health::Kind::http;
    if (const auto target = parse_http_target(http->value)) {
      take_port(target->port, http->span);
      health.path = target->path;
    }
  } else if (const auto tcp = entry.text("tcp")) {
    if (const auto port = parse_tcp_target(tcp->value)) take_port(*port, tcp->span);
  } else {
    health.kind = Health::Kind::command;
    health.command = entry.text_or("command", "");
  }
  health.expect = static_cast<int>(entry.integer_or("expect", health.expect));
  health.interval = entry.duration_or("interval", health.interval);
  health.timeout = entry.duration_or("timeout", health.timeout);
  health.healthy = static_cast<int>(entry.integer_or("healthy", health.healthy));
  health.unhealthy = static_cast<int>(entry.integer_or("unhealthy", health.unhealthy));
  health.deadline = entry.duration_or("deadline", health.deadline);
  health.is_outside = entry.text_or("from", "node") == "outside";
  return health;
}

Update Decoder::update(Fields entry, Span fallback) {
  Update update;
  update.span = entry.is_present() ? entry.span() : fallback;
  if (const Node* waves = entry.get("waves"); waves != nullptr) {
    for (const Node* item : waves->items) {
      if (is_bad(*item)) continue;
      Wave wave;
      wave.span = item->span;
      const Fields written = fields(item);
      const Node* places = item->is_array() ? item : written.get("places");
      wave.bake = written.duration_or("bake", wave.bake);
      if (places != nullptr)
        for (const Node* place : places->items)
          if (place->is_string() && !is_bad(*place))
            wave.places.push_back({std::string(place->text), place->span});
      update.waves.push_back(std::move(wave));
    }
  }
  if (const Fields canary = entry.object("canary"); canary.is_present())
    update.canary = Canary{.count = canary.integer_or("count", 1),
                           .bake = canary.duration_or("bake", std::chrono::milliseconds(0)),
                           .span = canary.span()};
  update.batch = entry.quantity("batch").value_or(Located<Quantity>{{25, true}, update.span});
  update.min_healthy = entry.quantity("min_healthy");
  update.max_failures = entry.integer_or("max_failures", 0);
  update.on_failure = entry.text_or("on_failure", "rollback") == "stop"
                          ? Update::OnFailure::stop
                          : Update::OnFailure::rollback;
  return update;
}

std::optional<Step> Decoder::step(const Node* node) {
  if (node == nullptr) return std::nullopt;
  if (node->is_string()) return Step{std::string(node->text), false, node->span};
  const auto local = fields(node).text("local");
  if (!local) return std::nullopt;
  return Step{local->value, true, local->span};
}

}  // namespace ccloud::config
