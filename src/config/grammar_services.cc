// Tables of `services`: artifact, environment, health, update policy, steps.
#include "config/grammar_types.h"

namespace ccloud::config {
namespace {

constexpr std::int64_t second = 1000;
constexpr std::int64_t hour = 3600 * second;
constexpr std::int64_t week = 7 * 24 * hour;

const Type& artifact_type() {
  static const Type url = text_of(formats::url());
  static const Type sha256 = text_of(formats::sha256());
  static const Type type = object_of(
      "artifact",
      {{.name = "path",
        .type = &line_type(),
        .about = "A file here; `{version}` is filled in.",
        .example = R"("build/gateway-{version}.tar.gz")"},
       {.name = "url",
        .type = &url,
        .about = "An address that the nodes fetch it from; `{version}` is filled in.",
        .example = R"("https://releases.example.com/gateway-{version}.tar.gz")"},
       {.name = "sha256",
        .type = &sha256,
        .about = "Its digest; checked before it is used.",
        .example = R"("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")"}},
      {{.kind = Relation::Kind::exactly_one, .keys = {"path", "url"}}});
  return type;
}

const Type& env_type() {
  static const Type plain = text_of(formats::anything());
  static const Type variable = text_of(formats::variable());
  static const Type secret =
      object_of("secret",
                {{.name = "env",
                  .type = &variable,
                  .about = "An environment variable of the machine that runs ccloud.",
                  .example = R"("GATEWAY_TOKEN")"},
                 {.name = "file",
                  .type = &line_type(),
                  .about = "A file on the machine that runs ccloud.",
                  .example = R"("~/.secrets/gateway-token")"},
                 {.name = "command",
                  .type = &line_type(),
                  .about = "A command that prints it.",
                  .example = R"("pass show gateway/token")"}},
                {{.kind = Relation::Kind::exactly_one, .keys = {"env", "file", "command"}}});
  static const Type reference = object_of(
      "value", {{.name = "secret",
                 .type = &secret,
                 .about = "Where the secret is found when it is used. It is never stored, shown "
                          "or logged.",
                 .example = R"({ "env": "GATEWAY_TOKEN" })",
                 .is_required = true}});
  static const Type value = choice_of({&plain, &reference});
  static const Type type = map_of("variable", formats::variable(), value);
  return type;
}

const Type& health_type() {
  static const Type http = text_of(formats::http_target());
  static const Type tcp = text_of(formats::tcp_target());
  static const Type expect = whole(100, 599);
  static const Type times = whole(1, 1000);
  static const Type from = text_of(formats::health_from());
  static const Type type = object_of(
      "health",
      {{.name = "http",
        .type = &http,
        .about = "A port and a path that must answer with `expect`.",
        .example = R"(":8443/healthz")"},
       {.name = "tcp",
        .type = &tcp,
        .about = "A port that must accept a connection.",
        .example = R"(":8443")"},
       {.name = "command",
        .type = &line_type(),
        .about = "A command on the node that must exit with 0. It runs as the SSH user, outside of "
                 "the service's unit: with systemd it does not see the service's /tmp (see `run`).",
        .example = R"("./gateway --check")"},
       {.name = "expect",
        .type = &expect,
        .about = "The HTTP status; with `http` only.",
        .example = "200",
        .fallback = "200"},
       {.name = "interval",
        .type = &duration_type(100, hour),
        .about = "How often it is asked.",
        .example = R"("2s")",
        .fallback = "2s"},
       {.name = "timeout",
        .type = &duration_type(10, hour),
        .about = "How long an answer may take; not longer than `interval`.",
        .example = R"("1s")",
        .fallback = "1s"},
       {.name = "healthy",
        .type = &times,
        .about = "Good answers in a row that make a node healthy.",
        .example = "3",
        .fallback = "2"},
       {.name = "unhealthy",
        .type = &times,
        .about = "Bad answers in a row that make a node unhealthy.",
        .example = "3",
        .fallback = "3"},
       {.name = "deadline",
        .type = &duration_type(second, 24 * hour),
        .about = "How long a node may take to become healthy after its update; at least `healthy` "
                 "times `interval`.",
        .example = R"("120s")",
        .fallback = "2m"},
       {.name = "from",
        .type = &from,
        .about = "`node`: asked at the node's own 127.0.0.1 through its SSH connection. "
                 "`outside`: its address is asked from here (not with `command`).",
        .example = R"("outside")",
        .fallback = "node"}},
      {{.kind = Relation::Kind::exactly_one, .keys = {"http", "tcp", "command"}}});
  return type;
}

const Type& waves_type() {
  static const Type gate = text_of(formats::gate());
  static const Type wave =
      object_of("wave", {{.name = "places",
                          .type = &names_type(),
                          .about = "Codes of places.",
                          .example = R"(["hk"])",
                          .is_required = true},
                         {.name = "bake",
                          .type = &duration_type(0, week),
                          .about = "How long to watch the wave before the next begins.",
                          .example = R"("30m")",
                          .fallback = "0s"},
                         {.name = "gate",
                          .type = &gate,
                          .about = "Wait for a person after the wave.",
                          .example = R"("manual")",
                          .is_carried_out = false}});
  static const Type either = choice_of({&names_type(), &wave});
  static const Type type = list_of(either, 1);
  return type;
}

const Type& update_type() {
  static const Type canary_count = whole(1, 100'000);
  static const Type canary =
      object_of("canary", {{.name = "count",
                            .type = &canary_count,
                            .about = "Nodes of each wave that go first.",
                            .example = "1",
                            .fallback = "1"},
                           {.name = "bake",
                            .type = &duration_type(0, week),
                            .about = "How long to watch them before the rest follows.",
                            .example = R"("10m")",
                            .fallback = "0s"}});
  static const Type batch_count = whole(1, 100'000);
  static const Type batch_share = measured(formats::percent(), 1, 100);
  static const Type batch = choice_of({&batch_count, &batch_share});
  static const Type healthy_count = whole(0, 100'000);
  static const Type healthy_share = measured(formats::percent(), 0, 100);
  static const Type min_healthy = choice_of({&healthy_count, &healthy_share});
  static const Type failures = whole(0, 100'000);
  static const Type on_failure = text_of(formats::on_failure());
  static const Type type = object_of(
      "update",
      {{.name = "waves",
        .type = &waves_type(),
        .about = "The order of places: each wave is a list of place codes, or an object with "
                 "`places` and `bake`. Every place once.",
        .example = R"([["use1"], { "places": ["hk"], "bake": "30m" }])",
        .fallback = "all places in one wave"},
       {.name = "canary",
        .type = &canary,
        .about = "Nodes that go first in each wave.",
        .example = R"({ "count": 1, "bake": "10m" })",
        .fallback = "none"},
       {.name = "batch",
        .type = &batch,
        .about = "How many nodes of a place move at once; a percentage is rounded down, at least "
                 "1.",
        .example = R"("20%")",
        .fallback = "25%"},
       {.name = "min_healthy",
        .type = &min_healthy,
        .about = "How many of the service's nodes in each place stay healthy; a percentage rounds "
                 "up.",
        .example = R"("80%")",
        .fallback = "what one batch leaves"},
       {.name = "max_failures",
        .type = &failures,
        .about = "How many failed nodes the whole rollout tolerates.",
        .example = "2",
        .fallback = "0"},
       {.name = "on_failure",
        .type = &on_failure,
        .about = "`rollback`: every node that was touched goes back. `stop`: stay as it is.",
        .example = R"("rollback")",
        .fallback = "rollback"},
       {.name = "windows",
        .type = &anything_type(),
        .about = "Hours in which a rollout may move.",
        .example = R"([{ "days": "mon-fri", "from": "09:00", "to": "16:00" }])",
        .is_carried_out = false},
       {.name = "files",
        .type = &anything_type(),
        .about = "Update files alone.",
        .example = R"(["config/*.toml"])",
        .is_carried_out = false}});
  return type;
}

const Type& steps_type() {
  static const Type local =
      object_of("step", {{.name = "local",
                          .type = &text_type(),
                          .about = "A command on the machine that runs ccloud.",
                          .example = R"("./lb remove {address}")",
                          .is_required = true}});
  static const Type step = choice_of({&text_type(), &local});
  static const Type type =
      object_of("steps", {{.name = "drain",
                           .type = &step,
                           .about = "Before the node's service stops: take it out of traffic.",
                           .example = R"({ "local": "./lb remove {address}" })"},
                          {.name = "install",
                           .type = &step,
                           .about = "After the release is unpacked, in its directory.",
                           .example = R"("./migrate --to {version}")"},
                          {.name = "start",
                           .type = &step,
                           .about = "Instead of starting `run`.",
                           .example = R"("systemctl start gateway")"},
                          {.name = "stop",
                           .type = &step,
                           .about = "Instead of stopping `run`.",
                           .example = R"("systemctl stop gateway")"},
                          {.name = "undrain",
                           .type = &step,
                           .about = "When the node is healthy again: give it traffic.",
                           .example = R"({ "local": "./lb add {address}" })"}});
  return type;
}

const Type& service_type() {
  static const Type clusters = choice_of({&name_type(), &names_type()});
  static const Type version = text_of(formats::version());
  static const Type directory = text_of(formats::directory());
  static const Type user = text_of(formats::user());
  static const Type keep = whole(1, 100);
  static const Type type = object_of(
      "service",
      {{.name = "cluster",
        .type = &clusters,
        .about = "The cluster whose nodes run it, or a list of clusters.",
        .example = R"("gw")",
        .is_required = true},
       {.name = "version",
        .type = &version,
        .about = "The version to run. It moves only by `ccloud update`.",
        .example = R"("4.18.2")",
        .is_required = true},
       {.name = "artifact",
        .type = &artifact_type(),
        .about = "What is shipped: an archive that is unpacked, or a single file, which becomes "
                 "executable.",
        .example = R"({ "path": "build/gateway-{version}.tar.gz" })"},
       {.name = "dir",
        .type = &directory,
        .about = "Where it lives on the node.",
        .example = R"("/opt/gateway")",
        .fallback = "/opt/NAME"},
       {.name = "run",
        .type = &line_type(),
        .about =
            "The command that is kept running, in the release's directory. With systemd by the "
            "unit `ccloud-NAME`, which sets `NoNewPrivileges`, `PrivateTmp`, "
            "`ProtectSystem=full`, `ProtectKernelTunables`, `ProtectKernelModules`, "
            "`ProtectControlGroups`, `RestrictSUIDSGID`, `LockPersonality` and "
            "`LimitNOFILE=65536`: /usr, /boot, /efi, /etc, /proc/sys and /sys are read-only for "
            "the service, sudo gives it nothing, and its /tmp and /var/tmp are its own: new at "
            "each start, others than those of health commands, steps and other services. "
            "Everywhere else it writes what its user may. Without systemd by a small "
            "supervisor, which restricts nothing.",
        .example = R"("./gateway --port 8443")"},
       {.name = "user",
        .type = &user,
        .about = "The user that it runs as.",
        .example = R"("gateway")",
        .fallback = "root"},
       {.name = "env",
        .type = &env_type(),
        .about = "Its environment: variables to texts or references to secrets. Where it has a "
                 "secret, `status --health` tells the kind of an answer (`HTTP 500`), not its "
                 "words.",
        .example = R"({ "TOKEN": { "secret": { "env": "GATEWAY_TOKEN" } } })"},
       {.name = "health",
        .type = &health_type(),
        .about = "When a node counts as healthy.",
        .example = R"({ "http": ":8443/healthz" })"},
       {.name = "update",
        .type = &update_type(),
        .about = "How the version moves over the nodes.",
        .example = R"({ "batch": "20%", "min_healthy": "80%" })"},
       {.name = "steps",
        .type = &steps_type(),
        .about = "Commands around the update of a node; `{node} {place} {region} {address} "
                 "{version}` are filled in.",
        .example = R"({ "drain": { "local": "./lb remove {address}" } })"},
       {.name = "keep",
        .type = &keep,
        .about = "How many releases stay on a node.",
        .example = "3",
        .fallback = "3"}});
  return type;
}

}  // namespace

const Type& services_type() {
  static const Type type = map_of("service", formats::name(), service_type());
  return type;
}

}  // namespace ccloud::config
