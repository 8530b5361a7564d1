#include "rollout/node_script.h"

#include <fmt/format.h>

#include "base/text.h"
#include "rollout/node_files.h"

namespace ccloud::rollout::script {

namespace {

constexpr std::string_view state_root = "/var/lib/ccloud";

std::string sh_name(const std::string& service) { return "ccloud-" + service; }

/// Variables and helpers that every script has. $S state, $D folder of the service, $N unit.
std::string prelude(std::string_view name, const Unit& unit) {
  return fmt::format(": ccloud {}\nset -eu\numask 022\nS={}/{}\nD={}\nN={}\nU={}\n{}", name,
                     state_root, unit.service, shell_quote(unit.dir), sh_name(unit.service),
                     shell_quote(unit.user), helpers);
}

/// Under the node's lock for this service, and only while `owner` has it.
std::string owned(std::string_view name, const Unit& unit, const Owner& owner) {
  return prelude(name, unit) +
         fmt::format("lock\nguard {}\n",
                     shell_quote(fmt::format("{} {}", owner.epoch, owner.rollout)));
}

std::string put_record(std::string_view record) {
  return record.empty() ? "" : fmt::format("record {}\n", shell_quote(record));
}

std::string coming(const Owner& owner) {
  return fmt::format("T=$D/releases/.new-{}\n", release_folder(owner.rollout));
}

std::string release_var(std::string_view release) {
  return fmt::format("R=$D/releases/{}\n", shell_quote(release));
}

}  // namespace

std::string release_folder(std::string_view version) {
  std::string name;
  for (const char c : version) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '+' || c == '-';
    name += is_plain ? c : '_';
  }
  // Names that begin with a dot are ours.
  return name.starts_with('.') ? "_" + name : name;
}

std::string as_root(std::string_view script) {
  return "s=" + shell_quote(script) +
         "; if [ \"$(id -u)\" = 0 ]; then exec sh -c \"$s\" sh; "
         "else exec sudo -n sh -c \"$s\" sh; fi";
}

std::string read_facts(const Unit& unit) {
  return prelude("facts", unit) + std::string(facts_body);
}

std::string claim(const Unit& unit, const Owner& owner, std::string_view record) {
  return prelude("claim", unit) +
         fmt::format(
             "mkdir -p \"$S\"\nlock\nhave=0 who=\n"
             "if [ -f \"$S/owner\" ]; then read -r have who < \"$S/owner\"; fi\n"
             "if [ \"$have\" -ge {0} ] && [ \"$have $who\" != {1} ]; then\n"
             "  cat \"$S/record.json\" >&2 || :\n  exit {2}\nfi\n"
             "echo {1} > \"$S/.owner\"; mv \"$S/.owner\" \"$S/owner\"\n",
             owner.epoch, shell_quote(fmt::format("{} {}", owner.epoch, owner.rollout)),
             taken_over) +
         put_record(record);
}

std::string note(const Unit& unit, const Owner& owner, std::string_view record) {
  return owned("note", unit, owner) + put_record(record);
}

std::string prepare(const Unit& unit, const Owner& owner, std::string_view record,
                    std::string_view release, std::string_view fingerprint,
                    std::uint64_t needed_bytes) {
  return owned("prepare", unit, owner) + release_var(release) + coming(owner) + put_record(record) +
         fmt::format(
             "if [ \"$(cat \"$R/.ccloud/fingerprint\" 2>/dev/null)\" = {} ]; then\n"
             "  touch \"$R\"; echo have; exit 0\nfi\n"
             "mkdir -p \"$D/releases\"\nrm -rf \"$D\"/releases/.new-*\n"
             "set -- $(df -Pk \"$D/releases\" | tail -n 1)\n"
             "if [ \"$4\" -lt {} ]; then\n"
             "  echo \"{} KiB are needed in $D, $4 KiB are free\" >&2; exit {}\nfi\n"
             "mkdir -p \"$T\"; echo need\n",
             shell_quote(fingerprint), needed_bytes / 1024, needed_bytes / 1024, no_space);
}

