// JSON in DIR/server.json, mode 600: it holds the simulated credentials.
#include "sim/state_file.h"

#include <fmt/format.h>

#include "base/text.h"
#include "json/reader.h"
#include "json/writer.h"
#include "sim/private_file.h"

namespace ccloud::sim {

std::filesystem::path state_path(const std::filesystem::path& dir) { return dir / "server.json"; }

Result<void> write_state(const StateFile& file) {
  const auto& state = file.state;
  json::Writer out(json::Layout::pretty);
  out.begin_object().member("schema", "ccloud.sim.server/1").member("pid", state.pid);
  out.member("process_start", file.process_start).member("url", state.url);
  out.member("mode", state.mode).member("reason", state.reason).member("options", state.options);
  out.member("started", state.started).key("environment").begin_array();
  for (const auto& [name, value] : state.environment) {
    out.begin_object().member("name", name).member("value", value).end_object();
  }
  out.end_array().end_object();
  return write_private_file(state_path(state.dir), out.take() + "\n");
}

std::optional<StateFile> read_state(const std::filesystem::path& dir) {
  const auto text = read_file(state_path(dir));
  if (!text) return std::nullopt;
  const auto document = json::parse(*text);
  if (!document) return std::nullopt;
  const auto root = document->root();
  StateFile file;
  file.process_start = root.get("process_start").string_or();
  auto& state = file.state;
  state.dir = dir;
  state.pid = static_cast<int>(root.get("pid").int_or(0));
  state.url = root.get("url").string_or();
  state.mode = root.get("mode").string_or();
  state.reason = root.get("reason").string_or();
  state.options = root.get("options").string_or();
  state.started = root.get("started").string_or();
  for (const auto& item : root.get("environment").items()) {
    state.environment.push_back({item.get("name").string_or(), item.get("value").string_or()});
  }
  return file;
}

std::string process_start(int pid) {
  const auto stat = read_file(fmt::format("/proc/{}/stat", pid));
  const auto boot = read_file("/proc/sys/kernel/random/boot_id");
  if (pid <= 0 || !stat) return {};
  // The command's name may hold anything; what follows its last ')' does not. Field 22 is 19 on.
  const auto after = stat->rfind(')');
  if (after == std::string::npos) return {};
  const auto fields = split(std::string_view(*stat).substr(after + 2), ' ');
  if (fields.size() < 20 || fields[0] == "Z") return {};
  return fmt::format("{}/{}", fields[19], trim(boot ? *boot : std::string()));
}

bool is_alive(const StateFile& file) {
  return !file.process_start.empty() && process_start(file.state.pid) == file.process_start;
}

}  // namespace ccloud::sim
