#include "rollout/node_files.h"

#include <fmt/format.h>

#include "base/text.h"
#include "rollout/node_script.h"

namespace ccloud::rollout::script {

// Descriptor 9 is the lock. What is started to stay must not inherit it. What the shell can do by
// itself is not left to programs: each costs a millisecond and more while a service is down.
const std::string_view helpers = R"sh(
lock() {
  [ -d "$S" ] || mkdir -p "$S"
  exec 9>"$S/lock"
  if command -v flock >/dev/null; then flock -w 60 9 || { echo "another run holds $S/lock" >&2; exit 97; }; fi
}
unlock() { exec 9>&-; }
guard() {
  o=; if [ -r "$S/owner" ]; then IFS= read -r o < "$S/owner" || :; fi
  if [ "$o" != "$1" ]; then
    cat "$S/record.json" >&2 2>/dev/null || :
    exit 97
  fi
}
record() { (umask 077; printf '%s\n' "$1" > "$S/.record"); mv "$S/.record" "$S/record.json"; }
unpack() {
  case $1 in
    *.tar.gz|*.tgz) gzip -dc < "$1" | tar -xpf - ;;
    *.tar.xz|*.txz) xz -dc < "$1" | tar -xpf - ;;
    *.tar.bz2|*.tbz2) bzip2 -dc < "$1" | tar -xpf - ;;
    *.tar.zst) zstd -dc < "$1" | tar -xpf - ;;
    *.tar) tar -xpf "$1" ;;
    *.zip) unzip -q "$1" ;;
    *) chmod 755 "$1"; return ;;
  esac
  rm -f "$1"
}
# $p, if it is really the supervisor of this service. `read` leaves out the zeros between arguments.
supervisor() {
  p= o=
  [ -r "$S/supervisor.pid" ] || return 1
  read -r p < "$S/supervisor.pid" || :
  [ -r "/proc/$p/cmdline" ] || return 1
  IFS= read -r o 2>/dev/null < "/proc/$p/cmdline" || :
  case $o in *"/supervise$S/"*) ;; *) return 1 ;; esac
}
service_state() {
  if [ -d /run/systemd/system ]; then
    systemctl show -p ActiveState,SubState $N 2>/dev/null | sed 's/.*=//' | tr '\n' ' '; echo; return
  fi
  if ! supervisor; then echo inactive; return; fi
  q=$(cat "$S/pid" 2>/dev/null) && kill -0 "$q" 2>/dev/null && echo active running || echo activating auto-restart
}
stop_service() {
  if [ -d /run/systemd/system ]; then systemctl stop $N 2>/dev/null || :; return; fi
  [ ! -e "$S/enabled" ] || rm -f "$S/enabled"
  supervisor || return 0
  kill -TERM "$p" 2>/dev/null || :
  i=0
  while [ -e "$S/supervisor.pid" ] && kill -0 "$p" 2>/dev/null; do
    i=$((i + 1))
    if [ $i -gt 500 ]; then kill -KILL -- "-$p" 2>/dev/null || kill -KILL "$p" || :; break; fi
    sleep 0.02
  done
}
disable_service() {
  if [ ! -d /run/systemd/system ]; then stop_service; return; fi
  [ -f /etc/systemd/system/$N.service ] || return 0
  systemctl disable -q --now $N 2>/dev/null || :
  rm -f /etc/systemd/system/$N.service; systemctl daemon-reload
}
start_service() {
  [ -f "$D/current/.ccloud/unit" ] || return 0
  if [ -d /run/systemd/system ]; then systemctl enable -q $N; systemctl restart $N; return; fi
  stop_service
  [ -d /var/log/ccloud ] || mkdir -p /var/log/ccloud
  : > "$S/enabled"
  u=; IFS= read -r u < "$S/user" || :
  setsid sh /var/lib/ccloud/supervise "$S" "$D" "$u" </dev/null >/dev/null 2>&1 9>&- &
}
)sh";

const std::string_view facts_body = R"sh(
echo "owner: $(cat "$S/owner" 2>/dev/null || :)"
c=$(readlink "$D/current" 2>/dev/null || :); c=${c##*/}
echo "current: $c"
if [ -n "$c" ]; then
  echo "version: $(cat "$D/releases/$c/.ccloud/version" 2>/dev/null || :)"
  echo "fingerprint: $(cat "$D/releases/$c/.ccloud/fingerprint" 2>/dev/null || :)"
  echo "health: $(cat "$D/releases/$c/.ccloud/health.json" 2>/dev/null || :)"
  echo "user: $(cat "$D/releases/$c/.ccloud/user" 2>/dev/null || :)"
  echo "steps: $(cat "$D/releases/$c/.ccloud/steps.json" 2>/dev/null || :)"
fi
echo "releases: $(ls -1 "$D/releases" 2>/dev/null | tr '\n' ' ')"
echo "state: $(service_state)"
if [ -d /run/systemd/system ]; then echo "manager: systemd"; else echo "manager: supervisor"; fi
if [ -f "$S/record.json" ]; then echo "record: $(cat "$S/record.json")"; fi
)sh";