std::string receive(const Unit& unit, const Owner& owner) {
  // Without the lock: a stuck sender must not keep the next driver out. It writes nowhere else.
  return prelude("receive", unit) +
         fmt::format("guard {}\n", shell_quote(fmt::format("{} {}", owner.epoch, owner.rollout))) +
         coming(owner) + "cd \"$T\"\ntar -xpf -\n";  // -C takes a backslash for an escape
}

std::string fetch(const Unit& unit, const Owner& owner, std::string_view url,
                  std::string_view file) {
  return prelude("fetch", unit) +
         fmt::format("guard {}\n", shell_quote(fmt::format("{} {}", owner.epoch, owner.rollout))) +
         coming(owner) +
         fmt::format(
             "if command -v curl >/dev/null; then curl -fsSL --connect-timeout 20 -o \"$T/{1}\" -- "
             "{0}\n"
             "elif command -v wget >/dev/null; then wget -q -T 20 -O \"$T/{1}\" -- {0}\n"
             "else exit {2}; fi\n",
             shell_quote(url), file, no_fetcher);
}

std::string commit(const Unit& unit, const Owner& owner, std::string_view release,
                   std::string_view archive, std::string_view sha256) {
  std::string text = owned("commit", unit, owner) + release_var(release) + coming(owner);
  text += "cd \"$T\"\n";
  text +=
      "if [ -f .ccloud-sums ]; then sha256sum -c .ccloud-sums >/dev/null; rm .ccloud-sums; fi\n";
  if (!archive.empty()) {
    const auto name = shell_quote(archive);
    if (!sha256.empty()) {
      text += fmt::format(
          "h=$(sha256sum < {0}); [ \"${{h%% *}}\" = {1} ] || {{\n"
          "  echo \"the artifact has SHA-256 ${{h%% *}}, it should have {1}\" >&2; exit 1; }}\n",
          name, sha256);
    }
    text += fmt::format("unpack {}\n", name);
  }
  text += std::string(commit_body);
  return text;
}

std::string activate(const Unit& unit, const Owner& owner, std::string_view record,
                     std::string_view release) {
  return owned("activate", unit, owner) + release_var(release) + put_record(record) +
         std::string(activate_body);
}

std::string start(const Unit& unit, const Owner& owner, std::string_view record,
                  std::string_view next_record) {
  return owned("start", unit, owner) + put_record(record) + "start_service\n" +
         put_record(next_record);
}

std::string serve(const Unit& unit, const Owner& owner, const Serve& records,
                  std::string_view release) {
  return owned("serve", unit, owner) + release_var(release) + put_record(records.activate) +
         std::string(activate_body) + "if [ -f \"$R/.ccloud/unit\" ]; then\n" +
         put_record(records.start) + "start_service\nfi\n" +
         (records.health.empty() ? ""
                                 : "if [ -f \"$R/.ccloud/unit\" ] || [ -n \"$h\" ]; then :\n" +
                                       put_record(records.health) + "fi\n");
}

std::string stop(const Unit& unit, const Owner& owner, std::string_view record) {
  return owned("stop", unit, owner) + put_record(record) +
         (unit.has_program ? "stop_service\n" : "");
}

std::string remove(const Unit& unit, const Owner& owner, std::string_view record) {
  return owned("remove", unit, owner) + std::string(remove_body) + put_record(record);
}

std::string user_step(const Unit& unit, const Owner& owner, std::string_view record,
                      std::string_view release, std::string_view command) {
  std::string text = owned("step", unit, owner) + put_record(record) + "unlock\n";
  if (!release.empty()) {
    text += release_var(release) +
            "if [ -d \"$R\" ]; then cd \"$R\"; "
            "if [ -f .ccloud/env.sh ]; then set -a; . ./.ccloud/env.sh; set +a; fi; fi\n";
  }
  return text + fmt::format("set +eu\nexec sh -c {}\n", shell_quote(command));
}

