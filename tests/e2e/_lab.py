"""Simulated nodes with services on them, for the scripts of this folder: one simulator, one config
that a script changes as it likes, ccloud run on it from a home folder of its own. Standard library
only; the file name keeps tests/run from taking it for a test."""
import contextlib
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

# Answers 200 with its version, 500 once /var/tmp/bad-VERSION is there; says what it was given.
SERVER = """\
import http.server, json, os, sys
VERSION = "{version}"
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        bad = os.path.exists("/var/tmp/bad-" + VERSION) or {bad}
        env = {{key: value for key, value in os.environ.items() if key.startswith("APP_")}}
        body = VERSION if self.path != "/env" else json.dumps({{"env": env, "user": os.getuid()}})
        self.send_response(500 if bad else 200)
        self.end_headers()
        self.wfile.write(body.encode())
    def log_message(self, *words):
        pass
print("serving " + VERSION, flush=True)
http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Handler).serve_forever()
"""


class Lab:
    """`places` is {code: number of nodes}; regions of AWS are given out in their order."""

    def __init__(self, ccloud, places, boot="sandbox"):
        self.ccloud, self.boot = os.path.abspath(ccloud), boot
        self.folder = tempfile.mkdtemp(prefix="ccloud-lab-")
        self.sim = self.path("sim")
        self.home = self.path("home")
        os.makedirs(os.path.join(self.home, ".ssh"))
        self.extra_env = {}
        self.make_key("id")
        regions = ["us-east-1", "eu-west-1", "ap-northeast-1"]
        self.cluster = {
            "image": "debian-12", "size": {"cpu": 2, "memory": "4GiB"},
            "ssh": {"keys": ["id.pub"]},
            "network": {"allow": [{"tcp": 22, "from": "198.18.0.0/15"},
                                  {"tcp": 8080, "from": "198.18.0.0/15"}]},
            "place": {code: {"provider": "aws", "region": region, "count": count}
                      for region, (code, count) in zip(regions, places.items())}}
        self.config = {"project": "lab", "clusters": {"web": self.cluster}}

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def make_key(self, name):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path(name)],
                       check=True)

    def service(self, **keys):
        """The service `app`, at 1.0; keys that are given replace the usual ones, None drops one."""
        service = {"cluster": "web", "version": "1.0", "artifact": {"path": "app-{version}"},
                   "update": {"batch": "100%"},
                   "run": "exec python3 -S server.py",
                   "health": {"http": ":8080/", "interval": "300ms", "timeout": "300ms",
                              "healthy": 2, "unhealthy": 3, "deadline": "8s"}}
        service.update(keys)
        service = {key: value for key, value in service.items() if value is not None}
        self.config["services"] = {"app": service}
        self.write()
        return service

    def make_version(self, version, bad=False):
        os.makedirs(self.path("app-" + version), exist_ok=True)
        with open(self.path("app-" + version, "server.py"), "w") as out:
            out.write(SERVER.format(version=version, bad=bad))

    def write(self):
        with open(self.path("ccloud.json"), "w") as out:
            json.dump(self.config, out, indent=1)

    def remembered(self, name):
        """A file of what runs with --sim remember on this machine."""
        return glob.glob(os.path.join(self.home, "state/ccloud/sims/*", name))[0]

    def env(self):
        env = {key: value for key, value in os.environ.items() if key != "SSH_AUTH_SOCK"}
        return dict(env, HOME=self.home, XDG_STATE_HOME=os.path.join(self.home, "state"),
                    NO_COLOR="1", **self.extra_env)

    def line(self, *words):
        at = words.index("--") if "--" in words else len(words)
        return [self.ccloud, *words[:at], "-f", self.path("ccloud.json"), "--sim=" + self.sim,
                *words[at:]]

    def run(self, *words, timeout=240, text=True, cwd=None):
        return subprocess.run(self.line(*words), env=self.env(), capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=timeout, cwd=cwd,
                              **(dict(text=True, errors="replace") if text else {}))

    def start(self, *words):
        """Like run(), but it goes on by itself."""
        return subprocess.Popen(self.line(*words), env=self.env(), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT)

    def json(self, *words):
        at = words.index("--") if "--" in words else len(words)
        done = self.run(*words[:at], "-o", "json", *words[at:])
        try:
            return json.loads(done.stdout)
        except ValueError:
            return {"exit": done.returncode, "stderr": done.stderr, "stdout": done.stdout}

    def on(self, selector, line, timeout=240):
        return self.run("exec", selector, "--", line, timeout=timeout)

    def up(self):
        done = subprocess.run([self.ccloud, "sim", "up", "--dir", self.sim, "--boot", self.boot],
                              env=self.env(), text=True, capture_output=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError("sim up: " + done.stderr)
        text = subprocess.run([self.ccloud, "sim", "env", "--dir", self.sim], env=self.env(),
                              text=True, capture_output=True, check=True).stdout
        self.url = text.split("CCLOUD_SIM_URL='", 1)[1].split("'", 1)[0]

    def down(self):
        subprocess.run([self.ccloud, "sim", "down", "--dir", self.sim], env=self.env(),
                       capture_output=True, timeout=120)
        shutil.rmtree(self.folder, ignore_errors=True)

    def machine(self, name, action):
        """Something happens to a node behind everybody's back: kill, stop, start, crash."""
        machine = self.nodes()[name]["id"]
        request = urllib.request.Request(f"{self.url}/_sim/machines/{machine}/{action}",
                                         method="POST", data=b"")
        urllib.request.urlopen(request, timeout=20).close()

    def nodes(self):
        rows = json.loads(self.run("status", "-o", "json").stdout)["nodes"]
        return {row["name"]: row for row in rows if row["state"] == "running"}

    def versions(self):
        """Asked of the services themselves, not of ccloud; "" where none answers."""
        return {name: ask(row["public_ip"])[1] for name, row in self.nodes().items()}

    def all_serve(self, version):
        versions = self.versions()
        return bool(versions) and set(versions.values()) == {version}


def ask(address, path="/"):
    try:
        with urllib.request.urlopen(f"http://{address}:8080{path}", timeout=2) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def until(condition, seconds):
    """True as soon as it holds; False when it does not within that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.1)
    return False


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def that(self, what, fine, details=""):
        self.passed += 1 if fine else 0
        self.failed += 0 if fine else 1
        print(("ok    " if fine else "FAIL  ") + what, flush=True)
        if not fine and details:
            print("      " + str(details).strip()[-2500:].replace("\n", "\n      "), flush=True)

    def ended(self, what, done, code, *texts):
        """The exit code, and each text somewhere in what it printed."""
        missing = [text for text in texts if text not in done.stdout + done.stderr]
        self.that(what, done.returncode == code and not missing,
                  f"exit {done.returncode}, wanted {code}; missing: {missing}\n{done.stdout}"
                  f"{done.stderr}")

    def finish(self):
        print(f"{self.passed} passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)


@contextlib.contextmanager
def lab_of(ccloud, places, boot="sandbox"):
    lab = Lab(ccloud, places, boot)
    try:
        lab.up()
        yield lab
    finally:
        lab.down()
