// "name=value" words.
#include "sim/server_args.h"

#include <cstdlib>

#include <fmt/format.h>

#include "base/text.h"

namespace ccloud::sim {
namespace {

std::optional<Mode> parse_mode(std::string_view name) {
  for (const auto mode : {Mode::none, Mode::loopback, Mode::network, Mode::systemd}) {
    if (to_string(mode) == name) return mode;
  }
  return std::nullopt;
}

}  // namespace

std::string ServerArgs::words() const {
  auto text = fmt::format("boot={} latency={} speed={} limits={} seed={}", to_string(mode), latency,
                          speed, has_real_limits ? "real" : "none", seed);
  if (!faults_file.empty()) text += " faults=" + faults_file;
  return text;
}

std::vector<std::string> ServerArgs::to_argv() const {
  return {server_word,
          "dir=" + dir.string(),
          fmt::format("mode={}", to_string(mode)),
          "reason=" + reason,
          "latency=" + latency,
          fmt::format("speed={}", speed),
          fmt::format("limits={}", has_real_limits ? "real" : "none"),
          "faults=" + faults_file,
          fmt::format("seed={}", seed),
          fmt::format("ready={}", ready_fd)};
}

std::optional<ServerArgs> ServerArgs::parse(const std::vector<std::string>& words) {
  ServerArgs args;
  for (const auto& word : words) {
    const auto equals = word.find('=');
    if (equals == std::string::npos) return std::nullopt;
    const auto name = word.substr(0, equals);
    const auto value = word.substr(equals + 1);
    if (name == "dir") {
      args.dir = value;
    } else if (name == "mode") {
      const auto mode = parse_mode(value);
      if (!mode) return std::nullopt;
      args.mode = *mode;
    } else if (name == "reason") {
      args.reason = value;
    } else if (name == "latency") {
      args.latency = value;
    } else if (name == "speed") {
      args.speed = std::strtod(value.c_str(), nullptr);
    } else if (name == "limits") {
      args.has_real_limits = value == "real";
    } else if (name == "faults") {
      args.faults_file = value;
    } else if (name == "seed") {
      args.seed = std::strtoull(value.c_str(), nullptr, 10);
    } else if (name == "ready") {
      args.ready_fd = static_cast<int>(parse_int(value).value_or(-1));
    } else {
      return std::nullopt;
    }
  }
  if (args.dir.empty() || args.ready_fd < 0 || args.speed <= 0) return std::nullopt;
  return args;
}

}  // namespace ccloud::sim