std::string finish(const Unit& unit, const Owner& owner, std::string_view record,
                   const Finish& what) {
  return owned("finish", unit, owner) + put_record(record) +
         fmt::format(
             "k=$D/current/.ccloud\n(umask 077; printf '%s\\n' {} > \"$k/.steps\")\n"
             "mv \"$k/.steps\" \"$k/steps.json\"\n"
             "cd \"$D/releases\" 2>/dev/null || exit 0\n"
             "c=$(readlink \"$D/current\" || :); c=${{c##*/}}\nk=0\n"
             "for r in $(ls -1t); do\n"
             "  k=$((k + 1))\n"
             "  if [ $k -gt {} ] && [ \"$r\" != \"$c\" ] && [ \"$r\" != {} ]; then\n"
             "    rm -rf \"$r\"\n  fi\ndone\n",
             shell_quote(what.steps), what.keep, shell_quote(what.also_keep));
}

std::string discard(const Unit& unit, const Owner& owner, std::string_view record,
                    std::string_view release) {
  if (release.empty()) return note(unit, owner, record);
  // What has served has its steps; it may be wanted again.
  return owned("discard", unit, owner) + release_var(release) + coming(owner) + put_record(record) +
         "rm -rf \"$T\"\n"
         "if [ \"$(readlink \"$D/current\" || :)\" != \"${R#$D/}\" ] &&\n"
         "   [ ! -f \"$R/.ccloud/steps.json\" ]; then rm -rf \"$R\"; fi\n";
}

std::string kept_steps(const Unit& unit, std::string_view release) {
  return prelude("kept-steps", unit) + release_var(release) +
         "cat \"$R/.ccloud/steps.json\" 2>/dev/null || :\n";
}

std::string is_running(const Unit& unit) {
  return prelude("running", unit) + "service_state | grep -q '^active'\n";
}

std::string evidence(const Unit& unit, int lines) {
  return prelude("evidence", unit) + fmt::format("lines={}\nset +e\n", lines) +
         std::string(evidence_body);
}

namespace {

std::string journal_log(const LogOptions& options) {
  std::string command = fmt::format("journalctl --no-pager -n {}", options.lines);
  if (!options.service.empty()) command += " -u " + sh_name(options.service);
  if (options.since) command += fmt::format(" --since -{}s", options.since->count());
  if (options.follows) command += " -f";
  return command;
}

/// The services' own logs, whose lines begin with their time.
std::string file_log(const LogOptions& options) {
  const auto file = options.service.empty()
                        ? std::string("/var/log/ccloud/*.log")
                        : fmt::format("/var/log/ccloud/{}.log", options.service);
  auto text = fmt::format(
      "ls {} >/dev/null 2>&1 || {{ echo 'no log of ccloud services here' >&2; exit 1; }}\n", file);
  const std::string tail =
      fmt::format("tail -n {}{} -q {}", options.lines, options.follows ? " -F" : "", file);
  if (!options.since) return text + "exec " + tail + "\n";
  return text +
         fmt::format(
             "c=$(date -u -d \"@$(($(date +%s) - {}))\" +%Y-%m-%dT%H:%M:%SZ)\n"
             "u=; if awk -W version </dev/null 2>&1 | grep -q mawk; then u='-W interactive'; fi\n"
             "{} | awk $u -v c=\"$c\" "
             "'/^[0-9][0-9][0-9][0-9]-[0-9][0-9]-/ && $1 >= c {{ print; fflush() }}'\n",
             options.since->count(), tail);
}

}  // namespace

std::string logs(const LogOptions& options) {
  return ": ccloud logs\nif [ -d /run/systemd/system ]; then exec " + journal_log(options) +
         "; fi\n" + file_log(options);
}

}  // namespace ccloud::rollout::script