const std::string_view commit_body = R"sh(
chmod 755 .ccloud/run 2>/dev/null || :
if [ -f .ccloud/env.sh ]; then chmod 600 .ccloud/env.sh; fi
if [ -n "$U" ]; then
  id -u "$U" >/dev/null 2>&1 || useradd -r -M -s /usr/sbin/nologin "$U" 2>/dev/null || adduser -S -D -H "$U"
  if [ -f .ccloud/env.sh ]; then chown "$U" .ccloud/env.sh; chmod 400 .ccloud/env.sh; fi
fi
if [ -f .ccloud/supervise ]; then
  mkdir -p /var/lib/ccloud; mv .ccloud/supervise /var/lib/ccloud/.supervise
  mv /var/lib/ccloud/.supervise /var/lib/ccloud/supervise
fi
cd "$D"; rm -rf "$R"; chmod 755 "$T"; mv "$T" "$R"; touch "$R"
)sh";

const std::string_view activate_body = R"sh(
[ -f "$R/.ccloud/version" ] || { echo "release $R is not there" >&2; exit 1; }
ln -s "${R#$D/}" "$D/.current.$$"
mv -T "$D/.current.$$" "$D/current" 2>/dev/null || { rm -f "$D/.current.$$"; ln -sfn "${R#$D/}" "$D/current"; }
if [ -f "$R/.ccloud/unit" ]; then
  if [ -d /run/systemd/system ]; then
    if ! cmp -s "$R/.ccloud/unit" /etc/systemd/system/$N.service; then
      cp "$R/.ccloud/unit" /etc/systemd/system/.$N.new
      mv /etc/systemd/system/.$N.new /etc/systemd/system/$N.service
      systemctl daemon-reload
    fi
  elif ! grep -q ccloud/boot /etc/rc.local 2>/dev/null; then
    printf '%s\n' '#!/bin/sh' 'for e in /var/lib/ccloud/*/enabled; do' '  [ -f "$e" ] || continue' \
      '  s=${e%/enabled}; setsid sh /var/lib/ccloud/supervise "$s" "$(cat "$s/dir")" "$(cat "$s/user")" </dev/null >/dev/null 2>&1 &' \
      'done' > /var/lib/ccloud/boot
    chmod 755 /var/lib/ccloud/boot
    [ -f /etc/rc.local ] || printf '#!/bin/sh\n' > /etc/rc.local
    sed -i '/^exit 0/d' /etc/rc.local; echo '/var/lib/ccloud/boot' >> /etc/rc.local; chmod 755 /etc/rc.local
  fi
  u=; IFS= read -r u < "$R/.ccloud/user" || :
  printf '%s\n' "$D" > "$S/dir"; echo "$u" > "$S/user"
else
  # The release before may have had a program.
  disable_service
fi
echo "program: $([ -f "$R/.ccloud/unit" ] && echo yes || echo no)"
h=; IFS= read -r h < "$R/.ccloud/health.json" || :
echo "health: $h"
)sh";

const std::string_view remove_body = R"sh(
disable_service
rm -f "$D/current"
)sh";

// What was logged since this release came, at most the last $lines: not what older ones said.
const std::string_view evidence_body = R"sh(
if [ -d /run/systemd/system ]; then
  since=$(stat -c %Y "$D/current" 2>/dev/null)
  systemctl status --no-pager -n 0 $N 2>&1 | head -n 8
  journalctl -u $N -n $lines --no-pager -o cat ${since:+--since "@$since"} 2>&1
else
  echo "state: $(service_state)"
  tail -n 1000 "/var/log/ccloud/${S##*/}.log" 2>&1 |
    awk '/^[^ ]* ?ccloud: starting release / { n = 0 } { line[n++] = $0 } END { for (i = 0; i < n; i++) print line[i] }' |
    tail -n $lines
fi
)sh";

