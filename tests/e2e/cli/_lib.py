"""What the scripts of this folder share: run the program, check, count. Standard library only."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

PROGRAM = str(pathlib.Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else "ccloud"
counts = {"passed": 0, "failed": 0}
work = pathlib.Path(tempfile.mkdtemp(prefix="ccloud-e2e-"))

# Nothing of the machine's own accounts, settings or state may leak into a test, nor out of it.
ENV = {
    "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
    "HOME": str(work / "home"),
    "XDG_STATE_HOME": str(work / "state"),
    "TERM": "dumb",
    "LANG": "C.UTF-8",
    **{k: v for k, v in os.environ.items() if k.startswith(("ASAN_", "UBSAN_"))},
}
(work / "home" / ".ssh").mkdir(parents=True)


class Done:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def json(self):
        try:
            return json.loads(self.out)
        except ValueError:
            return {}

    def __repr__(self):
        return f"code {self.code}\n--- out\n{self.out[-3000:]}\n--- err\n{self.err[-3000:]}"


def run(*args, env=None, cwd=None, stdin=None, timeout=120):
    """The program with these arguments; never a terminal, never without an end."""
    done = subprocess.run(
        [PROGRAM, *map(str, args)], capture_output=True, timeout=timeout, cwd=cwd or work,
        env={**ENV, **(env or {})}, input=stdin if stdin is not None else b"")
    return Done(done.returncode, done.stdout.decode("utf-8", "replace"),
                done.stderr.decode("utf-8", "replace"))


def check(name, is_true, detail=""):
    counts["passed" if is_true else "failed"] += 1
    if not is_true:
        print(f"FAILED: {name}\n{detail}", file=sys.stderr)
    return is_true


def expect(name, done, code, *texts):
    """The exit code, and each text somewhere in out or err."""
    missing = [t for t in texts if t not in done.out and t not in done.err]
    return check(name, done.code == code and not missing,
                 f"wanted code {code}, texts missing: {missing}\n{done}")


def key():
    """A public key file."""
    path = work / "home" / ".ssh" / "id_ed25519"
    if not path.exists():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(path)], check=True)
    return f"{path}.pub"


def config(**changes):
    """A small valid config as a dict; `changes` replace its keys."""
    made = {
        "project": "hello",
        "clusters": {
            "web": {
                "image": "debian-12",
                "size": {"cpu": 2, "memory": "4GiB"},
                "ssh": {"keys": [key()]},
                "network": {"allow": [{"tcp": 22, "from": "198.18.0.0/15"}]},
                "place": {"us": {"provider": "aws", "region": "us-east-1", "count": 3}},
            }
        },
    }
    made.update(changes)
    return made


def write(name, content):
    path = work / name
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, (dict, list)):
        content = json.dumps(content, indent=2)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def finish():
    shutil.rmtree(work, ignore_errors=True)
    print(f"{counts['passed']} passed, {counts['failed']} failed")
    sys.exit(1 if counts["failed"] else 0)
