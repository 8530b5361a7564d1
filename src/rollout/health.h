// Asking one node how its service is: http or tcp through the node's SSH connection to its own
// 127.0.0.1, or from here; or a command on the node.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "rollout/node.h"
#include "rollout/node_script.h"

namespace ccloud::rollout {

struct Answer {
  bool is_healthy = false;
  bool is_reachable = true;  ///< false: the node itself did not answer
  std::string text{};        ///< "HTTP 503: overloaded", "connection refused"
  std::string kind{};        ///< the same without the service's own words: "HTTP 503"
};

/// What a service without `health` is asked: does its program run?
config::Health default_health(const script::Unit& unit);

/// As kept in each release; decode gives nullopt for anything else.
std::string encode_health(const config::Health& health);
std::optional<config::Health> decode_health(std::string_view json);

/// One question, bounded by health.timeout (and the time to log in). Never ends with an error.
Task<Answer> ask_health(Context ctx, ssh::Shell& shell, Node node, config::Health health);

/// Asks every `interval`, and more often before the first good answer, until `healthy` answers in a
/// row are good, or the deadline is over; then an error with the last answers. `on_bad` is told
/// what the node answers once it takes longer than people wait in silence.
Task<void> wait_healthy(Context ctx, ssh::Shell& shell, Node node, config::Health health,
                        std::function<void(const std::string&)> on_bad = {});

/// A status line and body out of an HTTP answer; nullopt when it is none.
struct HttpAnswer {
  int status = 0;
  std::string body{};
};
std::optional<HttpAnswer> parse_http(std::string_view answer);

}  // namespace ccloud::rollout
