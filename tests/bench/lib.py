"""What the benchmarks share: measuring whole processes, medians, tables, a simulator to measure against.

Every figure is printed beside a peer or a limit measured in the same run; nothing is asserted."""
import contextlib
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time


# Ended from outside, too, the simulators that it started go.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


class Figure:
    """One finished run of a command."""

    def __init__(self, wall, cpu, peak, code, output):
        self.wall, self.cpu, self.peak, self.code, self.output = wall, cpu, peak, code, output


def run(command, env=None, cwd=None, timeout=600):
    """Runs it to its end; CPU is the process's own and its children's, peak memory in MB. The kernel
    counts this process's own memory as the least of what it starts, so output (the last MB of it is
    kept) goes through a file and never fills this one."""
    with tempfile.TemporaryFile() as kept:
        start = time.monotonic()
        process = subprocess.Popen(command, env=env, cwd=cwd, stdin=subprocess.DEVNULL,
                                   stdout=kept, stderr=subprocess.STDOUT)
        guard = threading.Timer(timeout, process.kill)
        guard.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        guard.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        kept.seek(max(0, kept.seek(0, os.SEEK_END) - 1_000_000))
        output = kept.read().decode(errors="replace")
    return Figure(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024,
                  process.returncode, output)


def median(command, runs=5, **options):
    """The medians of several runs after a warm-up."""
    run(command, **options)
    figures = [run(command, **options) for _ in range(runs)]
    bad = [one for one in figures if one.code not in (0, 2, 3)]
    if bad:
        raise SystemExit(f"bench: {command} ended with {bad[0].code}:\n{bad[0].output[-2000:]}")
    return Figure(statistics.median(one.wall for one in figures),
                  statistics.median(one.cpu for one in figures),
                  max(one.peak for one in figures), figures[-1].code, figures[-1].output)


def table(title, header, rows):
    """Prints a Markdown table."""
    print(f"\n### {title}\n")
    print("| " + " | ".join(header) + " |")
    print("|" + "---|" * len(header))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |", flush=True)


def has(program):
    return shutil.which(program) is not None


class Simulator:
    """A simulator of one's own, in a folder of its own."""

    def __init__(self, program, directory, *options):
        self.program, self.directory = program, directory
        subprocess.run([program, "sim", "up", "--dir", str(directory), *options], check=True,
                       stdout=subprocess.DEVNULL)
        self.env = dict(os.environ, XDG_STATE_HOME=str(directory / "state"))
        text = subprocess.run([program, "sim", "env", "--dir", str(directory)], check=True,
                              capture_output=True, text=True).stdout
        shell = subprocess.run(["bash", "-c", text + "\nenv -0"], check=True, capture_output=True,
                               text=True, env=self.env).stdout
        self.env.update(pair.split("=", 1) for pair in shell.split("\0") if "=" in pair)

    def down(self):
        subprocess.run([self.program, "sim", "down", "--dir", str(self.directory)],
                       stdout=subprocess.DEVNULL)


@contextlib.contextmanager
def simulator(program, *options):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ccloud-bench-"))
    one = None
    try:
        one = Simulator(program, folder / "sim", *options)
        yield one, folder
    finally:
        if one is not None:
            one.down()
        shutil.rmtree(folder, ignore_errors=True)


def make_key(folder):
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    return key


def write_config(folder, places, **cluster):
    """One AWS cluster `web` with {code: (region, count)}."""
    key = folder / "key"
    if not key.exists():
        make_key(folder)
    config = {
        "project": "bench",
        "clusters": {
            "web": {
                "image": "debian-12",
                "size": {"cpu": 2, "memory": "4GiB"},
                "ssh": {"keys": [str(key) + ".pub"]},
                "network": {"allow": [{"tcp": 22, "from": "198.18.0.0/15"}]},
                "place": {code: {"provider": "aws", "region": region, "count": count}
                          for code, (region, count) in places.items()},
                **cluster,
            }
        },
    }
    path = folder / "ccloud.json"
    path.write_text(json.dumps(config, indent=2))
    return path