namespace {

/// `exec` may stand before it: no shell syntax, no assignment, nothing of the shell's own.
bool is_program(std::string_view command) {
  if (command.find_first_of(";|&<>`$(){}\n#") != std::string_view::npos) return false;
  const auto first = command.substr(0, command.find(' '));
  for (const auto* own : {"exec", "cd", "ulimit", "umask", "export", "set", ".", "eval"}) {
    if (first == own) return false;
  }
  return first.find('=') == std::string_view::npos;
}

/// An argument of ExecStart, in which systemd would take `%` for its own values and `$` for a
/// variable, and blanks, quotes and backslashes as a shell does.
std::string unit_quote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    if (c == '%' || c == '$') quoted += c;
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace

std::string run_file(const Unit& unit, std::string_view command) {
  // A plain command becomes the process itself, so that signals reach it; anything else keeps its
  // shell.
  const bool is_plain = is_program(trim(command));
  return fmt::format(
      "#!/bin/sh\ncd {0}/current || exit 1\ncd \"$(pwd -P)\"\n"
      "set -a\n. ./.ccloud/env.sh\nset +a\n{1}{2}\n",
      shell_quote(unit.dir), is_plain ? "exec " : "", trim(command));
}

std::string env_file(const std::vector<std::pair<std::string, std::string>>& env) {
  std::string text;
  for (const auto& [name, value] : env) {
    text += fmt::format("{}='{}'\n", name, replace_all(value, "'", "'\\''"));
  }
  return text;
}

std::string unit_file(const Unit& unit) {
  // The shell takes the path as an argument: systemd refuses a program whose own path has a quote
  // or a backslash. The names of services and users have nothing to escape, by their formats.
  return fmt::format(
      "# Written by ccloud; changes are lost with the next release.\n"
      "[Unit]\nDescription={0} (ccloud)\nWants=network-online.target\n"
      "After=network-online.target\nStartLimitIntervalSec=0\n\n"
      "[Service]\nType=exec\nExecStart=/bin/sh {1}\n{2}"
      "Restart=always\nRestartSec=1\nTimeoutStopSec=20\nLimitNOFILE=65536\n"
      "SyslogIdentifier={0}\nNoNewPrivileges=yes\nPrivateTmp=yes\nProtectSystem=full\n"
      "ProtectKernelTunables=yes\nProtectKernelModules=yes\nProtectControlGroups=yes\n"
      "RestrictSUIDSGID=yes\nLockPersonality=yes\n\n"
      "[Install]\nWantedBy=multi-user.target\n",
      unit.service, unit_quote(unit.dir + "/current/.ccloud/run"),
      unit.user.empty() ? "" : fmt::format("User={}\n", unit.user));
}

std::string supervisor_file() {
  return R"sh(#!/bin/sh
# ccloud's supervisor: keeps one service running where there is no systemd.
# usage: supervise STATE DIR USER
S=$1 D=$2 U=$3 L=/var/log/ccloud/${1##*/}.log
child= stamper= wait=1
[ -d /var/log/ccloud ] || mkdir -p /var/log/ccloud
echo $$ > "$S/supervisor.pid"
finish() {
  trap '' TERM INT
  kill -TERM 0  # the group: also what the program started
  i=0
  while kill -0 "$child" 2>/dev/null && [ $i -lt 400 ]; do sleep 0.02; i=$((i + 1)); done
  rm -f "$S/pid" "$S/supervisor.pid"
  # Its last words; what it left running keeps the pipe open, so not for long.
  i=0
  while kill -0 "$stamper" 2>/dev/null && [ $i -lt 50 ]; do sleep 0.02; i=$((i + 1)); done
  kill -KILL 0
}
trap finish TERM INT
say() { echo "$(date -u +%Y-%m-%dT%H:%M:%SZ) ccloud: $*" >> "$L"; }
# What the program says, each line with its time where awk knows it; outlives the signals that end
# the group. The pipe is read whatever becomes of the log: a full disk must not end the program.
lines() {
  unbuffered=
  if awk -W version </dev/null 2>&1 | grep -q mawk; then unbuffered='-W interactive'; fi
  if ! awk 'BEGIN { exit strftime("%Y", 0) == "" }' </dev/null 2>/dev/null; then cat; return; fi
  TZ=UTC0 awk $unbuffered '{ print strftime("%Y-%m-%dT%H:%M:%SZ"), $0; fflush() }'
}
stamp() {
  trap '' TERM INT
  until lines >> "$L" 2>/dev/null; do timeout 5 cat >/dev/null 2>&1 || sleep 1; done
}
release=$(readlink "$D/current")
say "starting release ${release##*/}"
while :; do
  [ "$(wc -c < "$L" 2>/dev/null || echo 0)" -lt 10485760 ] || mv -f "$L" "$L.1"
  begun=$(date +%s)
  rm -f "$S/out"; mkfifo -m 600 "$S/out"
  stamp < "$S/out" &
  stamper=$!
  if [ -z "$U" ]; then
    "$D/current/.ccloud/run" > "$S/out" 2>&1 </dev/null &
  elif command -v setpriv >/dev/null; then
    setpriv --reuid="$U" --regid="$(id -g "$U")" --init-groups "$D/current/.ccloud/run" > "$S/out" 2>&1 </dev/null &
  else
    su -s /bin/sh "$U" -c "exec '$D/current/.ccloud/run'" > "$S/out" 2>&1 </dev/null &
  fi
  child=$!
  echo "$child" > "$S/pid"
  wait "$child"
  code=$?
  rm -f "$S/pid"
  if [ $(($(date +%s) - begun)) -gt 10 ]; then wait=1; fi
  say "ended with exit code $code, starting it again in $wait s"
  sleep "$wait" & wait $!
  if [ "$wait" -lt 15 ]; then wait=$((wait * 2)); fi
done
)sh";
}

}  // namespace ccloud::rollout::script
