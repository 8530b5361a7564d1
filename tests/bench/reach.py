"""exec, copy and a rollout on 100 and 300 sandboxes beside ssh, clush, pssh, pdsh and Ansible on the same
ones: client CPU, wall and peak memory, and the floor that the servers themselves set (their CPU over
the cores). OpenSSH's default key exchange, curve25519 and nistp256, which is what ccloud takes, are
shown.

CCLOUD_BENCH_NODES="100 300" says on how many nodes, CCLOUD_BENCH_KEX="nistp256 curve25519 default"
by which key exchanges; on the larger field curve25519 only, since the default one takes 50 ms and more
on each side."""
import json
import os
import pathlib
import shlex
import statistics
import subprocess
import sys

import lib

program = sys.argv[1]
counts = [int(word) for word in os.environ.get("CCLOUD_BENCH_NODES", "100 300").split()]
alone = pathlib.Path(program).parent / "release" / "src" / "ssh" / "ssh_login_bench"
exchanges = os.environ.get("CCLOUD_BENCH_KEX", "nistp256 curve25519 default").split()
fan_out = "32"
cores = len(os.sched_getaffinity(0))
tick = os.sysconf("SC_CLK_TCK")


def machine_cpu():
    """CPU seconds that this machine has worked, all processes, ended ones included. What the servers took is
    this but for the client's: of sshd's children many are reaped by nobody who would count them."""
    user, nice, system, _, _, irq, softirq = map(int, open("/proc/stat").readline().split()[1:8])
    return (user + nice + system + irq + softirq) / tick


class Field:
    """Deployed nodes, and how each client reaches them."""

    def __init__(self, sim, folder, count):
        self.sim, self.folder, self.count = sim, folder, count
        self.config = lib.write_config(folder, {"use1": ("us-east-1", count)})
        done = lib.run([program, "deploy", "-y", "-f", str(self.config)], env=sim.env)
        if done.code != 0:
            raise SystemExit(f"bench: deploy ended with {done.code}:\n{done.output[-2000:]}")
        status = subprocess.run([program, "status", "-o", "json", "-f", str(self.config)],
                                env=sim.env, capture_output=True, text=True, check=True).stdout
        self.hosts = [row["public_ip"] for row in json.loads(status)["nodes"]]
        (folder / "hosts").write_text("\n".join(self.hosts) + "\n")
        known = subprocess.run(["ssh-keyscan", "-t", "ed25519", "-f", str(folder / "hosts")],
                               capture_output=True, text=True).stdout
        (folder / "known").write_text(known)
        for name, extra in (("default", ""), ("curve25519", "  KexAlgorithms curve25519-sha256\n"),
                            ("nistp256", "  KexAlgorithms ecdh-sha2-nistp256\n")):
            (folder / f"ssh-{name}").write_text(
                f"Host *\n  User admin\n  IdentityFile {folder}/key\n  IdentitiesOnly yes\n"
                f"  UserKnownHostsFile {folder}/known\n  LogLevel ERROR\n  BatchMode yes\n" + extra)

    def ours(self, *words):
        return [program, *words[:1], "-f", str(self.config), *words[1:]]

    def peers(self, kex, line):
        """{name: command line} of what runs `line` on all of them."""
        file, hosts = str(self.folder / f"ssh-{kex}"), str(self.folder / "hosts")
        return {
            "ssh, 32 at a time": ["sh", "-c", f"xargs -P {fan_out} -I@ ssh -F {file} @ '{line}' "
                                  f"< {hosts} > {self.folder}/out"],
            "clush": ["clush", "-b", "-f", fan_out, "-o", f"-F {file}", "--hostfile", hosts, line],
            "pssh": ["parallel-ssh", "-p", fan_out, "-x", f"-F {file}", "-h", hosts, line],
            "pdsh": ["pdsh", "-R", "ssh", "-f", fan_out, "-w", "^" + hosts, line],
            "Ansible (raw)": ["ansible", "all", "-f", fan_out, "-i", hosts, "-m", "raw", "-a", line],
        }

    def measured(self, command, kex="default", runs=1):
        """(median wall, client CPU, peak MB, the servers' floor) of whole runs."""
        file = self.folder / f"ssh-{kex}"
        env = dict(self.sim.env, PDSH_SSH_ARGS_APPEND=f"-F {file}", ANSIBLE_SSH_ARGS=f"-F {file}",
                   ANSIBLE_HOME=str(self.folder / "ansible"), ANSIBLE_PIPELINING="1",
                   ANSIBLE_LOCALHOST_WARNING="0", ANSIBLE_NOCOLOR="1")
        rows = []
        for _ in range(runs):
            before = machine_cpu()
            one = lib.run(command, env=env, timeout=300)
            if one.code != 0:
                raise SystemExit(f"bench: {command[:4]} ended with {one.code}:\n{one.output[-2000:]}")
            rows.append((one.wall, one.cpu, one.peak, (machine_cpu() - before - one.cpu) / cores))
        return [statistics.median(column) for column in zip(*rows)]


def figures(field, name, kex, measured, ours):
    wall, cpu, peak, floor = measured
    return [field.count, name, kex, f"{wall:.2f}", f"{floor:.2f}", f"{wall / floor:.2f}",
            f"{cpu / field.count * 1e3:.2f}", f"{peak:.0f}", f"{wall / ours[0]:.1f}",
            f"{cpu / ours[1]:.2g}"]


HEADER = ["nodes", "client", "key exchange", "wall s", "servers' floor s", "wall / floor",
          "client CPU ms a node", "peak MB", "wall / ours", "CPU / ours"]


def exec_true(field, rows):
    lib.run(field.ours("exec", "--all", "--", "true"), env=field.sim.env)  # host keys are known now
    ours = field.measured(field.ours("exec", "--all", "--", "true"), runs=5)
    rows.append(figures(field, "ccloud exec", "nistp256", ours, ours))
    if alone.exists():
        library = field.measured([str(alone), str(field.folder / "key"), "admin", *field.hosts], runs=5)
        rows.append(figures(field, "libssh alone", "nistp256", library, ours))
    else:
        print(f"bench: {alone.name} is not built (ninja -C build/release {alone.name}); skipped")
    for kex in exchanges:
        if kex != "curve25519" and field.count != min(counts):
            continue
        for name, command in field.peers(kex, "true").items():
            if lib.has(command[0]):
                rows.append(figures(field, name, kex, field.measured(command, kex), ours))


def exec_output(field, rows):
    line = "head -c 1000000 /dev/zero | tr \"\\000\" x"
    ours = field.measured(field.ours("exec", "--all", "-o", "json", "--", line), runs=3)
    rows.append(figures(field, "ccloud exec", "nistp256", ours, ours))
    for name in ("clush", "Ansible (raw)"):
        command = field.peers("curve25519", line)[name]
        if lib.has(command[0]):
            rows.append(figures(field, name, "curve25519", field.measured(command, "curve25519"),
                                ours))


def copy_file(field, rows):
    source = field.folder / "data"
    source.write_bytes(os.urandom(20_000_000))
    some = field.folder / "some"
    some.write_text("\n".join(field.hosts[:50]) + "\n")
    field = Part(field, 50)
    names = "web-use1-[1-50]"
    ours = field.measured(field.ours("copy", str(source), f"{names}:/tmp/data"), runs=2)
    rows.append(figures(field, "ccloud copy, checked by SHA-256", "nistp256", ours, ours))
    file = str(field.folder / "ssh-curve25519")
    for name, command in {
        "clush --copy": ["clush", "-f", fan_out, "-o", f"-F {file}", "--hostfile", str(some),
                         "--copy", str(source), "--dest", "/tmp/data2"],
        "Ansible (copy)": ["ansible", "all", "-f", fan_out, "-i", str(some), "-m", "copy", "-a",
                           f"src={source} dest=/tmp/data3",
                           "-e", "ansible_python_interpreter=/usr/bin/python3"],
    }.items():
        if lib.has(command[0]):
            rows.append(figures(field, name, "curve25519", field.measured(command, "curve25519"),
                                ours))


class Part(Field):
    """Some of a field's nodes."""

    def __init__(self, field, count):  # pylint: disable=super-init-not-called
        self.__dict__.update(field.__dict__)
        self.count = count


# On a node: how long a program takes until its port is open, asked every 2 ms; then it is ended.
START_UP = """\
import socket, subprocess, sys, time
begun = time.monotonic()
child = subprocess.Popen([sys.executable, "-S", "-c", sys.argv[2]])
while socket.socket().connect_ex(("127.0.0.1", int(sys.argv[1]))) != 0:
    time.sleep(0.002)
print(time.monotonic() - begun)
child.kill()
"""


def start_up(sim, config_path, selector, server):
    """Seconds until the slowest of these nodes serves, all started at once."""
    command = [program, "exec", "-f", str(config_path), selector, "-o", "json", "--",
               f"python3 -S -c {shlex.quote(START_UP)} 8081 {shlex.quote(server)}"]
    text = subprocess.run(command, env=sim.env, capture_output=True, text=True, check=True).stdout
    return max(float(row["stdout"]) for row in json.loads(text)["results"])


def rollout(sim, folder):
    """20 nodes in two waves: what the policy itself makes wait, what the service's own start-up adds
    to it (measured on the same nodes, as many at once), and how long it took."""
    config_path = lib.write_config(folder, {"a": ("us-east-1", 10), "b": ("eu-west-1", 10)})
    config = json.loads(config_path.read_text())
    (folder / "app").mkdir()
    server = ("import http.server\nhttp.server.ThreadingHTTPServer(('', {}), "
              "http.server.SimpleHTTPRequestHandler).serve_forever()\n")
    (folder / "app" / "server.py").write_text(server.format(8080))
    interval, healthy, bake, batches = 2, 3, 10, 2
    config["services"] = {"app": {
        "cluster": "web", "version": "1", "artifact": {"path": "app"},
        "run": "exec python3 -S server.py",
        "health": {"http": ":8080/", "interval": f"{interval}s", "healthy": healthy,
                   "deadline": "60s"},
        "update": {"waves": [["a"], ["b"]], "canary": {"count": 1, "bake": f"{bake}s"},
                   "batch": "50%"}}}
    config_path.write_text(json.dumps(config))
    command = [program, "deploy", "-y", "-f", str(config_path)]
    if lib.run(command, env=sim.env).code != 0:
        raise SystemExit("bench: the service could not be installed")
    starting = 2 * sum(start_up(sim, config_path, selector, server.format(8081))
                       for selector in ("web-a-1", "web-a-[1-5]", "web-b-[1-4]"))
    config["services"]["app"]["version"] = "2"
    config_path.write_text(json.dumps(config))
    done = lib.run([program, "update", "-y", "-f", str(config_path)], env=sim.env)
    if done.code != 0:
        raise SystemExit(f"bench: update ended with {done.code}:\n{done.output[-2000:]}")
    # A wave: the canary, its bake, then the other nine by five. A node is not settled before
    # `healthy` good answers, an interval apart.
    ideal = 2 * ((1 + batches) * (healthy - 1) * interval + bake)
    least = ideal + starting
    return [20, f"{ideal:.0f}", f"{starting:.1f}", f"{done.wall:.1f}",
            f"{(done.wall / ideal - 1) * 100:.1f} %", f"{(done.wall / least - 1) * 100:.1f} %",
            f"{done.cpu:.2f}", f"{done.peak:.0f}"]


true_rows, output_rows, copy_rows = [], [], []
for count in counts:
    with lib.simulator(program) as (sim, folder):
        field = Field(sim, folder, count)
        exec_true(field, true_rows)
        if count == min(counts):
            exec_output(field, output_rows)
            if count >= 50:
                copy_file(field, copy_rows)
lib.table("exec --all -- true (goals: 1.2 ms of client CPU a node, 1.25 x the floor, 40 MB)", HEADER,
          true_rows)
lib.table("exec of a command that prints 1 MB", HEADER, output_rows)
lib.table("copy of 20 MB to 50 nodes", HEADER, copy_rows)
with lib.simulator(program) as (sim, folder):
    lib.table("A rollout over its ideal schedule (goal: at most 5 % more)",
              ["nodes", "ideal s", "the service's own start-up s", "took s", "over the ideal",
               "over ideal and start-up", "client CPU s", "peak MB"],
              [rollout(sim, folder)])
